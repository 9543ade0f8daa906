package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"posthorn/mail"
	"posthorn/mail/render"
)

// PassOptions say what a pass does.
type PassOptions struct {
	Folder   string         // only this folder; empty: all
	Bodies   bool           // fetch what is needed to read the messages, too
	Progress func(Progress) // told how far the pass is, or nil
}

// Pass brings an account's cache and servers together once, and returns when
// that is done: what the user did goes out, mail is fetched, and every mailbox
// is read. The engine need not run.
func (e *Engine) Pass(ctx context.Context, account string, o PassOptions) error {
	w, err := e.named(account)
	if err != nil {
		return err
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	return w.ask(ctx, func(ctx context.Context) error { return w.pass(ctx, o) })
}

// Flush plays the journal and sends what is due, and returns when that was
// tried. What could not be sent is still in the outbox. Where another process is
// online for the account, Flush waits for it to have done that.
func (e *Engine) Flush(ctx context.Context, account string) error {
	w, err := e.named(account)
	if err != nil {
		return err
	}
	err = w.ask(ctx, w.flush)
	if errors.Is(err, errElsewhere) {
		return w.waitForOther(ctx)
	}
	return err
}

func (w *worker) flush(ctx context.Context) error {
	if err := w.hold(ctx); err != nil {
		return err
	}
	if _, err := w.settle(ctx); err != nil && !broken(err) {
		return err
	}
	if w.Sender != nil {
		w.sendDue(ctx)
	}
	return w.playAll(ctx)
}

// playAll plays the journal to its end.
func (w *worker) playAll(ctx context.Context) error {
	for ctx.Err() == nil {
		w.agenda.change(func() { w.agenda.journal = true })
		if did, err := w.playOne(ctx); !did || err != nil {
			return err
		}
	}
	return ctx.Err()
}

// patience is how long another process may take to do what it is asked for.
const patience = 30 * time.Second

// waitForOther waits until the process that is online for the account has played
// the journal and tried what is due.
func (w *worker) waitForOther(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		n, err := w.DB.Pending(ctx)
		if err != nil {
			return err
		}
		list, err := w.Account.Outbox.Due(time.Now())
		if err != nil {
			return err
		}
		if n == 0 && len(list) == 0 {
			return nil
		}
		sleep(ctx, tick/4)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errElsewhere
		} else if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// pass does everything once. It is one request, so nothing comes in between.
func (w *worker) pass(ctx context.Context, o PassOptions) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	o.Progress(Progress{Text: "folders"})
	var undrained error
	if w.Drop != nil {
		undrained = w.drain(ctx, o.Progress)
	}
	if err := w.reading(ctx, func(src Source) error { return w.listFrom(ctx, src) }); err != nil {
		return err
	}
	found := false
	for _, l := range w.agenda.all() {
		if o.Folder != "" && o.Folder != l.Name {
			continue
		}
		found = true
		if err := w.passMailbox(ctx, &l, o); err != nil {
			return fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	if !found && o.Folder != "" {
		return fmt.Errorf("there is no folder %q", o.Folder)
	}
	return errors.Join(undrained, w.indexAll(ctx))
}

// passMailbox reads a mailbox to its end.
func (w *worker) passMailbox(ctx context.Context, l *look, o PassOptions) error {
	o.Progress(Progress{Text: l.Name})
	r, err := w.pullFrom(ctx, l, func(d mail.Delta, _ bool) bool {
		o.Progress(Progress{l.Name, d.Done, d.Of})
		return false
	})
	if err != nil {
		return err
	}
	w.agenda.read(l.ID, r)
	if !o.Bodies {
		return nil
	}
	return w.passBodies(ctx, l, o)
}

// passBodies fetches what is needed to read the messages of a mailbox.
func (w *worker) passBodies(ctx context.Context, l *look, o PassOptions) error {
	entries, err := w.DB.Entries(ctx, mail.View{Folder: l.ID}, 0)
	if err != nil {
		return err
	}
	for i, en := range entries {
		o.Progress(Progress{l.Name + ": messages", i, len(entries)})
		if _, err := w.open(ctx, en.ID, render.Options{}); err != nil && !errors.Is(err, errGone) {
			return err
		}
	}
	return nil
}

func (w *worker) indexAll(ctx context.Context) error {
	w.index = true
	for w.index && ctx.Err() == nil {
		if _, err := w.indexSome(ctx); err != nil {
			return err
		}
	}
	return ctx.Err()
}
