package sync

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// errDeaf says that a source stopped watching without having been told to.
var errDeaf = errors.New("the server stopped telling what changes")

// calm is how long a connection must have watched for its failures to be
// forgotten.
const calm = 2 * time.Minute

// watched returns the mailboxes worth watching: the one on screen, and the
// inbox.
func (a *agenda) watched() (names []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.looks {
		switch {
		case l.ID == a.focus:
			names = slices.Insert(names, 0, l.Name)
		case l.Role == mail.Inbox:
			names = append(names, l.Name)
		}
	}
	return names
}

// target returns the mailbox for the second connection to watch, as long as the
// first is online.
func (w *worker) target() string {
	names := w.agenda.watched()
	if len(names) == 0 || !w.holds.Load() || !w.connected.Load() {
		return ""
	}
	return names[0]
}

// watch holds the second connection, until ctx ends. It follows the mailbox on
// screen, and comes back after the working connection does.
func (w *worker) watch(ctx context.Context) {
	defer w.logPanic()
	var p pause
	var told error // with what a second connection was refused
	for ctx.Err() == nil {
		began := time.Now()
		err := w.watchLine(ctx)
		w.setWatching("")
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > calm {
			p = pause{}
		}
		if errors.Is(err, errSlept) {
			p = pause{}
			continue
		}
		p.fail(err)
		told = w.alone(&p, err, told)
		w.log.Info("watch ended", "pause", time.Until(p.until).Round(time.Millisecond), "err", err)
		sleep(ctx, time.Until(p.until))
	}
}

// errSlept says that the machine slept, so that a line is taken for dead.
var errSlept = errors.New("the machine slept")

// alonePause is for how long a server is not asked for a second connection that has
// refused one.
const alonePause = time.Hour

// A secondError is the refusal of a second connection, while the first is there.
type secondError struct{ err error }

func (e *secondError) Error() string {
	return "the server allows no second connection, so what is new may be seen a minute late: " + e.err.Error()
}
func (e *secondError) Unwrap() error { return e.err }

// alone has a server that refused a second connection left in peace for long. That is
// told if it was not.
func (w *worker) alone(p *pause, err, told error) error {
	var second *secondError
	if !errors.As(err, &second) {
		return told
	}
	p.until = time.Now().Add(max(alonePause, account.WaitOf(err)))
	if !account.Same(told, second.err) {
		w.notice("", err)
	}
	return second.err
}

// watchLine watches over one connection until it breaks.
func (w *worker) watchLine(ctx context.Context) error {
	for w.target() == "" {
		select {
		case <-w.moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	slept := w.slept.Load()
	src, err := w.Dial(ctx)
	if err != nil {
		var said *account.Error
		if errors.As(err, &said) && said.Said != "" && w.connected.Load() {
			return &secondError{err}
		}
		return err
	}
	defer src.Close()
	w.attend(src)
	for {
		err := w.watchMailbox(ctx, src, w.target(), slept)
		if ctx.Err() == nil && w.slept.Load() != slept {
			return errSlept
		}
		if err != nil {
			return err
		}
	}
}

// watchMailbox watches a mailbox until another is to be watched.
func (w *worker) watchMailbox(ctx context.Context, src Source, name string, slept int32) error {
	watcher, ok := src.(Watcher)
	if !ok {
		<-ctx.Done()
		return ctx.Err()
	}

	if name == "" {
		return errDeaf
	}
	w.setWatching(name)
	wctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var helper sync.WaitGroup
	helper.Go(func() {
		if w.untilMoved(wctx, name, slept) {
			src.Close() // the server would be waited for
		}
		cancel()
	})
	err := watcher.Watch(wctx, name, w.cursor(ctx, name), w.agenda.touch)
	moved := wctx.Err() != nil
	cancel()
	helper.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case moved && !broken(err):
		return nil
	case err == nil:
		return errDeaf
	}
	return err
}

// cursor returns up to where a mailbox is known. What happened since is to be read.
func (w *worker) cursor(ctx context.Context, mailbox string) mail.Cursor {
	for _, l := range w.agenda.all() {
		if l.Name == mailbox {
			c, err := w.DB.Cursor(ctx, l.ID)
			if err != nil {
				w.log.Warn("read a cursor", "mailbox", mailbox, "err", err)
			}
			return c
		}
	}
	return ""
}

// untilMoved waits until another mailbox is the one to watch, or ctx ends, or the
// machine slept, which it reports.
func (w *worker) untilMoved(ctx context.Context, name string, slept int32) bool {
	for {
		select {
		case <-w.moved:
			if w.slept.Load() != slept {
				return true
			}
			if t := w.target(); t != "" && t != name {
				return false
			}
		case <-ctx.Done():
			return false
		}
	}
}

func (w *worker) setWatching(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watching = name
}

// unwatched returns the mailbox worth watching that the second connection does
// not watch.
func (w *worker) unwatched() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range w.agenda.watched() {
		if name != w.watching {
			return name
		}
	}
	return ""
}

// listen watches a mailbox over the working connection while that rests. The
// channel says that it cannot any more; stop ends it and must be called.
func (w *worker) listen(ctx context.Context) (ended <-chan struct{}, stop func()) {
	name := w.unwatched()
	watcher, ok := w.src.(Watcher)
	if !ok || name == "" || w.barred() || w.deaf {
		return nil, func() {}
	}
	parent := ctx
	ctx, cancel := context.WithCancel(ctx)
	done, err := make(chan struct{}), error(nil)
	go func() {
		defer w.logPanic()
		defer close(done)
		err = watcher.Watch(ctx, name, w.cursor(ctx, name), w.agenda.touch)
	}()
	return done, func() {
		alone := ctx.Err() == nil && isClosed(done)
		cancel()
		<-done
		w.deaf = alone && !broken(err)
		if broken(err) && w.src != nil { // else it is known
			w.failed(parent, err)
			w.agenda.everything()
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// sleep waits, but not longer than ctx lasts.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
