package sync

import (
	"context"
	"errors"
	"time"

	"posthorn/account"
)

// ErrOffline says that something is not here, and that the server that has it
// cannot be reached. The errors that wrap it say why.
var ErrOffline = errors.New("offline")

// An offlineError is a wish that needs the server while there is none.
type offlineError struct{ err error }

// offline says that there is no line, and why, once.
func offline(err error) error {
	if errors.Is(err, ErrOffline) {
		return err
	}
	return &offlineError{err}
}

// cause returns why there is no line, for where it is said already that there is
// none.
func cause(err error) error {
	var o *offlineError
	if errors.As(err, &o) {
		return o.err
	}
	return err
}

func (e *offlineError) Error() string   { return "offline: " + e.err.Error() }
func (e *offlineError) Unwrap() []error { return []error{ErrOffline, e.err} }

// Hint returns what the cause advises, or what is true of every line.
func (e *offlineError) Hint() string {
	var h interface{ Hint() string }
	if errors.As(e.err, &h) && h.Hint() != "" {
		return h.Hint()
	}
	return "try again when the line is back"
}

// broken reports whether an error means that a line is of no more use.
func broken(err error) bool {
	return account.ScopeOf(err) >= account.AboutAccount || errors.Is(err, ErrOffline)
}

// online returns the working connection, and makes it if there is none.
func (w *worker) online(ctx context.Context) (Source, error) {
	if w.src != nil {
		return w.src, nil
	}
	if w.pause.login() {
		return nil, offline(w.pause.reason)
	}
	w.say(Connecting, nil)
	src, err := w.Dial(ctx)
	if err != nil {
		w.say(Offline, err)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		w.pause.fail(err)
		return nil, offline(err)
	}
	w.src, w.since, w.deaf, w.gauged = src, time.Now(), false, time.Time{}
	w.attend(src)
	w.connected.Store(true)
	w.say(Syncing, nil)
	if w.auto.Load() {
		w.agenda.everything()
	}
	return src, nil
}

// disconnect closes the working connection.
func (w *worker) disconnect() {
	if w.src == nil {
		return
	}
	if err := w.src.Close(); err != nil {
		w.log.Debug("close the connection", "err", err)
	}
	w.src = nil
	w.connected.Store(false)
	poke(w.moved)
}

// reading does something that may be done twice. A connection that has rested
// may be dead without anybody knowing: then it is done on a new one.
func (w *worker) reading(ctx context.Context, do func(Source) error) error {
	return w.resuming(ctx, func(src Source) (bool, error) { return false, do(src) })
}

// maxResumed is how often in a row something is resumed on a new connection
// without a pause.
const maxResumed = 8

// resuming is reading for something that can be resumed from where it broke, and
// says whether it came any further. Servers that hang up at one message are got
// past in that way.
func (w *worker) resuming(ctx context.Context, do func(Source) (moved bool, err error)) error {
	for tries := 0; ; tries++ {
		again := tries == 0 && w.src != nil
		src, err := w.online(ctx)
		if err != nil {
			return err
		}
		moved, err := do(src)
		if !broken(err) || ctx.Err() != nil {
			return err
		}
		w.disconnect()
		if !again && (!moved || tries >= maxResumed) {
			w.pause.fail(err)
			w.say(Offline, err)
			return offline(err)
		}
	}
}
