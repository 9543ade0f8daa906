package cache

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"posthorn/mail"
)

// The operations of a job.
const (
	OpFlags   = "flags"
	OpMove    = "move"
	OpCopy    = "copy"
	OpExpunge = "expunge"
	OpAppend  = "append"
)

// A Job is a change that the user sees and the source does not know yet. All its
// messages lie in one mailbox of the source.
type Job struct {
	ID          int64
	Op          string
	Mailbox     string       // where the messages lie; empty for an append
	Places      []mail.Place // without those whose place is not known, or who are gone
	To          string       // the target of a move, a copy or an append
	Add, Remove mail.Flags   // of flags; Add also those of an append
	Raw         []byte       // of an append
	Date        time.Time    // of an append
	MessageID   string       // of an append
	MessageIDs  []string     // of the messages, in the order of Places
	Attempts    int
	Started     bool // it was begun before: it may have been played

	why            string // it waits
	after          int64  // the job that is to be played before
	source, target int64
	items          []item
	placed         []int64 // the messages behind Places
}

// item is a message of a job as it was before.
type item struct {
	ID     int64      `json:"id"`
	Folder int64      `json:"folder"`
	Flags  mail.Flags `json:"flags"`
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// readJobs reads the journal in order, without what is to be appended.
func readJobs(ctx context.Context, q querier, where string) ([]*Job, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, op, source, target, items, add_flags, remove_flags, date, msgid, attempts, started, why, after FROM journal "+where+" ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var jobs []*Job
	for rows.Next() {
		j := &Job{}
		var items string
		var date int64
		if err := rows.Scan(&j.ID, &j.Op, &j.source, &j.target, &items, &j.Add, &j.Remove, &date, &j.MessageID, &j.Attempts, &j.Started, &j.why, &j.after); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(items), &j.items); err != nil {
			return nil, fmt.Errorf("job %d is damaged: %w", j.ID, err)
		}
		j.Date = time.Unix(date, 0)
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

// Pending returns how many jobs the journal holds.
func (db *DB) Pending(ctx context.Context) (n int, err error) {
	defer db.failed("count the changes that wait", &err)
	err = db.read.QueryRowContext(ctx, "SELECT count(*) FROM journal").Scan(&n)
	return n, err
}

// Untried returns how many jobs wait that were not tried yet, or not to the end.
// One that shares a message with one that waits is not among them.
func (db *DB) Untried(ctx context.Context) (n int, err error) {
	defer db.failed("count the changes that wait", &err)
	waits := map[int64]bool{}
	jobs, err := readJobs(ctx, db.read, "")
	if err != nil {
		return 0, err
	}
	for _, j := range jobs {
		waits[j.ID] = j.why != ""
	}
	return len(untied(jobs, func(job int64) bool { return waits[job] })), nil
}

// Next returns the oldest job that does not wait and shares no message with an
// older one that does, nil when there is none.
func (db *DB) Next(ctx context.Context, waits func(job int64) bool) (_ *Job, err error) {
	defer db.failed("read the journal", &err)
	j, err := db.ready(ctx, waits)
	if err != nil || j == nil {
		return nil, err
	}
	if j.Op == OpAppend {
		if err := db.read.QueryRowContext(ctx, "SELECT raw FROM journal WHERE id = ?", j.ID).Scan(&j.Raw); err != nil {
			return nil, err
		}
	}
	names := db.read.QueryRowContext(ctx, "SELECT coalesce((SELECT name FROM folders WHERE id = ?), ''), coalesce((SELECT name FROM folders WHERE id = ?), '')", j.source, j.target)
	if err := names.Scan(&j.Mailbox, &j.To); err != nil {
		return nil, err
	}
	return j, db.locate(ctx, j)
}

// ready finds the job for Next. As a rule it is the first one.
func (db *DB) ready(ctx context.Context, waits func(job int64) bool) (*Job, error) {
	jobs, err := readJobs(ctx, db.read, "WHERE id = (SELECT min(id) FROM journal)")
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	if !waits(jobs[0].ID) {
		return jobs[0], nil
	}
	if jobs, err = readJobs(ctx, db.read, ""); err != nil {
		return nil, err
	}
	if jobs = untied(jobs, waits); len(jobs) == 0 {
		return nil, nil
	}
	return jobs[0], nil
}

// untied returns the jobs that do not wait, neither for a time nor for another
// job, and share no message with an older one that does.
func untied(jobs []*Job, waits func(job int64) bool) (free []*Job) {
	held := map[int64]bool{} // messages of jobs that wait
	open := map[int64]bool{} // the jobs so far
	for _, j := range jobs {
		behind := j.after != 0 && open[j.after]
		open[j.ID] = true
		if !behind && !waits(j.ID) && !slices.ContainsFunc(j.items, func(it item) bool { return held[it.ID] }) {
			free = append(free, j)
			continue
		}
		for _, it := range j.items {
			held[it.ID] = true
		}
	}
	return free
}

// locate finds where the source has the messages of a job: where they were, or
// where earlier jobs have brought them.
func (db *DB) locate(ctx context.Context, j *Job) error {
	if j.Op == OpAppend {
		return nil
	}
	var validity uint32
	if err := db.read.QueryRowContext(ctx, "SELECT coalesce((SELECT validity FROM folders WHERE id = ?), 0)", j.source).Scan(&validity); err != nil {
		return err
	}
	st, err := db.read.PrepareContext(ctx, `SELECT coalesce(p.folder, m.folder), iif(p.message IS NULL, m.uid, p.uid), m.msgid
		FROM messages m LEFT JOIN placed p ON p.message = m.id WHERE m.id = ?`)
	if err != nil {
		return err
	}
	defer st.Close()
	for _, it := range j.items {
		var folder int64
		var uid any
		var msgid string
		err := st.QueryRowContext(ctx, it.ID).Scan(&folder, &uid, &msgid)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		if uid == nil || folder != j.source {
			continue
		}
		j.Places = append(j.Places, mail.Place{Mailbox: j.Mailbox, Validity: validity, UID: uidOf(uid)})
		j.MessageIDs = append(j.MessageIDs, msgid)
		j.placed = append(j.placed, it.ID)
	}
	return nil
}

// Begin notes that a job is about to be played.
func (db *DB) Begin(ctx context.Context, j *Job) (err error) {
	defer db.failed("note that a change is played", &err)
	return db.durable(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE journal SET started = 1, attempts = attempts + 1 WHERE id = ?", j.ID)
		return err
	})
}

// Postpone notes why a job was not played yet, for who asks. The source has
// refused it: a message that it would not take may be given another text.
func (db *DB) Postpone(ctx context.Context, j *Job, why string) (err error) {
	defer db.failed("note why a change waits", &err)
	return db.durable(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE journal SET why = ?, started = iif(op = ?, 0, started) WHERE id = ?", why, OpAppend, j.ID)
		return err
	})
}

// Finish takes a job that was played out of the journal. Moved says where the
// messages lie now, in the order of j.Places; it may be shorter, and a place
// without UID is not known.
func (db *DB) Finish(ctx context.Context, j *Job, moved []mail.Place) (err error) {
	defer db.failed("note that a change was played", &err)
	return db.durable(ctx, func(tx *sql.Tx) error {
		if err := settle(ctx, tx, j); err != nil {
			return err
		}
		switch j.Op {
		case OpMove:
			return finishMove(ctx, tx, j, moved)
		case OpAppend:
			return finishAppend(ctx, tx, j, moved)
		case OpExpunge:
			for _, it := range j.items {
				if err := dropMessages(ctx, tx, "id = ? AND folder = 0", it.ID); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// settle removes a job and adds what it did to the source's counts, which were
// told before it.
func settle(ctx context.Context, tx *sql.Tx, j *Job) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM journal WHERE id = ?", j.ID); err != nil {
		return err
	}
	shift := map[int64]mail.Counts{}
	j.shift(shift)
	for f, c := range shift {
		if _, err := tx.ExecContext(ctx, "UPDATE folders SET total = iif(total < 0, total, max(total + ?, 0)), unread = iif(unread < 0, unread, max(unread + ?, 0)) WHERE id = ?", c.Total, c.Unread, f); err != nil {
			return err
		}
	}
	return nil
}

// shift adds what a job does to the counts of folders.
func (j *Job) shift(to map[int64]mail.Counts) {
	add := func(folder int64, total, unread int) {
		c := to[folder]
		to[folder] = mail.Counts{Total: c.Total + total, Unread: c.Unread + unread}
	}
	for _, it := range j.items {
		unread := 0
		if !it.Flags.Has(mail.Seen) {
			unread = 1
		}
		switch j.Op {
		case OpFlags:
			if next := it.Flags&^j.Remove | j.Add; next.Has(mail.Seen) != it.Flags.Has(mail.Seen) {
				add(it.Folder, 0, 1-2*unread)
			}
		case OpMove:
			add(it.Folder, -1, -unread)
			add(j.target, 1, unread)
		case OpCopy:
			add(j.target, 1, unread)
		case OpExpunge:
			add(it.Folder, -1, -unread)
		case OpAppend:
			add(j.target, 1, unread)
		}
	}
}

// finishMove notes where the messages lie now.
func finishMove(ctx context.Context, tx *sql.Tx, j *Job, moved []mail.Place) error {
	for i, id := range j.placed {
		var uid any
		if i < len(moved) {
			uid = uidValue(moved[i].UID)
		}
		if err := nowAt(ctx, tx, id, j.target, uid); err != nil {
			return err
		}
	}
	return adrift(ctx, tx, j)
}

// adrift looks after the messages of a move that the source did not have where
// it was played: they were moved before a crash, or are gone. Whether they are
// at the target, the next look there will show.
func adrift(ctx context.Context, tx *sql.Tx, j *Job) error {
	for _, it := range j.items {
		var lost bool
		err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM placed WHERE message = ? AND folder = ? AND uid IS NULL)", it.ID, j.source).Scan(&lost)
		if err == nil && lost {
			err = nowAt(ctx, tx, it.ID, j.target, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nowAt notes that the source has a message in a folder under a number, which
// may not be known. Where the user has it elsewhere already, a later job will
// bring it there.
func nowAt(ctx context.Context, tx *sql.Tx, id, folder int64, uid any) error {
	var seen int64
	err := tx.QueryRowContext(ctx, "SELECT folder FROM messages WHERE id = ?", id).Scan(&seen)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if uid != nil { // the source may have told of it before it answered
		if err := dropMessages(ctx, tx, "folder = ? AND uid = ? AND id <> ?", folder, uid, id); err != nil {
			return err
		}
	}
	if seen != folder { // a number it had there before is not valid any more
		if _, err := tx.ExecContext(ctx, "UPDATE messages SET uid = NULL WHERE id = ?", id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO placed VALUES (?,?,?) ON CONFLICT (message) DO UPDATE SET folder = excluded.folder, uid = excluded.uid", id, folder, uid)
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM placed WHERE message = ?", id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "UPDATE messages SET uid = ? WHERE id = ?", uid, id)
	return err
}

func finishAppend(ctx context.Context, tx *sql.Tx, j *Job, moved []mail.Place) error {
	if len(moved) == 0 || len(j.items) == 0 {
		return nil
	}
	return nowAt(ctx, tx, j.items[0].ID, j.target, uidValue(moved[0].UID))
}

// Refuse takes back in the cache what the source would not do, takes the job out
// of the journal, and keeps what is to be told of it for [DB.Refusals].
func (db *DB) Refuse(ctx context.Context, j *Job, reason string) (err error) {
	defer db.failed("take back what was refused", &err)
	return db.durable(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM journal WHERE id = ?", j.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO refusals (said) VALUES (?)", reason); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?", keptRefusals); err != nil {
			return err
		}
		for _, it := range j.items {
			if err := takeBack(ctx, tx, j, it); err != nil {
				return err
			}
		}
		return nil
	})
}

// keptRefusals is how many refusals are kept for who asks.
const keptRefusals = 100

// A Mark is a moment in what became of the journal's jobs.
type Mark int64

// Now returns the present moment.
func (db *DB) Now(ctx context.Context) (m Mark, err error) {
	defer db.failed("read what was refused", &err)
	err = db.read.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) FROM refusals").Scan(&m)
	return m, err
}

// Refusals returns what was refused since a moment, a sentence for each job.
func (db *DB) Refusals(ctx context.Context, since Mark) (_ []string, err error) {
	defer db.failed("read what was refused", &err)
	return db.sentences(ctx, "SELECT said FROM refusals WHERE id > ? ORDER BY id", since)
}

// Postponed returns why the jobs that wait do, a sentence for each.
func (db *DB) Postponed(ctx context.Context) (_ []string, err error) {
	defer db.failed("read why changes wait", &err)
	return db.sentences(ctx, "SELECT why FROM journal WHERE why <> '' ORDER BY id")
}

func (db *DB) sentences(ctx context.Context, query string, args ...any) (list []string, err error) {
	rows, err := db.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

func takeBack(ctx context.Context, tx *sql.Tx, j *Job, it item) error {
	switch j.Op {
	case OpFlags:
		changed := j.Add | j.Remove
		_, err := tx.ExecContext(ctx, "UPDATE messages SET flags = (flags & ~?1) | ?2 WHERE id = ?3", int64(changed), int64(it.Flags&changed), it.ID)
		return err
	case OpMove, OpExpunge:
		return moveBack(ctx, tx, it)
	case OpAppend:
		return dropMessages(ctx, tx, "id = ? AND uid IS NULL", it.ID)
	}
	return nil
}

// moveBack shows a message in its folder again, under the number it has there.
func moveBack(ctx context.Context, tx *sql.Tx, it item) error {
	var folder int64
	var uid any
	err := tx.QueryRowContext(ctx, "SELECT folder, uid FROM placed WHERE message = ?", it.ID).Scan(&folder, &uid)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM placed WHERE message = ?", it.ID); err != nil {
		return err
	}
	if uid == nil {
		folder = it.Folder
	}
	_, err = tx.ExecContext(ctx, "UPDATE messages SET folder = ?, uid = ? WHERE id = ?", folder, uid, it.ID)
	return err
}
