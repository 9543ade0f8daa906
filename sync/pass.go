package sync

import (
	"context"
	"errors"
	"fmt"

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
	since, err := w.Store.Now(ctx)
	if err != nil {
		return err
	}
	err = o.watched(func(tell func(Progress)) error {
		o.Progress = tell
		return w.ask(ctx, func(ctx context.Context) error { return w.pass(ctx, o) })
	})
	return failures(w.outcome(ctx, since), err)
}

// watched runs a pass and reports its progress from the goroutine that asked for
// it: what someone does there keeps nobody from working. Who is slow is told of
// the latest.
func (o PassOptions) watched(run func(tell func(Progress)) error) error {
	if o.Progress == nil {
		return run(func(Progress) {})
	}
	news, done := make(chan Progress, 1), make(chan error, 1)
	go func() {
		done <- run(func(p Progress) {
			select {
			case <-news:
			default:
			}
			news <- p
		})
	}()
	for {
		select {
		case p := <-news:
			o.Progress(p)
		case err := <-done:
			return err
		}
	}
}

func (w *worker) flush(ctx context.Context) error {
	if err := w.hold(ctx); err != nil {
		return err
	}
	if _, err := w.settle(ctx); err != nil && !broken(err) {
		return err
	}
	var unsent error
	if w.Sender != nil {
		unsent = w.sendDue(ctx)
	}
	return failures(unsent, w.playAll(ctx))
}

// playAll plays the journal to its end, also what is not due yet.
func (w *worker) playAll(ctx context.Context) error {
	w.eager = true
	defer func() { w.eager = false }()
	for ctx.Err() == nil {
		w.agenda.change(func() { w.agenda.journal = true })
		if did, err := w.playOne(ctx); !did || err != nil {
			return err
		}
	}
	return ctx.Err()
}

// pass does everything once. It is one request, so nothing comes in between.
func (w *worker) pass(ctx context.Context, o PassOptions) error {
	if err := w.flush(ctx); err != nil {
		return err
	}
	o.Progress(Progress{Text: "folders"})
	var undrained error
	if w.Drop != nil {
		left, err := w.drain(ctx, o.Progress)
		undrained = failures(append(left, err)...)
	}
	if err := w.reading(ctx, func(src Source) error { return w.listFrom(ctx, src) }); err != nil {
		return err
	}
	if err := w.countAll(ctx, o); err != nil {
		return err
	}
	found, unread := false, []error(nil)
	for _, l := range w.agenda.all() {
		if o.Folder != "" && o.Folder != l.Name {
			continue
		}
		found = true
		told, err := w.passMailbox(ctx, &l, o)
		if told != "" {
			unread = append(unread, errors.New(told))
		}
		if err != nil {
			return failures(append(unread, fmt.Errorf("%s: %w", l.Name, err))...)
		}
	}
	if !found && o.Folder != "" {
		return fmt.Errorf("there is no folder %q", o.Folder)
	}
	return failures(append(unread, undrained, w.indexAll(ctx))...)
}

// countAll asks for all counts that did not come with the list.
func (w *worker) countAll(ctx context.Context, o PassOptions) error {
	for o.Folder == "" && ctx.Err() == nil {
		if did, err := w.countSome(ctx); !did || err != nil {
			return err
		}
	}
	return ctx.Err()
}

// passMailbox reads a mailbox to its end, and returns what is to be told of
// messages that cannot be read.
func (w *worker) passMailbox(ctx context.Context, l *look, o PassOptions) (told string, err error) {
	o.Progress(Progress{Text: l.Name})
	if !l.same || l.dirty {
		r, err := w.pullFrom(ctx, l, func(d mail.Delta, _ bool) bool {
			o.Progress(Progress{l.Name, d.Done, d.Of})
			return false
		})
		if told = r.told; err != nil {
			return told, err
		}
		w.agenda.read(l.ID, r)
	}
	if !o.Bodies {
		return told, nil
	}
	return told, w.passBodies(ctx, l, o)
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
