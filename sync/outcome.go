package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/store"
)

// Failures are several failures, each a sentence of its own.
type Failures []error

// Error returns the sentences, with semicolons between them.
func (f Failures) Error() string {
	var s []string
	for _, err := range f {
		s = append(s, err.Error())
	}
	return strings.Join(s, "; ")
}

// Unwrap returns the failures.
func (f Failures) Unwrap() []error { return f }

// failures returns several failures as one error, nil if all are.
func failures(errs ...error) error {
	var list Failures
	for _, err := range errs {
		var more Failures
		switch {
		case err == nil:
		case errors.As(err, &more):
			list = append(list, more...)
		default:
			list = append(list, err)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// Carry does a change as [Engine.Do] does, and returns once the servers have done
// it. What they refused, or will be asked again later, is in the error: a change
// that cannot be played yet stays in the journal.
func (e *Engine) Carry(ctx context.Context, c mail.Change) error {
	steps, err := e.split(c)
	if err != nil {
		return err
	}
	since := make([]store.Mark, len(steps))
	for i, s := range steps {
		if since[i], err = s.w.Store.Now(ctx); err != nil {
			return err
		}
	}
	if err := e.Do(ctx, c); err != nil {
		return err
	}
	var all []error
	for i, s := range steps {
		all = append(all, s.w.playNow(ctx, since[i]))
	}
	return failures(all...)
}

// Flush plays the journal and sends what is due, and returns when that was
// tried. What the server would not do, or not yet, is in the error; what could
// not be sent is still in the outbox. Where another process is online for the
// account, Flush waits for it to have done that.
func (e *Engine) Flush(ctx context.Context, account string) error {
	w, err := e.named(account)
	if err != nil {
		return err
	}
	since, err := w.Store.Now(ctx)
	if err != nil {
		return err
	}
	return w.playNow(ctx, since)
}

// playNow plays the journal, or waits for the process that does, and fails with
// what came of it since a moment.
func (w *worker) playNow(ctx context.Context, since store.Mark) error {
	err := w.ask(ctx, w.flush)
	if errors.Is(err, errElsewhere) {
		err = w.awaitOther(ctx, w.allTried)
	}
	return failures(w.outcome(ctx, since), err)
}

// outcome returns what was refused since a moment, and what waits.
func (w *worker) outcome(ctx context.Context, since store.Mark) error {
	refused, err := w.Store.Refusals(ctx, since)
	if err != nil {
		return err
	}
	waiting, err := w.Store.Postponed(ctx)
	if err != nil {
		return err
	}
	var list []error
	for _, s := range refused {
		list = append(list, errors.New(s))
	}
	for _, s := range waiting {
		list = append(list, fmt.Errorf("kept, and tried again later: %s", s))
	}
	return failures(list...)
}

// patience is how long another process may take to do what it is asked for.
const patience = 30 * time.Second

// awaitOther waits until the process that is online for the account has done
// something.
func (w *worker) awaitOther(ctx context.Context, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		ok, err := done(ctx)
		if ok || err != nil {
			return err
		}
		sleep(ctx, tick/4)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errElsewhere
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// allTried reports whether nothing is in the journal or due in the outbox that
// was not tried.
func (w *worker) allTried(ctx context.Context) (bool, error) {
	n, err := w.Store.Untried(ctx)
	if err != nil || n > 0 {
		return false, err
	}
	list, err := w.Store.Outbox(ctx)
	for _, q := range list {
		if pending(q) {
			return false, err
		}
	}
	return err == nil, err
}

// pending reports whether a message of the outbox is about to be sent.
func pending(q mail.Queued) bool {
	return q.State == mail.Sending || len(due(q)) > 0
}

// Deliver puts a message into the outbox and returns when it was tried to send
// it. It returns what of it is still in the outbox, with the reason: nothing, if
// every recipient was accepted. The copy for Sent may come later.
func (e *Engine) Deliver(ctx context.Context, m mail.Outgoing) ([]mail.Queued, error) {
	w, q, err := e.enqueue(ctx, m)
	if err != nil {
		return nil, err
	}
	err = w.ask(ctx, func(ctx context.Context) error {
		if err := w.hold(ctx); err != nil {
			return err
		}
		if !w.claim(q.ID) {
			return errElsewhere
		}
		defer w.unclaim(q.ID)
		defer w.outboxChanged()
		return w.tend(ctx, q.ID)
	})
	if errors.Is(err, errElsewhere) {
		err = w.awaitOther(ctx, func(ctx context.Context) (bool, error) {
			now, err := w.Store.Queued(ctx, q.ID)
			if errors.Is(err, store.ErrNotQueued) {
				return true, nil
			}
			return err == nil && !pending(now), err
		})
	}
	if err != nil {
		return nil, err
	}
	return w.left(ctx, q.ID)
}

// left returns what of a message is in the outbox for somebody.
func (w *worker) left(ctx context.Context, id int64) ([]mail.Queued, error) {
	q, err := w.Store.Queued(ctx, id)
	if errors.Is(err, store.ErrNotQueued) || err == nil && len(q.Rcpt) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []mail.Queued{q}, nil
}
