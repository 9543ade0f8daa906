package cache

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"posthorn/mail"
)

// A Journal keeps what the user did and the source does not know yet. It outlives
// the cache: what is written there is done, and the cache shows it afterwards. Its
// methods may be called within a transaction of the cache, as none of them waits
// for the cache.
type Journal interface {
	// Event returns the last change of the journal.
	Event(ctx context.Context) (mail.Event, error)
	// Touched returns the messages that changes after an event were about.
	Touched(ctx context.Context, since int64) ([]mail.Touched, error)
	// Jobs returns the jobs about each of some messages in their order, each
	// with the item that is, or makes, the message.
	Jobs(ctx context.Context, ids []mail.ID) (map[mail.ID][]mail.Job, error)
	// Lying returns which messages that the journal knows some headers of a mailbox
	// are.
	Lying(ctx context.Context, mailbox string, validity uint32, headers []mail.Header) (map[mail.UID]mail.ID, error)
	// Text returns the text that is to be appended as a message.
	Text(ctx context.Context, id mail.ID) ([]byte, error)
	// Targets returns the mailboxes that jobs bring messages to.
	Targets(ctx context.Context) ([]string, error)

	// Do writes a deed about messages as a cache knows them that has seen some
	// events.
	Do(ctx context.Context, seen int64, d mail.Deed) error
	// Undo takes a deed back, and returns the messages to which that did something.
	Undo(ctx context.Context, seen int64, d mail.Deed) ([]mail.ID, error)
	// Replace writes a job that appends a message in the place of another, and
	// returns the message that has the text then.
	Replace(ctx context.Context, seen int64, old mail.Located, j mail.Job) (mail.ID, error)
	// TakeOver writes the jobs of an earlier version's cache, unless it did.
	TakeOver(ctx context.Context, jobs []mail.Job) error

	// Next, Begin, Retarget, Finish and Refuse are for who plays jobs to the
	// source.
	Next(ctx context.Context, waits func(*mail.Job) bool) (*mail.Job, error)
	Begin(ctx context.Context, j *mail.Job) error
	Retarget(ctx context.Context, job int64, to string) error
	Finish(ctx context.Context, j *mail.Job, at []mail.Place) error
	Refuse(ctx context.Context, j *mail.Job, said string) error
}

// A Job is a job of the journal as it is played to the source: about messages of
// one mailbox, in which they lie by now.
type Job struct {
	mail.Job
	Mailbox string         // where the messages lie; empty for an append
	Places  []mail.Place   // without those whose place is not known, or who are gone
	There   []mail.Located // the messages, in the order of Places

	placed []int // the items behind Places
}

// MessageID returns the Message-ID of what is to be appended.
func (j *Job) MessageID() string { return j.Items[0].MessageID }

// Next returns the oldest job that does not wait and shares no message with an
// older one that does, nil when there is none. Of a job whose messages lie in
// several mailboxes it is the part for one of them.
func (db *DB) Next(ctx context.Context, waits func(*mail.Job) bool) (_ *Job, err error) {
	defer db.failed("read the journal", &err)
	next, err := db.journal.Next(ctx, waits)
	if err != nil {
		return nil, foreign(err)
	}
	if next == nil {
		return nil, nil
	}
	j := &Job{Job: *next}
	if j.Op == mail.OpAppend {
		return j, nil
	}
	return j, db.locate(ctx, j)
}

// locate finds where the source has the messages of a job: where the cache knows
// them, else where they were when the journal was written.
func (db *DB) locate(ctx context.Context, j *Job) error {
	ids := make([]mail.ID, len(j.Items))
	at := make(map[mail.ID]mail.Located, len(j.Items))
	for i, it := range j.Items {
		ids[i] = it.ID
	}
	if err := db.located(ctx, ids, func(m planned) { at[m.ID] = m.Located }); err != nil {
		return err
	}
	var stale func(mail.Place) bool // made when it is needed, which is seldom
	items := j.Items
	j.Items = nil
	for _, it := range items {
		if m, ok := at[it.ID]; ok && (m.At.Mailbox != "" || it.At.UID == "") {
			it.Located = m
		} else if it.At.UID != "" {
			if stale == nil {
				var err error
				if stale, err = db.renumbered(ctx); err != nil {
					return err
				}
			}
			if stale(it.At) {
				it.At.UID = ""
			}
		}
		if j.arrived(it) { // before the server could say so
			j.Items = append(j.Items, it)
			continue
		}
		if j.Mailbox == "" {
			j.Mailbox = it.At.Mailbox
		}
		if it.At.Mailbox != "" && it.At.Mailbox != j.Mailbox {
			continue // in its turn
		}
		if it.At.UID != "" {
			j.Places, j.There = append(j.Places, it.At), append(j.There, it.Located)
			j.placed = append(j.placed, len(j.Items))
		}
		j.Items = append(j.Items, it)
	}
	return nil
}

// arrived reports whether a message lies where a move is to bring it.
func (j *Job) arrived(it mail.Item) bool { return j.Op == mail.OpMove && it.At.Mailbox == j.To }

// Lost reports whether it is not known of a message where it lies, if it does.
func (j *Job) Lost() bool {
	return slices.ContainsFunc(j.Items, func(it mail.Item) bool { return it.At.UID == "" && it.At.Mailbox != "" && !j.arrived(it) })
}

// renumbered returns a function that reports whether a place is one of before its
// mailbox was numbered anew.
func (db *DB) renumbered(ctx context.Context) (func(mail.Place) bool, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT name, validity FROM folders WHERE validity <> 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	now := map[string]uint32{}
	for rows.Next() {
		var name string
		var validity uint32
		if err := rows.Scan(&name, &validity); err != nil {
			return nil, err
		}
		now[name] = validity
	}
	return func(p mail.Place) bool {
		v := now[p.Mailbox]
		return v != 0 && p.Validity != 0 && p.Validity != v
	}, rows.Err()
}

// Begin notes that a job is about to be played.
func (db *DB) Begin(ctx context.Context, j *Job) (err error) {
	defer db.failed("note that a change is played", &err)
	if !j.Begun && (j.Op == mail.OpMove || j.Op == mail.OpCopy) {
		if j.Floor, err = db.floor(ctx, j.To); err != nil {
			return err
		}
	}
	if err := db.journal.Begin(ctx, &j.Job); err != nil {
		return foreign(err)
	}
	return nil
}

// floor returns the highest UID that is known in a mailbox.
func (db *DB) floor(ctx context.Context, mailbox string) (f mail.Floor, err error) {
	err = db.read.QueryRowContext(ctx, `SELECT validity, coalesce((SELECT uid FROM messages WHERE lies = folders.id AND typeof(uid) = 'integer' ORDER BY uid DESC LIMIT 1), 0)
		FROM folders WHERE name = ?`, mailbox).Scan(&f.Validity, &f.UID)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return f, err
}

// Finish takes a job that was played out of the journal. Moved says where the
// messages lie now, in the order of j.Places; it may be shorter, and a place
// without UID is not known.
func (db *DB) Finish(ctx context.Context, j *Job, moved []mail.Place) (err error) {
	defer db.failed("note that a change was played", &err)
	if err := db.journal.Finish(ctx, &j.Job, j.outcome(moved)); err != nil {
		return foreign(err)
	}
	return db.Show(ctx)
}

// outcome returns where the messages of a job lie now, in the order of its items.
// Those that the source did not have where it was played were brought to the
// target before a crash, or are gone: the next look there will show.
func (j *Job) outcome(moved []mail.Place) []mail.Place {
	at := make([]mail.Place, len(j.Items))
	if j.Op == mail.OpAppend {
		at[0].Mailbox = j.To
		if len(moved) > 0 {
			at[0].Validity, at[0].UID = moved[0].Validity, moved[0].UID
		}
		return at
	}
	for i, it := range j.Items {
		switch j.Op {
		case mail.OpFlags:
			at[i] = it.At
		case mail.OpMove:
			if at[i].Mailbox = j.To; j.arrived(it) {
				at[i] = it.At
			}
		}
	}
	if j.Op != mail.OpMove && j.Op != mail.OpCopy {
		return at
	}
	for n, i := range j.placed {
		at[i] = mail.Place{Mailbox: j.To}
		if n < len(moved) {
			at[i].Validity, at[i].UID = moved[n].Validity, moved[n].UID
		}
	}
	return at
}

// Refuse takes a job out of the journal that the source would not do, shows what
// it was about as it is, and keeps what is to be told.
func (db *DB) Refuse(ctx context.Context, j *Job, said string) (err error) {
	defer db.failed("take back what was refused", &err)
	if err := db.journal.Refuse(ctx, &j.Job, said); err != nil {
		return foreign(err)
	}
	return db.Show(ctx)
}
