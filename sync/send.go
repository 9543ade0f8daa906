package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"posthorn/mail"
	"posthorn/store"
)

// Send puts a message into the outbox. It is on disk when Send returns, and goes
// out in the background when its time has come.
func (e *Engine) Send(ctx context.Context, m mail.Outgoing) error {
	_, _, err := e.enqueue(ctx, m)
	return err
}

func (e *Engine) enqueue(ctx context.Context, m mail.Outgoing) (w *worker, q mail.Queued, err error) {
	if w, err = e.named(m.Account); err != nil {
		return nil, q, err
	}
	if w.Sender == nil {
		return nil, q, fmt.Errorf("%s has no server to send by", w.Name)
	}
	if len(m.Rcpt) == 0 {
		return nil, q, errors.New("the message has no recipient")
	}
	for _, ref := range []*mail.Ref{&m.Answers, &m.Forwards, &m.Draft} {
		if err := w.complete(ctx, ref); err != nil {
			return nil, q, err
		}
	}
	if q, err = w.Store.Enqueue(ctx, m); err != nil {
		return nil, q, err
	}
	w.outboxChanged()
	return w, q, nil
}

// complete adds its Message-ID to a ref that has only the id.
func (w *worker) complete(ctx context.Context, ref *mail.Ref) error {
	if ref.ID == 0 || ref.MessageID != "" || ref.ID.Slot() != w.DB.Slot() {
		return nil
	}
	rows, err := w.DB.Rows(ctx, []mail.ID{ref.ID})
	if err == nil && len(rows) == 1 {
		ref.MessageID = rows[0].MessageID
	}
	return err
}

// Outbox lists what waits to be sent, of all accounts.
func (e *Engine) Outbox(ctx context.Context) ([]mail.Queued, error) {
	var all []mail.Queued
	for _, w := range e.workers {
		list, err := w.Store.Outbox(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// Cancel takes a message out of the outbox and returns it; nothing, if it cannot be
// read. One that is on its way cannot be taken back.
func (e *Engine) Cancel(ctx context.Context, account string, id int64) ([]byte, error) {
	w, free, err := e.queued(ctx, account, id)
	if err != nil {
		return nil, err
	}
	defer free()
	raw, err := w.Store.QueuedText(ctx, id)
	if err != nil {
		w.log.Warn("cancel a message without its text", "message", id, "err", err)
	}
	if err := w.Store.Dequeue(ctx, id); err != nil {
		return nil, err
	}
	w.outboxChanged()
	return raw, nil
}

// Retry has a message sent again that could not be sent, or of which it is not
// known whether it was.
func (e *Engine) Retry(ctx context.Context, account string, id int64) error {
	w, free, err := e.queued(ctx, account, id)
	if err != nil {
		return err
	}
	defer free()
	if err := w.Store.Retry(ctx, id, time.Now()); err != nil {
		return err
	}
	w.outboxChanged()
	return nil
}

// queued finds a message of the outbox, which nobody else touches until free is
// called.
func (e *Engine) queued(ctx context.Context, account string, id int64) (w *worker, free func(), err error) {
	w, err = e.named(account)
	if err != nil {
		return nil, nil, err
	}
	if !w.claim(id) {
		return nil, nil, store.ErrOnItsWay
	}
	q, err := w.Store.Queued(ctx, id)
	if err == nil && q.State == mail.Sending {
		// Another process sends it, unless that is dead: then it is free once
		// this one has taken over.
		if err = w.ask(ctx, w.hold); errors.Is(err, errElsewhere) {
			err = store.ErrOnItsWay
		}
	}
	if err != nil {
		w.unclaim(id)
		return nil, nil, err
	}
	return w, func() { w.unclaim(id) }, nil
}

// claim makes the caller the only one who works on a message of the outbox, and
// reports whether nobody was before.
func (w *worker) claim(id int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.claimed[id] {
		return false
	}
	w.claimed[id] = true
	return true
}

func (w *worker) unclaim(id int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.claimed, id)
}

func (w *worker) outboxChanged() {
	w.events.put(OutboxChanged{w.Name})
	poke(w.post)
}
