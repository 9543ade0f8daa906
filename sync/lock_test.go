package sync

import (
	"errors"
	"path/filepath"
	"testing"
)

// Whoever has one of the files keeps the account; a lock that could not be had as
// a whole is not kept.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	now, before := filepath.Join(dir, "now"), filepath.Join(dir, "before")
	for _, held := range [][]string{{now}, {before}, {now, before}} {
		other, l := newLock(held), newLock([]string{now, before})
		if err := other.hold(); err != nil {
			t.Fatal(err)
		}
		if err := l.hold(); !errors.Is(err, errElsewhere) {
			t.Errorf("while another has %v: %v", held, err)
		}
		if err := errors.Join(other.hold(), other.release()); err != nil {
			t.Fatal(err)
		}
		both := newLock([]string{now, before})
		if err := errors.Join(both.hold(), both.hold(), both.release()); err != nil {
			t.Errorf("after another had %v: %v", held, err)
		}
	}
	if err := newLock(nil).hold(); err != nil {
		t.Errorf("a lock without files: %v", err)
	}
}
