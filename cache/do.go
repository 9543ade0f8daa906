package cache

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
)

// Done is what became of a change.
type Done struct {
	IDs     []mail.ID     // the message that an append made
	Inverse []mail.Change // what takes the change back
}

// Do changes the cache as the user wants it and writes the journal, in one
// transaction that is on disk when it returns. Messages that are gone are passed
// over.
func (db *DB) Do(ctx context.Context, c mail.Change) (done Done, err error) {
	defer db.failed(opOf(c), &err)
	if c, err = db.resolve(ctx, c); err != nil {
		return done, err
	}
	news := 0
	if _, ok := c.(mail.Append); ok {
		news = 1
	}
	err = db.message.with(ctx, news, db.durable, func(tx *sql.Tx, ids *span) error {
		d := doer{ctx: ctx, tx: tx, db: db, ids: ids}
		err := d.do(c)
		done = d.done
		return err
	})
	return done, err
}

// opOf says what a change does.
func opOf(c mail.Change) string {
	switch c.(type) {
	case mail.SetFlags:
		return "set flags"
	case mail.Move, mail.File:
		return "move messages"
	case mail.Copy:
		return "copy messages"
	case mail.Expunge:
		return "delete messages"
	case mail.Append:
		return "store a message"
	}
	return "change messages"
}

// resolve finds the folder of a role.
func (db *DB) resolve(ctx context.Context, c mail.Change) (mail.Change, error) {
	f, ok := c.(mail.File)
	if !ok {
		return c, nil
	}
	to, err := db.folderOf(ctx, f.To)
	if errors.Is(err, ErrNoFolder) {
		return nil, fmt.Errorf("%w: the account has none for %s", ErrNoFolder, f.To)
	}
	return mail.Move{IDs: f.IDs, To: to.ID}, err
}

// doer does one change in one transaction.
type doer struct {
	ctx  context.Context
	tx   *sql.Tx
	db   *DB
	ids  *span
	done Done
}

func (d *doer) do(c mail.Change) error {
	switch c := c.(type) {
	case mail.SetFlags:
		return d.setFlags(c)
	case mail.Move:
		return d.move(c)
	case mail.Copy:
		return d.each(c.IDs, func(source int64, items []item) error {
			return d.journal(OpCopy, source, c.To.Row(), items, 0, 0)
		})
	case mail.Expunge:
		return d.each(c.IDs, func(source int64, items []item) error {
			if err := d.relocate(items, 0); err != nil {
				return err
			}
			return d.journal(OpExpunge, source, 0, items, 0, 0)
		})
	case mail.Append:
		return d.append(c)
	}
	return fmt.Errorf("the cache does not know the change %T", c)
}

// each reads the messages as they are, and calls f for those of each folder.
func (d *doer) each(ids []mail.ID, f func(source int64, items []item) error) error {
	st, err := d.tx.PrepareContext(d.ctx, "SELECT folder, flags FROM messages WHERE id = ? AND folder <> 0")
	if err != nil {
		return err
	}
	defer st.Close()
	var order []int64
	byFolder := map[int64][]item{}
	for _, id := range ids {
		it := item{ID: id.Row()}
		err := st.QueryRowContext(d.ctx, it.ID).Scan(&it.Folder, &it.Flags)
		if errors.Is(err, sql.ErrNoRows) || id.Slot() != d.db.slot {
			continue
		}
		if err != nil {
			return err
		}
		if byFolder[it.Folder] == nil {
			order = append(order, it.Folder)
		}
		byFolder[it.Folder] = append(byFolder[it.Folder], it)
	}
	for _, folder := range order {
		if err := f(folder, byFolder[folder]); err != nil {
			return err
		}
	}
	return nil
}

// journal writes a job.
func (d *doer) journal(op string, source, target int64, items []item, add, remove mail.Flags) error {
	b, err := json.Marshal(items)
	if err != nil {
		return err
	}
	_, err = d.tx.ExecContext(d.ctx, "INSERT INTO journal (op, source, target, items, add_flags, remove_flags, date, msgid) VALUES (?,?,?,?,?,?,0,'')",
		op, source, target, string(b), int64(add), int64(remove))
	return err
}

func (d *doer) setFlags(c mail.SetFlags) error {
	gained, lost := map[mail.Flags][]mail.ID{}, map[mail.Flags][]mail.ID{}
	err := d.each(c.IDs, func(source int64, items []item) error {
		items = slices.DeleteFunc(items, func(it item) bool { return it.Flags&^c.Remove|c.Add == it.Flags })
		if len(items) == 0 {
			return nil
		}
		for _, it := range items {
			next := it.Flags&^c.Remove | c.Add
			if _, err := d.tx.ExecContext(d.ctx, "UPDATE messages SET flags = ? WHERE id = ?", int64(next), it.ID); err != nil {
				return err
			}
			id := mail.NewID(d.db.slot, it.ID)
			if f := next &^ it.Flags; f != 0 {
				gained[f] = append(gained[f], id)
			}
			if f := it.Flags &^ next; f != 0 {
				lost[f] = append(lost[f], id)
			}
		}
		return d.journal(OpFlags, source, 0, items, c.Add, c.Remove)
	})
	for f, ids := range gained {
		d.done.Inverse = append(d.done.Inverse, mail.SetFlags{IDs: ids, Remove: f})
	}
	for f, ids := range lost {
		d.done.Inverse = append(d.done.Inverse, mail.SetFlags{IDs: ids, Add: f})
	}
	return err
}

func (d *doer) move(c mail.Move) error {
	target := c.To.Row()
	return d.each(c.IDs, func(source int64, items []item) error {
		if source == target {
			return nil
		}
		if err := d.relocate(items, target); err != nil {
			return err
		}
		ids := make([]mail.ID, len(items))
		for i, it := range items {
			ids[i] = mail.NewID(d.db.slot, it.ID)
		}
		d.done.Inverse = append(d.done.Inverse, mail.Move{IDs: ids, To: mail.NewFolderID(d.db.slot, source)})
		return d.journal(OpMove, source, target, items, 0, 0)
	})
}

// relocate shows messages in another folder, and keeps where the source has
// them.
func (d *doer) relocate(items []item, target int64) error {
	keep, err := d.tx.PrepareContext(d.ctx, "INSERT OR IGNORE INTO placed SELECT id, folder, uid FROM messages WHERE id = ?")
	if err != nil {
		return err
	}
	defer keep.Close()
	move, err := d.tx.PrepareContext(d.ctx, "UPDATE messages SET folder = ?, uid = NULL WHERE id = ?")
	if err != nil {
		return err
	}
	defer move.Close()
	for _, it := range items {
		if _, err := keep.ExecContext(d.ctx, it.ID); err != nil {
			return err
		}
		if _, err := move.ExecContext(d.ctx, target, it.ID); err != nil {
			return err
		}
	}
	return nil
}

// append puts a message that was made here into a folder: it can be seen and
// read at once.
func (d *doer) append(c mail.Append) error {
	h := made(c)
	a := applier{folder: c.To.Row()}
	id, err := d.ids.one()
	if err != nil {
		return err
	}
	if _, err := d.tx.ExecContext(d.ctx, "INSERT INTO messages "+insertColumns+" VALUES "+insertRow, a.row(nil, id, h)...); err != nil {
		return err
	}
	if err := putPart(d.ctx, d.tx, id, "", c.Raw); err != nil {
		return err
	}
	items, err := json.Marshal([]item{{ID: id, Folder: c.To.Row(), Flags: c.Flags}})
	if err != nil {
		return err
	}
	d.done.IDs = append(d.done.IDs, mail.NewID(d.db.slot, id))
	d.done.Inverse = append(d.done.Inverse, mail.Expunge{IDs: d.done.IDs})
	_, err = d.tx.ExecContext(d.ctx, "INSERT INTO journal (op, source, target, items, add_flags, remove_flags, raw, date, msgid) VALUES (?,0,?,?,?,0,?,?,?)",
		OpAppend, c.To.Row(), string(items), int64(c.Flags), c.Raw, h.Received.Unix(), strings.Trim(h.MessageID, "<>"))
	return err
}

// made returns the header of a message that was made here.
func made(c mail.Append) *mail.Header {
	m := message.Parse(c.Raw)
	h := &mail.Header{Received: c.Date, Size: int64(len(c.Raw)), Flags: c.Flags, Envelope: m.Envelope, Structure: m.Root}
	if h.Received.IsZero() {
		h.Received = time.Now()
	}
	return h
}
