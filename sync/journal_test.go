package sync

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

func TestChanges(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		for _, s := range []string{"a", "b", "c", "d"} {
			w.host.put("INBOX", 0, letter(s, "x"))
		}
		l := w.run()
		defer l.end()
		a, b, c := l.id("INBOX", "a"), l.id("INBOX", "b"), l.id("INBOX", "c")
		l.do(mail.SetFlags{IDs: []mail.ID{a, b}, Add: mail.Flagged})
		l.do(mail.File{IDs: []mail.ID{b}, To: mail.Archive})
		l.do(mail.Copy{IDs: []mail.ID{a}, To: l.folder("Sent").ID})
		l.do(mail.Expunge{IDs: []mail.ID{c}})
		synctest.Wait()
		l.inStep("INBOX", "a", "d")
		l.inStep("Archive", "b")
		l.inStep("Sent", "a")
		if f := w.host.flags("Archive", "b"); f != mail.Flagged {
			t.Errorf("flags of b: %s", f)
		}
		if l.id("Archive", "b") != b {
			t.Error("b has another id")
		}
		if n := told[Notice](l); len(n) > 0 {
			t.Errorf("notices: %v", n)
		}
	})
}

func TestUndo(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		defer l.end()
		id := l.id("INBOX", "a")
		l.do(mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Flagged})
		l.do(mail.File{IDs: []mail.ID{id}, To: mail.Trash})
		l.do(mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Seen})
		synctest.Wait()
		l.inStep("Trash", "a")
		if s, err := l.Undo(t.Context()); err != nil || s != "took 1 message back from trash, now in the inbox" {
			t.Errorf("undo: %q, %v", s, err)
		}
		synctest.Wait()
		l.inStep("Trash")
		l.inStep("INBOX", "a")
		if _, err := l.Undo(t.Context()); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if f := w.host.flags("INBOX", "a"); f != mail.Seen {
			t.Errorf("flags %s", f)
		}
		if _, err := l.Undo(t.Context()); err != ErrNothingToUndo {
			t.Errorf("a third undo: %v", err)
		}
	})
}

// What was done before a restart can be taken back after it: what the server has not
// heard of by then is as if it had not been done, and the rest is done the other way
// round.
func TestUndoAfterRestart(t *testing.T) {
	for _, played := range []bool{false, true} {
		t.Run(fmt.Sprint("played: ", played), func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				w.host.put("INBOX", 0, letter("a", "x"))
				w.host.put("INBOX", 0, letter("b", "x"))
				l := w.run()
				a, b := l.id("INBOX", "a"), l.id("INBOX", "b")
				if !played {
					l.offline()
				}
				l.do(mail.SetFlags{IDs: []mail.ID{a, b}, Add: mail.Flagged})
				l.do(mail.Move{IDs: []mail.ID{a}, To: l.folder("Archive").ID})
				synctest.Wait()
				l.end()
				for _, suffix := range []string{"", "-wal", "-shm"} {
					os.Remove(filepath.Join(w.dir, "cache.db"+suffix)) // it is only a cache
				}
				l = w.run()
				defer l.end()
				if played {
					l.inStep("Archive", "a")
				}
				for _, want := range []string{"took back the move of 1 message", "took back the flags of 2 messages"} {
					if s, err := l.Undo(t.Context()); err != nil || !strings.HasPrefix(s, want) {
						t.Errorf("undo: %q, %v; want %q", s, err, want)
					}
				}
				if n, err := l.kept.Pending(t.Context()); err != nil || !played && n != 0 {
					t.Errorf("the server is to hear of %d changes that were taken back, %v", n, err)
				}
				l.online()
				l.inStep("INBOX", "a", "b")
				l.inStep("Archive")
				if f := w.host.flags("INBOX", "a"); f != 0 {
					t.Errorf("its flags are %v", f)
				}
			})
		})
	}
}

// Undo says what it took back and where it is, and counts nothing that was not
// changed or is gone.
func TestUndoSays(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		w.host.put("INBOX", 0, letter("b", "x"))
		w.host.put("Archive", 0, letter("c", "x"))
		l := w.run()
		defer l.end()
		a, b, c := l.id("INBOX", "a"), l.id("INBOX", "b"), l.id("Archive", "c")
		undo := func(want string) {
			t.Helper()
			if s, err := l.Undo(t.Context()); err != nil || s != want {
				t.Errorf("undo: %q, %v; want %q", s, err, want)
			}
			synctest.Wait()
		}
		l.do(mail.SetFlags{IDs: []mail.ID{a}, Add: mail.Flagged})
		l.do(mail.SetFlags{IDs: []mail.ID{a, b, c}, Add: mail.Flagged})
		undo("took back the flags of 2 messages in the inbox, Archive")
		l.do(mail.Move{IDs: []mail.ID{a, b, c}, To: l.folder("Archive").ID})
		undo("took back the move of 2 messages, now in the inbox")
		l.do(mail.File{IDs: []mail.ID{b}, To: mail.Trash})
		l.offline()
		l.do(mail.Expunge{IDs: []mail.ID{b}})
		undo("took back the deletion of 1 message, now in Trash") // the server has not heard of it
		l.online()
		l.do(mail.Expunge{IDs: []mail.ID{b}})
		synctest.Wait()
		undo("took back the flags of 1 message in the inbox")
		if _, err := l.Undo(t.Context()); err != ErrNothingToUndo {
			t.Errorf("a last undo: %v", err)
		}
	})
}

func TestRefusal(t *testing.T) {
	for op, c := range map[string]func(l *life, id mail.ID) mail.Change{
		"flags": func(_ *life, id mail.ID) mail.Change { return mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Flagged} },
		"move": func(l *life, id mail.ID) mail.Change {
			return mail.Move{IDs: []mail.ID{id}, To: l.folder("Archive").ID}
		},
		"expunge": func(_ *life, id mail.ID) mail.Change { return mail.Expunge{IDs: []mail.ID{id}} },
	} {
		t.Run(op, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				w.host.put("INBOX", 0, letter("a", "x"))
				w.host.be(refuse(op, &account.Error{Kind: account.Denied, Op: op, Said: "not allowed"}))
				l := w.run()
				defer l.end()
				l.do(c(l, l.id("INBOX", "a")))
				synctest.Wait()
				l.inStep("INBOX", "a")
				l.inStep("Archive")
				if f := l.rows("INBOX")[0].Flags; f != 0 {
					t.Errorf("the flags stayed: %s", f)
				}
				n := told[Notice](l)
				if len(n) != 1 || !strings.Contains(n[0].Text, "not allowed") {
					t.Errorf("notices: %v", n)
				}
			})
		})
	}
}

func TestMissingRoleIsMade(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host = newHost("INBOX")
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		defer l.end()
		l.do(mail.File{IDs: []mail.ID{l.id("INBOX", "a")}, To: mail.Archive})
		synctest.Wait()
		l.inStep("INBOX")
		l.inStep("Archive", "a")
	})
}

func TestDrafts(t *testing.T) {
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("silent=%v", silent), func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				w.host.silent = silent // the server does not say where it puts things
				l := w.run()
				defer l.end()
				var id mail.ID
				var err error
				for i := range 3 {
					if id, err = l.SaveDraft(t.Context(), "work", id, letter("draft", fmt.Sprint("version ", i))); err != nil {
						t.Fatal(err)
					}
				}
				synctest.Wait()
				l.inStep("Drafts", "draft")
				if id, err = l.SaveDraft(t.Context(), "work", id, letter("draft", "the last")); err != nil {
					t.Fatal(err)
				}
				l.after(2 * time.Minute)
				l.inStep("Drafts", "draft")
				if l.id("Drafts", "draft") != id {
					t.Error("the draft has another id")
				}
				raw, err := l.Raw(t.Context(), id)
				if err != nil || string(raw) != string(letter("draft", "the last")) {
					t.Errorf("draft: %q, %v", raw, err)
				}
			})
		})
	}
}

// TestJournalCrashes kills the engine at every step of playing the journal, and
// lets another go on.
func TestJournalCrashes(t *testing.T) {
	for _, silent := range []bool{false, true} {
		for at, more := 1, true; more; at++ {
			t.Run(fmt.Sprintf("silent=%v/step=%d", silent, at), func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					w.host.silent = silent
					for _, s := range []string{"a", "b", "c", "d"} {
						w.host.put("INBOX", 0, letter(s, "x"))
					}
					first := w.run()
					id := func(s string) mail.ID { return first.id("INBOX", s) }
					w.host.set(func() {
						w.host.down = &account.Error{Kind: account.Refused}
						w.host.broken = &account.Error{Kind: account.Lost}
					})
					first.do(mail.SetFlags{IDs: []mail.ID{id("a"), id("d")}, Add: mail.Flagged})
					first.do(mail.Move{IDs: []mail.ID{id("a"), id("b")}, To: first.folder("Archive").ID})
					first.do(mail.Copy{IDs: []mail.ID{id("d")}, To: first.folder("Trash").ID})
					first.do(mail.Expunge{IDs: []mail.ID{id("c")}})
					for i := range 2 {
						if _, err := first.SaveDraft(t.Context(), "work", 0, letter("draft", fmt.Sprint(i))); err != nil {
							t.Fatal(err)
						}
					}
					first.end()
					w.host.set(func() { w.host.down, w.host.broken = nil, nil })

					w.host.crash = &crash{at: at}
					l := w.begin(Options{OnDemand: true})
					w.host.crash.kill = l.stop
					l.start()
					l.Flush(l.ctx, "work")
					more = len(w.host.crash.steps) >= at
					l.stop()
					l.end()

					w.host.crash = nil
					l = w.run()
					l.after(2 * time.Minute)
					l.inStep("INBOX", "d")
					l.inStep("Archive", "a", "b")
					l.inStep("Trash", "d")
					l.inStep("Drafts", "draft", "draft")
					for _, f := range []mail.Flags{w.host.flags("INBOX", "d"), w.host.flags("Archive", "a")} {
						if f != mail.Flagged {
							t.Errorf("flags %q", f)
						}
					}
					if n := told[Notice](l); len(n) > 0 {
						t.Errorf("notices: %v", n)
					}
					l.end()
				})
			})
		}
	}
}
