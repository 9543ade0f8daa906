package sync

import (
	"path/filepath"
	"testing"

	"posthorn/internal/ramdir"
	"posthorn/store"
)

// openStore opens the store in a folder, with some accounts.
func openStore(t testing.TB, dir string, names ...string) (*store.Store, []*store.Account) {
	t.Helper()
	s, err := store.Open(t.Context(), filepath.Join(dir, "data"), dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Accounts(t.Context(), names)
	if err != nil {
		t.Fatal(err)
	}
	return s, list
}

// numbered returns accounts of a store that is gone after the test.
func numbered(t testing.TB, names ...string) []*store.Account {
	t.Helper()
	s, list := openStore(t, ramdir.New(t), names...)
	t.Cleanup(func() { s.Close() })
	return list
}
