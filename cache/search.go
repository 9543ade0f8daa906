package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"posthorn/mail"
	"posthorn/mail/query"
)

// Search returns the messages that match, newest first, at most limit of them; 0
// means all. Folder 0 is all folders. Text is found by words and their
// beginnings; the body only of messages that were read.
func (db *DB) Search(ctx context.Context, q mail.Query, folder mail.FolderID, limit int) (_ []mail.ID, err error) {
	defer db.failed("search the cache", &err)
	where, args := "folder <> 0", []any{}
	if folder != 0 {
		where, args = "folder = ?", append(args, folder.Row())
	}
	cond, more := compile(q)
	text := "SELECT id FROM messages WHERE " + where + " AND " + cond + " ORDER BY shown DESC, id DESC"
	if limit > 0 {
		text += fmt.Sprintf(" LIMIT %d", limit)
	}
	rows, err := db.read.QueryContext(ctx, text, append(args, more...)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []mail.ID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, mail.NewID(db.slot, id))
	}
	return ids, rows.Err()
}

// compile turns a query into a condition on the table messages.
func compile(q mail.Query) (string, []any) {
	switch q := q.(type) {
	case mail.And:
		return compileList(q, " AND ", "1")
	case mail.Or:
		return compileList(q, " OR ", "0")
	case mail.Not:
		cond, args := compile(q.Query)
		return "NOT " + cond, args
	case mail.Text:
		return compileText(q)
	case mail.Date:
		return compileDate(q)
	case mail.Size:
		if q.Larger {
			return "size > ?", []any{q.Octets}
		}
		return "size < ?", []any{q.Octets}
	case mail.HasFlag:
		return "flags & ? <> 0", []any{int64(q.Flag)}
	case mail.Keyword:
		return "(' ' || keywords || ' ') LIKE ? ESCAPE '\\'", []any{"% " + escapeLike(q.Name) + " %"}
	case mail.HasAttachment:
		return "attached", nil
	}
	return "1", nil
}

func compileList(list []mail.Query, join, none string) (string, []any) {
	var conds []string
	var args []any
	for _, part := range list {
		c, more := compile(part)
		conds, args = append(conds, c), append(args, more...)
	}
	if len(conds) == 0 {
		return none, nil
	}
	return "(" + strings.Join(conds, join) + ")", args
}

func escapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// compileText looks for text. The lists of people are told apart by their place
// in the column.
func compileText(q mail.Text) (string, []any) {
	part := query.Fold(q.Value)
	switch q.Field {
	case mail.SubjectField:
		return "holds(subject, ?)", []any{part}
	case mail.FromField, mail.ToField, mail.CcField, mail.BccField:
		return compilePeople(q.Field, part)
	case mail.MessageIDField:
		return "msgid = ?", []any{q.Value}
	case mail.ListField:
		return "0", nil // the cache does not keep it
	}
	words := match(q.Value)
	found := "id IN (SELECT rowid FROM words WHERE words MATCH ?)"
	switch {
	case q.Field == mail.BodyText && words == "":
		return "0", nil
	case q.Field == mail.BodyText:
		return found, []any{"{body} : (" + words + ")"}
	case words == "":
		return "(holds(subject, ?) OR holds(people, ?))", []any{part, part}
	}
	return "(" + found + " OR holds(subject, ?) OR holds(people, ?))", []any{words, part, part}
}

func compilePeople(f mail.TextField, part string) (string, []any) {
	n := map[mail.TextField]int{mail.FromField: 0, mail.ToField: 1, mail.CcField: 2, mail.BccField: 3}[f]
	list := "people || char(30,30,30,30)"
	for range n {
		list = fmt.Sprintf("substr(%[1]s, instr(%[1]s, char(30)) + 1)", "("+list+")")
	}
	return fmt.Sprintf("(holds(people, ?) AND holds(substr(%[1]s, 1, instr(%[1]s, char(30)) - 1), ?))", "("+list+")"), []any{part, part}
}

func compileDate(q mail.Date) (string, []any) {
	from := q.Day.Unix()
	to := q.Day.AddDate(0, 0, 1).Unix()
	switch q.Op {
	case mail.Before:
		return "shown + zone < ?", []any{from}
	case mail.Since:
		return "shown + zone >= ?", []any{from}
	}
	return "(shown + zone >= ? AND shown + zone < ?)", []any{from, to}
}

// indexed is the key of the last message that was indexed.
const indexed = "indexed"

// Index gives the next messages, at most n, their conversation and their place in the
// search index, and reports whether there are more. It is called while there is
// nothing else to do.
func (db *DB) Index(ctx context.Context, n int) (more bool, err error) {
	defer db.failed("index messages", &err)
	err = db.tx(ctx, func(tx *sql.Tx) error {
		var last int64
		if err := tx.QueryRowContext(ctx, "SELECT coalesce((SELECT value FROM meta WHERE key = ?), 0)", indexed).Scan(&last); err != nil {
			return err
		}
		list, all, err := unindexed(ctx, tx, last, n)
		if err != nil || len(list) == 0 {
			return err
		}
		more = !all
		t := threader{ctx, tx}
		for _, m := range list {
			if err := t.add(m.id, m.msgid, m.refs); err != nil {
				return err
			}
			if err := putWords(ctx, tx, m.id, m.subject, m.people, ""); err != nil {
				return err
			}
			last = m.id
		}
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO meta VALUES (?,?)", indexed, last)
		return err
	})
	return more, err
}

// errWords says that the search index is damaged in a way that its own check does
// not find.
var errWords = errors.New("the search index is damaged")

// putWords gives a message its place in the search index.
func putWords(ctx context.Context, tx *sql.Tx, id int64, subject, people, body string) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO words (rowid, subject, people, body) VALUES (?,?,?,?)", id, spread(subject), spread(people), spread(body))
	if code(err) == codeConstraint { // nothing that is put there can break one
		err = errors.Join(errWords, err)
	}
	return err
}

// indexLate gives a message that came under an older id than the last that was
// indexed, or is another than it was, its conversation and its place in the index.
func indexLate(ctx context.Context, tx *sql.Tx, id int64) error {
	var r unindexedRow
	err := tx.QueryRowContext(ctx, "SELECT id, msgid, refs, subject, people FROM messages WHERE id = ? AND id <= (SELECT value FROM meta WHERE key = ?)", id, indexed).
		Scan(&r.id, &r.msgid, &r.refs, &r.subject, &r.people)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	t := threader{ctx, tx}
	if err := t.add(r.id, r.msgid, r.refs); err != nil {
		return err
	}
	return putWords(ctx, tx, r.id, r.subject, r.people, "")
}

type unindexedRow struct {
	id                           int64
	msgid, refs, subject, people string
}

// maxUnindexed bounds the octets that are indexed at once, but for the last
// message, which may have thousands of recipients.
const maxUnindexed = 4 << 20

// unindexed reads the messages after the last that was indexed, and reports whether
// these are all.
func unindexed(ctx context.Context, tx *sql.Tx, last int64, n int) (list []unindexedRow, all bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id, msgid, refs, subject, people FROM messages WHERE id > ? ORDER BY id LIMIT ?", last, n)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for size := 0; rows.Next(); {
		var r unindexedRow
		if err := rows.Scan(&r.id, &r.msgid, &r.refs, &r.subject, &r.people); err != nil {
			return nil, false, err
		}
		list = append(list, r)
		if size += len(r.msgid) + len(r.refs) + len(r.subject) + len(r.people); size > maxUnindexed {
			return list, false, nil
		}
	}
	return list, len(list) < n, rows.Err()
}

// maxIndexed bounds the text of one message that is indexed.
const maxIndexed = 256 << 10

// PutText gives the text of a message that was read to the search index.
func (db *DB) PutText(ctx context.Context, id mail.ID, text string) (err error) {
	defer db.failed("index the text of a message", &err)
	if len(text) > maxIndexed {
		text = strings.ToValidUTF8(text[:maxIndexed], "")
	}
	return db.tx(ctx, func(tx *sql.Tx) error {
		var subject, people string
		var last int64
		err := tx.QueryRowContext(ctx, "SELECT subject, people, coalesce((SELECT value FROM meta WHERE key = ?), 0) FROM messages WHERE id = ?", indexed, id.Row()).Scan(&subject, &people, &last)
		if errors.Is(err, sql.ErrNoRows) || err == nil && last < id.Row() {
			return nil // gone, or it is indexed without its text first
		}
		if err != nil {
			return err
		}
		return putWords(ctx, tx, id.Row(), subject, people, text)
	})
}
