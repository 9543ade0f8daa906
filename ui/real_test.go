package ui

import (
	"path/filepath"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"

	"posthorn/cache"
	"posthorn/mail"
	"posthorn/store"
	"posthorn/sync"
)

// playReal runs a test on the real engine and a cache, whose server is not to be
// had. Its account has an inbox with one message, an archive and a trash.
func playReal(t *testing.T, test func(*session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		kept, err := store.Open(t.Context(), t.TempDir(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		accounts, err := kept.Accounts(t.Context(), []string{"ann"})
		if err != nil {
			t.Fatal(err)
		}
		db, err := cache.Open(t.Context(), filepath.Join(t.TempDir(), "ann.db"), "ann", accounts[0], cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		fill(t, db)
		e := sync.New([]sync.Account{{Name: "ann", Store: accounts[0], DB: db}}, sync.Options{OnDemand: true})
		s := start(t, e, Options{Theme: "dark"})
		defer s.end()
		s.send(tea.WindowSizeMsg{Width: 100, Height: 30})
		s.send(started{[]sync.AccountInfo{{Name: "ann"}}})
		s.shows("real letter")
		test(s)
	})
}

func fill(t *testing.T, db *cache.DB) {
	t.Helper()
	unknown := mail.Unknown()
	var boxes []mail.Mailbox
	for name, role := range map[string]mail.Role{"INBOX": mail.Inbox, "Archive": mail.Archive, "Trash": mail.Trash} {
		boxes = append(boxes, mail.Mailbox{Name: name, Role: role, Counts: unknown})
	}
	if err := db.SetMailboxes(t.Context(), boxes); err != nil {
		t.Fatal(err)
	}
	in, err := db.FolderByRole(t.Context(), mail.Inbox)
	if err != nil {
		t.Fatal(err)
	}
	m := sample("a real letter", "Mira", 0)
	d := mail.Delta{Validity: 1, New: []mail.Header{{UID: "1", Received: m.Received, Size: m.Size, Envelope: m.Envelope}}, Counts: unknown}
	if err := db.Apply(t.Context(), in.ID, d); err != nil {
		t.Fatal(err)
	}
}
