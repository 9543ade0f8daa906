package sync

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// A worker does the work for one account.
type worker struct {
	Account
	events  *events
	log     *slog.Logger
	agenda  agenda
	post    chan struct{} // capacity 1: the outbox is to be looked at
	moved   chan struct{} // capacity 1: what is to be watched may be another
	parcel  chan struct{} // capacity 1: the drop is to be looked at
	hurried atomic.Bool   // what waits in the outbox is to be tried now
	auto    atomic.Bool   // work without being asked
	holds   atomic.Bool   // this process is the one that works on the account

	connected atomic.Bool  // there is a working connection
	slept     atomic.Int32 // how often the machine did
	draining  gate         // held during a session with the drop

	mu       sync.Mutex // guards the next five
	state    AccountInfo
	claimed  map[int64]bool             // messages of the outbox that are being sent
	unnoted  map[int64][]mail.Recipient // what became of messages of the outbox that could not be noted
	alerts   map[string]bool            // what servers wanted the user to be told, and was
	watching string                     // the mailbox that the second connection watches

	life  gate // guards the next four
	users int
	ended bool
	stop  context.CancelFunc
	done  chan struct{}

	// What follows belongs to the goroutine of loop.
	lock      lock
	src       Source
	since     time.Time // when it was connected
	pause     pause
	told      error // what the line failed with last
	polled    time.Time
	posted    time.Time
	clocked   time.Time // by the clock on the wall, while it rests
	gauged    time.Time // when the server was asked how full the account is
	version   int64
	doubts    bool            // messages that were perhaps sent are to be looked for in Sent
	index     bool            // there is something to index
	untidy    bool            // there may be space to give back
	deaf      bool            // the working connection cannot watch
	postponed map[int64]pause // jobs that the server wants to hear of later
	upload    time.Time       // when a draft may be uploaded again on which somebody writes
	resting   bool            // one waits for that
	eager     bool            // it does not
	blind     map[string]bool // mailboxes where messages were put, the server did not say under which UID
}

func newWorker(a Account, ev *events, log *slog.Logger) *worker {
	if a.Poll <= 0 {
		a.Poll = time.Minute
	}
	return &worker{
		Account: a, events: ev, log: log.With("account", a.Name),
		draining: newGate(), life: newGate(),
		agenda: agenda{wake: make(chan struct{}, 1)}, post: make(chan struct{}, 1), moved: make(chan struct{}, 1), parcel: make(chan struct{}, 1),
		claimed: make(map[int64]bool), unnoted: make(map[int64][]mail.Recipient), alerts: make(map[string]bool), blind: make(map[string]bool), postponed: make(map[int64]pause), lock: newLock(a.Locks),
		untidy: true, state: AccountInfo{Name: a.Name, Address: a.Address, Self: a.Self, Receive: a.Receive},
	}
}

// run works until ctx ends and returns when every goroutine has ended.
func (w *worker) run(ctx context.Context, auto bool) {
	if auto {
		w.auto.Store(true)
		w.agenda.everything()
		if n := w.DB.Notice(); n != "" {
			w.notice(n, nil)
		}
	}
	if _, err := w.acquire(ctx); err != nil { // it ended before it began
		w.end()
		return
	}
	var helpers sync.WaitGroup
	if auto {
		helpers.Go(func() { w.mailman(ctx) })
		helpers.Go(func() { w.watch(ctx) })
		if w.Drop != nil {
			helpers.Go(func() { w.carry(ctx) })
		}
	}
	<-ctx.Done()
	helpers.Wait()
	w.end()
}

// acquire makes sure that the loop runs until release is called as often: for
// as long as the engine runs, or for one request to an engine that does not.
// It returns what is closed when the loop has ended.
func (w *worker) acquire(ctx context.Context) (<-chan struct{}, error) {
	if err := w.life.enter(ctx); err != nil {
		return nil, err
	}
	defer w.life.leave()
	if w.ended {
		return nil, context.Canceled
	}
	if w.users++; w.users == 1 {
		ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
		w.done = make(chan struct{})
		go w.loop(ctx, w.done)
	}
	return w.done, nil
}

func (w *worker) release() {
	w.life.must()
	defer w.life.leave()
	if w.users--; w.users == 0 && !w.ended {
		w.stop()
		<-w.done
	}
}

// end ends the loop for good, whoever still waits for something.
func (w *worker) end() {
	w.life.must()
	defer w.life.leave()
	w.ended = true
	if w.stop != nil {
		w.stop()
		<-w.done
	}
}

// inLoop marks the contexts of what runs in the loop of a worker.
type inLoop struct{}

// ask has the loop do something and waits for it. What asks in the loop itself
// does it at once.
func (w *worker) ask(ctx context.Context, do func(context.Context) error) error {
	return w.asking(ctx, &request{ctx: ctx, do: do, done: make(chan error, 1)})
}

// askOn is ask for what goes on with something long: all that others ask for comes
// before, and a job of the journal after it.
func (w *worker) askOn(ctx context.Context, do func(context.Context) error) error {
	return w.asking(ctx, &request{ctx: ctx, do: do, done: make(chan error, 1), long: true})
}

func (w *worker) asking(ctx context.Context, r *request) error {
	if ctx.Value(inLoop{}) == w {
		return r.do(ctx)
	}
	ended, err := w.acquire(ctx)
	if err != nil {
		return err
	}
	defer w.release()
	w.agenda.ask(r)
	select {
	case err := <-r.done:
		return err
	case <-ended:
		return context.Canceled
	case <-ctx.Done():
		return ctx.Err()
	}
}

// loop does the most urgent thing there is, and then looks again.
func (w *worker) loop(ctx context.Context, done chan<- struct{}) {
	defer w.logPanic()
	defer close(done)
	defer w.close()
	ctx = context.WithValue(ctx, inLoop{}, w)
	w.neighbours(ctx) // what they do from now on is seen
	for ctx.Err() == nil {
		worked, err := w.step(ctx)
		switch {
		case err != nil:
			w.failed(ctx, err)
		case !worked:
			w.rest(ctx)
		}
	}
}

func (w *worker) close() {
	w.disconnect()
	w.agenda.dismiss(context.Canceled)
	w.holds.Store(false)
	if err := w.lock.release(); err != nil {
		w.log.Warn("release the lock", "err", err)
	}
	w.tell(Offline, nil, Progress{})
}

// step does one thing and reports whether there was one.
func (w *worker) step(ctx context.Context) (bool, error) {
	if r := w.agenda.answer(); r != nil {
		err := w.serve(ctx, r)
		if err == nil && r.long && !w.agenda.awaited() && w.auto.Load() && w.holds.Load() && w.pause.over() {
			_, err = w.playOne(ctx)
		}
		return true, err
	}
	w.impatience()
	if !w.auto.Load() || !w.pause.over() {
		return false, nil
	}
	if err := w.hold(ctx); err != nil {
		if errors.Is(err, errElsewhere) {
			w.say(Offline, err)
			return false, nil
		}
		return false, err
	}
	for _, try := range []func(context.Context) (bool, error){w.playOne, w.relist, w.settle, w.pullOne, w.countSome, w.gauge, w.indexSome, w.tidySome} {
		if did, err := try(ctx); did || err != nil {
			return did, err
		}
	}
	return false, nil
}

// impatience ends a pause when the user did something, and also the one after a
// refused login, or for which the server asked, when the user said to try again.
func (w *worker) impatience() {
	hurry, anew := w.agenda.take(&w.agenda.hurry), w.agenda.take(&w.agenda.anew)
	if anew || hurry && !w.pause.login() && account.WaitOf(w.pause.reason) == 0 {
		w.pause.until = time.Time{}
	}
	if anew {
		w.pause.failures = 0
		w.agenda.impatient()
		for id, p := range w.postponed {
			p.until = time.Time{}
			w.postponed[id] = p
		}
	}
}

// serve answers a request. What it fails with is told to who asked; the loop
// hears only of a broken line.
func (w *worker) serve(ctx context.Context, r *request) error {
	rctx, cancel := context.WithCancel(context.WithValue(r.ctx, inLoop{}, w))
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	if rctx.Err() != nil {
		r.done <- context.Cause(rctx)
		return nil
	}
	err := r.do(rctx)
	r.done <- err
	if w.src != nil && broken(err) {
		return err
	}
	return nil
}

// failed goes offline where the line is the reason, and pauses. The longer the
// line had held, the sooner it is tried again.
func (w *worker) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if !account.Same(w.told, err) && account.RetryOf(err) != account.RetryLater {
		w.notice("", cause(err))
	}
	w.told = err
	if w.src != nil && time.Since(w.since) > calm {
		w.pause.failures = 0
	}
	if !errors.Is(err, ErrOffline) { // then it began to pause already
		w.pause.fail(err)
	}
	w.log.Warn("pause", "for", time.Until(w.pause.until).Round(time.Millisecond), "err", err)
	if broken(err) {
		w.disconnect()
	}
	if w.src == nil {
		w.say(Offline, err)
		return
	}
	w.say(Online, err)
}

// hold makes this process the one that works on the account. What the last one
// left unclear is cleared up first.
func (w *worker) hold(ctx context.Context) error {
	if w.holds.Load() {
		return nil
	}
	if err := w.lock.hold(); err != nil {
		return err
	}
	if err := w.recover(ctx); err != nil {
		return errors.Join(err, w.lock.release())
	}
	w.holds.Store(true)
	w.index = true
	poke(w.post)
	poke(w.parcel)
	return nil
}

// focus notes which folder is on screen.
func (w *worker) focus(id mail.FolderID) {
	w.agenda.change(func() {
		w.agenda.focus = id
		for _, l := range w.agenda.looks {
			l.dirty = l.dirty || l.ID == id
		}
	})
	poke(w.moved)
}

func (w *worker) refresh() {
	w.agenda.everything()
	w.agenda.change(func() { w.agenda.anew = true })
	w.hurried.Store(true)
	poke(w.post)
	poke(w.parcel)
}

// info returns what is known of the account.
func (w *worker) info() AccountInfo {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// say sets the account's state.
func (w *worker) say(s State, err error) { w.saying(s, err, Progress{}) }

// saying sets the account's state, unless that is the one of its drop: there is
// little to say of a source on this disk as long as it works.
func (w *worker) saying(s State, err error, p Progress) {
	if w.Drop == nil || err != nil {
		w.tell(s, err, p)
	}
}

func (w *worker) tell(s State, err error, p Progress) {
	err = cause(err)
	w.mu.Lock()
	same := w.state.State == s && account.Same(w.state.Err, err) && w.state.Progress == p
	if w.state.State != s || w.state.Since.IsZero() {
		w.state.Since = time.Now()
	}
	w.state.State, w.state.Err, w.state.Progress = s, err, p
	w.mu.Unlock()
	poke(w.moved)
	if !same {
		w.events.put(AccountChanged{w.Name, s, err, p})
	}
}

// notice tells the user something.
func (w *worker) notice(text string, err error) {
	if text == "" && err != nil {
		text = err.Error()
	}
	w.events.put(Notice{w.Name, text, err})
}
