package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/store"
)

// A message of the outbox goes out in this order: give it to the server, but for
// its end; note for whom it was taken so far, so that it stands on disk; end it; note
// what became of it together with the jobs that follow (outcome.go has what those
// are). A process that takes over from a dead one and finds a message that was being
// sent does not know whether it was: it looks for it in Sent, and if it is not there
// the message stays, and the user decides.

// Attempts to send a message again wait for growing times, but no longer than
// this.
const lastRetry = time.Hour

// grace is how long a message may still be on its way when the engine ends, and
// noting how long it may take after that to note what became of it.
const (
	grace  = 8 * time.Second
	noting = 2 * time.Second
)

// mailman sends what is due in the outbox, until ctx ends.
func (w *worker) mailman(ctx context.Context) {
	defer w.logPanic()
	var p pause
	for ctx.Err() == nil {
		wait := time.Hour
		if w.holds.Load() && w.Sender != nil {
			wait = w.mailOnce(ctx, &p)
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-w.post:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// mailOnce sends what is due and returns how long to wait then. A failure of this
// side is told once, and makes it wait.
func (w *worker) mailOnce(ctx context.Context, p *pause) time.Duration {
	if w.hurried.Swap(false) {
		if err := w.Store.Hasten(ctx, time.Now()); err != nil {
			w.log.Warn("hasten the outbox", "err", err)
		}
		p.until = time.Time{}
	}
	if !p.over() {
		return time.Until(p.until)
	}
	err := w.sendDue(ctx)
	if err == nil {
		*p = pause{}
		return w.untilDue(ctx)
	}
	if !account.Same(p.reason, err) {
		w.notice("", err)
	}
	p.fail(err)
	return time.Until(p.until)
}

// untilDue returns how long nothing is to be done.
func (w *worker) untilDue(ctx context.Context) time.Duration {
	list, err := w.Store.Outbox(ctx)
	if err != nil {
		return time.Minute
	}
	wait := time.Hour
	for _, q := range list {
		if unfinished(q) {
			wait = min(wait, time.Minute)
		}
		for _, r := range q.Recipients {
			if r.State.Waits() {
				wait = min(wait, max(time.Until(r.Next), 0))
			}
		}
	}
	return wait
}

// sendDue sends the messages whose time has come, and does what was left undone of
// those that were sent. It fails with the first failure of this side, after it has
// tried all.
func (w *worker) sendDue(ctx context.Context) error {
	list, err := w.Store.Outbox(ctx)
	if err != nil {
		return err
	}
	var first error
	for _, q := range list {
		if ctx.Err() != nil {
			return first
		}
		if !w.unnotedOf(q.ID) && !unfinished(q) && len(due(q)) == 0 || !w.claim(q.ID) {
			continue
		}
		if err := w.tend(ctx, q.ID); err != nil && first == nil {
			first = err
		}
		w.unclaim(q.ID)
		w.events.put(OutboxChanged{w.Name})
	}
	return first
}

// due returns for whom it is time to send a message.
func due(q mail.Queued) (list []mail.Recipient) {
	for _, r := range q.Recipients {
		if r.State.Waits() && !r.Next.After(time.Now()) {
			list = append(list, r)
		}
	}
	return list
}

// tend does for a message that is claimed what is to be done now.
func (w *worker) tend(ctx context.Context, id int64) error {
	if err := w.catchUpNoting(ctx, id); err != nil {
		return err
	}
	q, err := w.Store.Queued(ctx, id)
	if errors.Is(err, store.ErrNotQueued) {
		return nil
	}
	if err != nil {
		return err
	}
	if unfinished(q) {
		if err := w.finish(ctx, q); err != nil {
			return err
		}
	}
	return w.send(ctx, q, due(q))
}

// send sends a message that is claimed to some of its recipients. What it fails with
// is a failure of this side; a refusal is noted with the message.
func (w *worker) send(ctx context.Context, q mail.Queued, to []mail.Recipient) error {
	if len(to) == 0 {
		return nil
	}
	m := q.Outgoing
	m.Rcpt = addresses(to)
	var err error
	if m.Raw, err = w.Store.QueuedText(ctx, q.ID); err != nil {
		return w.unreadable(ctx, q, to, err)
	}
	sctx, cancel := lingering(ctx, grace)
	defer cancel()
	ctx, done := lingering(ctx, grace+noting)
	defer done()
	var unmarked error
	results, err := w.Sender.Send(sctx, m, func(so []mail.Result) error {
		unmarked = w.Store.Note(ctx, q.ID, mail.Outcome{Recipients: handed(to, so)})
		w.events.put(OutboxChanged{w.Name})
		return unmarked
	})
	switch {
	case errors.Is(unmarked, store.ErrNotQueued): // cancelled meanwhile
		return nil
	case unmarked != nil:
		return fmt.Errorf("%q was not sent: %w", q.Subject, unmarked)
	}
	became := outcomes(to, results, err)
	w.tellUnsent(q, became, results, err)
	if err == nil {
		w.log.Info("sent", "message", q.ID, "octets", len(m.Raw))
	}
	return w.note(ctx, q, became)
}

// unreadable notes that a message cannot be sent, as its text is lost.
func (w *worker) unreadable(ctx context.Context, q mail.Queued, to []mail.Recipient, err error) error {
	w.notice(fmt.Sprintf("%q cannot be sent: %v", q.Subject, err), err)
	for i := range to {
		to[i].State, to[i].Error = mail.Failed, err.Error()
	}
	return w.Store.Note(ctx, q.ID, mail.Outcome{Recipients: to})
}

// lingering returns a context that ends some time after ctx does.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(d, cancel)
		context.AfterFunc(longer, func() { t.Stop() })
	})
	return longer, func() { stop(); cancel() }
}

// recover looks at what a process that died has left marked as being sent.
func (w *worker) recover(ctx context.Context) error {
	some, err := w.Store.Doubt(ctx, "Posthorn ended while the message was being sent; look into Sent before it is sent again")
	if err != nil {
		return err
	}
	if w.doubts = some; some {
		w.events.put(OutboxChanged{w.Name})
	}
	return nil
}
