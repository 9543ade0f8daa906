package sync

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail/render"
)

// newDropWorld returns a world with mail in a drop: with UIDLs that are sound,
// or with empty and repeated ones.
func (w *world) withDrop(sound bool) []string {
	w.office = &office{}
	uidls := []string{"u1", "u2", "u3", "u4"}
	if !sound {
		uidls = []string{"u1", "", "u1", ""}
	}
	var subjects []string
	for i, u := range uidls {
		s := fmt.Sprint("mail", i)
		subjects = append(subjects, s)
		w.office.waits = append(w.office.waits, parcel{uidl: u, raw: letter(s, "x")})
	}
	return subjects
}

func TestDrain(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		want := w.withDrop(true)
		l := w.run()
		defer l.end()
		l.inStep("INBOX", want...)
		if len(w.office.waits) > 0 {
			t.Errorf("%d messages stayed in the drop", len(w.office.waits))
		}
		before := len(told[NewMail](l))
		w.office.mu.Lock()
		w.office.waits = append(w.office.waits, parcel{uidl: "u9", raw: letter("later", "x")})
		w.office.mu.Unlock()
		l.after(2 * time.Minute)
		l.inStep("INBOX", append(want, "later")...)
		if n := told[NewMail](l)[before:]; len(n) != 1 || n[0].Count != 1 {
			t.Errorf("new mail: %v", n)
		}
	})
}

// TestDrainCrashes kills the engine at every step of emptying a drop, and lets
// another go on.
func TestDrainCrashes(t *testing.T) {
	for _, sound := range []bool{true, false} {
		for at, more := 1, true; more; at++ {
			t.Run(fmt.Sprintf("sound=%v/step=%d", sound, at), func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					want := w.withDrop(sound)
					c := &crash{at: at}
					w.host.crash, w.office.crash = c, c
					l := w.begin(Options{OnDemand: true})
					c.kill = l.stop
					l.start()
					l.Pass(l.ctx, "work", PassOptions{})
					more = len(c.steps) >= at
					l.stop()
					l.end()
					w.host.crash, w.office.crash = nil, nil
					before := len(w.office.got)
					l = w.run()
					l.inStep("INBOX", want...)
					if len(w.office.waits) > 0 {
						t.Errorf("%d messages stayed in the drop", len(w.office.waits))
					}
					if again := w.office.got[before:]; sound && len(again)+before > len(want)+1 {
						t.Errorf("retrieved twice: %v after %v", again, w.office.got[:before])
					}
					l.end()
				})
			})
		}
	}
}

// The cache is deleted between two sessions of which the first did not end well:
// nothing is retrieved a second time.
func TestDrainWithoutCache(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		want := w.withDrop(true)
		w.office.be(refuse("quit", &account.Error{Kind: account.Lost, Op: "quit"}, once))
		l := w.begin(Options{OnDemand: true})
		if err := l.Pass(l.ctx, "work", PassOptions{}); err == nil || w.office.waiting() != len(want) {
			t.Fatalf("%d messages wait after a session that broke: %v", w.office.waiting(), err)
		}
		l.end()
		for _, suffix := range []string{"", "-wal", "-shm"} {
			os.Remove(filepath.Join(w.dir, "cache.db"+suffix))
		}
		l = w.run()
		defer l.end()
		l.inStep("INBOX", want...)
		if w.office.waiting() > 0 || len(w.office.got) != len(want) {
			t.Errorf("%d messages wait, retrieved were %v", w.office.waiting(), w.office.got)
		}
	})
}

func TestOpenDuringDrain(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.withDrop(true)
		w.host.put("INBOX", 0, letter("here", "text"))
		l := w.begin(Options{})
		defer l.end()
		c := make(chan struct{})
		w.office.be(hold("retr", c))
		l.start()
		synctest.Wait()
		if s := l.Accounts()[0]; s.State != Syncing || s.Progress.Of != 4 {
			t.Errorf("state %s, %+v", s.State, s.Progress)
		}
		if _, err := l.Open(t.Context(), l.id("INBOX", "here"), render.Options{}); err != nil {
			t.Error(err)
		}
		close(c)
		synctest.Wait()
		l.inStep("INBOX", "here", "mail0", "mail1", "mail2", "mail3")
	})
}

func TestReusedUIDL(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		want := w.withDrop(true)
		l := w.run()
		defer l.end()
		w.office.mu.Lock()
		w.office.waits = []parcel{{uidl: "u1", raw: letter("another", "x")}}
		w.office.mu.Unlock()
		l.Refresh("work")
		synctest.Wait()
		l.inStep("INBOX", append(want, "another")...)
	})
}

func TestDrainFailures(t *testing.T) {
	lost := &account.Error{Kind: account.Lost, Op: "quit"}
	denied := &account.Error{Kind: account.Denied, Op: "retrieve", Said: "locked"}
	for _, test := range []struct {
		op      string
		err     error
		here    int // messages in the inbox while it fails
		waiting int // messages in the drop
	}{
		{"dial", &account.Error{Kind: account.Refused, Op: "connect"}, 0, 4},
		{"list", lost, 0, 4},
		{"retr", lost, 0, 4},
		{"retr", denied, 0, 4},
		{"dele", lost, 1, 4},
		{"quit", lost, 4, 4},
	} {
		t.Run(test.op+" "+test.err.Error(), func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				want := w.withDrop(true)
				w.office.be(refuse(test.op, test.err))
				l := w.run()
				defer l.end()
				if n := len(w.host.subjects("INBOX")); n < test.here || n > 4 {
					t.Errorf("%d messages are here, want %d", n, test.here)
				}
				if n := len(w.office.waits); n != test.waiting {
					t.Errorf("%d messages wait, want %d", n, test.waiting)
				}
				w.office.kind()
				l.after(20 * time.Minute)
				l.inStep("INBOX", want...)
				if n := len(w.office.waits); n != 0 {
					t.Errorf("%d messages stayed", n)
				}
			})
		})
	}
}

func TestDiskFull(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		want := w.withDrop(true)
		w.full = &account.Error{Kind: account.Denied, Op: "deliver", Err: errors.New("no space left on device"), Advice: "make room"}
		l := w.run()
		if n := len(w.office.waits); n != 4 {
			t.Errorf("%d messages wait, want all", n)
		}
		n := told[Notice](l)
		if len(n) == 0 || !strings.Contains(n[0].Text, "no space left") {
			t.Errorf("notices: %v", n)
		}
		l.end()
		w.full = nil
		l = w.run()
		defer l.end()
		l.inStep("INBOX", want...)
	})
}

func TestSpool(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var s spool
	want := strings.Repeat("0123456789", inMemory/4)
	for i := 0; i < len(want); i += 1 << 16 {
		if _, err := s.Write([]byte(want[i:min(i+1<<16, len(want))])); err != nil {
			t.Fatal(err)
		}
	}
	if s.file == nil {
		t.Error("a large message is kept in memory")
	}
	for _, at := range []int{0, 7, s.buf.Len() - 3, s.buf.Len(), len(want) - 20} {
		b := make([]byte, 20)
		if n, err := s.ReadAt(b, int64(at)); string(b) != want[at:at+20] || n != 20 || err != nil {
			t.Errorf("at %d: %q, %v", at, b[:n], err)
		}
	}
	if n, err := s.ReadAt(make([]byte, 20), s.size-5); n != 5 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	for range 2 {
		var b strings.Builder
		if err := s.CopyTo(&b); err != nil || b.String() != want {
			t.Errorf("%d octets of %d came out: %v", b.Len(), len(want), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
