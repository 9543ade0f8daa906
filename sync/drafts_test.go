package sync

import (
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
