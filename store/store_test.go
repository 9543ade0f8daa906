package store

import (
	"archive/zip"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gofrs/flock"

	"posthorn/internal/disk"
	"posthorn/internal/disk/disktest"
	"posthorn/internal/ramdir"
	"posthorn/mail"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openIn opens the store of a profile.
func openIn(t testing.TB, profile string) *Store {
	t.Helper()
	s, err := Open(context.Background(), filepath.Join(profile, "data"), filepath.Join(profile, "state"))
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func account(t testing.TB, s *Store, name string) *Account {
	t.Helper()
	list, err := s.Accounts(context.Background(), []string{name})
	must(t, err)
	return list[0]
}

// dump is all that a store holds.
func dump(t testing.TB, s *Store) (list []known) {
	t.Helper()
	ctx := context.Background()
	must(t, forEach(ctx, s.db, "SELECT name, number, messages, folders FROM accounts ORDER BY number", func(scan func(...any) error) error {
		var k known
		err := scan(&k.name, &k.number, &k.messages, &k.folders)
		list = append(list, k)
		return err
	}))
	for i := range list {
		a := &Account{s, list[i].name, list[i].number}
		var err error
		list[i].deliveries, err = a.Deliveries(ctx)
		must(t, err)
	}
	return list
}

// An account keeps its number, whatever others come and go.
func TestNumbers(t *testing.T) {
	dir, ctx := ramdir.New(t), context.Background()
	for _, c := range []struct {
		names []string
		want  []int
	}{
		{[]string{"home", "work"}, []int{0, 1}},
		{[]string{"third", "work"}, []int{2, 1}},
		{nil, []int{}},
		{[]string{"home", "Home"}, []int{0, 3}},
	} {
		list, err := openIn(t, dir).Accounts(ctx, c.names)
		must(t, err)
		got := []int{}
		for _, a := range list {
			got = append(got, a.Slot())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("the numbers of %v are %v, not %v", c.names, got, c.want)
		}
	}
}

// However many ask for ids at once, by however many connections, none is given
// twice.
func TestIDsAreGivenOnce(t *testing.T) {
	dir := ramdir.New(t)
	var mu sync.Mutex
	given := map[int64]bool{}
	var all sync.WaitGroup
	for range 4 {
		a := account(t, openIn(t, dir), "home")
		for n := range 10 {
			all.Go(func() {
				first, err := a.Messages(context.Background(), n+1)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				for id := first; id <= first+int64(n); id++ {
					if given[id] || id < 1 {
						t.Errorf("%d is given again", id)
					}
					given[id] = true
				}
			})
		}
	}
	all.Wait()
}

// A cache that has higher ids than the store knows of raises the mark. One that
// has lower ones never lowers it, and there is an end to ids.
func TestRaise(t *testing.T) {
	ctx := context.Background()
	s := openIn(t, ramdir.New(t))
	other := account(t, s, "other")
	a := account(t, s, "home")
	for _, c := range []struct{ highest, next int64 }{{0, 1}, {100, 101}, {50, 102}, {102, 103}, {mail.MaxRow - 1, mail.MaxRow}} {
		must(t, a.Raise(ctx, c.highest, 0))
		if got, err := a.Messages(ctx, 1); got != c.next || err != nil {
			t.Errorf("with %d in use the next is %d, %v; want %d", c.highest, got, err, c.next)
		}
	}
	must(t, a.Raise(ctx, 1<<62, 0)) // a damaged cache
	if id, err := a.Messages(ctx, 1); !errors.Is(err, errNoIDs) {
		t.Errorf("behind the last comes %d, %v", id, err)
	}
	must(t, a.Raise(ctx, 0, 6))
	if id, err := a.Folders(ctx, 2); id != 7 || err != nil {
		t.Errorf("behind folder 6 comes %d, %v", id, err)
	}
	if id, err := other.Messages(ctx, 1); id != 1 || err != nil {
		t.Errorf("another account gets %d, %v", id, err)
	}
}

func TestDeliveries(t *testing.T) {
	ctx := context.Background()
	s := openIn(t, ramdir.New(t))
	a, other := account(t, s, "home"), account(t, s, "other")
	elsewhere := Delivery{Name: "a", UIDL: "a", State: Delivered}
	must(t, other.NoteDeliveries(ctx, elsewhere))
	one := Delivery{Name: "a", UIDL: "u", Size: 5, Header: "h", Content: "c", State: Delivering}
	two := Delivery{Name: "b", UIDL: "c\xff", State: Incomplete}
	three := Delivery{Name: "c"}
	must(t, a.NoteDeliveries(ctx, one, two, three))
	one.State = Delivered
	must(t, a.NoteDeliveries(ctx, one))
	must(t, a.ForgetDeliveries(ctx, "c", "x"))
	if got, err := a.Deliveries(ctx); !slices.Equal(got, []Delivery{one, two}) || err != nil {
		t.Errorf("noted is %+v, %v", got, err)
	}
	if got, err := other.Deliveries(ctx); !slices.Equal(got, []Delivery{elsewhere}) || err != nil {
		t.Errorf("another account has %+v, %v", got, err)
	}
}

// The UIDLs that the first version noted become notes of what was delivered.
func TestUIDLsBecomeDeliveries(t *testing.T) {
	dir, ctx := ramdir.New(t), context.Background()
	o, err := openerIn(dir)
	must(t, err)
	now := o.steps
	o.steps = now[:1]
	must(t, os.MkdirAll(o.dir, 0o700))
	must(t, os.WriteFile(o.path, nil, 0o600))
	o.db, err = connect(o.path, "")
	must(t, err)
	must(t, within(ctx, o.db, func(tx *sql.Tx) error {
		_, err := tx.Exec(now[0] + "; INSERT INTO accounts VALUES (0, 'home', 5, 6); INSERT INTO uidls VALUES (0, 'a b'), (0, 'c'); PRAGMA user_version = 1")
		return err
	}))
	must(t, o.disconnect())
	want := []known{{name: "home", messages: 5, folders: 6, deliveries: []Delivery{delivered("a b"), delivered("c")}}}
	s := openIn(t, dir)
	if got := dump(t, s); !reflect.DeepEqual(got, want) || s.Notice() != "" {
		t.Errorf("it holds %+v, and says %q", got, s.Notice())
	}
}

// Nobody else may read it.
func TestPrivate(t *testing.T) {
	dir := ramdir.New(t)
	account(t, openIn(t, dir), "home")
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		must(t, err)
		if i, err := d.Info(); err != nil || path != dir && i.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v, %v", path, i.Mode(), err)
		}
		return nil
	}))
}

// What keeps it from being opened is said in plain words, and nothing is set
// aside for it.
func TestNotAllowed(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("nothing keeps root out")
	}
	dir := ramdir.New(t)
	must(t, os.Mkdir(filepath.Join(dir, "data"), 0o500))
	_, err := Open(context.Background(), filepath.Join(dir, "data"), filepath.Join(dir, "state"))
	var e *disk.Error
	if !errors.As(err, &e) || e.Reason != disk.NotAllowed {
		t.Errorf("it says %v", err)
	}
}

// A full disk is called that, and is taken neither for damage nor for an empty
// store; once there is space, all goes on.
func TestFullDisk(t *testing.T) {
	dir, ctx := disktest.Small(t, "1m"), context.Background()
	s := openIn(t, filepath.Join(dir, "old"))
	a := account(t, s, "home")
	free := disktest.Fill(t, dir)
	full := func(what string, err error) {
		t.Helper()
		var e *disk.Error
		if !errors.As(err, &e) || e.Reason != disk.Full || !strings.HasSuffix(err.Error(), ": the disk is full") {
			t.Errorf("%s: %v", what, err)
		}
	}
	var saw []string
	for n := 0; ; n++ { // what is allocated already takes some
		u := fmt.Sprint(strings.Repeat("x", 2000), n)
		if err := a.NoteDeliveries(ctx, delivered(u)); err != nil {
			full("note a UIDL", err)
			break
		}
		if saw = append(saw, u); n > 100 {
			t.Fatal("the disk is never full")
		}
	}
	_, err := Open(ctx, filepath.Join(dir, "new", "data"), filepath.Join(dir, "new", "state"))
	full("make a store", err)
	free()
	if n := openIn(t, filepath.Join(dir, "new")).Notice(); n != "" {
		t.Errorf("with space again it says %q", n)
	}
	must(t, s.Close())
	if s = openIn(t, filepath.Join(dir, "old")); s.Notice() != "" || len(dump(t, s)[0].deliveries) != len(saw) {
		t.Errorf("of %d UIDLs %d are left, and it says %q", len(saw), len(dump(t, s)[0].deliveries), s.Notice())
	}
}

// A newer store ends the program, and stays as it is.
func TestNewer(t *testing.T) {
	dir := ramdir.New(t)
	s := openIn(t, dir)
	account(t, s, "home")
	_, err := s.db.Exec(fmt.Sprintf("PRAGMA user_version = %d", len(s.steps)+1))
	must(t, err)
	must(t, s.Close())
	before, err := os.ReadFile(s.path)
	must(t, err)
	if _, err := Open(context.Background(), s.dir, dir); !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), s.path) {
		t.Errorf("it says %v", err)
	}
	after, err := os.ReadFile(s.path)
	must(t, err)
	if files := list(t, s.dir); !slices.Equal(before, after) || len(files) != 3 {
		t.Errorf("it was changed, or there is more: %v", files)
	}
}

func list(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// profile is one that the commit c7f6daa made, with two accounts that were
// synchronised, drafts, changes that are not played yet and an outbox. The
// database of the second was not closed.
func profile(t testing.TB) string {
	t.Helper()
	z, err := zip.OpenReader("testdata/c7f6daa.zip")
	must(t, err)
	defer z.Close()
	dir := ramdir.New(t)
	must(t, os.CopyFS(dir, z))
	return dir
}

// taken is what the profile's store holds.
func taken() []known {
	return []known{{name: "ann", number: 0, messages: 33, folders: 18}, {name: "ben", number: 1, messages: 34, folders: 18, deliveries: []Delivery{delivered("uidl-left-1"), delivered("uidl-left-2")}}}
}

// A profile of a version without a store is taken over: once, without a word,
// and nothing of it is changed.
func TestTakeover(t *testing.T) {
	dir := profile(t)
	before := files(t, filepath.Join(dir, "state"))
	s := openIn(t, dir)
	if got := dump(t, s); !reflect.DeepEqual(got, taken()) || s.Notice() != "" {
		t.Errorf("taken over is %+v, %q", got, s.Notice())
	}
	if after := files(t, filepath.Join(dir, "state")); !maps.Equal(before, after) {
		t.Error("the state folder was changed")
	}
	must(t, account(t, s, "ben").ForgetDeliveries(context.Background(), "uidl uidl-left-1", "uidl uidl-left-2"))
	must(t, s.Close())
	if got := dump(t, openIn(t, dir)); got[1].deliveries != nil {
		t.Errorf("it was taken over again: %+v", got)
	}
}

// An earlier version that is at work would go on with what was taken over.
func TestEarlierVersionRuns(t *testing.T) {
	dir := profile(t)
	lock := flock.New(filepath.Join(dir, "state", "ben.lock"))
	if ok, err := lock.TryLock(); !ok || err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), filepath.Join(dir, "data"), filepath.Join(dir, "state")); !errors.Is(err, ErrRunning) {
		t.Errorf("it says %v", err)
	}
	if exists(filepath.Join(dir, "data", "store.db")) {
		t.Error("it was taken over nevertheless")
	}
	must(t, lock.Unlock())
	if got := dump(t, openIn(t, dir)); !reflect.DeepEqual(got, taken()) {
		t.Errorf("afterwards the store holds %+v", got)
	}
}

// files returns what a folder holds, without what SQLite and locks leave there.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	for _, name := range list(t, dir) {
		if strings.HasSuffix(name, "-shm") || strings.HasSuffix(name, ".lock") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if len(b) > 0 {
			m[name] = string(b)
		}
	}
	return m
}
