package cache

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"posthorn/mail"
)

// Replace puts a message in the place of one that was made here before, as a
// draft that is saved again. As long as the source has not been given the old
// one, it is not given that at all: the message keeps its id. Otherwise the old
// one is deleted once the source has the new one, and not before.
func (db *DB) Replace(ctx context.Context, a mail.Append, old mail.ID) (done Done, err error) {
	defer db.failed("save a message in the place of another", &err)
	err = db.message.with(ctx, 1, db.durable, func(tx *sql.Tx, ids *span) error {
		d := doer{ctx: ctx, tx: tx, db: db, ids: ids}
		job, err := d.unbegun(old)
		if err != nil {
			return err
		}
		if job != 0 {
			err = d.rewrite(job, a, old)
		} else {
			err = d.succeed(a, old)
		}
		done = d.done
		return err
	})
	return done, err
}

// unbegun returns the job that is to append a message, if it was not begun and
// nothing else is to be done to the message, and 0 otherwise.
func (d *doer) unbegun(id mail.ID) (job int64, err error) {
	if id.Slot() != d.db.slot {
		return 0, nil
	}
	jobs, err := readJobs(d.ctx, d.tx, "")
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		for _, it := range j.items {
			if it.ID != id.Row() {
				continue
			}
			if j.Op != OpAppend || j.Started {
				return 0, nil
			}
			job = j.ID
		}
	}
	return job, nil
}

// rewrite gives a message that the source has not been given another text.
func (d *doer) rewrite(job int64, a mail.Append, id mail.ID) error {
	h := made(a)
	ap := applier{folder: a.To.Row()}
	set := strings.TrimSuffix(strings.Replace(insertColumns, "(", "", 1), ")")
	args := append(ap.row(nil, id.Row(), h), id.Row())
	if _, err := d.tx.ExecContext(d.ctx, "UPDATE messages SET ("+set+") = "+insertRow+" WHERE id = ?", args...); err != nil {
		return err
	}
	if err := putPart(d.ctx, d.tx, id.Row(), "", a.Raw); err != nil {
		return err
	}
	items, err := json.Marshal([]item{{ID: id.Row(), Folder: a.To.Row(), Flags: a.Flags}})
	if err != nil {
		return err
	}
	d.done.IDs = append(d.done.IDs, id)
	_, err = d.tx.ExecContext(d.ctx, "UPDATE journal SET target = ?, items = ?, add_flags = ?, raw = ?, date = ?, msgid = ? WHERE id = ?",
		a.To.Row(), string(items), int64(a.Flags), a.Raw, h.Received.Unix(), strings.Trim(h.MessageID, "<>"), job)
	return err
}

// succeed appends a message, and has the old one deleted after that.
func (d *doer) succeed(a mail.Append, old mail.ID) error {
	if err := d.append(a); err != nil {
		return err
	}
	var job int64
	if err := d.tx.QueryRowContext(d.ctx, "SELECT max(id) FROM journal").Scan(&job); err != nil {
		return err
	}
	return d.each([]mail.ID{old}, func(source int64, items []item) error {
		if err := d.relocate(items, 0); err != nil {
			return err
		}
		if err := d.journal(OpExpunge, source, 0, items, 0, 0); err != nil {
			return err
		}
		_, err := d.tx.ExecContext(d.ctx, "UPDATE journal SET after = ? WHERE id = (SELECT max(id) FROM journal)", job)
		return err
	})
}

// Retarget has a message put into another folder than the one it was to be put
// into. It is not shown elsewhere if it was deleted meanwhile.
func (db *DB) Retarget(ctx context.Context, j *Job, to mail.FolderID) (err error) {
	defer db.failed("put a message into another folder", &err)
	if j.Op != OpAppend {
		return errors.New("the source has it already")
	}
	return db.durable(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE journal SET target = ? WHERE id = ?", to.Row(), j.ID); err != nil {
			return err
		}
		for _, it := range j.items {
			if _, err := tx.ExecContext(ctx, "UPDATE messages SET folder = ? WHERE id = ? AND folder = ?", to.Row(), it.ID, j.target); err != nil {
				return err
			}
		}
		return nil
	})
}
