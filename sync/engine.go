package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"posthorn/cache"
	"posthorn/mail"
	"posthorn/store"
)

// An Account is what the engine works for: where the account's mail is kept
// here, and how its servers are reached.
type Account struct {
	Name    string
	Address mail.Address
	Self    []mail.Address // all addresses of its owner
	Receive string         // "imap", "pop3", "maildir"

	Store *store.Account // what exists only here
	DB    *cache.DB

	Dial   func(context.Context) (Source, error)
	Drop   func(context.Context) (Drop, error) // what empties into Room, or nil
	Room   Mailroom
	Sender Sender // nil: the account cannot send

	Poll  time.Duration // between looks at what nobody watches; zero: one minute
	Locks []string      // the lock files, in their order; none: no other process works on this account
}

// Options change how an engine works.
type Options struct {
	// OnDemand keeps a running engine from doing anything that it was not
	// asked for: it opens, searches and passes, but does not look for mail.
	OnDemand bool
	Log      *slog.Logger // nil: nothing is logged
}

// An Engine keeps accounts and their servers in step. Its methods can be called
// from any goroutine, before, while and after it runs.
type Engine struct {
	options Options
	events  *events
	workers []*worker
	deeds   deeds
}

// New returns an engine for some accounts. It does nothing until it is asked.
func New(accounts []Account, o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	e := &Engine{options: o, events: newEvents()}
	for _, a := range accounts {
		e.workers = append(e.workers, newWorker(a, e.events, o.Log))
	}
	return e
}

// Run works until ctx ends, and returns when everything it started has ended.
// It is called once.
func (e *Engine) Run(ctx context.Context) error {
	var all sync.WaitGroup
	all.Go(func() { e.events.pump(ctx) })
	for _, w := range e.workers {
		all.Go(func() { w.run(ctx, !e.options.OnDemand) })
	}
	all.Wait()
	return nil
}

// Events returns what happens, in order, and merged where one event says what
// several would. The engine never waits for who listens. There is one listener.
func (e *Engine) Events() <-chan Event { return e.events.out }

// Accounts returns the accounts as they are now, in the order they were given.
func (e *Engine) Accounts() []AccountInfo {
	list := make([]AccountInfo, len(e.workers))
	for i, w := range e.workers {
		list[i] = w.info()
	}
	return list
}

// Focus names the folder on screen: it comes before the others, and it is
// watched.
func (e *Engine) Focus(folder mail.FolderID) {
	if w, err := e.of(folder.Slot()); err == nil {
		w.focus(folder)
	}
}

// Refresh looks again now, at everything of an account, or of all for the empty
// name. It also tries again what waits for a better time: the connection, a
// refused login, messages that could not be sent.
func (e *Engine) Refresh(account string) {
	for _, w := range e.workers {
		if account == "" || account == w.Name {
			w.refresh()
		}
	}
}

// errNoAccount says that an account is none of this engine.
var errNoAccount = errors.New("no such account")

// named returns the worker of an account.
func (e *Engine) named(account string) (*worker, error) {
	for _, w := range e.workers {
		if w.Name == account {
			return w, nil
		}
	}
	return nil, fmt.Errorf("account %q: %w", account, errNoAccount)
}

// of returns the worker of the account with a slot, or [mail.ErrGone].
func (e *Engine) of(slot int) (*worker, error) {
	for _, w := range e.workers {
		if w.DB.Slot() == slot {
			return w, nil
		}
	}
	return nil, fmt.Errorf("the account is %w", mail.ErrGone)
}

// bySlot splits messages by their account, in the order in which the accounts
// first appear.
func (e *Engine) bySlot(ids []mail.ID) ([]*worker, map[*worker][]mail.ID, error) {
	var order []*worker
	parts := make(map[*worker][]mail.ID)
	for _, id := range ids {
		w, err := e.of(id.Slot())
		if err != nil {
			return nil, nil, fmt.Errorf("message %s: %w", id, err)
		}
		if parts[w] == nil {
			order = append(order, w)
		}
		parts[w] = append(parts[w], id)
	}
	return order, parts, nil
}
