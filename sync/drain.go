package sync

import (
	"context"
	"fmt"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/sync/carrier"
)

// carry empties the account's drop, again and again, until ctx ends. That it
// cannot keeps nothing else from being done: what was fetched before lies here.
func (w *worker) carry(ctx context.Context) {
	defer w.logPanic()
	var p pause
	var told string // of what stays in the drop
	for ctx.Err() == nil {
		wait := w.Poll
		if w.holds.Load() {
			wait = w.carryOnce(ctx, &p, &told)
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-w.parcel:
			p = pause{}
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// carryOnce empties the drop once, and returns how long to wait then. What stays in
// it is told when it is not what was told before.
func (w *worker) carryOnce(ctx context.Context, p *pause, told *string) time.Duration {
	if closed, err := w.closed(ctx); err == nil && closed > 0 {
		return closed
	}
	left, err := w.drain(ctx, func(p Progress) { w.tell(Syncing, nil, p) })
	if ctx.Err() != nil {
		return 0
	}
	if left := failures(left...); left != nil && left.Error() != *told {
		*told = left.Error()
		w.notice("", left)
	}
	if err == nil {
		*p = pause{}
		w.tell(Online, nil, Progress{})
		closed, _ := w.closed(ctx) // which is asked again before a login
		return max(w.Poll, closed)
	}
	if !account.Same(p.reason, err) && account.RetryOf(err) != account.RetryLater {
		w.notice("", err)
	}
	p.fail(err)
	w.log.Warn("the drop was not emptied", "pause", time.Until(p.until).Round(time.Millisecond), "err", err)
	w.tell(Offline, err, Progress{})
	return time.Until(p.until)
}

// drain has one session with the drop, and returns what is to be told of what stays
// in it.
func (w *worker) drain(ctx context.Context, progress func(Progress)) (left []error, err error) {
	if err := w.draining.enter(ctx); err != nil {
		return nil, err
	}
	defer w.draining.leave()
	wait, err := w.closed(ctx)
	if err != nil {
		return nil, err
	}
	if wait > 0 {
		return nil, &account.Error{Kind: account.Busy, Op: "fetch the mail of " + w.Name, Wait: wait,
			Err: fmt.Errorf("the server wants more time between logins: %v more", wait.Round(time.Second))}
	}
	w.tell(Connecting, nil, Progress{})
	d, err := w.Drop(ctx)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	if err := w.reopening(ctx, d); err != nil {
		return nil, err
	}
	c := carrier.Carrier{Drop: d, Room: w.Room, Notes: w.Store, Spool: func() carrier.Spool { return new(spool) },
		Progress: func(done, of int) { progress(Progress{"fetching mail", done, of}) }}
	r, err := c.Empty(ctx)
	w.log.Info("drop", "waiting", r.Waiting, "delivered", r.Delivered, "left", len(r.Left), "whole", err == nil)
	if r.Delivered > 0 {
		w.touchInbox()
	}
	return r.Left, err
}

// longestDelay bounds how long a drop is left alone.
const longestDelay = 24 * time.Hour

// reopening notes when a drop may be asked again that was opened just now: in the store,
// as the next process is to know it as well.
func (w *worker) reopening(ctx context.Context, d Drop) error {
	delayer, ok := d.(Delayer)
	if !ok || delayer.Delay() <= 0 {
		return nil
	}
	return w.Store.NoteReopens(ctx, time.Now().Add(min(delayer.Delay(), longestDelay)))
}

// closed returns how long the drop does not want to be asked. A clock that was set
// back does not make that longer than it can be.
func (w *worker) closed(ctx context.Context) (time.Duration, error) {
	at, err := w.Store.Reopens(ctx)
	wait := time.Until(at)
	if wait > longestDelay {
		wait = 0
	}
	return wait, err
}

func (w *worker) touchInbox() {
	for _, l := range w.agenda.all() {
		if l.Role == mail.Inbox {
			w.agenda.touch(l.Name)
		}
	}
}
