package sync

import (
	"context"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"strings"
	"testing"

	"posthorn/account"
	"posthorn/cache"
	"posthorn/internal/ramdir"
	"posthorn/mail"
)

// A brittle source breaks after each message of its inbox, and would not tell of
// the third of five.
type brittle struct{}

func (brittle) Mailboxes(context.Context) ([]mail.Mailbox, error) {
	return []mail.Mailbox{{Name: "INBOX", Delimiter: "/", Role: mail.Inbox, Counts: mail.Unknown()}}, nil
}

func (brittle) Changes(_ context.Context, _ string, since mail.Cursor) iter.Seq2[mail.Delta, error] {
	return func(yield func(mail.Delta, error) bool) {
		n := 0
		fmt.Sscan(string(since), &n)
		if n++; n > 5 {
			yield(mail.Delta{Cursor: since, Counts: mail.Unknown(), Done: 1, Of: 1}, nil)
			return
		}
		d := mail.Delta{Cursor: mail.Cursor(fmt.Sprint(n)), Counts: mail.Unknown(),
			New: []mail.Header{{UID: mail.UID(fmt.Sprint(n)), Envelope: mail.Envelope{Subject: fmt.Sprint("letter ", n)}}}}
		if n == 3 {
			d.Unreadable, d.Why = 1, "the server is ill"
		}
		if yield(d, nil) {
			yield(mail.Delta{}, &account.Error{Kind: account.Lost, Op: "read the mailbox INBOX"})
		}
	}
}

func (brittle) Fetch(context.Context, mail.Place, string, io.Writer) error { return nil }
func (brittle) Close() error                                               { return nil }

// A line that breaks again and again, but each time further on, is resumed at
// once; what could not be read is told once.
func TestResumed(t *testing.T) {
	kept := numbered(t, "work")[0]
	db, err := cache.Open(t.Context(), filepath.Join(ramdir.New(t), "cache.db"), "work", kept, cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	dials := 0
	e := New([]Account{{Name: "work", Store: kept, DB: db, Dial: func(context.Context) (Source, error) {
		dials++
		return brittle{}, nil
	}}}, Options{})
	const told = "a message of INBOX cannot be read: the server is ill (tried again later)"
	if err := e.Pass(t.Context(), "work", PassOptions{}); err == nil || err.Error() != told || dials != 6 {
		t.Errorf("after %d connections the pass ends with %v", dials, err)
	}
	f, err := db.FolderByName(t.Context(), "INBOX")
	if err != nil {
		t.Fatal(err)
	}
	if list, err := db.Entries(t.Context(), mail.View{Folder: f.ID}, 0); err != nil || len(list) != 5 {
		t.Errorf("there are %v, %v", list, err)
	}
	if err := e.Pass(t.Context(), "work", PassOptions{}); err != nil && strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("it is told again: %v", err)
	}
}
