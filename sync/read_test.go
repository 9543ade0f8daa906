package sync

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"posthorn/account/maildir"
	"posthorn/cache"
	"posthorn/internal/ramdir"
	"posthorn/mail"
)

// two returns an engine on two accounts, whose inboxes hold messages of each
// hour in turn.
func two(t testing.TB, messages int) *Engine {
	t.Helper()
	var accounts []Account
	kept := numbered(t, "home", "work")
	for slot, name := range []string{"home", "work"} {
		db, err := cache.Open(t.Context(), filepath.Join(ramdir.New(t), "cache.db"), name, kept[slot], cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		if err := db.SetMailboxes(t.Context(), []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox, Counts: mail.Unknown()}}); err != nil {
			t.Fatal(err)
		}
		f, err := db.FolderByRole(t.Context(), mail.Inbox)
		if err != nil {
			t.Fatal(err)
		}
		var d mail.Delta
		for i := range messages {
			at := time.Date(2026, 1, 1, 2*i+slot, 0, 0, 0, time.UTC)
			d.New = append(d.New, mail.Header{UID: mail.UID(fmt.Sprint(i + 1)), Received: at, Size: int64(i),
				Envelope: mail.Envelope{Date: at, Subject: fmt.Sprint(2*i + slot), MessageID: fmt.Sprint(name, i)}})
		}
		if err := db.Apply(t.Context(), f.ID, d); err != nil {
			t.Fatal(err)
		}
		accounts = append(accounts, Account{Name: name, Store: kept[slot], DB: db})
	}
	return New(accounts, Options{})
}

func TestAllAccountsTogether(t *testing.T) {
	e := two(t, 3)
	for _, test := range []struct {
		view  mail.View
		limit int
		want  []string
	}{
		{mail.View{Role: mail.Inbox}, 0, []string{"5", "4", "3", "2", "1", "0"}},
		{mail.View{Role: mail.Inbox, Threads: true}, 0, []string{"5", "4", "3", "2", "1", "0"}},
		{mail.View{Role: mail.Inbox}, 3, []string{"5", "4", "3"}},
		{mail.View{Role: mail.Inbox, Sort: mail.ByDateAscending}, 2, []string{"0", "1"}},
		{mail.View{Role: mail.Inbox, Sort: mail.BySubject}, 0, []string{"0", "1", "2", "3", "4", "5"}},
		{mail.View{Role: mail.Inbox, Account: "home"}, 0, []string{"4", "2", "0"}},
	} {
		entries, err := e.Entries(t.Context(), test.view, test.limit)
		if err != nil {
			t.Fatal(err)
		}
		var ids []mail.ID
		for _, en := range entries {
			ids = append(ids, en.ID)
		}
		rows, err := e.Rows(t.Context(), ids)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, r.Subject)
		}
		same(t, fmt.Sprintf("%+v", test.view), got, test.want)
	}
	if all, err := e.Folders(t.Context(), ""); err != nil || len(all) != 2 {
		t.Errorf("folders: %v, %v", all, err)
	}
	if _, err := e.Folders(t.Context(), "nobody"); !errors.Is(err, errNoAccount) {
		t.Errorf("an account that is not there: %v", err)
	}
}

func TestEventsMerge(t *testing.T) {
	q := newEvents()
	for _, e := range []Event{
		FoldersChanged{"a"}, FolderChanged{"a", 1}, NewMail{"a", 1, 2}, FoldersChanged{"b"}, Notice{"a", "no", errors.New("no")},
		FolderChanged{"a", 1}, FolderChanged{"a", 2}, NewMail{"a", 1, 3}, FoldersChanged{"a"}, Notice{"a", "no", errors.New("no")},
		AccountChanged{Account: "a", State: Connecting}, AccountChanged{Account: "a", State: Online},
	} {
		q.put(e)
	}
	var got []string
	for e, ok := q.take(); ok; e, ok = q.take() {
		got = append(got, fmt.Sprintf("%T%+v", e, e))
	}
	same(t, "events", got, []string{
		"sync.FoldersChanged{Account:a}", "sync.FolderChanged{Account:a Folder:1}", "sync.NewMail{Account:a Folder:1 Count:5}",
		"sync.FoldersChanged{Account:b}", "sync.Notice{Account:a Text:no Err:no}", "sync.FolderChanged{Account:a Folder:2}",
		"sync.AccountChanged{Account:a State:online Err:<nil> Progress:{Text: Done:0 Of:0}}",
	})
}

func TestPauseGrows(t *testing.T) {
	var last time.Duration
	for n := range 20 {
		d := growing(n)
		low, high := firstPause<<min(n, 10)/2, lastPause*3/2
		if d < min(low, lastPause/2) || d > high {
			t.Errorf("pause %d is %v", n, d)
		}
		last = max(last, d)
	}
	if last < lastPause/2 {
		t.Errorf("the longest pause was %v", last)
	}
}

// TestMaildir empties a drop into a Maildir on disk, and works on that.
func TestMaildir(t *testing.T) {
	w := newWorld(t)
	want := w.withDrop(false)
	dir := filepath.Join(w.dir, "mail")
	src, err := maildir.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	l := w.begin(Options{OnDemand: true})
	defer l.end()
	a := &l.workers[0].Account
	a.Room, a.Dial = src, func(context.Context) (Source, error) { return maildir.Open(dir) }
	w.office.be(refuse("quit", errors.New("the line broke")))
	if err := l.Pass(t.Context(), "work", PassOptions{}); err == nil {
		t.Error("the pass did not fail")
	}
	w.office.kind()
	for range 2 {
		if err := l.Pass(t.Context(), "work", PassOptions{}); err != nil {
			t.Fatal(err)
		}
		same(t, "INBOX", l.list("INBOX"), want)
	}
	id := l.id("INBOX", "mail0")
	l.do(mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Flagged})
	l.do(mail.File{IDs: []mail.ID{id}, To: mail.Archive})
	l.do(mail.Expunge{IDs: []mail.ID{l.id("INBOX", "mail1")}})
	if _, err := l.SaveDraft(t.Context(), "work", 0, letter("draft", "x")); err != nil {
		t.Fatal(err)
	}
	l.send(outgoing(l, "sent"))
	if err := l.Flush(t.Context(), "work"); err != nil {
		t.Fatal(err)
	}
	if err := l.Pass(t.Context(), "work", PassOptions{}); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string][]string{"INBOX": {"mail2", "mail3"}, "Archive": {"mail0"}, "Drafts": {"draft"}, "Sent": {"sent"}} {
		same(t, folder, l.list(folder), want)
	}
	if l.id("Archive", "mail0") != id || !slices.Contains(l.rows("Archive")[0].Flags.Names(), "starred") {
		t.Errorf("in the archive: %+v", l.rows("Archive")[0])
	}
	raw, err := l.Raw(t.Context(), id)
	if err != nil || len(raw) == 0 {
		t.Errorf("raw: %d octets, %v", len(raw), err)
	}
	var hits []mail.ID
	where, err := l.Search(t.Context(), "work", 0, mail.Text{Field: mail.BodyText, Value: "x"}, false, func(ids []mail.ID) { hits = ids })
	if err != nil || where != "here" || len(hits) != 4 {
		t.Errorf("%d found %s, %v", len(hits), where, err)
	}
}

func BenchmarkAllAccountsTogether(b *testing.B) {
	e := two(b, 50000)
	for _, limit := range []int{300, 0} {
		b.Run(fmt.Sprint("limit=", limit), func(b *testing.B) {
			for b.Loop() {
				if _, err := e.Entries(b.Context(), mail.View{Role: mail.Inbox}, limit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
