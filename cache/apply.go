package cache

import (
	"context"
	"database/sql"
	"strings"

	"posthorn/mail"
)

// Apply stores a part of what happened in a folder, with the cursor to go on
// from, in one transaction. What the user did and the source does not know yet
// stays as the user sees it.
func (db *DB) Apply(ctx context.Context, f mail.FolderID, d mail.Delta) (err error) {
	defer db.failed("store what changed in a folder", &err)
	return db.message.with(ctx, len(d.New), db.tx, func(tx *sql.Tx, ids *span) error {
		a, err := newApplier(ctx, tx, f.Row(), ids)
		if err != nil {
			return err
		}
		if d.Reset {
			if err := a.reset(); err != nil {
				return err
			}
		}
		if err := a.insert(d.New); err != nil {
			return err
		}
		if err := a.better(d.Better); err != nil {
			return err
		}
		if err := a.flags(d.Flags); err != nil {
			return err
		}
		if err := a.gone(d.Gone); err != nil {
			return err
		}
		if d.Whole != nil {
			if err := a.whole(&d); err != nil {
				return err
			}
		}
		if d.Of > 0 && d.Done >= d.Of {
			if err := a.ghosts(); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE folders SET cursor = ?1, validity = iif(?2 = 0, validity, ?2), total = iif(?3 < 0, total, ?3), unread = iif(?4 < 0, unread, ?4) WHERE id = ?5`,
			d.Cursor, d.Validity, d.Counts.Total, d.Counts.Unread, f.Row())
		return err
	})
}

// Insert stores headers that a search found outside of what was synchronised.
func (db *DB) Insert(ctx context.Context, f mail.FolderID, headers []mail.Header) (err error) {
	defer db.failed("store headers that were found", &err)
	return db.message.with(ctx, len(headers), db.tx, func(tx *sql.Tx, ids *span) error {
		a, err := newApplier(ctx, tx, f.Row(), ids)
		if err != nil {
			return err
		}
		return a.insert(headers)
	})
}

// applier changes one folder in one transaction.
type applier struct {
	ctx      context.Context
	tx       *sql.Tx
	folder   int64
	ids      *span              // for new messages
	unplaced int                // rows of the folder whose UID is not known
	adrift   int                // messages that the source has here under a number not known, and the user elsewhere
	moved    map[any]int64      // by UID: messages that the source has here and the user elsewhere
	pending  map[int64][]change // by message: flags that the source does not know yet
	started  map[int64]bool     // messages whose move may have been played already
	named    map[int64]bool     // messages that a job is about
}

// change is a change of flags in the journal.
type change struct{ add, remove mail.Flags }

func newApplier(ctx context.Context, tx *sql.Tx, folder int64, ids *span) (*applier, error) {
	a := &applier{ctx: ctx, tx: tx, folder: folder, ids: ids, moved: map[any]int64{}, pending: map[int64][]change{}, started: map[int64]bool{}, named: map[int64]bool{}}
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM messages WHERE folder = ? AND uid IS NULL", folder).Scan(&a.unplaced); err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT message, uid FROM placed WHERE folder = ?", folder)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var uid any
		if err := rows.Scan(&id, &uid); err != nil {
			return nil, err
		}
		if uid == nil {
			a.adrift++
			continue
		}
		a.moved[normalUID(uid)] = id
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	jobs, err := readJobs(ctx, tx, "")
	for _, j := range jobs {
		for _, it := range j.items {
			a.named[it.ID] = a.named[it.ID] || j.Op != OpAppend
			if j.Op == OpFlags {
				a.pending[it.ID] = append(a.pending[it.ID], change{j.Add, j.Remove})
			} else if j.Started {
				a.started[it.ID] = true
			}
		}
	}
	return a, err
}

func normalUID(v any) any { return uidValue(uidOf(v)) }

// reset forgets all numbers of the folder: the messages stay until the source
// has named them all anew.
func (a *applier) reset() error {
	res, err := a.tx.ExecContext(a.ctx, "UPDATE messages SET uid = NULL WHERE folder = ? AND uid IS NOT NULL", a.folder)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	a.unplaced += int(n)
	if err != nil || len(a.moved) == 0 {
		return err
	}
	a.adrift += len(a.moved)
	a.moved = map[any]int64{}
	_, err = a.tx.ExecContext(a.ctx, "UPDATE placed SET uid = NULL WHERE folder = ?", a.folder)
	return err
}

const (
	insertColumns = "(id, folder, uid, shown, date, zone, received, size, flags, keywords, attached, subject, people, msgid, refs, structure)"
	insertRow     = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
	columnsOfRow  = 16
	rowsOfInsert  = 40
	onConflict    = " ON CONFLICT (folder, uid) DO UPDATE SET flags = excluded.flags, keywords = excluded.keywords"
)

// insert stores headers, many with one statement. Those that are known already
// only give their flags.
func (a *applier) insert(headers []mail.Header) error {
	fresh, err := a.place(headers)
	if err != nil || len(fresh) == 0 {
		return err
	}
	many, err := a.tx.PrepareContext(a.ctx, "INSERT INTO messages "+insertColumns+" VALUES "+insertRow+strings.Repeat(","+insertRow, rowsOfInsert-1)+onConflict)
	if err != nil {
		return err
	}
	defer many.Close()
	args := make([]any, 0, rowsOfInsert*columnsOfRow)
	for ; len(fresh) >= rowsOfInsert; fresh = fresh[rowsOfInsert:] {
		args = args[:0]
		for _, h := range fresh[:rowsOfInsert] {
			id, err := a.ids.one()
			if err != nil {
				return err
			}
			args = a.row(args, id, h)
		}
		if _, err := many.ExecContext(a.ctx, args...); err != nil {
			return err
		}
	}
	for _, h := range fresh {
		id, err := a.ids.one()
		if err != nil {
			return err
		}
		if _, err := a.tx.ExecContext(a.ctx, "INSERT INTO messages "+insertColumns+" VALUES "+insertRow+onConflict, a.row(args[:0], id, h)...); err != nil {
			return err
		}
	}
	return nil
}

// row adds the columns of a new message to args.
func (a *applier) row(args []any, id int64, h *mail.Header) []any {
	_, zone := h.Date.Zone()
	var structure []byte
	attached := false
	if h.Structure != nil {
		structure = encodeStructure(make([]byte, 0, 128), h.Structure)
		attached = h.Structure.HasAttachment()
	}
	shown := mail.When(h.Date, h.Received)
	at := int64(0)
	if !shown.IsZero() {
		at = shown.Unix()
	}
	return append(args, id, a.folder, uidValue(h.UID), at, unix(h.Date), zone, unix(h.Received), h.Size, int64(h.Flags), strings.Join(h.Keywords, " "),
		attached, h.Subject, encodePeople(&h.Envelope), h.MessageID, encodeRefs(&h.Envelope), structure)
}

const betterQuery = `UPDATE messages SET shown = ?4, date = ?5, zone = ?6, received = ?7, size = ?8, attached = ?11,
	subject = ?12, people = ?13, msgid = ?14, refs = ?15, structure = ?16 WHERE id = ?1`

// better stores headers of messages of which little was known. They keep their
// ids.
func (a *applier) better(headers []mail.Header) error {
	for i := range headers {
		h := &headers[i]
		uid := uidValue(h.UID)
		id, ok := a.moved[uid]
		if !ok {
			var err error
			if id, err = a.idOf(uid); err != nil {
				return err
			}
		}
		if id == 0 {
			continue
		}
		if err := a.betterOne(id, h); err != nil {
			return err
		}
	}
	return nil
}

func (a *applier) betterOne(id int64, h *mail.Header) error {
	if _, err := a.tx.ExecContext(a.ctx, betterQuery, a.row(nil, id, h)...); err != nil {
		return err
	}
	if err := a.setFlags(id, h.Flags, h.Keywords); err != nil {
		return err
	}
	var last int64
	if err := a.tx.QueryRowContext(a.ctx, "SELECT coalesce((SELECT value FROM meta WHERE key = ?), 0)", indexed).Scan(&last); err != nil || id > last {
		return err
	}
	t := threader{a.ctx, a.tx} // it has its place in the index, for what was known
	if err := t.add(id, h.MessageID, encodeRefs(&h.Envelope)); err != nil {
		return err
	}
	return putWords(a.ctx, a.tx, id, h.Subject, encodePeople(&h.Envelope), "")
}

// setFlags stores a message's flags as the source has them, with what the
// journal will change of them.
func (a *applier) setFlags(id int64, f mail.Flags, keywords []string) error {
	for _, c := range a.pending[id] {
		f = f&^c.remove | c.add
	}
	_, err := a.tx.ExecContext(a.ctx, "UPDATE messages SET flags = ?, keywords = ? WHERE id = ? AND (flags <> ?1 OR keywords <> ?2)", int64(f), strings.Join(keywords, " "), id)
	return err
}

func (a *applier) flags(list []mail.FlagChange) error {
	if len(a.pending) == 0 && len(a.moved) == 0 && len(list) > 0 {
		return a.plainFlags(list)
	}
	for _, c := range list {
		uid := uidValue(c.UID)
		id, ok := a.moved[uid]
		if !ok {
			var err error
			if id, err = a.idOf(uid); err != nil {
				return err
			}
		}
		if id == 0 {
			continue
		}
		if err := a.setFlags(id, c.Flags, c.Keywords); err != nil {
			return err
		}
	}
	return nil
}

// plainFlags stores flags where nothing of the user's is in the way.
func (a *applier) plainFlags(list []mail.FlagChange) error {
	st, err := a.tx.PrepareContext(a.ctx, "UPDATE messages SET flags = ?1, keywords = ?2 WHERE folder = ?3 AND uid = ?4 AND (flags <> ?1 OR keywords <> ?2)")
	if err != nil {
		return err
	}
	defer st.Close()
	for _, c := range list {
		if _, err := st.ExecContext(a.ctx, int64(c.Flags), strings.Join(c.Keywords, " "), a.folder, uidValue(c.UID)); err != nil {
			return err
		}
	}
	return nil
}

// gone drops messages that the source has no more. One whose move may have been
// played stays: the source has it elsewhere.
func (a *applier) gone(uids []mail.UID) error {
	for _, u := range uids {
		uid := uidValue(u)
		id, moved := a.moved[uid]
		if moved {
			delete(a.moved, uid)
		}
		if moved && a.started[id] {
			if _, err := a.tx.ExecContext(a.ctx, "UPDATE placed SET uid = NULL WHERE message = ?", id); err != nil {
				return err
			}
			a.adrift++
			continue
		}
		if !moved {
			var err error
			if id, err = a.idOf(uid); err != nil {
				return err
			}
		}
		if id != 0 {
			if err := dropMessages(a.ctx, a.tx, "id = ?", id); err != nil {
				return err
			}
		}
	}
	return nil
}

// whole drops what is known in a range and was not named.
func (a *applier) whole(d *mail.Delta) error {
	named := make(map[any]bool, len(d.New)+len(d.Flags))
	for i := range d.New {
		named[uidValue(d.New[i].UID)] = true
	}
	for i := range d.Flags {
		named[uidValue(d.Flags[i].UID)] = true
	}
	where, args := "folder = ? AND uid IS NOT NULL", []any{a.folder}
	inRange := func(any) bool { return true }
	if r := *d.Whole; r != (mail.Range{}) {
		where, args = where+" AND uid BETWEEN ? AND ?", append(args, int64(r.First), int64(r.Last))
		inRange = func(v any) bool { n, ok := v.(int64); return ok && n >= int64(r.First) && n <= int64(r.Last) }
	}
	rows, err := a.tx.QueryContext(a.ctx, "SELECT uid FROM messages WHERE "+where, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var gone []mail.UID
	for rows.Next() {
		var uid any
		if err := rows.Scan(&uid); err != nil {
			return err
		}
		if uid = normalUID(uid); !named[uid] {
			gone = append(gone, uidOf(uid))
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for uid := range a.moved {
		if inRange(uid) && !named[uid] {
			gone = append(gone, uidOf(uid))
		}
	}
	return a.gone(gone)
}

// ghosts drops messages without a number, once the source has named all it has
// and nothing in the journal is about them: they are not there.
func (a *applier) ghosts() error {
	if err := a.drowned(); err != nil {
		return err
	}
	if a.unplaced == 0 {
		return nil
	}
	return dropMessages(a.ctx, a.tx, `folder = ? AND uid IS NULL AND id NOT IN (SELECT message FROM placed)
		AND id NOT IN (SELECT json_extract(value, '$.id') FROM journal, json_each(journal.items))`, a.folder)
}

// drowned does the same for messages that the user has elsewhere, unless the
// source may have brought them there, or does not have them yet.
func (a *applier) drowned() error {
	if a.adrift == 0 {
		return nil
	}
	rows, err := a.tx.QueryContext(a.ctx, `SELECT message FROM placed WHERE folder = ? AND uid IS NULL
		AND message NOT IN (SELECT json_extract(value, '$.id') FROM journal, json_each(journal.items) WHERE started <> 0 OR op = 'append')`, a.folder)
	if err != nil {
		return err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, id := range ids {
		if err := dropMessages(a.ctx, a.tx, "id = ?", id); err != nil {
			return err
		}
	}
	return nil
}
