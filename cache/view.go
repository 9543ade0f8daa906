package cache

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"posthorn/mail"
)

// Show brings what the user sees up to what the journal holds. Every change of the
// journal is followed by it; where a process died between the two, or the cache is
// an older copy, the next one makes up for it.
func (db *DB) Show(ctx context.Context) (err error) {
	defer db.failed("show what was done", &err)
	now, err := db.journal.Event(ctx)
	if err != nil {
		return foreign(err)
	}
	if was, err := seen(ctx, db.read); err != nil || was == now {
		return err // nothing is to be written, so nobody is waited for
	}
	return db.tx(ctx, func(tx *sql.Tx) error {
		v := viewer{ctx: ctx, tx: tx, db: db, folders: map[string]int64{}}
		return v.catchUp()
	})
}

// A viewer makes what the user sees in one transaction: what the source has, with
// the jobs of the journal on top. Nothing else writes that.
type viewer struct {
	ctx     context.Context
	tx      *sql.Tx
	db      *DB
	folders map[string]int64 // ids that were looked up
}

// seen returns how far the journal is shown: as far as an event, of a store.
func seen(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (e mail.Event, err error) {
	err = q.QueryRowContext(ctx, "SELECT store, shown FROM account").Scan(&e.Store, &e.Number)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return e, err
}

func (v *viewer) catchUp() error {
	now, err := v.db.journal.Event(v.ctx)
	if err != nil {
		return foreign(err)
	}
	was, err := seen(v.ctx, v.tx)
	if err != nil || was == now {
		return err
	}
	var ids []mail.ID
	if was.Store != now.Store || was.Number > now.Number {
		if was.Number = 0; was.Store != "" { // of another store, or ahead of this one
			if ids, err = v.forget(); err != nil {
				return err
			}
		}
	}
	touched, err := v.db.journal.Touched(v.ctx, was.Number)
	if err != nil {
		return foreign(err)
	}
	for _, t := range touched {
		ids = append(ids, t.ID)
	}
	jobs, err := v.db.journal.Jobs(v.ctx, ids)
	if err != nil {
		return foreign(err)
	}
	if err := v.claim(touched, jobs); err != nil {
		return err
	}
	for _, t := range touched {
		if err := v.take(t, t.Settled > was.Number, jobs[t.ID]); err != nil {
			return err
		}
	}
	if err := v.show(ids, jobs); err != nil {
		return err
	}
	_, err = v.tx.ExecContext(v.ctx, "UPDATE account SET store = ?, shown = ?", now.Store, now.Number)
	return err
}

// forget has every folder read again, and returns the messages that another journal
// was about.
func (v *viewer) forget() (ids []mail.ID, err error) {
	if _, err := v.tx.ExecContext(v.ctx, "UPDATE folders SET cursor = ''"); err != nil {
		return nil, err
	}
	rows, err := v.tx.QueryContext(v.ctx, "SELECT id FROM messages WHERE named <> 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row int64
		if err := rows.Scan(&row); err != nil {
			return nil, err
		}
		ids = append(ids, mail.NewID(v.db.slot, row))
	}
	return ids, rows.Err()
}

// claim gives the older text of a message a row of its own: the newer one, which is to
// be appended, has its id by now.
func (v *viewer) claim(touched []mail.Touched, jobs map[mail.ID][]mail.Job) error {
	for _, t := range touched {
		if t.At.UID == "" || len(jobs[t.ID]) == 0 {
			continue
		}
		var row, folder int64
		err := v.tx.QueryRowContext(v.ctx, `SELECT m.id, f.id FROM folders f JOIN messages m ON m.lies = f.id AND m.uid = ?3
			WHERE f.name = ?2 AND m.id <> ?1 AND NOT EXISTS (SELECT 1 FROM messages WHERE id = ?1)`, t.ID.Row(), t.At.Mailbox, uidValue(t.At.UID)).Scan(&row, &folder)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if newer := jobs[mail.NewID(v.db.slot, row)]; len(newer) == 0 || newer[0].Op != mail.OpAppend {
			continue
		}
		if _, err := v.tx.ExecContext(v.ctx, "UPDATE messages SET lies = 0, uid = NULL WHERE id = ?", row); err != nil {
			return err
		}
		if _, err := v.tx.ExecContext(v.ctx, `INSERT INTO messages `+insertColumns+`
			SELECT ?1, folder, ?2, shown, date, zone, received, size, flags, keywords, attached, subject, people, msgid, refs, structure, ?3, has FROM messages WHERE id = ?4`,
			t.ID.Row(), uidValue(t.At.UID), folder, row); err != nil {
			return err
		}
	}
	return nil
}

// take makes a message that exists here only a row, and notes where the source has
// one, if that was said since.
func (v *viewer) take(t mail.Touched, settled bool, jobs []mail.Job) error {
	if len(jobs) > 0 && jobs[0].Op == mail.OpAppend {
		return v.write(t.ID, &jobs[0])
	}
	if len(jobs) > 0 && jobs[0].Op == mail.OpCopy && jobs[0].Items[0].Made == t.ID {
		return v.copy(t.ID, jobs[0].Items[0].ID)
	}
	if settled {
		return v.settle(t.Located)
	}
	return nil
}

// write makes a text that is to be appended a message, which can be seen and read
// at once.
func (v *viewer) write(id mail.ID, j *mail.Job) error {
	raw, err := v.db.journal.Text(v.ctx, id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it is told when it would be played
	}
	if err != nil {
		return foreign(err)
	}
	h := made(mail.Append{Flags: j.Add, Date: j.Date, Raw: raw})
	to, err := v.folder(j.To)
	if err != nil {
		return err
	}
	a := applier{ctx: v.ctx, tx: v.tx, folder: to}
	args := a.row(nil, id.Row(), h)
	args[len(args)-2] = 0 // the source does not have it
	var there bool
	if err := v.tx.QueryRowContext(v.ctx, "SELECT EXISTS (SELECT 1 FROM messages WHERE id = ?)", id.Row()).Scan(&there); err != nil {
		return err
	}
	if there {
		_, err = v.tx.ExecContext(v.ctx, "UPDATE messages SET "+insertColumns+" = "+insertRow+" WHERE id = ?", append(args, id.Row())...)
	} else {
		_, err = v.tx.ExecContext(v.ctx, "INSERT INTO messages "+insertColumns+" VALUES "+insertRow, args...)
	}
	if err != nil {
		return err
	}
	if err := putPart(v.ctx, v.tx, id.Row(), "", raw); err != nil {
		return err
	}
	return indexLate(v.ctx, v.tx, id.Row())
}

// copy makes a row of a copy, which the source does not have yet.
func (v *viewer) copy(id, of mail.ID) error {
	res, err := v.tx.ExecContext(v.ctx, `INSERT OR IGNORE INTO messages `+insertColumns+`
		SELECT ?1, folder, NULL, shown, date, zone, received, size, flags, keywords, attached, subject, people, msgid, refs, structure, 0, has FROM messages WHERE id = ?2`, id.Row(), of.Row())
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return err
	}
	return indexLate(v.ctx, v.tx, id.Row())
}

// settle notes where the source has a message since it answered. A number that it
// told before it answered, or a better one, stays.
func (v *viewer) settle(l mail.Located) error {
	var lies int64
	var uid any
	var has mail.Flags
	err := v.tx.QueryRowContext(v.ctx, "SELECT lies, uid, has FROM messages WHERE id = ?", l.ID.Row()).Scan(&lies, &uid, &has)
	if errors.Is(err, sql.ErrNoRows) {
		return v.await(l)
	}
	if err != nil {
		return err
	}
	to, now := int64(0), any(nil)
	if l.At.Mailbox != "" {
		if to, err = v.folder(l.At.Mailbox); err != nil {
			return err
		}
		if now, err = v.number(to, l.At); err != nil {
			return err
		}
	}
	if now == nil && to == lies {
		now = uid
	}
	if now != nil { // the source may have told of it before it answered
		if err := dropMessages(v.ctx, v.tx, "lies = ? AND uid = ? AND id <> ?", to, now, l.ID.Row()); err != nil {
			return err
		}
	}
	if _, err := v.tx.ExecContext(v.ctx, "UPDATE messages SET lies = ?, uid = ?, has = ? WHERE id = ?", to, now, int64(l.Flags), l.ID.Row()); err != nil {
		return err
	}
	return v.count(lies, has, to, l.Flags)
}

// await has the header of a message that has no row here take its id when it comes.
// One that came before it was known to be that takes it now.
func (v *viewer) await(l mail.Located) error {
	var row int64
	err := v.tx.QueryRowContext(v.ctx, "SELECT m.id FROM folders f JOIN messages m ON m.lies = f.id AND m.uid = ? WHERE f.name = ? AND m.named = 0", uidValue(l.At.UID), l.At.Mailbox).Scan(&row)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, q := range []string{
		"UPDATE ids SET message = ?1 WHERE message = ?2 AND msgid = (SELECT msgid FROM messages WHERE id = ?2)",
		"DELETE FROM words WHERE rowid = ?2 AND ?1 <> 0",
		"UPDATE bodies SET message = ?1 WHERE message = ?2",
		"UPDATE messages SET id = ?1 WHERE id = ?2",
	} {
		if _, err := v.tx.ExecContext(v.ctx, q, l.ID.Row(), row); err != nil {
			return err
		}
	}
	return indexLate(v.ctx, v.tx, l.ID.Row())
}

// number returns the UID of a place as it is stored, nil for one that is not known
// or of another UIDVALIDITY than the folder's.
func (v *viewer) number(folder int64, at mail.Place) (any, error) {
	var validity uint32
	if err := v.tx.QueryRowContext(v.ctx, "SELECT validity FROM folders WHERE id = ?", folder).Scan(&validity); err != nil {
		return nil, err
	}
	if at.Validity != 0 && validity != 0 && at.Validity != validity {
		return nil, nil
	}
	if validity == 0 && at.Validity != 0 { // the folder was not read yet: what its numbers mean is noted with the first
		if _, err := v.tx.ExecContext(v.ctx, "UPDATE folders SET validity = ? WHERE id = ?", at.Validity, folder); err != nil {
			return nil, err
		}
	}
	return uidValue(at.UID), nil
}

// count adds what the source did to a message to its counts, which were told
// before.
func (v *viewer) count(from int64, had mail.Flags, to int64, has mail.Flags) error {
	shift := map[int64]mail.Counts{}
	add := func(folder int64, n int, f mail.Flags) {
		c := shift[folder]
		c.Total += n
		if !f.Has(mail.Seen) {
			c.Unread += n
		}
		shift[folder] = c
	}
	add(from, -1, had)
	add(to, 1, has)
	for f, c := range shift {
		if f == 0 || c.Total == 0 && c.Unread == 0 {
			continue
		}
		if _, err := v.tx.ExecContext(v.ctx, "UPDATE folders SET total = iif(total < 0, total, max(total + ?, 0)), unread = iif(unread < 0, unread, max(unread + ?, 0)) WHERE id = ?", c.Total, c.Unread, f); err != nil {
			return err
		}
	}
	return nil
}

// folder returns the folder of a name. One that the source did not name yet, or
// not any more, is made: what is to be seen in it exists here only.
func (v *viewer) folder(name string) (int64, error) {
	if id, ok := v.folders[name]; ok {
		return id, nil
	}
	var id int64
	err := v.tx.QueryRowContext(v.ctx, "SELECT id FROM folders WHERE name = ?", name).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		id, err = v.make(name)
	}
	v.folders[name] = id
	return id, err
}

func (v *viewer) make(name string) (int64, error) {
	ids, err := v.db.folder.take(v.ctx, 1)
	if err != nil {
		return 0, err
	}
	id := ids.next
	_, err = v.tx.ExecContext(v.ctx, "INSERT INTO folders (id, name, delimiter, role, noselect, subscribed) VALUES (?, ?, '', 0, 1, 0)", id, name)
	return id, err
}

// show makes what the user sees of messages. One that is nowhere and that nothing
// is about any more is dropped.
func (v *viewer) show(ids []mail.ID, jobs map[mail.ID][]mail.Job) error {
	read, err := v.tx.PrepareContext(v.ctx, "SELECT lies, has, folder, flags, named FROM messages WHERE id = ?")
	if err != nil {
		return err
	}
	defer read.Close()
	write, err := v.tx.PrepareContext(v.ctx, "UPDATE messages SET folder = ?, flags = ?, named = ? WHERE id = ?")
	if err != nil {
		return err
	}
	defer write.Close()
	for _, id := range ids {
		var truth, sight standing
		err := read.QueryRowContext(v.ctx, id.Row()).Scan(&truth.folder, &truth.flags, &sight.folder, &sight.flags, &sight.named)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if truth.folder == 0 && len(jobs[id]) == 0 {
			if err := dropMessages(v.ctx, v.tx, "id = ?", id.Row()); err != nil {
				return err
			}
			continue
		}
		now, err := v.play(truth, id, jobs[id])
		if err != nil {
			return err
		}
		if now != sight {
			if _, err := write.ExecContext(v.ctx, now.folder, int64(now.flags), now.named, id.Row()); err != nil {
				return err
			}
		}
	}
	return nil
}

// A standing is where a message lies, with which flags, and whether the journal is
// about it.
type standing struct {
	folder int64
	flags  mail.Flags
	named  bool
}

// play returns how a message stands after jobs.
func (v *viewer) play(s standing, id mail.ID, jobs []mail.Job) (_ standing, err error) {
	s.named = len(jobs) > 0
	for _, j := range jobs {
		switch {
		case j.Op == mail.OpFlags:
			s.flags = s.flags&^j.Remove | j.Add
		case j.Op == mail.OpExpunge:
			s.folder = 0
		case j.Op == mail.OpCopy && j.Items[0].Made != id:
		default: // it comes, or is made, there
			if s.folder, err = v.folder(j.To); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// again makes what the user sees of messages of which the source told something.
func (db *DB) again(ctx context.Context, tx *sql.Tx, rows map[int64]bool) error {
	if len(rows) == 0 {
		return nil
	}
	var ids []mail.ID
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		ids = append(ids, mail.NewID(db.slot, row))
	}
	jobs, err := db.journal.Jobs(ctx, ids)
	if err != nil {
		return foreign(err)
	}
	v := viewer{ctx: ctx, tx: tx, db: db, folders: map[string]int64{}}
	return v.show(ids, jobs)
}
