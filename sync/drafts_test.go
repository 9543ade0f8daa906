package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// save saves a draft and returns its id.
func (l *life) save(old mail.ID, text string) mail.ID {
	l.t.Helper()
	id, err := l.SaveDraft(l.t.Context(), "work", old, letter("draft", text))
	if err != nil {
		l.t.Fatal(err)
	}
	return id
}

// texts returns what lies in a mailbox of the server.
func (h *host) texts(name string) (list []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.box(name).msgs {
		_, body, _ := strings.Cut(string(m.raw), "\r\n\r\n")
		list = append(list, strings.TrimSpace(body))
	}
	return list
}

// A draft that the server will not take is kept here, and the version before it
// is kept there.
func TestDraftRefusedTwice(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		id := l.save(0, "first")
		synctest.Wait()
		w.host.be(overQuota())
		id = l.save(id, "second")
		id = l.save(id, "third")
		l.after(5 * time.Minute)
		same(t, "drafts on the server", w.host.texts("Drafts"), []string{"first"})
		if raw, err := l.Raw(t.Context(), id); err != nil || !strings.Contains(string(raw), "third") {
			t.Errorf("the draft is %q, %v", raw, err)
		}
		if n := told[Notice](l); len(n) != 1 || !strings.Contains(n[0].Text, "the message for Drafts is kept on this computer") || !strings.Contains(n[0].Text, "OVERQUOTA") {
			t.Errorf("told is %v", n)
		}
		w.host.kind()
		l.save(id, "fourth")
		l.after(3 * time.Hour)
		same(t, "drafts on the server", w.host.texts("Drafts"), []string{"fourth"})
		l.inStep("Drafts", "draft")
	})
}

// So is the copy of what was sent, over a restart, too.
func TestSentCopyOverRestart(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.be(overQuota())
		l := w.run()
		l.send(outgoing(l, "hi"))
		l.after(time.Minute)
		same(t, "sent in the cache", l.list("Sent"), []string{"hi"})
		l.end()
		w.host.kind()
		l = w.run()
		defer l.end()
		l.after(time.Minute)
		l.inStep("Sent", "hi")
	})
}

// A draft that was written offline goes where drafts are when there is a line.
func TestDraftFolderGone(t *testing.T) {
	for _, renamed := range []bool{true, false} { // or deleted
		t.Run(fmt.Sprint("renamed=", renamed), func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				l := w.run()
				w.host.set(func() {
					w.host.down = &account.Error{Kind: account.Refused}
					w.host.broken = &account.Error{Kind: account.Lost}
				})
				l.save(0, "written offline")
				l.end()
				w.host.set(func() {
					w.host.down, w.host.broken = nil, nil
					if b := w.host.box("Drafts"); renamed {
						b.Name = "Entwürfe"
					} else {
						w.host.boxes = slices.DeleteFunc(w.host.boxes, func(o *box) bool { return o == b })
					}
				})
				l = w.run()
				defer l.end()
				l.after(time.Minute)
				name := "Drafts"
				if renamed {
					name = "Entwürfe"
				}
				same(t, "drafts on the server", w.host.texts(name), []string{"written offline"})
				l.inStep(name, "draft")
			})
		})
	}
}

// uploads returns how often drafts were uploaded.
func (h *host) uploads() (n int) {
	for _, op := range h.logged() {
		if op == "append Drafts" {
			n++
		}
	}
	return n
}

// While somebody writes, the server is given the draft once a minute, or so seldom
// that it costs a twentieth of the time; afterwards at once. All the while there is
// one draft, under one id, with the last text.
func TestDraftIsUploadedNowAndThen(t *testing.T) {
	for took, most := range map[time.Duration]int{0: 11, 24 * time.Second: 3} {
		t.Run(took.String(), func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				slow := refuse("append", nil)
				slow.wait = func(context.Context) { time.Sleep(took) }
				w.host.be(slow)
				l := w.run()
				defer l.end()
				id := l.save(0, "version 0")
				for n := range 300 {
					l.after(2 * time.Second)
					if now := l.save(id, fmt.Sprint("version ", n+1)); now != id {
						t.Fatalf("the draft was %v and is %v", id, now)
					}
					if list := l.list("Drafts"); len(list) != 1 {
						t.Fatalf("after %d versions, there are the drafts %v", n, list)
					}
				}
				if n := w.host.uploads(); n < 2 || n > most {
					t.Errorf("it was uploaded %d times", n)
				}
				if err := l.LeaveDraft(t.Context(), id); err != nil {
					t.Error(err)
				}
				l.after(2*took + time.Second)
				same(t, "drafts on the server", w.host.texts("Drafts"), []string{"version 300"})
				if l.inStep("Drafts", "draft"); l.id("Drafts", "draft") != id {
					t.Error("the draft has another id")
				}
			})
		})
	}
}

// A draft that is sent before the server was given it never is.
func TestSentBeforeUploaded(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		id := l.save(0, "first")
		l.after(time.Second)
		id = l.save(id, "second")
		m := outgoing(l, "hi")
		m.Draft = mail.Ref{ID: id}
		l.send(m)
		l.after(time.Hour)
		same(t, "drafts on the server", w.host.texts("Drafts"), nil)
		l.inStep("Drafts")
		if n := w.host.uploads(); n != 1 {
			t.Errorf("it was uploaded %d times", n)
		}
	})
}

// A message that the server would not take is shown where it was to be, with the
// server's words, and can be put elsewhere; that can be taken back.
func TestKeptHere(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.be(refuse("append Drafts", denied("[OVERQUOTA] no more drafts")))
		l := w.run()
		defer l.end()
		id := l.save(0, "kept here")
		l.after(time.Minute)
		if rows := l.rows("Drafts"); len(rows) != 1 || !strings.Contains(rows[0].Kept, "no more drafts") {
			t.Fatalf("there are %+v", rows)
		}
		l.offline()
		l.do(mail.Move{IDs: []mail.ID{id}, To: l.folder("Archive").ID})
		if rows := l.rows("Archive"); len(rows) != 1 || rows[0].ID != id || rows[0].Kept != "" {
			t.Fatalf("moved, it is %+v", rows)
		}
		if s, err := l.Undo(t.Context()); err != nil || s != "took back the move of 1 message, now in Drafts" {
			t.Errorf("undo: %q, %v", s, err)
		}
		same(t, "drafts", l.list("Drafts"), []string{"draft"})
		l.do(mail.Move{IDs: []mail.ID{id}, To: l.folder("Archive").ID})
		l.online()
		l.inStep("Archive", "draft")
		l.inStep("Drafts")
		if l.id("Archive", "draft") != id {
			t.Error("it has another id")
		}
	})
}
