package sync

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/mail"
	"posthorn/mail/query"
)

// Hits of an account are told while another one's server is waited for, and all are in
// the order of their dates in the end.
func TestSearchAsTheyCome(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		e := twoAccounts(t, w)
		come := make(chan struct{})
		e.first.be(at("search", func() { <-come }))
		var told []int
		var last []mail.ID
		ended := make(chan error)
		go func() {
			_, err := e.Search(t.Context(), "", 0, mail.Text{Field: mail.BodyText, Value: "red"}, false, func(ids []mail.ID) {
				told, last = append(told, len(ids)), ids
			})
			ended <- err
		}()
		synctest.Wait()
		if len(last) != 2 || last[0].Slot() != 1 {
			t.Errorf("while the first account's server is waited for %v is told", last)
		}
		close(come)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		rows, err := e.Rows(t.Context(), last)
		if err != nil || len(rows) != 4 || !slices.IsSortedFunc(rows, func(a, b mail.Summary) int { return b.When().Compare(a.When()) }) {
			t.Errorf("found is %v, %v", rows, err)
		}
		if !slices.IsSorted(told) {
			t.Errorf("told are %d messages", told)
		}
	})
}

// A server that finds nothing, as one that does not fold the letters, does not hide
// what the cache knows.
func TestSearchBesideServer(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("Привет", "x"))
		l := w.run()
		defer l.end()
		w.host.set(func() { w.host.blind = true })
		var last []mail.ID
		where, err := l.Search(t.Context(), "work", 0, mail.Text{Field: mail.SubjectField, Value: "Привет"}, false, func(ids []mail.ID) { last = ids })
		if err != nil || where != atServer || len(last) != 1 {
			t.Errorf("%d found at %s, %v", len(last), where, err)
		}
	})
}

// A server is not asked for attachments: of what it finds, the rows tell which match.
// Where they cannot, it is not asked at all, and that is said.
func TestSearchAttachments(t *testing.T) {
	for text, want := range map[string]struct {
		where string
		n     int
		err   error
	}{
		"has:attachment":                {atHome, 0, nil},
		"-has:attachment":               {atHome, 1, nil},
		"body:red -has:attachment":      {atServer, 1, nil},
		"body:red has:attachment":       {atServer, 0, nil},
		"body:red or has:attachment":    {atHome, 0, errEntwined},
		"subject:a or -has:attachment":  {atHome, 1, nil},
		"-(body:blue or subject:green)": {atServer, 1, nil},
	} {
		in(t, func(t *testing.T, w *world) {
			w.host.put("INBOX", 0, letter("a", "red"))
			l := w.run()
			defer l.end()
			q, err := query.Parse(text, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			var last []mail.ID
			where, err := l.Search(t.Context(), "work", 0, q, false, func(ids []mail.ID) { last = ids })
			if where != want.where || len(last) != want.n || !errors.Is(err, want.err) {
				t.Errorf("%q: %d found at %s, %v", text, len(last), where, err)
			}
		})
	}
}
