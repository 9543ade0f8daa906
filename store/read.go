package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"posthorn/mail"
)

// What of the journal caches and players read.

const refColumns = "r.message, r.mailbox, r.validity, r.uid, r.msgid, r.received, r.size, r.flags"

// A refRow takes the columns of a ref. They are NULL where there is none.
type refRow struct {
	message, validity, received, size, flags sql.NullInt64
	mailbox, uid, msgid                      sql.NullString
}

func (r *refRow) to() []any {
	return []any{&r.message, &r.mailbox, &r.validity, &r.uid, &r.msgid, &r.received, &r.size, &r.flags}
}

func (r *refRow) located(slot int) mail.Located {
	return mail.Located{
		ID: mail.NewID(slot, r.message.Int64), At: mail.Place{Mailbox: r.mailbox.String, Validity: uint32(r.validity.Int64), UID: mail.UID(r.uid.String)},
		MessageID: r.msgid.String, Received: timeOf(r.received.Int64), Size: r.size.Int64, Flags: mail.Flags(r.flags.Int64),
	}
}

// Event returns the last change of the journal.
func (a *Account) Event(ctx context.Context) (e mail.Event, err error) {
	err = a.store.db.QueryRowContext(ctx, "SELECT (SELECT identity FROM store), event FROM accounts WHERE number = ?", a.slot).Scan(&e.Store, &e.Number)
	return e, a.store.failed("read what was done last", err)
}

// Touched returns the messages that changes after an event were about.
func (a *Account) Touched(ctx context.Context, since int64) (list []mail.Touched, err error) {
	err = forEach(ctx, a.store.db, "SELECT "+refColumns+", r.settled FROM refs r WHERE r.account = ? AND r.event > ? ORDER BY r.message", func(scan func(...any) error) error {
		var r refRow
		var settled int64
		if err := scan(append(r.to(), &settled)...); err != nil {
			return err
		}
		list = append(list, mail.Touched{Located: r.located(a.slot), Settled: settled})
		return nil
	}, a.slot, since)
	return list, a.store.failed("read what was done", err)
}

const jobColumns = "j.seq, j.op, j.target, j.add_flags, j.remove_flags, j.date, j.text, j.begun, j.attempts, j.why, j.after, j.leisurely, j.floor_validity, j.floor_uid"

// A jobRow takes the columns of a job.
type jobRow struct {
	mail.Job
	op   string
	date int64
}

func (j *jobRow) to() []any {
	return []any{&j.Seq, &j.op, &j.To, &j.Add, &j.Remove, &j.date, &j.Text, &j.Begun, &j.Attempts, &j.Why, &j.After, &j.Leisurely, &j.Floor.Validity, &j.Floor.UID}
}

func (j *jobRow) job() mail.Job {
	j.Op, j.Date = mail.Op(j.op), timeOf(j.date)
	return j.Job
}

// jobsQuery finds the jobs that name messages in a column. CROSS JOIN has SQLite look
// up each message, and not look for each of the account's items among them.
func jobsQuery(column string) string {
	return "SELECT " + jobColumns + ", i.made, i." + column + ", " + refColumns + ` FROM json_each(?2) v CROSS JOIN items i ON i.account = ?1 AND i.` + column + ` = v.value AND i.` + column + ` <> 0
		CROSS JOIN jobs j ON j.seq = i.job LEFT JOIN refs r ON r.account = ?1 AND r.message = i.message ORDER BY j.seq`
}

// Jobs returns the jobs about each of some messages in their order, without what
// is to be appended. Each has one item: the one that is, or makes, the message.
func (a *Account) Jobs(ctx context.Context, ids []mail.ID) (map[mail.ID][]mail.Job, error) {
	of := map[mail.ID][]mail.Job{}
	rows, err := rowsOf(ids)
	if err != nil || len(ids) == 0 {
		return of, err
	}
	for _, column := range []string{"message", "made"} {
		err := forEach(ctx, a.store.db, jobsQuery(column), func(scan func(...any) error) error {
			var j jobRow
			var r refRow
			var made, about int64
			if err := scan(append(append(j.to(), &made, &about), r.to()...)...); err != nil {
				return err
			}
			job := j.job()
			job.Items = []mail.Item{{Located: r.located(a.slot), Made: a.id(made)}}
			id := a.id(about)
			if column == "made" { // what makes a message comes before what is done to it
				of[id] = append([]mail.Job{job}, of[id]...)
			} else {
				of[id] = append(of[id], job)
			}
			return nil
		}, a.slot, rows)
		if err != nil {
			return nil, a.store.failed("read the journal", err)
		}
	}
	return of, nil
}

func (a *Account) id(row int64) mail.ID {
	if row == 0 {
		return 0
	}
	return mail.NewID(a.slot, row)
}

// lyingQuery finds messages by their UIDs, each by the index.
const lyingQuery = `SELECT r.uid, r.message FROM json_each(?4) v CROSS JOIN refs r INDEXED BY refs_place ON r.account = ?1 AND r.mailbox = ?2 AND r.uid = v.value
	WHERE r.validity = ?3 OR r.validity = 0 OR ?3 = 0`

// Lying returns which messages that the journal is about some headers of a mailbox
// are: by UID, or where that is not known by Message-ID with equal size and date,
// if there is but one of each.
func (a *Account) Lying(ctx context.Context, mailbox string, validity uint32, headers []mail.Header) (map[mail.UID]mail.ID, error) {
	uids := make([]mail.UID, len(headers))
	for i := range headers {
		uids[i] = headers[i].UID
	}
	b, err := json.Marshal(uids)
	if err != nil {
		return nil, fmt.Errorf("name messages: %w", err)
	}
	of := map[mail.UID]mail.ID{}
	err = forEach(ctx, a.store.db, lyingQuery, func(scan func(...any) error) error {
		var uid string
		var message int64
		if err := scan(&uid, &message); err != nil {
			return err
		}
		of[mail.UID(uid)] = a.id(message)
		return nil
	}, a.slot, mailbox, validity, string(b))
	if err == nil {
		err = a.lyingAlike(ctx, mailbox, validity, headers, of)
	}
	return of, a.store.failed("look which messages are meant", err)
}

// A likeness is what two headers of one message share.
type likeness struct {
	messageID string
	size      int64
	received  int64
}

// alikeQuery finds the messages of a mailbox whose UID is not known, or is one of
// before the mailbox was numbered anew.
const alikeQuery = "SELECT " + refColumns + ` FROM refs r INDEXED BY refs_place WHERE r.account = ?1 AND r.mailbox = ?2 AND r.uid = '' AND r.msgid <> ''
	UNION ALL SELECT ` + refColumns + ` FROM refs r INDEXED BY refs_validity WHERE r.account = ?1 AND r.mailbox = ?2 AND r.validity > ?3 AND ?3 <> 0 AND r.uid <> '' AND r.msgid <> ''
	UNION ALL SELECT ` + refColumns + ` FROM refs r INDEXED BY refs_validity WHERE r.account = ?1 AND r.mailbox = ?2 AND r.validity BETWEEN 1 AND ?3 - 1 AND r.uid <> '' AND r.msgid <> ''`

// lyingAlike adds messages that the source did not say the UID of, or that have
// another since the mailbox was numbered anew.
func (a *Account) lyingAlike(ctx context.Context, mailbox string, validity uint32, headers []mail.Header, of map[mail.UID]mail.ID) error {
	alike := map[likeness][]mail.ID{}
	err := forEach(ctx, a.store.db, alikeQuery, func(scan func(...any) error) error {
		var r refRow
		err := scan(r.to()...)
		k := likeness{r.msgid.String, r.size.Int64, r.received.Int64}
		alike[k] = append(alike[k], a.id(r.message.Int64))
		return err
	}, a.slot, mailbox, validity)
	if err != nil || len(alike) == 0 {
		return err
	}
	seen := map[likeness]mail.UID{}
	for i := range headers {
		h := &headers[i]
		k := likeness{h.MessageID, h.Size, unix(h.Received)}
		if _, twice := seen[k]; twice {
			delete(alike, k)
		}
		seen[k] = h.UID
	}
	for k, ids := range alike {
		if uid, ok := seen[k]; ok && len(ids) == 1 && of[uid] == 0 {
			of[uid] = ids[0]
		}
	}
	return nil
}

// Text returns the text that is to be appended as a message.
func (a *Account) Text(ctx context.Context, id mail.ID) ([]byte, error) {
	var name string
	err := a.store.db.QueryRowContext(ctx, "SELECT j.text FROM items i JOIN jobs j ON j.seq = i.job WHERE i.account = ? AND i.message = ? AND j.op = ?", a.slot, id.Row(), string(mail.OpAppend)).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) { // the source has it by now
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, a.store.failed("look for a text", err)
	}
	b, err := a.store.readText(name)
	return b, a.store.failed("read a text", err)
}

// Targets returns the mailboxes that jobs bring messages to.
func (a *Account) Targets(ctx context.Context) (names []string, err error) {
	err = forEach(ctx, a.store.db, "SELECT DISTINCT target FROM jobs WHERE account = ? AND target <> ''", func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		names = append(names, s)
		return err
	}, a.slot)
	return names, a.store.failed("read the journal", err)
}

// Pending returns how many jobs the journal holds.
func (a *Account) Pending(ctx context.Context) (n int, err error) {
	err = a.store.db.QueryRowContext(ctx, "SELECT count(*) FROM jobs WHERE account = ?", a.slot).Scan(&n)
	return n, a.store.failed("count the changes that wait", err)
}

// Untried returns how many jobs wait that were not tried yet, or not to the end.
// One that shares a message with one that waits is not among them.
func (a *Account) Untried(ctx context.Context) (n int, err error) {
	q := newQueue()
	err = a.eachJob(ctx, func(j *jobRow) bool {
		if q.free(j, j.Why != "") {
			n++
		}
		return true
	})
	return n, err
}

// Next returns the oldest job that does not wait and shares no message with an
// older one that does, nil when there is none. It reads no more than up to there.
func (a *Account) Next(ctx context.Context, waits func(*mail.Job) bool) (*mail.Job, error) {
	var j *jobRow
	q := newQueue()
	err := a.eachJob(ctx, func(next *jobRow) bool {
		if q.free(next, waits(&next.Job)) {
			j = next
		}
		return j == nil
	})
	if err != nil || j == nil {
		return nil, err
	}
	if j.Op != mail.OpAppend {
		return &j.Job, nil
	}
	if vain, err := a.vain(ctx, &j.Job); vain || err != nil {
		if err != nil {
			return nil, err
		}
		return a.Next(ctx, waits)
	}
	j.Raw, err = a.store.readText(j.Text)
	if errors.Is(err, fs.ErrNotExist) { // somebody took the file away
		if err := a.lose(ctx, &j.Job); err != nil && !errors.Is(err, ErrChanged) {
			return nil, err
		}
		return a.Next(ctx, waits)
	}
	return &j.Job, a.store.failed("read a text", err)
}

const eachJobQuery = "SELECT " + jobColumns + ", i.message, i.made, i.position, " + refColumns + ` FROM jobs j CROSS JOIN items i ON i.job = j.seq
	LEFT JOIN refs r ON r.account = j.account AND r.message = i.message WHERE j.account = ? ORDER BY j.seq, i.position`

// errEnough ends the reading of rows.
var errEnough = errors.New("enough was read")

// eachJob calls f for the jobs of the journal in their order, until it returns
// false. F does not use the store.
func (a *Account) eachJob(ctx context.Context, f func(j *jobRow) bool) error {
	var last *jobRow // of which items may follow
	err := forEach(ctx, a.store.db, eachJobQuery, func(scan func(...any) error) error {
		var j jobRow
		var r refRow
		var message, made int64
		var position int
		if err := scan(append(append(j.to(), &message, &made, &position), r.to()...)...); err != nil {
			return err
		}
		if last == nil || last.Seq != j.Seq {
			if last != nil && !f(last) {
				last = nil
				return errEnough
			}
			j.job()
			last = &j
		}
		it := mail.Item{Located: r.located(a.slot), Made: a.id(made), Position: position}
		it.ID = a.id(message)
		last.Items = append(last.Items, it)
		return nil
	}, a.slot)
	if err == nil && last != nil {
		f(last)
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return a.store.failed("read the journal", err)
}

// A queue is what is known of the older jobs.
type queue struct {
	held map[mail.ID]bool // messages of jobs that wait
	open map[int64]bool   // the jobs so far
}

func newQueue() *queue { return &queue{map[mail.ID]bool{}, map[int64]bool{}} }

// free reports whether the next job does not wait, neither for a time nor for another
// job, and shares no message with an older one that does.
func (q *queue) free(j *jobRow, waits bool) bool {
	waits = waits || j.After != 0 && q.open[j.After]
	q.open[j.Seq] = true
	for _, it := range j.Items {
		waits = waits || q.held[it.ID]
	}
	if waits {
		for _, it := range j.Items {
			q.held[it.ID], q.held[it.Made] = true, it.Made != 0
		}
	}
	return !waits
}

// A Mark is a moment in what became of the journal's jobs.
type Mark int64

// Now returns the present moment.
func (a *Account) Now(ctx context.Context) (m Mark, err error) {
	err = a.store.db.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM refusals").Scan(&m)
	return m, a.store.failed("read what was refused", err)
}

// Refusals returns what was refused since a moment, a sentence for each job.
func (a *Account) Refusals(ctx context.Context, since Mark) ([]string, error) {
	return a.sentences(ctx, "read what was refused", "SELECT said FROM refusals WHERE account = ? AND id > ? ORDER BY id", a.slot, since)
}

// Postponed returns why the jobs that wait do, a sentence for each.
func (a *Account) Postponed(ctx context.Context) ([]string, error) {
	return a.sentences(ctx, "read why changes wait", "SELECT why FROM jobs WHERE account = ? AND why <> '' ORDER BY seq", a.slot)
}

func (a *Account) sentences(ctx context.Context, op, query string, args ...any) (list []string, err error) {
	err = forEach(ctx, a.store.db, query, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		list = append(list, s)
		return err
	}, args...)
	return list, a.store.failed(op, err)
}

// TakeOver writes the jobs that a cache of an earlier version held, each with its
// number there, unless that was done before.
func (a *Account) TakeOver(ctx context.Context, jobs []mail.Job) error {
	names, err := a.keepTexts(jobs)
	unused := names
	if err == nil {
		err = a.store.tx(ctx, "take over the journal of a cache", func(tx *sql.Tx) error {
			var taken int64
			if err := tx.QueryRowContext(ctx, "SELECT taken FROM accounts WHERE number = ?", a.slot).Scan(&taken); err != nil {
				return err
			}
			event, err := a.event(ctx, tx)
			if err != nil {
				return err
			}
			unused = nil
			as := map[int64]int64{} // the old numbers and the new
			for i, j := range jobs {
				old := j.Seq
				if old <= taken {
					unused = append(unused, names[i])
					continue
				}
				j.After = as[j.After]
				if err := a.write(ctx, tx, event, event, &j, names[i]); err != nil {
					return err
				}
				as[old], taken = j.Seq, old
			}
			_, err = tx.ExecContext(ctx, "UPDATE accounts SET taken = ? WHERE number = ?", taken, a.slot)
			return err
		})
	}
	if err != nil {
		unused = names
	}
	a.store.dropTexts(unused)
	return err
}
