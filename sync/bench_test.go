package sync

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"posthorn/cache"
	"posthorn/internal/ramdir"
	"posthorn/mail"
	"posthorn/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A world is what outlives an engine: servers, and files.
type world struct {
	t       *testing.T
	dir     string
	host    *host
	postman *postman
	office  *office // nil: not a POP3 account
	full    error   // what the room fails with
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return &world{t: t, dir: ramdir.New(t), host: newHost("INBOX", "Sent", "Drafts", "Archive", "Trash"),
		postman: &postman{}}
}

// in runs a test in a bubble, with clocks of its own.
func in(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWorld(t)) })
}

// A life is an engine from its start to its end, which may be a violent one.
type life struct {
	*Engine
	*world
	store  *store.Store
	kept   *store.Account
	db     *cache.DB
	ctx    context.Context
	stop   context.CancelFunc
	ended  sync.WaitGroup
	mu     sync.Mutex
	events []Event
}

// begin opens the files and makes an engine. It does not run yet.
func (w *world) begin(o Options) *life {
	w.t.Helper()
	l := &life{world: w}
	l.ctx, l.stop = context.WithCancel(w.t.Context())
	var err error
	var kept []*store.Account
	l.store, kept = openStore(w.t, w.dir, "work")
	l.kept = kept[0]
	if l.db, err = cache.Open(l.ctx, filepath.Join(w.dir, "cache.db"), "work", l.kept, cache.Options{}); err != nil {
		w.t.Fatal(err)
	}
	a := Account{Name: "work", Receive: "imap", Store: l.kept, DB: l.db, Dial: w.host.Dial, Sender: w.postman,
		Locks: []string{filepath.Join(w.dir, "lock")}}
	if w.office != nil {
		a.Receive, a.Drop, a.Room = "pop3", w.office.Drop, &room{w.host, w.full}
	}
	l.Engine = New([]Account{a}, o)
	return l
}

// run begins an engine, lets it run and waits until it rests.
func (w *world) run() *life {
	w.t.Helper()
	l := w.begin(Options{})
	l.start()
	synctest.Wait()
	return l
}

func (l *life) start() {
	l.ended.Go(func() { l.Run(l.ctx) })
	l.ended.Go(func() {
		for {
			select {
			case e := <-l.Events():
				l.mu.Lock()
				l.events = append(l.events, e)
				l.mu.Unlock()
			case <-l.ctx.Done():
				return
			}
		}
	})
}

func (l *life) closeFiles() error { return errors.Join(l.db.Close(), l.store.Close()) }

// end stops the engine and closes the files.
func (l *life) end() {
	l.t.Helper()
	l.stop()
	l.ended.Wait()
	if err := l.closeFiles(); err != nil {
		l.t.Error(err)
	}
	if l.host.open != 0 {
		l.t.Errorf("%d connections were left open", l.host.open)
	}
}

// settle waits until the engine rests, for some time.
func (l *life) after(d time.Duration) {
	time.Sleep(d) // of the bubble
	synctest.Wait()
}

// told returns the events of a kind that came so far.
func told[E Event](l *life) (list []E) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e, ok := e.(E); ok {
			list = append(list, e)
		}
	}
	return list
}

// folder returns a folder by its name.
func (l *life) folder(name string) mail.Folder {
	l.t.Helper()
	f, err := l.db.FolderByName(l.t.Context(), name)
	if err != nil {
		l.t.Fatalf("folder %s: %v", name, err)
	}
	return f
}

// list returns the subjects in a folder of the cache, sorted.
func (l *life) list(name string) []string {
	l.t.Helper()
	list := []string{}
	for _, s := range l.rows(name) {
		list = append(list, s.Subject)
	}
	slices.Sort(list)
	return list
}

func (l *life) rows(name string) []mail.Summary {
	l.t.Helper()
	entries, err := l.Entries(l.t.Context(), mail.View{Folder: l.folder(name).ID}, 0)
	if err != nil {
		l.t.Fatal(err)
	}
	var ids []mail.ID
	for _, en := range entries {
		ids = append(ids, en.ID)
	}
	rows, err := l.Rows(l.t.Context(), ids)
	if err != nil {
		l.t.Fatal(err)
	}
	return rows
}

// Raw returns a whole message.
func (l *life) Raw(ctx context.Context, id mail.ID) ([]byte, error) {
	var b bytes.Buffer
	err := l.Copy(ctx, id, &b)
	return b.Bytes(), err
}

// id returns the message with a subject.
func (l *life) id(folder, subject string) mail.ID {
	l.t.Helper()
	for _, s := range l.rows(folder) {
		if s.Subject == subject {
			return s.ID
		}
	}
	l.t.Fatalf("%s holds no message %q", folder, subject)
	return 0
}

func (l *life) do(c mail.Change) {
	l.t.Helper()
	if err := l.Do(l.t.Context(), c); err != nil {
		l.t.Fatalf("do %+v: %v", c, err)
	}
}

// same fails the test when two lists differ.
func same[T comparable](t *testing.T, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// inStep fails the test unless cache and server hold the same in a folder.
func (l *life) inStep(folder string, want ...string) {
	l.t.Helper()
	server := l.host.subjects(folder)
	slices.Sort(server)
	slices.Sort(want)
	if want == nil {
		want = []string{}
	}
	same(l.t, folder+" on the server", server, want)
	same(l.t, folder+" in the cache", l.list(folder), want)
}
