package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
)

// The outbox is what is to be sent: for each message its text, which never changes,
// and where it stands with each of its recipients. Its numbers are an account's own,
// and none is given twice. What became of an attempt and what follows from that is
// one transaction.

// ErrNotQueued says that a message is not in the outbox.
var ErrNotQueued = errors.New("no such message in the outbox")

// ErrOnItsWay says that a message is being sent.
var ErrOnItsWay = errors.New("the message is being sent at this moment")

// Enqueue puts a message into the outbox. When it returns, the message would survive
// a power cut.
func (a *Account) Enqueue(ctx context.Context, m mail.Outgoing) (mail.Queued, error) {
	const op = "put the message into the outbox"
	if len(m.Rcpt) == 0 {
		return mail.Queued{}, a.store.failed(op, errors.New("the message has no recipient"))
	}
	q := queued(m, time.Now())
	text, err := a.store.keepText(m.Raw)
	if err != nil {
		return mail.Queued{}, a.store.failed(op, err)
	}
	err = a.store.tx(ctx, op, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "UPDATE accounts SET outbox = outbox + 1 WHERE number = ? RETURNING outbox", a.slot).Scan(&q.ID); err != nil {
			return err
		}
		return a.insertQueued(ctx, tx, q, text)
	})
	if err != nil {
		a.store.dropTexts([]string{text})
		return mail.Queued{}, err
	}
	return q, nil
}

// queued returns a message as it is when it comes into the outbox.
func queued(m mail.Outgoing, now time.Time) mail.Queued {
	q := mail.Queued{Queued: now, Size: int64(len(m.Raw)), Outgoing: m}
	q.Subject, q.MessageID = named(m.Raw)
	first := mail.Recipient{State: mail.Waiting, Next: m.NotBefore}
	if m.NotBefore.After(now) {
		first.State = mail.Scheduled
	}
	for _, r := range m.Rcpt {
		first.Address = r
		q.Recipients = append(q.Recipients, first)
	}
	sum(&q)
	return q
}

// named returns the subject of a message and its own Message-ID.
func named(raw []byte) (subject, id string) {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	m := message.Parse(append(header[:len(header):len(header)], "\r\n\r\n"...))
	return m.Envelope.Subject, m.OwnID()
}

func (a *Account) insertQueued(ctx context.Context, tx *sql.Tx, q mail.Queued, text string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO outbox (account, id, text, sender, subject, msgid, size, queued, not_before, answers, answers_id, forwards, forwards_id, draft, draft_id, done)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,0)`, a.slot, q.ID, text, q.From, q.Subject, q.MessageID, q.Size, nano(q.Queued), nano(q.NotBefore),
		int64(q.Answers.ID), q.Answers.MessageID, int64(q.Forwards.ID), q.Forwards.MessageID, int64(q.Draft.ID), q.Draft.MessageID)
	for i, r := range q.Recipients {
		if err == nil {
			_, err = tx.ExecContext(ctx, "INSERT INTO recipients (account, message, position, address, state, next, attempts, why) VALUES (?,?,?,?,?,?,?,?)",
				a.slot, q.ID, i, r.Address, string(r.State), nano(r.Next), r.Attempts, r.Error)
		}
	}
	return err
}

// Outbox returns what is in the outbox, without the texts, in the order in which it
// was put there.
func (a *Account) Outbox(ctx context.Context) ([]mail.Queued, error) {
	list, err := a.outbox(ctx, a.store.db, "")
	return list, a.store.failed("list the outbox", err)
}

// Queued returns a message of the outbox without its text, or an error that wraps
// [ErrNotQueued].
func (a *Account) Queued(ctx context.Context, id int64) (mail.Queued, error) {
	q, err := a.queuedRow(ctx, a.store.db, id)
	return q, a.store.failed("read a message of the outbox", err)
}

// QueuedText returns the text of a message of the outbox.
func (a *Account) QueuedText(ctx context.Context, id int64) ([]byte, error) {
	var text string
	err := a.store.db.QueryRowContext(ctx, "SELECT text FROM outbox WHERE account = ? AND id = ?", a.slot, id).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("%w: %d", ErrNotQueued, id)
	}
	var raw []byte
	if err == nil {
		raw, err = a.store.readText(text)
	}
	return raw, a.store.failed("read a message of the outbox", err)
}

// waits is true of recipients who are tried by themselves when it is time: as
// [mail.State.Waits] has it.
const waits = "state IN ('waiting', 'scheduled', 'refused for now')"

// Note writes what became of a message, and what follows from it, in one transaction.
// It takes the message out when all have it and nothing more follows. It fails with an
// error that wraps [ErrNotQueued] where it was taken out meanwhile.
func (a *Account) Note(ctx context.Context, id int64, o mail.Outcome) error {
	var unnamed []string
	err := a.store.tx(ctx, fmt.Sprintf("note what became of message %d in the outbox", id), func(tx *sql.Tx) error {
		var text string
		err := tx.QueryRowContext(ctx, "UPDATE outbox SET done = max(done, ?) WHERE account = ? AND id = ? RETURNING text", o.Done, a.slot, id).Scan(&text)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: %d", ErrNotQueued, id)
		}
		for _, r := range o.Recipients {
			if err == nil {
				_, err = tx.ExecContext(ctx, "UPDATE recipients SET state = ?, next = ?, attempts = ?, why = ? WHERE account = ? AND message = ? AND address = ?",
					string(r.State), nano(r.Next), r.Attempts, r.Error, a.slot, id, r.Address)
			}
		}
		if err == nil && len(o.Jobs) > 0 {
			err = a.follow(ctx, tx, o, text)
		}
		if err == nil {
			err = a.dropSent(ctx, tx, id)
		}
		unnamed = []string{text}
		return err
	})
	if err == nil {
		a.store.dropTexts(unnamed)
	}
	return err
}

// follow writes the jobs that follow from an outcome.
func (a *Account) follow(ctx context.Context, tx *sql.Tx, o mail.Outcome, text string) error {
	event, err := a.event(ctx, tx)
	for i := range o.Jobs {
		name := ""
		if o.Jobs[i].Op == mail.OpAppend {
			name = text
		}
		if err == nil {
			err = a.write(ctx, tx, event, o.Seen, &o.Jobs[i], name)
		}
	}
	return err
}

// dropSent takes a message out if there is nothing more to be done about it.
func (a *Account) dropSent(ctx context.Context, tx *sql.Tx, id int64) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE account = ?1 AND id = ?2 AND done
		AND NOT EXISTS (SELECT 1 FROM recipients WHERE account = ?1 AND message = ?2 AND state <> ?3)`, a.slot, id, string(mail.Accepted))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM recipients WHERE account = ? AND message = ?", a.slot, id)
	return err
}

// Retry has a message tried again, at a time, for those who were refused it or wait.
// Those who perhaps have it get it again only where nobody waits: as that is what is
// meant then. Of a message that is being sent it fails with [ErrOnItsWay].
func (a *Account) Retry(ctx context.Context, id int64, at time.Time) error {
	return a.store.tx(ctx, fmt.Sprintf("send message %d again", id), func(tx *sql.Tx) error {
		q, err := a.atRest(ctx, tx, id)
		if err != nil {
			return err
		}
		spared := mail.Accepted
		if q.State != mail.Perhaps {
			spared = mail.Perhaps
		}
		_, err = tx.ExecContext(ctx, "UPDATE recipients SET state = ?, next = ?, why = '' WHERE account = ? AND message = ? AND state NOT IN (?, ?)",
			string(mail.Waiting), nano(at), a.slot, id, string(mail.Accepted), string(spared))
		return err
	})
}

// Hasten has all tried again now who wait for another attempt.
func (a *Account) Hasten(ctx context.Context, now time.Time) error {
	return a.store.tx(ctx, "have the outbox sent now", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE recipients SET next = min(next, ?) WHERE account = ? AND attempts > 0 AND "+waits, nano(now), a.slot)
		return err
	})
}

// Dequeue takes a message out that the user does not want sent. Of one that is being
// sent it fails with [ErrOnItsWay].
func (a *Account) Dequeue(ctx context.Context, id int64) error {
	var text string
	err := a.store.tx(ctx, fmt.Sprintf("take message %d out of the outbox", id), func(tx *sql.Tx) error {
		if _, err := a.atRest(ctx, tx, id); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM recipients WHERE account = ? AND message = ?", a.slot, id); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "DELETE FROM outbox WHERE account = ? AND id = ? RETURNING text", a.slot, id).Scan(&text)
	})
	if err == nil {
		a.store.dropTexts([]string{text})
	}
	return err
}

// atRest returns a message, and fails for one that is not there, or is being sent.
func (a *Account) atRest(ctx context.Context, tx *sql.Tx, id int64) (mail.Queued, error) {
	q, err := a.queuedRow(ctx, tx, id)
	if err == nil && q.State == mail.Sending {
		err = ErrOnItsWay
	}
	return q, err
}

// Doubt notes of what is being sent that it was perhaps sent, as who sent it died. It
// reports whether there is something of which that is not known.
func (a *Account) Doubt(ctx context.Context, why string) (some bool, err error) {
	list, err := a.Outbox(ctx)
	if err != nil {
		return false, err
	}
	sending := false
	for _, q := range list {
		for _, r := range q.Recipients {
			sending = sending || r.State == mail.Sending
			some = some || r.State == mail.Sending || r.State == mail.Perhaps
		}
	}
	if !sending {
		return some, nil
	}
	return some, a.store.tx(ctx, "note what was perhaps sent", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE recipients SET state = ?, next = 0, attempts = attempts + 1, why = ? WHERE account = ? AND state = ?", string(mail.Perhaps), why, a.slot, string(mail.Sending))
		return err
	})
}

func (a *Account) queuedRow(ctx context.Context, db querier, id int64) (mail.Queued, error) {
	list, err := a.outbox(ctx, db, "AND o.id = ?2", id)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: %d", ErrNotQueued, id)
	}
	if err != nil {
		return mail.Queued{}, err
	}
	return list[0], nil
}

// outbox reads messages of the outbox.
func (a *Account) outbox(ctx context.Context, db querier, where string, args ...any) (list []mail.Queued, err error) {
	err = forEach(ctx, db, `SELECT o.id, o.sender, o.subject, o.msgid, o.size, o.queued, o.not_before, o.answers, o.answers_id, o.forwards, o.forwards_id, o.draft, o.draft_id, o.done,
		r.address, r.state, r.next, r.attempts, r.why FROM outbox o JOIN recipients r ON r.account = o.account AND r.message = o.id WHERE o.account = ?1 `+where+" ORDER BY o.id, r.position", func(scan func(...any) error) error {
		q := mail.Queued{Outgoing: mail.Outgoing{Account: a.name}}
		var r mail.Recipient
		var since, notBefore, next int64
		err := scan(&q.ID, &q.From, &q.Subject, &q.MessageID, &q.Size, &since, &notBefore, &q.Answers.ID, &q.Answers.MessageID, &q.Forwards.ID, &q.Forwards.MessageID, &q.Draft.ID, &q.Draft.MessageID, &q.Done,
			&r.Address, &r.State, &next, &r.Attempts, &r.Error)
		q.Queued, q.NotBefore, r.Next = fromNano(since), fromNano(notBefore), fromNano(next)
		if len(list) == 0 || list[len(list)-1].ID != q.ID {
			list = append(list, q)
		}
		last := &list[len(list)-1]
		last.Recipients = append(last.Recipients, r)
		return err
	}, append([]any{a.slot}, args...)...)
	for i := range list {
		sum(&list[i])
	}
	return list, err
}

// sum makes the state of a message of those of its recipients.
func sum(q *mail.Queued) {
	q.State, q.Rcpt = mail.Accepted, nil
	var why []string
	for _, r := range q.Recipients {
		if r.State != mail.Accepted {
			q.Rcpt = append(q.Rcpt, r.Address)
		}
		if r.Error != "" && !slices.Contains(why, r.Error) {
			why = append(why, r.Error)
		}
		q.Attempts = max(q.Attempts, r.Attempts)
		switch {
		case need(r.State) > need(q.State):
			q.State, q.Next = r.State, r.Next
		case need(r.State) == need(q.State) && r.Next.Before(q.Next):
			q.Next = r.Next
		}
	}
	q.Error = strings.Join(why, "; ")
}

// need orders the states by what is left to be done.
func need(s mail.State) int {
	return slices.Index([]mail.State{mail.Accepted, mail.Failed, mail.Perhaps, mail.Scheduled, mail.Deferred, mail.Waiting, mail.Sending}, s)
}

// nano returns a time as it is stored, 0 for none.
func nano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromNano(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}
