package sync

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// Mail that comes while the line that watches is cut is there as soon as there is
// another one.
func TestCameWhileCut(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		w.host.set(func() {
			w.host.broken = &account.Error{Kind: account.Lost, Op: "watch", Err: errors.New("cut")}
			w.host.tell("INBOX")
		})
		synctest.Wait()
		w.host.set(func() { w.host.broken = nil })
		w.host.put("INBOX", 0, letter("new", "x"))
		synctest.Wait()
		same(t, "while it is cut", l.list("INBOX"), []string{})
		l.after(2 * time.Second)
		l.inStep("INBOX", "new")
	})
}

// Lines that die at rest are noticed then, and others are there soon, with what came
// meanwhile.
func TestDeadAtRest(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		l.after(10 * time.Second)
		w.host.set(func() { w.host.down = &account.Error{Kind: account.Unreachable, Op: "connect"} })
		w.host.die()
		synctest.Wait()
		if s := l.Accounts()[0].State; s != Offline {
			t.Errorf("the lines are dead, and the account is %s", s)
		}
		w.host.set(func() { w.host.down = nil })
		w.host.put("INBOX", 0, letter("new", "x"))
		l.after(5 * time.Second)
		l.inStep("INBOX", "new")
		if s := l.Accounts()[0].State; s != Online {
			t.Errorf("then the account is %s", s)
		}
	})
}

// Where the server can tell that nothing changed no mailbox is read but those that
// did, neither at the start, nor by a poll, nor in a pass.
func TestReadsWhatChanged(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.knows = true
		w.host.put("INBOX", 0, letter("in", "x"))
		w.host.put("Archive", mail.Seen, letter("filed", "x"))
		w.run().end()
		read := func(do func(l *life), want ...string) {
			t.Helper()
			before := len(w.host.logged())
			l := w.run()
			defer l.end()
			do(l)
			got := slices.DeleteFunc(w.host.logged()[before:], func(op string) bool { return op[:4] != "read" })
			if !slices.Equal(got, want) {
				t.Errorf("it reads %q, not %q", got, want)
			}
		}
		read(func(*life) {})
		read(func(l *life) { l.Pass(t.Context(), "work", PassOptions{}) })
		read(func(l *life) { l.after(5 * time.Minute) })
		read(func(l *life) { l.Refresh("work"); synctest.Wait() })
		w.host.put("Archive", mail.Seen, letter("more", "x"))
		read(func(l *life) { l.inStep("Archive", "filed", "more") }, "read Archive")
		read(func(l *life) {
			w.host.set(func() { m := w.host.box("Archive"); m.mod++; m.msgs[0].mod, m.msgs[0].flags = m.mod, 0 })
			l.after(2 * time.Minute)
		}, "read Archive")
	})
}

// Where it cannot, mailboxes that are not watched have their turns.
func TestTurns(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("Archive", mail.Seen, letter("one", "x"))
		w.host.put("Archive", 0, letter("two", "x"))
		l := w.run()
		defer l.end()
		w.host.set(func() { // the counts stay
			m := w.host.box("Archive")
			m.mod++
			for i, f := range []mail.Flags{0, mail.Seen} {
				m.msgs[i].mod, m.msgs[i].flags = m.mod, f
			}
		})
		l.after(6 * time.Minute)
		l.inStep("Archive", "one", "two")
		for _, r := range l.rows("Archive") {
			if r.Flags.Has(mail.Seen) != (r.Subject == "two") {
				t.Errorf("%s has the flags %v", r.Subject, r.Flags)
			}
		}
	})
}
