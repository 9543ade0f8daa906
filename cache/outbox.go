package cache

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"posthorn/internal/atomicfile"
	"posthorn/internal/disk"
	"posthorn/mail"
	"posthorn/mail/message"
)

// An Outbox keeps the messages that are to be sent, two files each: the message
// itself, which never changes, and its state. They are on disk before it says
// so, and no deletion of a cache can lose one. Several processes may use one.
type Outbox struct {
	dir  string
	gate chan struct{} // capacity 1: who changes it, of this process
}

// OpenOutbox opens the outbox in a folder, or makes it.
func OpenOutbox(ctx context.Context, dir string) (*Outbox, error) {
	o := &Outbox{dir, make(chan struct{}, 1)}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = o.locked(ctx, o.sweep)
	}
	if o.failed("open the outbox", &err); err != nil {
		return nil, err
	}
	return o, nil
}

// failed wraps an error, if there is one, on its way out of the package. That a
// message is not there needs no explanation.
func (o *Outbox) failed(op string, err *error) {
	if *err != nil && !errors.Is(*err, ErrNotQueued) {
		*err = fmt.Errorf("%s: %w", op, disk.Explain(o.dir, *err))
	}
}

// sweep removes what a writer that died left behind: half a file, or a message
// that it never said it had added, or that it had removed.
func (o *Outbox) sweep() error {
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(o.dir, e.Name())
		stale := strings.HasPrefix(e.Name(), atomicfile.Prefix)
		if id, ok := strings.CutSuffix(e.Name(), ".eml"); ok {
			_, err := os.Lstat(filepath.Join(o.dir, id+".json"))
			stale = errors.Is(err, fs.ErrNotExist)
		}
		if stale {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// ErrNotQueued says that a message is not in the outbox.
var ErrNotQueued = errors.New("no such message in the outbox")

// state is what changes of a message.
type state struct {
	State     mail.State `json:"state"`
	Queued    time.Time  `json:"queued"`
	Next      time.Time  `json:"next"`
	Attempts  int        `json:"attempts"`
	Error     string     `json:"error"`
	Account   string     `json:"account"`
	From      string     `json:"from"`
	Rcpt      []string   `json:"rcpt"`
	Answers   mail.ID    `json:"answers"`
	Forwards  mail.ID    `json:"forwards"`
	Answered  string     `json:"answers_id"` // the Message-ID
	Forwarded string     `json:"forwards_id"`
	Drafted   string     `json:"draft_id"`
	Draft     mail.ID    `json:"draft"`
	NotBefore time.Time  `json:"not_before"`
}

func (o *Outbox) rawPath(id int64) string   { return filepath.Join(o.dir, fmt.Sprintf("%d.eml", id)) }
func (o *Outbox) statePath(id int64) string { return filepath.Join(o.dir, fmt.Sprintf("%d.json", id)) }

// lockRetry is how often it is tried to lock an outbox that another process has.
const lockRetry = 20 * time.Millisecond

// locked runs f while nobody else changes the outbox, in this process or another.
// Nobody does so for long; who waits does so no longer than ctx lasts.
func (o *Outbox) locked(ctx context.Context, f func() error) error {
	select {
	case o.gate <- struct{}{}:
		defer func() { <-o.gate }()
	case <-ctx.Done():
		return fmt.Errorf("wait for who changes it: %w", ctx.Err())
	}
	lock := flock.New(filepath.Join(o.dir, "lock"))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return fmt.Errorf("wait for who changes it: %w", err)
	}
	defer lock.Unlock()
	return f()
}

// Add puts a message into the outbox. When it returns, the message would survive
// a power cut.
func (o *Outbox) Add(ctx context.Context, m mail.Outgoing) (q mail.Queued, err error) {
	defer o.failed("put the message into the outbox", &err)
	err = o.locked(ctx, func() error {
		ids, err := o.ids()
		if err != nil {
			return err
		}
		id := int64(1)
		if len(ids) > 0 {
			id = ids[len(ids)-1] + 1
		}
		if err := atomicfile.Write(o.rawPath(id), m.Raw, 0o600); err != nil {
			return err
		}
		now := time.Now()
		s := state{State: mail.Waiting, Queued: now, Next: m.NotBefore, Account: m.Account, From: m.From, Rcpt: m.Rcpt,
			Answers: m.Answers.ID, Forwards: m.Forwards.ID, Answered: m.Answers.MessageID, Forwarded: m.Forwards.MessageID, Draft: m.Draft.ID, Drafted: m.Draft.MessageID, NotBefore: m.NotBefore}
		if err := o.write(id, s); err != nil {
			return err
		}
		q = s.queued(id, m.Raw)
		return nil
	})
	return q, err
}

// ids returns the numbers of the messages in order. A message without a state
// was never added: its writer died before it said so.
func (o *Outbox) ids() ([]int64, error) {
	entries, err := os.ReadDir(o.dir)
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".json"); ok {
			if id, err := strconv.ParseInt(name, 10, 64); err == nil {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

func (o *Outbox) write(id int64, s state) error {
	b, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return atomicfile.Write(o.statePath(id), b, 0o600)
}

func (o *Outbox) read(id int64) (s state, err error) {
	b, err := os.ReadFile(o.statePath(id))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("%w: %d", ErrNotQueued, id)
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", o.statePath(id), err)
	}
	return s, nil
}

func (s state) queued(id int64, raw []byte) mail.Queued {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return mail.Queued{
		ID: id, State: s.State, Queued: s.Queued, Next: s.Next, Attempts: s.Attempts, Error: s.Error,
		Subject: message.Parse(append(header[:len(header):len(header)], "\r\n\r\n"...)).Envelope.Subject,
		Outgoing: mail.Outgoing{Account: s.Account, From: s.From, Rcpt: s.Rcpt, Raw: raw, Answers: mail.Ref{ID: s.Answers, MessageID: s.Answered},
			Forwards: mail.Ref{ID: s.Forwards, MessageID: s.Forwarded}, Draft: mail.Ref{ID: s.Draft, MessageID: s.Drafted}, NotBefore: s.NotBefore},
	}
}

// Get returns a message, or an error that wraps [ErrNotQueued].
func (o *Outbox) Get(id int64) (q mail.Queued, err error) {
	defer o.failed("read a message of the outbox", &err)
	return o.get(id)
}

func (o *Outbox) get(id int64) (mail.Queued, error) {
	s, err := o.read(id)
	if err != nil {
		return mail.Queued{}, err
	}
	raw, err := os.ReadFile(o.rawPath(id))
	if err != nil {
		return mail.Queued{}, err
	}
	return s.queued(id, raw), nil
}

// List returns all messages, in the order they were added.
func (o *Outbox) List() (list []mail.Queued, err error) {
	defer o.failed("list the outbox", &err)
	ids, err := o.ids()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		q, err := o.get(id)
		switch {
		case errors.Is(err, ErrNotQueued): // another process was faster
			continue
		case err != nil:
			q = damagedEntry(id, err)
		}
		list = append(list, q)
	}
	return list, nil
}

// damagedEntry stands for a message whose files cannot be read: it is shown as one
// that cannot be sent, and keeps no other from being sent.
func damagedEntry(id int64, err error) mail.Queued {
	return mail.Queued{ID: id, State: mail.Failed, Error: "its file in the outbox cannot be read: " + err.Error()}
}

// Due returns the messages that wait and whose time has come.
func (o *Outbox) Due(now time.Time) (list []mail.Queued, err error) {
	defer o.failed("list the outbox", &err)
	err = o.waiting(func(id int64, next time.Time) {
		if next.After(now) {
			return
		}
		if q, err := o.get(id); err == nil { // the damaged are for List to tell of
			list = append(list, q)
		}
	})
	return list, err
}

// NextDue returns when the first of the messages that wait is due, and whether
// there is one.
func (o *Outbox) NextDue() (first time.Time, waits bool, err error) {
	defer o.failed("list the outbox", &err)
	err = o.waiting(func(_ int64, next time.Time) {
		if !waits || next.Before(first) {
			first, waits = next, true
		}
	})
	return first, waits, err
}

// waiting calls each for the messages that wait. It does not read the messages.
func (o *Outbox) waiting(each func(id int64, next time.Time)) error {
	ids, err := o.ids()
	if err != nil {
		return err
	}
	for _, id := range ids {
		if s, err := o.read(id); err == nil && s.State == mail.Waiting {
			each(id, s.Next)
		}
	}
	return nil
}

// Mark gives a message another state. It is on disk when Mark returns.
func (o *Outbox) Mark(ctx context.Context, id int64, to mail.State, next time.Time, why string) error {
	return o.change(ctx, id, func(s *state) { s.State, s.Next, s.Error = to, next, why })
}

// Tried is Mark after an attempt to send the message, and counts that.
func (o *Outbox) Tried(ctx context.Context, id int64, to mail.State, next time.Time, why string) error {
	return o.change(ctx, id, func(s *state) {
		s.State, s.Next, s.Error = to, next, why
		s.Attempts++
	})
}

// Narrow leaves a message some of its recipients.
func (o *Outbox) Narrow(ctx context.Context, id int64, rcpt []string) error {
	return o.change(ctx, id, func(s *state) { s.Rcpt = rcpt })
}

func (o *Outbox) change(ctx context.Context, id int64, change func(*state)) (err error) {
	defer o.failed(fmt.Sprintf("note what became of message %d in the outbox", id), &err)
	return o.locked(ctx, func() error {
		s, err := o.read(id)
		if err != nil {
			return err
		}
		change(&s)
		return o.write(id, s)
	})
}

// Remove takes a message out: it was sent, or the user does not want it sent.
func (o *Outbox) Remove(ctx context.Context, id int64) (err error) {
	defer o.failed(fmt.Sprintf("take message %d out of the outbox", id), &err)
	return o.locked(ctx, func() error {
		err := os.Remove(o.statePath(id))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %d", ErrNotQueued, id)
		}
		if err != nil {
			return err
		}
		return errors.Join(os.Remove(o.rawPath(id)), atomicfile.SyncDir(o.dir))
	})
}
