package sync

import (
	"context"
	"slices"
	"sync"
	"time"

	"posthorn/mail"
)

// An Event says that something became different. Who listens asks the engine
// for what it shows of it.
type Event interface{ event() }

type (
	// FoldersChanged says that an account's folders or their counts changed.
	FoldersChanged struct{ Account string }
	// FolderChanged says that messages came to a folder, left it or changed.
	FolderChanged struct {
		Account string
		Folder  mail.FolderID
	}
	// MessagesChanged says that messages changed in folders it does not name.
	MessagesChanged struct{ Account string }
	// AccountChanged tells an account's state, what keeps it offline, and how
	// far the work at hand is.
	AccountChanged struct {
		Account  string
		State    State
		Err      error
		Progress Progress
	}
	// OutboxChanged says that messages came to the outbox, left it or have
	// another state.
	OutboxChanged struct{ Account string }
	// NewMail says that unread messages have arrived in a folder.
	NewMail struct {
		Account string
		Folder  mail.FolderID
		Count   int
	}
	// A Notice is something that the user should be told: a change the server
	// refused, a message that could not be sent. Text is the whole sentence. Err
	// is what it comes from, which may have advice, or nil where nothing went
	// wrong.
	Notice struct {
		Account string
		Text    string
		Err     error
	}
)

func (FoldersChanged) event()  {}
func (FolderChanged) event()   {}
func (MessagesChanged) event() {}
func (AccountChanged) event()  {}
func (OutboxChanged) event()   {}
func (NewMail) event()         {}
func (Notice) event()          {}

// A State says how an account stands to its server.
type State uint8

// The states of an account.
const (
	Offline State = iota
	Connecting
	Syncing // connected, with work to do
	Online  // connected, everything is as on the server
)

// String returns the state in lower case.
func (s State) String() string {
	return [...]string{"offline", "connecting", "syncing", "online"}[min(s, Online)]
}

// Progress tells how far a piece of work is. Of is zero where its size is not
// known.
type Progress struct {
	Text     string
	Done, Of int
}

// AccountInfo is what the engine knows of an account at a moment.
type AccountInfo struct {
	Name     string
	Address  mail.Address
	Self     []mail.Address // all addresses of its owner
	Receive  string         // "imap", "pop3", "maildir"
	State    State
	Err      error     // what keeps it offline
	Since    time.Time // when it came to this state
	Progress Progress
	Quota    mail.Quota // as the server told it last
}

// Why returns in a few words what keeps an account offline, empty where nothing
// does.
func (a AccountInfo) Why() string { return briefly(a.Err) }

// events is a queue that never blocks who puts something in. An event that says
// again what one that waits says already is merged into it, so the queue does
// not grow while nobody listens.
type events struct {
	out  chan Event
	wake chan struct{}

	mu    sync.Mutex
	queue []Event
}

func newEvents() *events {
	return &events{out: make(chan Event), wake: make(chan struct{}, 1)}
}

// put adds an event.
func (q *events) put(e Event) {
	q.mu.Lock()
	q.add(e)
	q.mu.Unlock()
	poke(q.wake)
}

func (q *events) add(e Event) {
	for i, old := range q.queue {
		if merged, ok := merge(old, e); ok {
			q.queue[i] = merged
			return
		}
	}
	q.queue = append(q.queue, e)
}

// merge makes one event of two, if the second takes nothing from the first.
func merge(old, e Event) (Event, bool) {
	switch e := e.(type) {
	case AccountChanged:
		o, ok := old.(AccountChanged)
		return e, ok && o.Account == e.Account
	case NewMail:
		o, ok := old.(NewMail)
		if !ok || o.Account != e.Account || o.Folder != e.Folder {
			return nil, false
		}
		e.Count += o.Count
		return e, true
	case Notice:
		o, ok := old.(Notice)
		return e, ok && o.Account == e.Account && o.Text == e.Text
	}
	return e, old == e
}

// take returns the oldest event.
func (q *events) take() (Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) == 0 {
		return nil, false
	}
	e := q.queue[0]
	q.queue = slices.Delete(q.queue, 0, 1)
	return e, true
}

// pump hands the events to who listens, until ctx ends.
func (q *events) pump(ctx context.Context) {
	for {
		e, ok := q.take()
		if !ok {
			select {
			case <-q.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		select {
		case q.out <- e:
		case <-ctx.Done():
			return
		}
	}
}

// poke wakes who waits for a channel of capacity one.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
