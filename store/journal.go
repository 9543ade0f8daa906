package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"posthorn/mail"
)

// The journal is what the user did and the source does not know yet. A job names
// its messages by refs, in which lies where the source has them; that moves with
// what the source answers. Each change of the journal has a number, by which a
// cache finds out what it does not show yet.

// keptRefs is how many of the refs that nothing is about any more are kept: a
// cache that is older than the oldest of them is built anew.
const keptRefs = 100_000

// Do writes the jobs of a deed and what takes them back, in one transaction: from
// then on they are done for the user. The places of their messages are those that a
// cache knew which had seen a number of events; where the store knows better, that
// stays.
func (a *Account) Do(ctx context.Context, seen int64, d mail.Deed) error {
	names, err := a.keepTexts(d.Jobs)
	if err == nil {
		err = a.store.tx(ctx, "note a change", func(tx *sql.Tx) error {
			e, err := a.event(ctx, tx)
			for i := range d.Jobs {
				if err == nil {
					err = a.redirect(ctx, tx, e, &d.Jobs[i])
				}
				if err == nil && len(d.Jobs[i].Items) > 0 {
					err = a.write(ctx, tx, e, seen, &d.Jobs[i], names[i])
				}
			}
			if err == nil && d.Number != 0 {
				err = a.writeInverses(ctx, tx, d)
			}
			return err
		})
	}
	if err != nil {
		a.store.dropTexts(names)
	}
	return err
}

func (a *Account) keepTexts(jobs []mail.Job) ([]string, error) {
	names := make([]string, len(jobs))
	for i := range jobs {
		if jobs[i].Op != mail.OpAppend {
			continue
		}
		var err error
		if names[i], err = a.store.keepText(jobs[i].Raw); err != nil {
			return names, a.store.failed("keep a text", err)
		}
	}
	return names, nil
}

// event counts a change of the journal.
func (a *Account) event(ctx context.Context, tx *sql.Tx) (n int64, err error) {
	err = tx.QueryRowContext(ctx, "UPDATE accounts SET event = event + 1 WHERE number = ? RETURNING event", a.slot).Scan(&n)
	return n, err
}

// write writes a job, which gets the next number.
func (a *Account) write(ctx context.Context, tx *sql.Tx, event, seen int64, j *mail.Job, text string) error {
	err := tx.QueryRowContext(ctx, `INSERT INTO jobs (account, op, target, add_flags, remove_flags, date, text, begun, attempts, why, after, leisurely)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?) RETURNING seq`,
		a.slot, string(j.Op), j.To, int64(j.Add), int64(j.Remove), unix(j.Date), text, j.Begun, j.Attempts, j.Why, j.After, j.Leisurely).Scan(&j.Seq)
	if err != nil {
		return err
	}
	item, err := tx.PrepareContext(ctx, "INSERT INTO items (job, position, account, message, made) VALUES (?,?,?,?,?)")
	if err != nil {
		return err
	}
	defer item.Close()
	r, err := newRefs(ctx, tx, a.slot, event)
	if err != nil {
		return err
	}
	defer r.close()
	for i, it := range j.Items {
		if err := r.name(it.Located, seen); err != nil {
			return err
		}
		if it.Made != 0 {
			made := it.Located
			made.ID, made.At = it.Made, mail.Place{}
			if err := r.name(made, seen); err != nil {
				return err
			}
		}
		if _, err := item.ExecContext(ctx, j.Seq, i, a.slot, it.ID.Row(), it.Made.Row()); err != nil {
			return err
		}
	}
	return nil
}

// Retarget has a message put into another mailbox than the one it was to be put
// into.
func (a *Account) Retarget(ctx context.Context, job int64, to string) error {
	return a.store.tx(ctx, "put a message into another folder", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE jobs SET target = ? WHERE seq = ?", to, job); err != nil {
			return err
		}
		return a.touch(ctx, tx, job)
	})
}

// touch says that something was done to the messages of a job.
func (a *Account) touch(ctx context.Context, tx *sql.Tx, job int64) error {
	event, err := a.event(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE refs SET event = ? WHERE account = ? AND message IN
		(SELECT message FROM items WHERE job = ?3 UNION SELECT made FROM items WHERE job = ?3 AND made <> 0)`, event, a.slot, job)
	return err
}

// ErrChanged says that a job is another than when it was read.
var ErrChanged = errors.New("the change was taken back or made anew meanwhile")

// Begin notes that a job is about to be played, and where its messages lie. It fails
// with [ErrChanged] where someone was faster.
func (a *Account) Begin(ctx context.Context, j *mail.Job) error {
	return a.store.tx(ctx, "note that a change is played", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE jobs SET begun = 1, attempts = attempts + 1,
			floor_validity = iif(begun, floor_validity, ?3), floor_uid = iif(begun, floor_uid, ?4) WHERE seq = ?1 AND text = ?2`, j.Seq, j.Text, j.Floor.Validity, j.Floor.UID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); n == 0 || err != nil {
			return cmp.Or(err, ErrChanged)
		}
		for _, it := range j.Items {
			var there bool
			if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM items WHERE job = ? AND message = ? AND made = ?)", j.Seq, it.ID.Row(), it.Made.Row()).Scan(&there); err != nil {
				return err
			}
			if !there {
				return ErrChanged
			}
			if it.At.Mailbox == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, "UPDATE refs SET mailbox = ?, validity = ?, uid = ?, flags = ? WHERE account = ? AND message = ?",
				it.At.Mailbox, it.At.Validity, string(it.At.UID), int64(it.Flags), a.slot, it.ID.Row()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Postpone notes why a job was not played yet, for who asks. The source has
// refused it: a message that it would not take may be given another text.
func (a *Account) Postpone(ctx context.Context, job int64, why string) error {
	return a.store.tx(ctx, "note why a change waits", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE jobs SET why = ?, begun = iif(op = ?, 0, begun) WHERE seq = ?", why, string(mail.OpAppend), job)
		return err
	})
}

// Finish takes items of a job that were played out of the journal, and notes
// where their messages lie now: at the places, in the order of the items. Those
// that a copy made lie there.
func (a *Account) Finish(ctx context.Context, j *mail.Job, at []mail.Place) error {
	return a.end(ctx, "note that a change was played", j, func(tx *sql.Tx, event int64) error {
		for i, it := range j.Items {
			flags := it.Flags
			switch j.Op {
			case mail.OpFlags:
				flags = flags&^j.Remove | j.Add
			case mail.OpAppend:
				flags = j.Add
			}
			if _, err := tx.ExecContext(ctx, `UPDATE refs SET mailbox = ?, validity = ?, uid = ?, flags = ?, event = ?5, settled = ?5
				WHERE account = ? AND message = (SELECT iif(made <> 0, made, message) FROM items WHERE job = ? AND position = ?)`,
				at[i].Mailbox, at[i].Validity, string(at[i].UID), int64(flags), event, a.slot, j.Seq, it.Position); err != nil {
				return err
			}
		}
		return nil
	})
}

// Refuse takes items of a job out of the journal that the source would not do,
// and keeps what is to be told of it for [Account.Refusals].
func (a *Account) Refuse(ctx context.Context, j *mail.Job, said string) error {
	return a.end(ctx, "take back what was refused", j, func(tx *sql.Tx, _ int64) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO refusals (account, said) VALUES (?, ?)", a.slot, said); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?", keptRefusals)
		return err
	})
}

// lose takes a job out of the journal whose text is not there, unless it has another
// by now.
func (a *Account) lose(ctx context.Context, j *mail.Job) error {
	return a.end(ctx, "give up a message that is lost", j, func(tx *sql.Tx, _ int64) error {
		var text string
		err := tx.QueryRowContext(ctx, "SELECT text FROM jobs WHERE seq = ?", j.Seq).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) || err == nil && text != j.Text {
			return ErrChanged
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO refusals (account, said) VALUES (?, ?)", a.slot, "a message for "+j.To+" is lost: the file "+a.store.textPath(j.Text)+" is missing")
		return err
	})
}

// keptRefusals is how many refusals are kept for who asks.
const keptRefusals = 100

// endItemQuery finds an item by its place: a job may have very many, and the message
// may have another id by now.
const endItemQuery = "DELETE FROM items WHERE job = ? AND position = ?"

// end takes items of a job out of the journal, with what comes of it.
func (a *Account) end(ctx context.Context, op string, j *mail.Job, outcome func(tx *sql.Tx, event int64) error) error {
	var text string
	err := a.store.tx(ctx, op, func(tx *sql.Tx) error {
		if err := a.touch(ctx, tx, j.Seq); err != nil {
			return err
		}
		var event int64
		if err := tx.QueryRowContext(ctx, "SELECT event FROM accounts WHERE number = ?", a.slot).Scan(&event); err != nil {
			return err
		}
		if err := outcome(tx, event); err != nil {
			return err
		}
		for _, it := range j.Items {
			if _, err := tx.ExecContext(ctx, endItemQuery, j.Seq, it.Position); err != nil {
				return err
			}
		}
		err := tx.QueryRowContext(ctx, "DELETE FROM jobs WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM items WHERE job = ?1) RETURNING text", j.Seq).Scan(&text)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return a.forget(ctx, tx, event)
	})
	if err == nil && text != "" {
		a.store.dropTexts([]string{text})
	}
	return err
}

// forget drops refs of long ago that nothing is about.
func (a *Account) forget(ctx context.Context, tx *sql.Tx, event int64) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM refs WHERE account = ?1 AND event < ?2
		AND NOT EXISTS (SELECT 1 FROM items WHERE items.account = ?1 AND items.message = refs.message)
		AND NOT EXISTS (SELECT 1 FROM items WHERE items.account = ?1 AND items.made = refs.message AND made <> 0)`, a.slot, event-keptRefs)
	return err
}

// refs writes which messages something is about.
type refs struct {
	ctx           context.Context
	slot          int
	event         int64
	known, insert *sql.Stmt
}

// nameQuery finds out what is known of a message that something is about once more.
const nameQuery = `UPDATE refs SET event = ?3 WHERE account = ?1 AND message = ?2
	RETURNING settled, EXISTS (SELECT 1 FROM items WHERE account = ?1 AND message = ?2) OR EXISTS (SELECT 1 FROM items WHERE account = ?1 AND made = ?2 AND made <> 0)`

func newRefs(ctx context.Context, tx *sql.Tx, slot int, event int64) (*refs, error) {
	known, err := tx.PrepareContext(ctx, nameQuery)
	if err != nil {
		return nil, err
	}
	insert, err := tx.PrepareContext(ctx, "INSERT OR REPLACE INTO refs (account, message, mailbox, validity, uid, msgid, received, size, flags, event, settled) VALUES (?,?,?,?,?,?,?,?,?,?,?)")
	if err != nil {
		return nil, errors.Join(err, known.Close())
	}
	return &refs{ctx, slot, event, known, insert}, nil
}

func (r *refs) close() {
	r.known.Close()
	r.insert.Close()
}

// name writes a message as a cache knew it that had seen some events. What the
// source said later stays, and so does the place of a message that a job is about.
func (r *refs) name(l mail.Located, seen int64) error {
	var settled int64
	var busy bool
	err := r.known.QueryRowContext(r.ctx, r.slot, l.ID.Row(), r.event).Scan(&settled, &busy)
	if err == nil && (busy || settled > seen || bare(l)) {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = r.insert.ExecContext(r.ctx, r.slot, l.ID.Row(), l.At.Mailbox, l.At.Validity, string(l.At.UID), l.MessageID, unix(l.Received), l.Size, int64(l.Flags), r.event, settled)
	return err
}

// bare reports whether nothing but the id is known of a message.
func bare(l mail.Located) bool { return l.At.Mailbox == "" && l.MessageID == "" && l.Size == 0 }

// unix returns a time as it is stored.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func timeOf(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// rowsOf returns the rows of messages as a parameter for json_each.
func rowsOf(ids []mail.ID) (string, error) {
	rows := make([]int64, len(ids))
	for i, id := range ids {
		rows[i] = id.Row()
	}
	b, err := json.Marshal(rows)
	if err != nil {
		return "", fmt.Errorf("name messages: %w", err)
	}
	return string(b), nil
}
