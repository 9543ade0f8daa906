package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"posthorn/mail"
)

// keptDeeds is how many deeds of an account can be taken back.
const keptDeeds = 100

// writeInverses notes what takes a deed back.
func (a *Account) writeInverses(ctx context.Context, tx *sql.Tx, d mail.Deed) error {
	for _, v := range d.Inverses {
		ids := make([]mail.ID, len(v.Job.Items))
		for i, it := range v.Job.Items {
			ids[i] = it.ID
		}
		rows, err := rowsOf(ids)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO undos (account, deed, what, job, op, target, add_flags, remove_flags, messages) VALUES (?,?,?,?,?,?,?,?,?)",
			a.slot, d.Number, d.What, d.Jobs[v.Of].Seq, string(v.Job.Op), v.Job.To, int64(v.Job.Add), int64(v.Job.Remove), rows); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM undos WHERE account = ?1 AND deed <
		(SELECT min(deed) FROM (SELECT DISTINCT deed FROM undos WHERE account = ?1 ORDER BY deed DESC LIMIT ?2))`, a.slot, keptDeeds)
	return err
}

// LastDeed returns what was done last and can be taken back, without its jobs; its
// number is 0 when there is nothing. The items of inverses are named by their ids
// alone.
func (a *Account) LastDeed(ctx context.Context) (d mail.Deed, err error) {
	err = forEach(ctx, a.store.db, "SELECT deed, what, job, op, target, add_flags, remove_flags, messages FROM undos WHERE account = ?1 AND deed = (SELECT max(deed) FROM undos WHERE account = ?1) ORDER BY seq", func(scan func(...any) error) error {
		var v mail.Inverse
		var op, messages string
		if err := scan(&d.Number, &d.What, &v.Of, &op, &v.Job.To, &v.Job.Add, &v.Job.Remove, &messages); err != nil {
			return err
		}
		v.Job.Op = mail.Op(op)
		var rows []int64
		if err := json.Unmarshal([]byte(messages), &rows); err != nil {
			return err
		}
		for _, row := range rows {
			v.Job.Items = append(v.Job.Items, mail.Item{Located: mail.Located{ID: a.id(row)}})
		}
		d.Inverses = append(d.Inverses, v)
		return nil
	}, a.slot)
	return d, a.store.failed("read what was done last", err)
}

// Undo takes back what a deed did to the messages that its inverses name, as a cache
// knows them that has seen some events, and forgets it. It returns the messages to
// which something was taken back.
func (a *Account) Undo(ctx context.Context, seen int64, d mail.Deed) (undone []mail.ID, err error) {
	u := undoer{ctx: ctx, a: a, seen: seen, freed: map[int64]map[mail.ID]bool{}}
	err = a.store.tx(ctx, "take back what was done", func(tx *sql.Tx) (err error) {
		u.tx = tx
		if u.event, err = a.event(ctx, tx); err != nil {
			return err
		}
		for i := range d.Inverses {
			if err := u.invert(&d.Inverses[i]); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM undos WHERE account = ? AND deed = ?", a.slot, d.Number)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.store.dropTexts(u.texts)
	return u.undone, nil
}

type undoer struct {
	ctx    context.Context
	tx     *sql.Tx
	a      *Account
	seen   int64
	event  int64
	freed  map[int64]map[mail.ID]bool // items that were taken out of jobs
	texts  []string
	undone []mail.ID
}

func (u *undoer) invert(v *mail.Inverse) error {
	all := v.Job.Items
	if err := u.a.redirect(u.ctx, u.tx, u.event, &v.Job); err != nil {
		return err
	}
	for _, it := range all {
		if !slices.ContainsFunc(v.Job.Items, func(rest mail.Item) bool { return rest.ID == it.ID }) {
			u.undone = append(u.undone, it.ID)
		}
	}
	if u.freed[v.Of] == nil {
		u.freed[v.Of] = map[mail.ID]bool{}
	}
	rest := v.Job
	rest.Items = nil
	for _, it := range v.Job.Items {
		free := u.freed[v.Of][it.ID]
		var err error
		if !free {
			free, err = u.free(v.Of, it.ID)
		}
		if err != nil {
			return err
		}
		if !free {
			known, err := u.known(&it.Located)
			if err != nil {
				return err
			}
			if known {
				rest.Items = append(rest.Items, it)
			}
			continue
		}
		if !u.freed[v.Of][it.ID] {
			u.freed[v.Of][it.ID] = true
			u.undone = append(u.undone, it.ID)
		}
	}
	if rest.Op == "" || len(rest.Items) == 0 {
		return nil
	}
	for _, it := range rest.Items {
		u.undone = append(u.undone, it.ID)
	}
	return u.a.write(u.ctx, u.tx, u.event, u.seen, &rest, "")
}

// known reports whether it is known where a message lies, and fills that in where the
// cache has it not.
func (u *undoer) known(l *mail.Located) (bool, error) {
	if !bare(*l) {
		return true, nil
	}
	var r refRow
	err := u.tx.QueryRowContext(u.ctx, "SELECT "+refColumns+" FROM refs r WHERE r.account = ? AND r.message = ?", u.a.slot, l.ID.Row()).Scan(r.to()...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	*l = r.located(u.a.slot)
	return l.At.Mailbox != "", err
}

// freeQuery takes a message out of a job, by the column that names it. Each of its
// parts finds its rows by the message, as a job may have very many.
func freeQuery(named string) string {
	return "DELETE FROM items WHERE account = ?2 AND +job = ?1 AND " + named + ` AND NOT EXISTS (SELECT 1 FROM jobs WHERE seq = ?1 AND begun <> 0)
		AND NOT EXISTS (SELECT 1 FROM items l WHERE l.account = ?2 AND l.message = ?3 AND +l.job > ?1)
		AND NOT EXISTS (SELECT 1 FROM items l WHERE l.account = ?2 AND l.made = ?3 AND l.made <> 0 AND +l.job > ?1)`
}

// What names a message in an item: the message that it is about, or the one it makes.
const (
	namedAsIs = "message = ?3 AND made = 0"
	namedMade = "made = ?3 AND made <> 0"
)

// free takes a message out of a job that was not begun, unless a later one is about
// the message, too: that rests on it. It reports whether it did.
func (u *undoer) free(job int64, id mail.ID) (bool, error) {
	var freed int64
	for _, named := range []string{namedAsIs, namedMade} {
		res, err := u.tx.ExecContext(u.ctx, freeQuery(named), job, u.a.slot, id.Row())
		if err != nil {
			return false, err
		}
		n, err := res.RowsAffected()
		if err != nil {
			return false, err
		}
		freed += n
	}
	if freed == 0 {
		return false, nil
	}
	if _, err := u.tx.ExecContext(u.ctx, "UPDATE refs SET event = ? WHERE account = ? AND message = ?", u.event, u.a.slot, id.Row()); err != nil {
		return false, err
	}
	var text string
	err := u.tx.QueryRowContext(u.ctx, "DELETE FROM jobs WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM items WHERE job = ?1) RETURNING text", job).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	if err == nil && text != "" {
		u.texts = append(u.texts, text)
	}
	return true, err
}
