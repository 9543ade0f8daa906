package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"posthorn/mail"
)

// Entries returns the places of a list, at most limit of them; 0 means all.
func (db *DB) Entries(ctx context.Context, v mail.View, limit int) (_ []mail.Entry, err error) {
	defer db.failed("list messages", &err)
	where, args, err := db.viewed(ctx, v)
	if err != nil || where == "" {
		return nil, err
	}
	if v.Filter != nil {
		cond, more := compile(v.Filter)
		where, args = where+" AND "+cond, append(args, more...)
	}
	if v.Threads {
		return db.threads(ctx, where, args, limit)
	}
	q := "SELECT id, thread FROM messages WHERE " + where + " ORDER BY " + orderBy(v.Sort)
	if limit > 0 {
		q += fmt.Sprintf(" LIMIT %d", limit)
	}
	rows, err := db.read.QueryContext(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := make([]mail.Entry, 0, min(max(limit, 256), 4096))
	var id, thread int64
	for rows.Next() {
		if err := rows.Scan(&id, &thread); err != nil {
			return nil, err
		}
		list = append(list, mail.Entry{ID: mail.NewID(db.slot, id), Thread: db.threadID(thread)})
	}
	return list, rows.Err()
}

func (db *DB) threadID(n int64) mail.ThreadID {
	if n == 0 {
		return 0
	}
	return mail.ThreadID(mail.NewID(db.slot, n))
}

// viewed returns the condition for the folder of a view, empty where there is no
// such folder.
func (db *DB) viewed(ctx context.Context, v mail.View) (string, []any, error) {
	if v.Account != "" && v.Account != db.account {
		return "", nil, nil
	}
	id := v.Folder
	if id == 0 {
		f, err := db.folderOf(ctx, v.Role)
		if errors.Is(err, ErrNoFolder) {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, err
		}
		id = f.ID
	}
	if id.Slot() != db.slot {
		return "", nil, nil
	}
	return "folder = ?", []any{id.Row()}, nil
}

func orderBy(s mail.Sort) string {
	switch s {
	case mail.ByDateAscending:
		return "shown, id"
	case mail.BySender:
		return "people COLLATE NOCASE, shown DESC, id DESC"
	case mail.BySubject:
		return "subject COLLATE NOCASE, shown DESC, id DESC"
	case mail.BySize:
		return "size DESC, id DESC"
	}
	return "shown DESC, id DESC"
}

const rowColumns = `m.id, m.thread, m.folder, coalesce(f.name, ''), m.date, m.zone, m.received, m.size, m.flags, m.keywords, m.attached, m.subject, m.people, m.msgid, m.refs, m.named`

// rowsAtOnce bounds the ids of one statement.
const rowsAtOnce = 250

// Rows returns messages as a list shows them, in the order of ids. Those that
// are not there are left out.
func (db *DB) Rows(ctx context.Context, ids []mail.ID) (_ []mail.Summary, err error) {
	defer db.failed("read the headers of messages", &err)
	list := make([]mail.Summary, 0, len(ids))
	for chunk := range slices.Chunk(ids, rowsAtOnce) {
		found, err := db.rows(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, id := range chunk {
			if s, ok := found[id]; ok {
				list = append(list, s)
			}
		}
	}
	return list, nil
}

func (db *DB) rows(ctx context.Context, ids []mail.ID) (map[mail.ID]mail.Summary, error) {
	args := make([]any, 0, len(ids))
	for _, id := range ids {
		if id.Slot() == db.slot {
			args = append(args, id.Row())
		}
	}
	if len(args) == 0 {
		return nil, nil
	}
	rows, err := db.read.QueryContext(ctx, "SELECT "+rowColumns+" FROM messages m LEFT JOIN folders f ON f.id = m.folder WHERE m.folder <> 0 AND m.id IN (?"+strings.Repeat(",?", len(args)-1)+")", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[mail.ID]mail.Summary, len(args))
	var named []mail.ID
	for rows.Next() {
		s, name, err := db.scanRow(rows)
		if err != nil {
			return nil, err
		}
		if found[s.ID] = s; name {
			named = append(named, s.ID)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return found, db.kept(ctx, named, found)
}

// kept tells of which messages the source would not take the text.
func (db *DB) kept(ctx context.Context, named []mail.ID, found map[mail.ID]mail.Summary) error {
	jobs, err := db.journal.Jobs(ctx, named)
	if err != nil {
		return foreign(err)
	}
	for id, list := range jobs {
		if s := found[id]; list[0].Op == mail.OpAppend && list[0].Why != "" {
			s.Kept = list[0].Why
			found[id] = s
		}
	}
	return nil
}

func (db *DB) scanRow(rows *sql.Rows) (s mail.Summary, named bool, err error) {
	var id, thread, folder int64
	var date, received any
	var zone int
	var keywords, people, refs string
	err = rows.Scan(&id, &thread, &folder, &s.FolderName, &date, &zone, &received, &s.Size, &s.Flags, &keywords, &s.Attachment, &s.Subject, &people, &s.MessageID, &refs, &named)
	if err != nil {
		return s, false, err
	}
	s.ID, s.Thread, s.Folder = mail.NewID(db.slot, id), db.threadID(thread), mail.NewFolderID(db.slot, folder)
	s.Account = db.account
	s.Date, s.Received = timeOf(date, zone), timeOf(received, 0)
	s.Keywords = strings.Fields(keywords)
	s.More = decodePeople(people, &s.Envelope)
	decodeRefs(refs, &s.Envelope)
	return s, named, nil
}

// Places returns where the source has messages, in the order of ids. A UID is
// empty where it is not known; the place of a message that is not there is zero.
func (db *DB) Places(ctx context.Context, ids []mail.ID) (_ []mail.Place, err error) {
	defer db.failed("look where messages lie", &err)
	list := make([]mail.Place, len(ids))
	for i, id := range ids {
		var uid any
		err := db.read.QueryRowContext(ctx, "SELECT coalesce(f.name, ''), coalesce(f.validity, 0), m.uid FROM messages m LEFT JOIN folders f ON f.id = m.lies WHERE m.id = ?", id.Row()).
			Scan(&list[i].Mailbox, &list[i].Validity, &uid)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		if list[i].UID = uidOf(uid); list[i].Mailbox != "" || err != nil {
			continue
		}
		if list[i], err = db.original(ctx, id); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// original returns where the source has the message of which another will be a
// copy: the same can be read there.
func (db *DB) original(ctx context.Context, id mail.ID) (mail.Place, error) {
	jobs, err := db.journal.Jobs(ctx, []mail.ID{id})
	if err != nil {
		return mail.Place{}, foreign(err)
	}
	if list := jobs[id]; len(list) > 0 && list[0].Op == mail.OpCopy && list[0].Items[0].ID != id {
		at, err := db.Places(ctx, []mail.ID{list[0].Items[0].ID})
		if err != nil {
			return mail.Place{}, err
		}
		return at[0], nil
	}
	return mail.Place{}, nil
}

// Lookup returns the messages of a folder by their numbers there, and the
// numbers that are not known.
func (db *DB) Lookup(ctx context.Context, f mail.FolderID, uids []mail.UID) (ids []mail.ID, missing []mail.UID, err error) {
	defer db.failed("look for messages by their numbers", &err)
	st, err := db.read.PrepareContext(ctx, "SELECT id FROM messages WHERE lies = ? AND uid = ?")
	if err != nil {
		return nil, nil, err
	}
	defer st.Close()
	for _, u := range uids {
		var id int64
		err := st.QueryRowContext(ctx, f.Row(), uidValue(u)).Scan(&id)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			missing = append(missing, u)
		case err != nil:
			return nil, nil, err
		default:
			ids = append(ids, mail.NewID(db.slot, id))
		}
	}
	return ids, missing, nil
}

// Structure returns the MIME structure of a message, nil where the source never
// said it.
func (db *DB) Structure(ctx context.Context, id mail.ID) (_ *mail.Part, err error) {
	defer db.failed("read the structure of a message", &err)
	var b []byte
	err = db.read.QueryRowContext(ctx, "SELECT structure FROM messages WHERE id = ?", id.Row()).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) || err == nil && len(b) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return decodeStructure(b)
}
