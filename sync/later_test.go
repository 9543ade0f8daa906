package sync

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// busy is what a server answers that wants to be asked later.
func busy(about account.Scope, said string) error {
	return &account.Error{Kind: account.Busy, About: about, Op: "try", Server: "h:1", Said: said}
}

// A job that is to be tried later says so once, is tried again by itself, and
// lets those pass that share no message with it.
func TestJobWaits(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		w.host.put("INBOX", 0, letter("b", "x"))
		w.host.be(refuse("move", busy(account.AboutJob, "come back later")))
		l := w.run()
		defer l.end()
		a, b := l.id("INBOX", "a"), l.id("INBOX", "b")
		l.do(mail.File{IDs: []mail.ID{a}, To: mail.Archive})
		l.do(mail.SetFlags{IDs: []mail.ID{a}, Add: mail.Flagged}) // shares a message with it
		l.do(mail.SetFlags{IDs: []mail.ID{b}, Add: mail.Flagged})
		l.after(10 * time.Second)
		if f := w.host.flags("INBOX", "b"); f != mail.Flagged {
			t.Error("a job that shares no message with it did not pass")
		}
		if f := w.host.flags("INBOX", "a"); f != 0 {
			t.Error("a job that shares a message with it passed")
		}
		if s := l.Accounts()[0]; s.State != Online {
			t.Errorf("the account is %s (%v)", s.State, s.Err)
		}
		l.after(20 * time.Minute)
		tries := 0
		for _, op := range w.host.logged() {
			if op == "move" {
				tries++
			}
		}
		if tries < 3 || tries > 20 {
			t.Errorf("it was tried %d times in 20 minutes", tries)
		}
		if n := told[Notice](l); len(n) != 1 || !strings.Contains(n[0].Text, "the move to Archive is not done yet") || !strings.Contains(n[0].Text, "come back later") {
			t.Errorf("told is %v", n)
		}
		w.host.kind()
		l.after(10 * time.Minute)
		l.inStep("INBOX", "b")
		l.inStep("Archive", "a")
		if f := w.host.flags("Archive", "a"); f != mail.Flagged {
			t.Error("the job after it was not played")
		}
	})
}

// Who asks to try again now is not made to wait.
func TestRefreshEndsPauses(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		w.host.put("Archive", mail.Seen, letter("z", "x"))
		w.host.be(refuse("move", busy(account.AboutJob, "later")))
		w.host.be(refuse("read Archive", busy(account.AboutMailbox, "in use")))
		l := w.run()
		defer l.end()
		l.do(mail.File{IDs: []mail.ID{l.id("INBOX", "a")}, To: mail.Trash})
		l.after(time.Second)
		w.host.kind()
		l.Refresh("work")
		synctest.Wait()
		l.after(2 * time.Second)
		l.inStep("Trash", "a")
		l.inStep("Archive", "z")
	})
}

// A mailbox that the server will not give now keeps no other one from being read,
// and the account is online all the same.
func TestMailboxWaits(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		w.host.put("Sent", mail.Seen, letter("b", "x"))
		w.host.put("Trash", mail.Seen, letter("c", "x"))
		w.host.be(refuse("read INBOX", busy(account.AboutMailbox, "in use by another program")))
		l := w.run()
		defer l.end()
		l.after(5 * time.Second)
		l.inStep("Sent", "b")
		l.inStep("Trash", "c")
		if s := l.Accounts()[0]; s.State != Online {
			t.Errorf("the account is %s (%v)", s.State, s.Err)
		}
		l.after(10 * time.Minute)
		if n := told[Notice](l); len(n) != 1 || !strings.Contains(n[0].Text, "INBOX cannot be read") || !strings.Contains(n[0].Text, "in use by another program") {
			t.Errorf("told is %v", n)
		}
		if dials := w.host.dials; dials > 2 {
			t.Errorf("it was connected %d times", dials)
		}
		w.host.kind()
		l.after(10 * time.Minute)
		l.inStep("INBOX", "a")
	})
}

// One that is refused for good is told of once, and not asked for again until
// something happens in it.
func TestMailboxRefused(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("Archive", mail.Seen, letter("a", "x"))
		w.host.be(refuse("read Archive", &account.Error{Kind: account.Denied, Op: "open the mailbox Archive", Said: "not yours"}))
		l := w.run()
		defer l.end()
		l.after(time.Hour)
		if n := told[Notice](l); len(n) != 1 {
			t.Errorf("told is %v", n)
		}
		asked := len(slices.DeleteFunc(w.host.logged(), func(op string) bool { return op != "read Archive" }))
		if asked > 2 { // once more when its counts are first known
			t.Errorf("it was asked for %d times", asked)
		}
	})
}

// door is a drop that may be opened every ten minutes.
type door struct{ Drop }

func (door) Delay() time.Duration { return 10 * time.Minute }

// What a server wants between logins holds for the next process as well.
func TestLoginDelayOfTheNext(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.withDrop(true)
		for i, wait := range []time.Duration{0, 4 * time.Minute, 0} { // one every six minutes
			l := w.begin(Options{OnDemand: true})
			l.workers[0].Drop = func(ctx context.Context) (Drop, error) {
				d, err := w.office.Drop(ctx)
				return door{d}, err
			}
			l.start()
			_, err := l.workers[0].drain(t.Context(), func(Progress) {})
			if account.WaitOf(err) != wait || (err == nil) != (wait == 0) {
				t.Errorf("process %d: %v", i, err)
			}
			l.end()
			time.Sleep(6 * time.Minute)
		}
	})
}

// A drop whose server wants to be left alone between logins is.
func TestLoginDelay(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.withDrop(true)
		l := w.begin(Options{})
		defer l.end()
		var opened []time.Time
		l.workers[0].Drop = func(ctx context.Context) (Drop, error) {
			d, err := w.office.Drop(ctx)
			opened = append(opened, time.Now())
			return door{d}, err
		}
		l.start()
		l.after(time.Minute)
		l.Refresh("work")
		l.after(31 * time.Minute)
		if len(opened) != 4 {
			t.Fatalf("it was opened %d times in 32 minutes", len(opened))
		}
		for i, at := range opened[1:] {
			if d := at.Sub(opened[i]); d < 10*time.Minute {
				t.Errorf("it was opened again after %v", d)
			}
		}
	})
}
