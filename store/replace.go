package store

import (
	"context"
	"database/sql"

	"posthorn/mail"
)

// Replace gives a message that was made here another text: a draft keeps its id,
// however often it is saved. As long as the source was not given the old text, the
// job that does so gives the new one instead. Otherwise the old text goes under the
// id that the new job's item has, out of sight, and is deleted after the new one was
// appended. It returns the message that has the text now.
func (a *Account) Replace(ctx context.Context, seen int64, old mail.Located, j mail.Job) (now mail.ID, err error) {
	names, err := a.keepTexts([]mail.Job{j})
	if err != nil {
		a.store.dropTexts(names)
		return 0, err
	}
	now = j.Items[0].ID
	var replaced string
	err = a.store.tx(ctx, "save a text in the place of another", func(tx *sql.Tx) error {
		event, err := a.event(ctx, tx)
		if err != nil {
			return err
		}
		if old.ID == 0 {
			return a.write(ctx, tx, event, seen, &j, names[0])
		}
		now = old.ID
		job, text, err := a.unbegun(ctx, tx, old.ID)
		if err != nil {
			return err
		}
		if job != 0 {
			replaced = text
			return a.rewrite(ctx, tx, event, job, old.ID, &j, names[0])
		}
		return a.supersede(ctx, tx, event, seen, old, &j, names[0])
	})
	if err != nil {
		a.store.dropTexts(names)
		return 0, err
	}
	if replaced != "" {
		a.store.dropTexts([]string{replaced})
	}
	return now, nil
}

// aboutQuery finds the jobs about a message.
const aboutQuery = `SELECT j.seq, j.op, j.begun, j.text
	FROM (SELECT job FROM items WHERE account = ?1 AND message = ?2 UNION SELECT job FROM items WHERE account = ?1 AND made = ?2 AND made <> 0) i
	CROSS JOIN jobs j ON j.seq = i.job`

// unbegun returns the job that is to append a message, if it was not begun and
// nothing else is to be done to the message, and 0 otherwise.
func (a *Account) unbegun(ctx context.Context, tx *sql.Tx, id mail.ID) (job int64, text string, err error) {
	n := 0
	err = forEach(ctx, tx, aboutQuery, func(scan func(...any) error) error {
		var op string
		var begun bool
		n++
		if err := scan(&job, &op, &begun, &text); err != nil {
			return err
		}
		if mail.Op(op) != mail.OpAppend || begun {
			n++ // not alone
		}
		return nil
	}, a.slot, id.Row())
	if n != 1 || err != nil {
		return 0, "", err
	}
	return job, text, nil
}

// rewrite gives a job that appends a message another text.
func (a *Account) rewrite(ctx context.Context, tx *sql.Tx, event, job int64, id mail.ID, j *mail.Job, text string) error {
	if _, err := tx.ExecContext(ctx, "UPDATE jobs SET target = ?, add_flags = ?, date = ?, text = ?, leisurely = ? WHERE seq = ?", j.To, int64(j.Add), unix(j.Date), text, j.Leisurely, job); err != nil {
		return err
	}
	it := j.Items[0]
	_, err := tx.ExecContext(ctx, "UPDATE refs SET msgid = ?, received = ?, size = ?, flags = ?, event = ? WHERE account = ? AND message = ?",
		it.MessageID, unix(it.Received), it.Size, int64(it.Flags), event, a.slot, id.Row())
	return err
}

// supersededQuery tells whether a message is somewhere, or about to be.
const supersededQuery = `SELECT EXISTS (SELECT 1 FROM items WHERE account = ?1 AND message = ?2) OR EXISTS (SELECT 1 FROM items WHERE account = ?1 AND made = ?2 AND made <> 0)
	OR EXISTS (SELECT 1 FROM refs WHERE account = ?1 AND message = ?2 AND mailbox <> '')`

// supersede appends a text under the id of an older one, which may be on the server:
// that goes under another id, with what is being done to it.
func (a *Account) supersede(ctx context.Context, tx *sql.Tx, event, seen int64, old mail.Located, j *mail.Job, text string) error {
	id, aside := old.ID, j.Items[0].ID
	for _, q := range []string{
		"UPDATE items SET message = ?3 WHERE account = ?1 AND message = ?2",
		"UPDATE items SET made = ?3 WHERE account = ?1 AND made = ?2 AND made <> 0",
		"UPDATE refs SET message = ?3 WHERE account = ?1 AND message = ?2",
	} {
		if _, err := tx.ExecContext(ctx, q, a.slot, id.Row(), aside.Row()); err != nil {
			return err
		}
	}
	j.Items[0].ID = id
	if err := a.write(ctx, tx, event, seen, j, text); err != nil {
		return err
	}
	var somewhere bool
	if err := tx.QueryRowContext(ctx, supersededQuery, a.slot, aside.Row()).Scan(&somewhere); err != nil {
		return err
	}
	if old.At.Mailbox == "" && !somewhere {
		return nil
	}
	old.ID = aside
	gone := mail.Job{Op: mail.OpExpunge, After: j.Seq, Items: []mail.Item{{Located: old}}}
	return a.write(ctx, tx, event, seen, &gone, "")
}

// redirect has texts that a job is to move put into its mailbox in the first place,
// where the source does not have them yet, and takes them out of the job. So a text
// that was refused in one mailbox can be put into another.
func (a *Account) redirect(ctx context.Context, tx *sql.Tx, event int64, j *mail.Job) error {
	if j.Op != mail.OpMove {
		return nil
	}
	var rest []mail.Item
	for _, it := range j.Items {
		job, _, err := a.unbegun(ctx, tx, it.ID)
		if err != nil {
			return err
		}
		if job == 0 {
			rest = append(rest, it)
			continue
		}
		if _, err := tx.ExecContext(ctx, "UPDATE jobs SET target = ?, why = '', attempts = 0 WHERE seq = ?", j.To, job); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE refs SET event = ? WHERE account = ? AND message = ?", event, a.slot, it.ID.Row()); err != nil {
			return err
		}
	}
	j.Items = rest
	return nil
}

// LeaveText says that nobody writes any more on a text that is to be appended.
func (a *Account) LeaveText(ctx context.Context, id mail.ID) error {
	return a.store.tx(ctx, "hasten a change", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE jobs SET leisurely = 0 WHERE seq IN (SELECT job FROM items WHERE account = ? AND message = ?)", a.slot, id.Row())
		return err
	})
}

// lastOpQuery tells what is to be done to a message last.
const lastOpQuery = "SELECT op FROM (" + aboutQuery + ") ORDER BY seq DESC LIMIT 1"

// vain ends a job that was not begun and appends a message which is to be deleted,
// with what is to be done to that, and reports whether it did.
func (a *Account) vain(ctx context.Context, j *mail.Job) (vain bool, err error) {
	id := j.Items[0].ID
	var to string
	err = a.store.db.QueryRowContext(ctx, lastOpQuery, a.slot, id.Row()).Scan(&to)
	if err != nil || j.Begun || mail.Op(to) != mail.OpExpunge {
		return false, a.store.failed("read the journal", err)
	}
	var texts []string
	err = a.store.tx(ctx, "leave out what came to nothing", func(tx *sql.Tx) error {
		var begun bool
		err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM items i CROSS JOIN jobs x ON x.seq = i.job WHERE i.account = ? AND i.message = ? AND (i.made <> 0 OR x.begun <> 0))", a.slot, id.Row()).Scan(&begun)
		if err != nil || begun {
			return err
		}
		vain = true
		if err := a.touch(ctx, tx, j.Seq); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM items WHERE account = ? AND message = ?", a.slot, id.Row()); err != nil {
			return err
		}
		return forEach(ctx, tx, "DELETE FROM jobs WHERE account = ?1 AND seq NOT IN (SELECT job FROM items WHERE account = ?1) RETURNING text", func(scan func(...any) error) error {
			var text string
			err := scan(&text)
			if text != "" {
				texts = append(texts, text)
			}
			return err
		}, a.slot)
	})
	if err == nil {
		a.store.dropTexts(texts)
	}
	return vain, err
}
