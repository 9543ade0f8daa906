package sync

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/cache"
	"posthorn/mail"
)

// offline has the host be out of reach, and online has it be there again.
func (l *life) offline() {
	l.host.set(func() {
		l.host.down, l.host.broken = &account.Error{Kind: account.Refused}, &account.Error{Kind: account.Lost}
	})
	l.after(time.Minute)
}

func (l *life) online() {
	l.host.set(func() { l.host.down, l.host.broken = nil, nil })
	l.Refresh("work")
	l.after(10 * time.Minute)
}

// overQuota refuses every append for good.
func overQuota() *rule { return refuse("append", denied("[OVERQUOTA] the mailbox is full")) }

// A draft whose new version the server does not take is kept here, in that version.
func TestDraftRefused(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		id, err := l.SaveDraft(t.Context(), "work", 0, letter("draft", "first"))
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.host.be(overQuota())
		if _, err := l.SaveDraft(t.Context(), "work", id, letter("draft", "second")); err != nil {
			t.Fatal(err)
		}
		l.after(time.Hour)
		if len(l.list("Drafts")) == 0 {
			t.Fatalf("the draft is gone; on the server are %q", w.host.subjects("Drafts"))
		}
		if raw, err := l.Raw(t.Context(), l.id("Drafts", "draft")); err != nil || string(raw) != string(letter("draft", "second")) {
			t.Errorf("the draft is gone: there is %q, %v", raw, err)
		}
		w.host.kind()
		l.Refresh("work")
		l.after(2 * time.Hour)
		l.inStep("Drafts", "draft")
	})
}

// A copy for Sent that the server does not take is kept here.
func TestSentCopyRefused(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		w.host.be(overQuota())
		l.send(outgoing(l, "letter"))
		l.after(time.Hour)
		if w.postman.sent() != 1 {
			t.Fatalf("sent %d times", w.postman.sent())
		}
		if !slices.Contains(l.list("Sent"), "letter") {
			t.Error("the copy of the letter is gone")
		}
	})
}

// A draft saved offline is kept when its folder was renamed meanwhile.
func TestDraftFolderRenamed(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		l.offline()
		if _, err := l.SaveDraft(t.Context(), "work", 0, letter("draft", "on the train")); err != nil {
			t.Fatal(err)
		}
		w.host.set(func() { w.host.box("Drafts").Name = "Entwürfe" })
		l.online()
		kept := w.host.subjects("Entwürfe")
		folders, err := l.Folders(t.Context(), "work")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range folders {
			kept = append(kept, l.list(f.Name)...)
		}
		if !slices.Contains(kept, "draft") {
			t.Errorf("the draft is gone; there is %q", kept)
		}
	})
}

// Of the versions that were saved offline the last is uploaded.
func TestDraftVersions(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		l.offline()
		var id mail.ID
		for i := range 20 {
			var err error
			if id, err = l.SaveDraft(t.Context(), "work", id, letter("draft", fmt.Sprint("version ", i))); err != nil {
				t.Fatal(err)
			}
		}
		l.online()
		l.inStep("Drafts", "draft")
		uploads := 0
		for _, op := range w.host.logged() {
			if op == "append Drafts" {
				uploads++
			}
		}
		if uploads > 2 {
			t.Errorf("the draft is uploaded %d times", uploads)
		}
	})
}

// Saves that overlap, each of which replaces the same version, leave one draft.
func TestDraftSavesOverlap(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		old, err := l.SaveDraft(t.Context(), "work", 0, letter("draft", "first"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 { // none has heard of the one before
			if _, err := l.SaveDraft(t.Context(), "work", old, letter("draft", fmt.Sprint("later ", i))); err != nil {
				t.Fatal(err)
			}
		}
		l.after(10 * time.Minute)
		if n := len(w.host.subjects("Drafts")); n != 1 {
			t.Errorf("there are %d copies of one draft", n)
		}
	})
}

// fill puts letters into the drop, under the UIDLs given.
func (o *office) fill(prefix string, uidls ...string) (subjects []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, u := range uidls {
		s := fmt.Sprint(prefix, i)
		o.waits = append(o.waits, parcel{uidl: u, raw: letter(s, "x")})
		subjects = append(subjects, s)
	}
	return subjects
}

// A server numbers its messages anew in every session, and gives the numbers for
// UIDLs. The answer to QUIT is lost.
func TestUIDLIsNumber(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.office = &office{}
		want := w.office.fill("old", "1", "2", "3")
		lost := cut("quit", once, done)
		lost.wait = func(context.Context) { want = append(want, w.office.fill("new", "1", "2", "3")...) }
		w.office.be(lost)
		l := w.run()
		defer l.end()
		l.after(time.Hour)
		for _, s := range want {
			if n := w.office.waiting(); n < 3 && !slices.Contains(l.list("INBOX"), s) {
				t.Errorf("%s is deleted unread", s)
			}
		}
		l.inStep("INBOX", want...)
	})
}

// A message that comes shorter than the server said is not deleted there without
// a word.
func TestRetrievedShort(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.office = &office{}
		w.office.fill("mail", "u1", "u2")
		w.office.waits[0].says = 4000
		l := w.run()
		defer l.end()
		l.after(time.Hour)
		if w.office.waiting() == 0 && len(told[Notice](l)) == 0 {
			t.Error("half a message was stored and deleted, and nothing was told")
		}
		if !slices.Contains(l.list("INBOX"), "mail1") {
			t.Error("the message after it did not come")
		}
	})
}

// Messages that are the same to the octet are messages of their own.
func TestIdenticalInDrop(t *testing.T) {
	for name, uidls := range map[string][]string{"without UIDL": {"", "", ""}, "with one UIDL": {"u", "u", "u"}} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				w.office = &office{}
				w.office.fill("mail", uidls...)
				w.office.waits[2].raw = w.office.waits[0].raw
				l := w.run()
				defer l.end()
				if n := len(l.list("INBOX")); n+w.office.waiting() < 3 {
					t.Errorf("stored are %d of 3, %d wait", n, w.office.waiting())
				}
			})
		})
	}
}

// A refusal that is about one message keeps no other from coming, and is told.
func TestRefusedInDrop(t *testing.T) {
	for _, c := range []struct {
		step string
		come int
	}{
		{"dele 1", 4},
		{"retr 1", 3},
	} {
		t.Run(c.step, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				w.withDrop(true)
				w.office.be(refuse(c.step, denied("no")))
				l := w.run()
				defer l.end()
				if n := len(l.list("INBOX")); n != c.come {
					t.Errorf("%d of 4 messages came", n)
				}
				if len(told[Notice](l)) == 0 {
					t.Error("nothing was told")
				}
			})
		})
	}
}

// A pass in which a message could not be fetched has failed.
func TestRefusedInPass(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.withDrop(true)
		w.office.be(refuse("retr 2", denied("no")))
		l := w.begin(Options{OnDemand: true})
		l.start()
		defer l.end()
		if err := l.Pass(t.Context(), "work", PassOptions{}); err == nil {
			t.Error("the pass went well, without a message")
		}
	})
}

// Each recipient is dealt with by what was said of that one.
func TestRecipients(t *testing.T) {
	for _, c := range []struct {
		name string
		rcpt []string
	}{
		{"with one who is accepted", []string{"ann@example.org", "gone@example.org", "later@example.org"}},
		{"with none who is accepted", []string{"later@example.org", "gone@example.org"}},
		{"in the other order", []string{"gone@example.org", "later@example.org"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				l := w.run()
				defer l.end()
				w.postman.be(refuse("rcpt later@example.org", busy(account.AboutKind, "451 greylisted"), once),
					refuse("rcpt gone@example.org", denied("550 no such user")))
				m := outgoing(l, "hi")
				m.Rcpt = c.rcpt
				l.send(m)
				l.after(3 * time.Hour)
				if !slices.Contains(slices.Concat(w.postman.rcpt...), "later@example.org") {
					t.Error("the one refused for now was never tried again")
				}
				list, err := l.Outbox(t.Context())
				if err != nil || len(list) != 1 || list[0].State != mail.Failed || !slices.Equal(list[0].Rcpt, []string{"gone@example.org"}) {
					t.Errorf("the one refused for good is tried again and again, or forgotten: %+v, %v", list, err)
				}
			})
		})
	}
}

// A process that dies before the server heard of a message has not perhaps sent it.
func TestDiesBeforeSending(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		c := &crash{at: 1}
		w.postman.crash = c
		l := w.begin(Options{})
		c.kill = l.stop
		l.send(outgoing(l, "hi"))
		l.start()
		l.after(time.Minute)
		l.end()
		w.postman.crash = nil
		l = w.run()
		defer l.end()
		l.after(time.Hour)
		if states := l.states(); len(states) > 0 {
			t.Errorf("the user is asked, though nothing was sent: the message is %v", states)
		}
		if w.postman.sent() != 1 {
			t.Errorf("sent %d times", w.postman.sent())
		}
	})
}

// A copy is taken back as a move is: before the server has heard of it, and after.
func TestUndoCopy(t *testing.T) {
	for _, played := range []bool{false, true} {
		t.Run(fmt.Sprint("played: ", played), func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				w.host.put("INBOX", 0, letter("a", "x"))
				l := w.run()
				defer l.end()
				if !played {
					l.offline()
				}
				l.do(mail.Copy{IDs: []mail.ID{l.id("INBOX", "a")}, To: l.folder("Archive").ID})
				synctest.Wait()
				if _, err := l.Undo(t.Context()); err != nil {
					t.Errorf("undo: %v", err)
				}
				l.online()
				l.inStep("INBOX", "a")
				l.inStep("Archive")
			})
		})
	}
}

// A move that is tried twice moves, also where the target holds the same message
// from before.
func TestMoveToTwin(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("Archive", 0, letter("a", "x"))
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		defer l.end()
		w.host.be(cut("move", once)) // before the server did anything
		l.do(mail.File{IDs: []mail.ID{l.id("INBOX", "a")}, To: mail.Archive})
		l.after(10 * time.Minute)
		if n := len(w.host.subjects("INBOX")) + len(w.host.subjects("Archive")); n != 2 {
			t.Errorf("%d of 2 messages is left", n)
		}
	})
}

// A pair is an engine on two accounts, with messages in both inboxes.
type pair struct {
	*Engine
	first, second *host
}

func twoAccounts(t *testing.T, w *world) pair {
	t.Helper()
	e := pair{first: w.host, second: newHost("INBOX", "Sent", "Drafts", "Archive", "Trash")}
	var accounts []Account
	kept := numbered(t, "account0", "account1")
	for i, h := range []*host{e.first, e.second} {
		time.Sleep(time.Hour) // of the bubble: the second's are newer
		name := fmt.Sprint("account", i)
		for j := range 2 {
			h.put("INBOX", 0, letter(fmt.Sprint(name, " ", j), "red"))
		}
		db, err := cache.Open(t.Context(), filepath.Join(w.dir, name+".db"), name, kept[i], cache.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		accounts = append(accounts, Account{Name: name, Receive: "imap", Store: kept[i], DB: db, Dial: h.Dial, Locks: []string{filepath.Join(w.dir, name+".lock")}})
	}
	e.Engine = New(accounts, Options{OnDemand: true})
	for _, a := range accounts {
		if err := e.Pass(t.Context(), a.Name, PassOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// What was found in one account stays found, whatever another account does.
func TestSearchTwo(t *testing.T) {
	for name, c := range map[string]struct {
		rule  *rule
		found int
	}{
		"all is well":               {nil, 4},
		"the second's line breaks":  {cut("search Sent"), 4},
		"the second's line is dead": {cut("search"), 2},
		"the second refuses":        {refuse("search", denied("no")), 2},
		"a folder is gone":          {refuse("search Sent", &account.Error{Kind: account.NotFound, Op: "open Sent"}), 4},
		"a folder is refused":       {refuse("search Sent", denied("not yours")), 4},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				e := twoAccounts(t, w)
				if c.rule != nil {
					e.second.be(c.rule)
				}
				var mu sync.Mutex
				var last []mail.ID
				q := mail.Text{Field: mail.BodyText, Value: "red"}
				_, err := e.Search(t.Context(), "", 0, q, false, func(ids []mail.ID) {
					mu.Lock()
					defer mu.Unlock()
					last = ids
				})
				if err != nil && c.found == 4 {
					t.Errorf("the search ends with %v", err)
				}
				first := slices.DeleteFunc(slices.Clone(last), func(id mail.ID) bool { return id.Slot() != 0 })
				if len(first) != 2 || len(last) < c.found {
					t.Errorf("found are %d messages, %d of them in the first account (%v)", len(last), len(first), err)
				}
			})
		})
	}
}

// The ids in the outbox mean messages, not rows of a cache: after the cache was
// deleted they mark no other message.
func TestOutboxAfterDeletion(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("question", "?"))
		l := w.run()
		m := outgoing(l, "answer")
		m.Answers.ID = l.id("INBOX", "question")
		m.NotBefore = time.Now().Add(time.Hour)
		l.send(m)
		l.end()
		for _, suffix := range []string{"", "-wal", "-shm"} {
			os.Remove(filepath.Join(w.dir, "cache.db"+suffix))
		}
		w.host.put("INBOX", 0, letter("other", "!"))
		l = w.run()
		defer l.end()
		l.after(2 * time.Hour)
		if w.postman.sent() != 1 {
			t.Fatal("it was not sent")
		}
		if w.host.flags("INBOX", "other") != 0 {
			t.Error("another message is marked as answered")
		}
	})
}

// A move that is refused takes those after it back as well, or has them begin
// where the message is: it is counted in one mailbox, the one where it lies.
func TestMovesInARow(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("a", "x"))
		l := w.run()
		defer l.end()
		l.offline()
		id := l.id("INBOX", "a")
		l.do(mail.Move{IDs: []mail.ID{id}, To: l.folder("Archive").ID})
		l.do(mail.Move{IDs: []mail.ID{id}, To: l.folder("Trash").ID})
		w.host.be(refuse("move", denied("not there"), once))
		l.online()
		total := 0
		for _, box := range []string{"INBOX", "Archive", "Trash"} {
			l.inStep(box, w.host.subjects(box)...)
			total += l.folder(box).Counts.Total
		}
		if total != 1 {
			t.Errorf("one message is counted %d times", total)
		}
		var texts []string
		for _, n := range told[Notice](l) {
			texts = append(texts, n.Text)
		}
		if !strings.Contains(strings.Join(texts, "\n"), "Archive") {
			t.Errorf("told is %q", texts)
		}
	})
}
