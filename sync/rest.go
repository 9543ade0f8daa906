package sync

import (
	"context"
	"errors"
	"time"

	"posthorn/account"
)

// beforeListening is for how many ticks a line must have rested before it is used
// to watch.
const beforeListening = 3

// errEnded says that a line ended while nothing was asked of it.
var errEnded = errors.New("the line is dead")

// rest waits until there is something to do. An idle line is used to watch.
func (w *worker) rest(ctx context.Context) {
	if w.src != nil && w.auto.Load() && w.pause.over() {
		w.say(Online, nil)
	}
	w.clocked = time.Time{}
	var ended <-chan struct{}
	stop := func() {}
	defer func() { stop() }()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	idle, dead := 0, w.lineEnds()
	for ctx.Err() == nil && w.agenda.idle(w.barred()) {
		select {
		case <-ctx.Done():
		case <-w.agenda.wake:
		case <-ended:
			return
		case <-dead:
			w.failed(ctx, &account.Error{Kind: account.Lost, Op: "wait for news", Err: errEnded})
			w.agenda.everything()
			return
		case <-ticker.C:
			if w.clock(ctx) {
				return
			}
			// Not at once: who reads on would have to stop it again.
			if idle++; idle == beforeListening {
				ended, stop = w.listen(ctx)
			}
		}
	}
}

// lineEnds returns what is closed when the working connection ends by itself.
func (w *worker) lineEnds() <-chan struct{} {
	if e, ok := w.src.(Ender); ok && !w.barred() {
		return e.Done()
	}
	return nil
}

// barred reports whether the worker may not do anything by itself now.
func (w *worker) barred() bool {
	return !w.auto.Load() || !w.holds.Load() || !w.pause.over()
}

// clock does what is to be done every second, and reports whether it is time to
// work again.
func (w *worker) clock(ctx context.Context) bool {
	if !w.auto.Load() {
		return false
	}
	w.woken()
	w.neighbours(ctx)
	if !w.holds.Load() {
		return w.hold(ctx) == nil
	}
	if time.Since(w.posted) >= outboxPoll {
		w.posted = time.Now()
		poke(w.post)
	}
	if time.Since(w.polled) >= w.Poll {
		w.polled = time.Now()
		w.agenda.change(func() { w.agenda.list = true })
	}
	if w.pause.over() && w.again() {
		w.agenda.change(func() { w.agenda.journal = true })
	}
	return w.pause.reason != nil && w.pause.over()
}

// woken looks whether the machine slept: then the lines are taken for dead, and much
// may have happened. Only the clock on the wall goes on in sleep.
func (w *worker) woken() {
	now := time.Now().Round(0)
	slept := !w.clocked.IsZero() && now.Sub(w.clocked) > 15*tick
	w.clocked = now
	if slept {
		w.log.Info("the machine slept")
		w.slept.Add(1)
		w.disconnect()
		w.agenda.everything()
		w.agenda.change(func() { w.agenda.hurry = true })
		poke(w.parcel)
	}
}

// neighbours looks whether another process wrote to the cache.
func (w *worker) neighbours(ctx context.Context) {
	v, err := w.DB.Version(ctx)
	if err != nil || v == w.version {
		return
	}
	first := w.version == 0
	w.version = v
	if first {
		return
	}
	w.events.put(FoldersChanged{w.Name})
	w.events.put(MessagesChanged{w.Name})
	w.agenda.change(func() { w.agenda.journal = true })
	poke(w.post)
}
