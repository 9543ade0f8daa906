package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"posthorn/mail"
	"posthorn/store"
)

// A counter is a store that counts ids itself, until the test ends.
type counter struct {
	Store
	mu              sync.Mutex
	message, folder int64 // the highest that was given
	asked           []int // how many at a time
	err             error
}

func (c *counter) Messages(_ context.Context, n int) (int64, error) { return c.take(&c.message, n) }
func (c *counter) Folders(_ context.Context, n int) (int64, error)  { return c.take(&c.folder, n) }

func (c *counter) take(of *int64, n int) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return 0, c.err
	}
	c.asked = append(c.asked, n)
	*of += int64(n)
	return *of - int64(n) + 1, nil
}

func (c *counter) Raise(_ context.Context, message, folder int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.message, c.folder = max(c.message, message), max(c.folder, folder)
	return nil
}

// numbered returns what the store in a folder keeps of an account.
func numbered(t testing.TB, dir string) *store.Account {
	t.Helper()
	s, err := store.Open(context.Background(), filepath.Join(dir, "data"), dir)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	list, err := s.Accounts(context.Background(), []string{"other", "home"})
	must(t, err)
	return list[1]
}

// kept returns what the store keeps of the account of a database.
func kept(db *DB) *store.Account { return db.journal.(*store.Account) }

// inbox opens a database, applies messages to its inbox, and returns the names of
// all ids that it has. A new folder comes each time.
func inbox(t *testing.T, path string, s Store, numbers ...int) map[mail.ID]string {
	t.Helper()
	ctx := t.Context()
	db, err := Open(ctx, path, "home", s, Options{})
	must(t, err)
	defer db.Close()
	boxes := []mail.Mailbox{{Name: "INBOX", Delimiter: "/", Role: mail.Inbox}}
	for _, n := range numbers {
		boxes = append(boxes, mail.Mailbox{Name: fmt.Sprint("folder ", n), Delimiter: "/"})
	}
	must(t, db.SetMailboxes(ctx, boxes))
	in := folders(t, db)["INBOX"]
	d := mail.Delta{Validity: 7, Counts: mail.Unknown()}
	for _, n := range numbers {
		d.New = append(d.New, header(n, 0))
	}
	must(t, db.Apply(ctx, in, d))
	got := map[mail.ID]string{}
	for _, m := range rows(t, db, entries(t, db, mail.View{Folder: in})...) {
		got[m.ID] = m.MessageID
	}
	for name, id := range folders(t, db) {
		got[-mail.ID(id)] = name
	}
	return got
}

func remove(path string) {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(path + suffix)
	}
}

// An id means one message or folder for ever, whatever becomes of the cache.
func TestIDsMeanOneThing(t *testing.T) {
	for name, c := range map[string]func(t *testing.T, dir string, before []byte, check func(map[mail.ID]string)){
		"deleted": func(t *testing.T, dir string, _ []byte, _ func(map[mail.ID]string)) {
			remove(filepath.Join(dir, "a.db"))
		},
		"restored": func(t *testing.T, dir string, before []byte, _ func(map[mail.ID]string)) {
			remove(filepath.Join(dir, "a.db"))
			must(t, os.WriteFile(filepath.Join(dir, "a.db"), before, 0o600))
		},
		"emptied": func(t *testing.T, dir string, _ []byte, _ func(map[mail.ID]string)) {
			must(t, os.Truncate(filepath.Join(dir, "a.db"), 0))
		},
		"kept, and the store lost": func(t *testing.T, dir string, _ []byte, _ func(map[mail.ID]string)) {
			must(t, os.RemoveAll(filepath.Join(dir, "data")))
		},
		"used as two": func(t *testing.T, dir string, before []byte, check func(map[mail.ID]string)) {
			path := filepath.Join(dir, "b.db")
			must(t, os.WriteFile(path, before, 0o600))
			check(inbox(t, path, numbered(t, dir), 100, 101))
			must(t, os.Rename(path, filepath.Join(dir, "copy")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a.db")
			names := map[mail.ID]string{}
			check := func(got map[mail.ID]string) {
				for id, name := range got {
					if was, ok := names[id]; ok && was != name {
						t.Errorf("%d was %s and is %s", id, was, name)
					}
					names[id] = name
				}
			}
			check(inbox(t, path, numbered(t, dir), 1, 2))
			before, err := os.ReadFile(path)
			must(t, err)
			check(inbox(t, path, numbered(t, dir), 3, 4, 5))
			c(t, dir, before, check)
			check(inbox(t, path, numbered(t, dir), 6, 7, 8, 9))
			check(inbox(t, path, numbered(t, dir), 10))
		})
	}
}

// The letter of an account stays when the store is lost: its cache knows it.
func TestCacheKnowsItsNumber(t *testing.T) {
	dir := t.TempDir()
	inbox(t, filepath.Join(dir, "a.db"), numbered(t, dir), 1)
	must(t, os.RemoveAll(filepath.Join(dir, "data")))
	s, err := store.Open(t.Context(), filepath.Join(dir, "data"), dir)
	must(t, err)
	defer s.Close()
	list, err := s.Accounts(t.Context(), []string{"new", "home"})
	must(t, err)
	if list[1].Slot() != 1 || list[0].Slot() == 1 || s.Notice() == "" {
		t.Errorf("the accounts are %d and %d, and the user is told %q", list[0].Slot(), list[1].Slot(), s.Notice())
	}
}

// A large mailbox seldom waits for ids; little waste is made for one message.
func TestBlocksGrow(t *testing.T) {
	c := &counter{}
	p := newPool(c.Messages)
	seen := map[int64]bool{}
	for n := range 1000 {
		s, err := p.take(t.Context(), 100)
		must(t, err)
		for {
			id, err := s.one()
			if err != nil {
				break
			}
			if seen[id] {
				t.Fatalf("%d is given twice", id)
			}
			seen[id] = true
		}
		if n%2 == 0 {
			p.back(&s)
		}
	}
	if len(seen) != 100000 || len(c.asked) > 12 || c.asked[0] != 100 {
		t.Errorf("%d ids were taken by %v", len(seen), c.asked)
	}
	small := newPool(c.Messages)
	s, err := small.take(t.Context(), 5)
	must(t, err)
	first, err := s.one()
	must(t, err)
	small.back(&s)
	if s, err = small.take(t.Context(), 1); err != nil || s.next != first+1 {
		t.Errorf("what was given back is lost: %d comes after %d, %v", s.next, first, err)
	}
	if c.asked[len(c.asked)-1] != firstBlock {
		t.Errorf("for few ids %d were taken", c.asked[len(c.asked)-1])
	}
}

// That the store could not be written is not taken for a damaged cache, and
// nothing is stored.
func TestNoIDs(t *testing.T) {
	ctx := context.Background()
	c := &counter{Store: numbered(t, t.TempDir())}
	db, err := Open(ctx, filepath.Join(t.TempDir(), "a.db"), "home", c, Options{})
	must(t, err)
	defer db.Close()
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox}}))
	c.err = fmt.Errorf("take ids: %w", errors.New("the store is damaged"))
	d := mail.Delta{Counts: mail.Unknown()}
	for n := range firstBlock {
		d.New = append(d.New, header(n+1, 0))
	}
	in := folders(t, db)["INBOX"]
	if err := db.Apply(ctx, in, d); !errors.Is(err, c.err) {
		t.Errorf("it says %v", err)
	}
	if list := entries(t, db, mail.View{Folder: in}); len(list) != 0 {
		t.Errorf("stored are %v", list)
	}
}
