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
		a, err := newApplier(ctx, tx, db, f, ids)
		if err != nil {
			return err
		}
		// A source that was given no cursor does not know what was here, nor tells what
		// of it is gone.
		anew := d.Validity != 0 && a.validity != 0 && d.Validity != a.validity || a.unread && d.Cursor != "" && d.Whole == nil
		if d.Validity != 0 {
			a.validity = d.Validity
		}
		if d.Reset || anew {
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
		if err := db.again(ctx, tx, a.touched); err != nil {
			return err
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
		a, err := newApplier(ctx, tx, db, f, ids)
		if err != nil {
			return err
		}
		if err := a.insert(headers); err != nil {
			return err
		}
		return db.again(ctx, tx, a.touched)
	})
}

// applier changes one folder in one transaction. It writes what the source has;
// what the user sees of messages that the journal is about is made afterwards.
type applier struct {
	ctx      context.Context
	tx       *sql.Tx
	db       *DB
	folder   int64
	name     string
	validity uint32
	ids      *span          // for new messages
	unplaced int            // messages here, or named, whose UID is not known
	named    int            // messages here that the journal is about
	unread   bool           // nothing was read yet, or that was forgotten
	touched  map[int64]bool // those of which something was told
}

func newApplier(ctx context.Context, tx *sql.Tx, db *DB, folder mail.FolderID, ids *span) (*applier, error) {
	a := &applier{ctx: ctx, tx: tx, db: db, folder: folder.Row(), ids: ids, touched: map[int64]bool{}}
	err := tx.QueryRowContext(ctx, "SELECT name, validity, cursor = '' FROM folders WHERE id = ?", a.folder).Scan(&a.name, &a.validity, &a.unread)
	if err == sql.ErrNoRows {
		err = errFolderGone
	}
	if err == nil {
		err = a.look()
	}
	return a, err
}

// look counts the messages that are to be looked for one by one.
func (a *applier) look() error {
	return a.tx.QueryRowContext(a.ctx, `SELECT (SELECT count(*) FROM messages WHERE uid IS NULL AND (lies = ?1 OR named <> 0)),
		(SELECT count(*) FROM messages WHERE lies = ?1 AND named <> 0)`, a.folder).Scan(&a.unplaced, &a.named)
}

func normalUID(v any) any { return uidValue(uidOf(v)) }

// reset forgets all numbers of the folder: the messages stay until the source
// has named them all anew.
func (a *applier) reset() error {
	if _, err := a.tx.ExecContext(a.ctx, "UPDATE messages SET uid = NULL WHERE lies = ? AND uid IS NOT NULL", a.folder); err != nil {
		return err
	}
	return a.look()
}

const (
	insertColumns = "(id, folder, uid, shown, date, zone, received, size, flags, keywords, attached, subject, people, msgid, refs, structure, lies, has)"
	insertRow     = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
	columnsOfRow  = 18
	rowsOfInsert  = 40
	onConflict    = " ON CONFLICT (lies, uid) DO UPDATE SET flags = excluded.flags, has = excluded.has, keywords = excluded.keywords"
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
		attached, h.Subject, encodePeople(&h.Envelope), h.MessageID, encodeRefs(&h.Envelope), structure, a.folder, int64(h.Flags))
}

const betterQuery = `UPDATE messages SET shown = ?4, date = ?5, zone = ?6, received = ?7, size = ?8, attached = ?11,
	subject = ?12, people = ?13, msgid = ?14, refs = ?15, structure = ?16 WHERE id = ?1`

// better stores headers of messages of which little was known. They keep their
// ids.
func (a *applier) better(headers []mail.Header) error {
	for i := range headers {
		h := &headers[i]
		id, err := a.idOf(uidValue(h.UID))
		if err == nil && id != 0 {
			err = a.betterOne(id, h)
		}
		if err != nil {
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
	return indexLate(a.ctx, a.tx, id) // for what was known it has its place there
}

// setFlags stores a message's flags as the source has them.
func (a *applier) setFlags(id int64, f mail.Flags, keywords []string) error {
	a.touched[id] = true
	_, err := a.tx.ExecContext(a.ctx, "UPDATE messages SET has = ?, keywords = ? WHERE id = ? AND (has <> ?1 OR keywords <> ?2)", int64(f), strings.Join(keywords, " "), id)
	return err
}

func (a *applier) flags(list []mail.FlagChange) error {
	if a.named == 0 && len(list) > 0 {
		return a.plainFlags(list)
	}
	for _, c := range list {
		id, err := a.idOf(uidValue(c.UID))
		if err == nil && id != 0 {
			err = a.setFlags(id, c.Flags, c.Keywords)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// plainFlags stores flags where nothing of the user's is in the way.
func (a *applier) plainFlags(list []mail.FlagChange) error {
	st, err := a.tx.PrepareContext(a.ctx, "UPDATE messages SET flags = ?1, has = ?1, keywords = ?2 WHERE lies = ?3 AND uid = ?4 AND (has <> ?1 OR keywords <> ?2)")
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
// played stays: the source may have it elsewhere.
func (a *applier) gone(uids []mail.UID) error {
	for _, u := range uids {
		id, err := a.idOf(uidValue(u))
		if err != nil {
			return err
		}
		if id == 0 {
			continue
		}
		underway, err := a.underway(id, "")
		if err != nil {
			return err
		}
		if underway {
			if err := a.away(id); err != nil {
				return err
			}
			a.unplaced++
			continue
		}
		if err := dropMessages(a.ctx, a.tx, "id = ?", id); err != nil {
			return err
		}
	}
	return nil
}

// away notes that a message is not here any more, and perhaps elsewhere.
func (a *applier) away(id int64) error {
	_, err := a.tx.ExecContext(a.ctx, "UPDATE messages SET lies = 0, uid = NULL WHERE id = ?", id)
	return err
}

// underway reports whether a job may have brought a message to a mailbox, or to
// any, and is not known to have. What is to be deleted is under way as well.
func (a *applier) underway(id int64, mailbox string) (bool, error) {
	if a.named == 0 && a.unplaced == 0 {
		return false, nil
	}
	jobs, err := a.db.journal.Jobs(a.ctx, []mail.ID{mail.NewID(a.db.slot, id)})
	if err != nil {
		return false, foreign(err)
	}
	for _, j := range jobs[mail.NewID(a.db.slot, id)] {
		if j.Begun && j.Op != mail.OpFlags && (j.To == mailbox || mailbox == "") {
			return true, nil
		}
	}
	return false, nil
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
	where, args := "lies = ? AND uid IS NOT NULL", []any{a.folder}
	if r := *d.Whole; r != (mail.Range{}) {
		where, args = where+" AND uid BETWEEN ? AND ?", append(args, int64(r.First), int64(r.Last))
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
	return a.gone(gone)
}

// ghosts drops messages without a number, once the source has named all it has:
// they are not there. Those that a job may have brought elsewhere stay.
func (a *applier) ghosts() error {
	if a.unplaced == 0 {
		return nil
	}
	if err := dropMessages(a.ctx, a.tx, "lies = ? AND uid IS NULL AND named = 0", a.folder); err != nil {
		return err
	}
	rows, err := a.tx.QueryContext(a.ctx, "SELECT id FROM messages WHERE lies = ? AND uid IS NULL", a.folder)
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
		underway, err := a.underway(id, "")
		switch {
		case err == nil && underway:
			err = a.away(id)
		case err == nil:
			err = dropMessages(a.ctx, a.tx, "id = ?", id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
