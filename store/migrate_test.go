package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// later is how the schema might go on: steps of more than one statement that must
// not be taken twice.
func later() []string {
	return []string{
		"CREATE TABLE extra (n INTEGER NOT NULL); INSERT INTO extra VALUES (1)",
		"ALTER TABLE accounts ADD COLUMN more TEXT NOT NULL DEFAULT 'x'; INSERT INTO extra SELECT count(*) + 10 FROM accounts",
	}
}

// openerIn returns one that opens the store of a profile, with further steps.
func openerIn(profile string, more ...string) (*opener, error) {
	known, err := steps()
	s := &Store{dir: filepath.Join(profile, "data"), path: filepath.Join(profile, "data", "store.db"), steps: append(known, more...)}
	return &opener{Store: s, state: filepath.Join(profile, "state"), at: func(string) {}}, err
}

// openLater opens the store of a profile as a later version would.
func openLater(t testing.TB, profile string) *Store {
	t.Helper()
	o, err := openerIn(profile, later()...)
	must(t, err)
	must(t, o.open(context.Background()))
	t.Cleanup(func() { o.disconnect() })
	return o.Store
}

// wantLater checks that each step of [later] was taken once.
func wantLater(t testing.TB, s *Store) {
	t.Helper()
	var extra []int
	must(t, forEach(context.Background(), s.db, "SELECT n FROM extra ORDER BY n", func(scan func(...any) error) error {
		var n int
		err := scan(&n)
		extra = append(extra, n)
		return err
	}))
	have, err := versionOf(context.Background(), s.db)
	if err != nil || have != len(s.steps) || len(extra) != 2 || s.Notice() != "" {
		t.Errorf("it has version %d of %d, %v, %v, and says %q", have, len(s.steps), extra, err, s.Notice())
	}
}

// A store is brought to a later version in place, by many at once, with all it
// holds; a process of the earlier version that has it open writes no more.
func TestMigrate(t *testing.T) {
	dir, ctx := filled(t), context.Background()
	early := openIn(t, dir)
	want := dump(t, early)
	a := account(t, early, "home")
	var all sync.WaitGroup
	for range 5 {
		o, err := openerIn(dir, later()...)
		must(t, err)
		all.Go(func() {
			if err := errors.Join(o.open(ctx), o.disconnect()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s := openLater(t, dir)
	wantLater(t, s)
	if got := dump(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("it holds %d accounts, not %d", len(got), len(want))
	}
	if id, err := a.Messages(ctx, 1); !errors.Is(err, ErrNewer) {
		t.Errorf("the earlier version goes on and gets %d, %v", id, err)
	}
	if _, err := Open(ctx, s.dir, dir); !errors.Is(err, ErrNewer) {
		t.Errorf("the earlier version opens it: %v", err)
	}
}

// A step that fails half-way leaves the store as it was, in its place.
func TestMigrationFails(t *testing.T) {
	dir, ctx := filled(t), context.Background()
	s := openIn(t, dir)
	want := dump(t, s)
	before := len(s.steps)
	must(t, s.Close())
	o, err := openerIn(dir, later()[0], "DELETE FROM deliveries; DELETE FROM nowhere")
	must(t, err)
	if err := o.open(ctx); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("bring it to version %d", before+2)) {
		t.Errorf("it says %v", err)
	}
	o.disconnect()
	if names := list(t, o.dir); len(names) > 3 {
		t.Errorf("it was set aside: %v", names)
	}
	s = openLater(t, dir)
	wantLater(t, s)
	if got := dump(t, s); !reflect.DeepEqual(got, want) {
		t.Error("something is lost")
	}
}

// Whoever migrates a store is killed at each step; the next one goes on.
func TestKilledWhileItIsMigrated(t *testing.T) {
	want := dump(t, openIn(t, filled(t)))
	steps := 0
	for ; ; steps++ {
		dir := filled(t)
		died := run(t, dir, steps, openerMore+"=yes")
		s := openLater(t, dir)
		wantLater(t, s)
		if got := dump(t, s); !reflect.DeepEqual(got, want) {
			t.Errorf("killed at step %d, the store holds %d accounts", steps, len(got))
		}
		must(t, s.Close())
		if !died {
			break
		}
	}
	if steps < 4 {
		t.Errorf("there were only %d steps", steps)
	}
}

// The files of the schema are numbered without a gap.
func TestSteps(t *testing.T) {
	list, err := steps()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d steps, %v", len(list), err)
	}
	for n, s := range list {
		if strings.TrimSpace(s) == "" {
			t.Errorf("step %d is empty", n+1)
		}
	}
}
