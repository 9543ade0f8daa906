package sync

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// spoil has the store refuse to note that a recipient comes into a state, and any at
// all for "", until mend is called.
func (w *world) spoil(state mail.State) (mend func()) {
	w.t.Helper()
	exec := func(query string) {
		db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "data", "store.db"))
		if err == nil {
			_, err = db.Exec(query)
			err = errors.Join(err, db.Close())
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	exec("CREATE TRIGGER spoilt BEFORE UPDATE ON recipients WHEN '" + string(state) + "' IN ('', NEW.state) BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
	return func() { exec("DROP TRIGGER spoilt") }
}

// noticed returns what was told so far.
func noticed(l *life) (texts []string) {
	for _, n := range told[Notice](l) {
		texts = append(texts, n.Text)
	}
	return texts
}

// recipients returns "address state" for each recipient of what is in the outbox.
func (l *life) recipients() (list []string) {
	l.t.Helper()
	all, err := l.Outbox(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	for _, q := range all {
		for _, r := range q.Recipients {
			list = append(list, r.Address+" "+string(r.State))
		}
	}
	return list
}

// A message of which the text is lost keeps no other in the outbox, is told of once,
// and can be taken out.
func TestTextLost(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.begin(Options{})
		defer l.end()
		l.send(outgoing(l, "first"))
		texts, err := filepath.Glob(filepath.Join(w.dir, "data", "texts", "*"))
		if err != nil || len(texts) != 1 {
			t.Fatalf("the texts are %v, %v", texts, err)
		}
		if err := os.Remove(texts[0]); err != nil {
			t.Fatal(err)
		}
		l.send(outgoing(l, "second"))
		l.start()
		l.after(time.Hour)
		if w.postman.sent() != 1 {
			t.Error("the other message was not sent")
		}
		same(t, "outbox", l.states(), []mail.State{mail.Failed})
		if n := noticed(l); len(n) != 1 || !strings.Contains(n[0], `"first" cannot be sent`) {
			t.Errorf("told is %q", n)
		}
		if _, err := l.Cancel(t.Context(), "work", 1); err != nil || len(l.states()) != 0 {
			t.Errorf("it cannot be taken out: %v", err)
		}
	})
}

// A store that cannot be written is told of once, and tried again after a pause.
// Nothing is sent meanwhile, as nobody would know of it.
func TestUnwritable(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.begin(Options{})
		defer l.end()
		l.send(outgoing(l, "x"))
		mend := w.spoil("")
		l.start()
		l.after(3 * time.Hour)
		if n := noticed(l); len(n) != 1 || !strings.Contains(n[0], "was not sent") {
			t.Errorf("told is %q", n)
		}
		if w.postman.sent() != 0 || w.postman.tries < 2 {
			t.Errorf("it was sent %d times, tried %d times", w.postman.sent(), w.postman.tries)
		}
		mend()
		l.after(2 * time.Hour)
		if w.postman.sent() != 1 || len(l.states()) != 0 {
			t.Errorf("afterwards it was sent %d times, and there is %v", w.postman.sent(), l.states())
		}
	})
}

// Where it cannot be noted that a message was sent, that is told once, and noted when
// it can be. It is not sent again.
func TestSentAndNotNoted(t *testing.T) {
	for _, restarted := range []bool{false, true} {
		in(t, func(t *testing.T, w *world) {
			l := w.run()
			mend := w.spoil(mail.Accepted)
			l.send(outgoing(l, "x"))
			l.after(3 * time.Hour)
			if n := noticed(l); len(n) != 1 || !strings.Contains(n[0], `"x" was sent, and that is not noted yet`) {
				t.Errorf("told is %q", n)
			}
			same(t, "outbox", l.states(), []mail.State{mail.Sending})
			mend()
			want := []string{}
			if restarted {
				l.end()
				l = w.run()
				want = []string{"ann@example.org perhaps sent"}
			}
			l.after(2 * time.Hour)
			same(t, "outbox", l.recipients(), want)
			if w.postman.sent() != 1 {
				t.Errorf("it was sent %d times", w.postman.sent())
			}
			if !restarted {
				l.inStep("Sent", "x")
			}
			l.end()
		})
	}
}

// Who was refused before the end of a message was sent does not perhaps have it, and
// who was refused for now is tried again alone.
func TestStatesByRecipient(t *testing.T) {
	gone := refuse("rcpt gone@example.org", denied("550 no such user"))
	later := refuse("rcpt later@example.org", &account.Error{Kind: account.Busy, Op: "send", Said: "451 greylisted"}, once)
	for name, c := range map[string]struct {
		rules []*rule
		soon  []string // after a second
		sent  [][]string
		late  []string // after three hours
	}{
		"the line holds": {nil,
			[]string{"ann@example.org sent", "gone@example.org failed", "later@example.org refused for now"},
			[][]string{{"ann@example.org"}, {"later@example.org"}},
			[]string{"ann@example.org sent", "gone@example.org failed", "later@example.org sent"}},
		"the answer is lost": {[]*rule{cut("dot", done, once)},
			[]string{"ann@example.org perhaps sent", "gone@example.org failed", "later@example.org refused for now"},
			[][]string{{"ann@example.org"}, {"later@example.org"}},
			[]string{"ann@example.org perhaps sent", "gone@example.org failed", "later@example.org sent"}},
		"the line breaks before": {[]*rule{cut("data", once)},
			[]string{"ann@example.org waiting", "gone@example.org failed", "later@example.org refused for now"},
			[][]string{{"ann@example.org"}, {"later@example.org"}},
			[]string{"ann@example.org sent", "gone@example.org failed", "later@example.org sent"}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				g, r := *gone, *later
				w.postman.be(append([]*rule{&g, &r}, c.rules...)...)
				l := w.run()
				defer l.end()
				m := outgoing(l, "hi")
				m.Rcpt = []string{"ann@example.org", "gone@example.org", "later@example.org"}
				l.send(m)
				l.after(time.Second)
				same(t, "at first", l.recipients(), c.soon)
				l.after(3 * time.Hour)
				if !reflect.DeepEqual(w.postman.rcpt, c.sent) {
					t.Errorf("sent to %v, not %v", w.postman.rcpt, c.sent)
				}
				same(t, "at last", l.recipients(), c.late)
				if n := len(w.host.subjects("Sent")); n != 1 {
					t.Errorf("Sent has %d copies", n)
				}
			})
		})
	}
}

// A copy in Sent that was put there for some says nothing of another, of whom it is
// not known.
func TestPerhapsBesideSent(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.postman.be(refuse("rcpt eve@example.org", &account.Error{Kind: account.Busy, Op: "send"}, once), cut("dot", done, after(1)))
		l := w.run()
		m := outgoing(l, "hi")
		m.Rcpt = append(m.Rcpt, "eve@example.org")
		l.send(m)
		l.after(time.Hour)
		l.end()
		l = w.run()
		defer l.end()
		l.after(time.Hour)
		l.inStep("Sent", "hi")
		same(t, "recipients", l.recipients(), []string{"ann@example.org sent", "eve@example.org perhaps sent"})
	})
}

// Where there is no folder for copies and none can be made yet, the copy waits: the
// message is sent, and is not sent again.
func TestCopyWaits(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.boxes = slices.DeleteFunc(w.host.boxes, func(b *box) bool { return b.Name == "Sent" })
		w.host.be(refuse("create", &account.Error{Kind: account.Busy, Op: "create"}, times(3)))
		l := w.run()
		l.send(outgoing(l, "hi"))
		l.after(time.Second)
		same(t, "recipients", l.recipients(), []string{"ann@example.org sent"})
		l.end()
		l = w.run()
		defer l.end()
		l.after(2 * time.Hour)
		synctest.Wait()
		if l.inStep("Sent", "hi"); w.postman.sent() != 1 || len(l.states()) != 0 {
			t.Errorf("it was sent %d times, and there is %v", w.postman.sent(), l.states())
		}
	})
}
