package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// A drop is emptied in this order, for each message: retrieve it, deliver it so
// that it survives a power cut, note its UIDL in the store, delete it. QUIT makes
// the deletions final, and then the UIDLs are forgotten, for a server may use
// them again.
//
// A UIDL that was noted is that of a message delivered here since the last whole
// session: it is deleted without retrieving it again. One that was not noted is
// retrieved, and before it is delivered the room is asked whether it has a
// message with the same UIDL and the same content. So a crash between delivery
// and note costs one retrieval, and a UIDL that is empty, that two messages
// share, or that was used before costs no mail.

// carrier empties the account's drop, again and again, until ctx ends. That it
// cannot keeps nothing else from being done: what was fetched before lies here.
func (w *worker) carrier(ctx context.Context) {
	defer w.logPanic()
	var p pause
	for ctx.Err() == nil {
		wait := w.Poll
		if w.holds.Load() {
			wait = w.carry(ctx, &p)
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

// carry empties the drop once, and returns how long to wait then.
func (w *worker) carry(ctx context.Context, p *pause) time.Duration {
	if closed := w.closed(); closed > 0 {
		return closed
	}
	err := w.drain(ctx, func(p Progress) { w.tell(Syncing, nil, p) })
	if ctx.Err() != nil {
		return 0
	}
	if err == nil {
		*p = pause{}
		w.tell(Online, nil, Progress{})
		return max(w.Poll, w.closed())
	}
	if !account.Same(p.reason, err) && account.RetryOf(err) != account.RetryLater {
		w.notice("", err)
	}
	p.fail(err)
	w.log.Warn("the drop was not emptied", "pause", time.Until(p.until).Round(time.Millisecond), "err", err)
	w.tell(Offline, err, Progress{})
	return time.Until(p.until)
}

// drain has one session with the drop.
func (w *worker) drain(ctx context.Context, progress func(Progress)) error {
	if err := w.draining.enter(ctx); err != nil {
		return err
	}
	defer w.draining.leave()
	w.tell(Connecting, nil, Progress{})
	d, err := w.Drop(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	w.reopening(d)
	s := drainage{worker: w, drop: d, progress: progress}
	err = s.run(ctx)
	w.log.Info("drop", "waiting", len(s.list), "delivered", s.delivered, "kept", len(s.kept), "whole", err == nil)
	if s.delivered > 0 {
		w.touchInbox()
	}
	return err
}

// reopening notes when a drop may be asked again that was opened just now.
func (w *worker) reopening(d Drop) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reopens = time.Time{}
	if delayer, ok := d.(Delayer); ok {
		w.reopens = time.Now().Add(delayer.Delay())
	}
}

// closed returns how long the drop does not want to be asked.
func (w *worker) closed() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Until(w.reopens)
}

func (w *worker) touchInbox() {
	for _, l := range w.agenda.all() {
		if l.Role == mail.Inbox {
			w.agenda.touch(l.Name)
		}
	}
}

// A drainage is one session with a drop.
type drainage struct {
	*worker
	drop      Drop
	progress  func(Progress)
	list      []account.Waiting
	shared    map[string]int // how many messages have a UIDL
	kept      []string       // UIDLs of what stays in the drop
	delivered int
}

func (s *drainage) run(ctx context.Context) error {
	var err error
	if s.list, err = s.drop.List(ctx); err != nil {
		return err
	}
	s.shared = make(map[string]int, len(s.list))
	for _, m := range s.list {
		s.shared[m.UIDL]++
	}
	for i, m := range s.list {
		s.progress(Progress{"fetching mail", i, len(s.list)})
		if err := s.one(ctx, m); err != nil {
			return s.stop(ctx, err)
		}
	}
	if err := s.drop.Quit(ctx); err != nil {
		return err
	}
	return s.Store.ForgetUIDLs(ctx, s.kept)
}

// stop ends a session early. What was deleted so far was delivered, so the
// deletions may become final, if the line still stands.
func (s *drainage) stop(ctx context.Context, err error) error {
	if account.ScopeOf(err) == account.AboutLine || ctx.Err() != nil {
		return err
	}
	return errors.Join(err, s.drop.Quit(ctx))
}

// one takes a message in and deletes it in the drop. A message that the server
// will not give stays there.
func (s *drainage) one(ctx context.Context, m account.Waiting) error {
	known, err := s.known(ctx, m.UIDL)
	if err != nil {
		return err
	}
	if known {
		return s.drop.Delete(ctx, m)
	}
	var b spool
	defer b.Close()
	err = s.drop.Retrieve(ctx, m, &b)
	if k := account.KindOf(err); k == account.Denied || k == account.NotFound {
		s.kept = append(s.kept, m.UIDL)
		s.notice("", fmt.Errorf("a message stays on the server: %w", err))
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.take(ctx, m, &b); err != nil {
		return err
	}
	return s.drop.Delete(ctx, m)
}

// known reports whether the UIDL alone says that the message is here.
func (s *drainage) known(ctx context.Context, uidl string) (bool, error) {
	if uidl == "" || s.shared[uidl] > 1 {
		return false, nil
	}
	return s.Store.SeenUIDL(ctx, uidl)
}

// take delivers a message that was retrieved, if it is not here already.
func (s *drainage) take(ctx context.Context, m account.Waiting, b *spool) error {
	name := m.UIDL + " " + b.sum()
	here, err := s.Room.Delivered(name)
	if err != nil {
		return &deliveryError{err}
	}
	if !here {
		if err := s.Room.Deliver(ctx, name, b.copyTo); err != nil {
			return &deliveryError{err}
		}
		s.delivered++
	}
	if m.UIDL == "" || s.shared[m.UIDL] > 1 {
		return nil
	}
	return s.Store.SawUIDL(ctx, m.UIDL)
}

// A deliveryError is a failure on this side: the disk is full, perhaps.
type deliveryError struct{ err error }

func (e *deliveryError) Error() string {
	return e.err.Error() + "; it stays on the server"
}
func (e *deliveryError) Unwrap() error { return e.err }
