package sync

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

func outgoing(l *life, subject string) mail.Outgoing {
	return mail.Outgoing{Account: "work", From: "bob@example.org", Rcpt: []string{"ann@example.org"}, Raw: letter(subject, "hello")}
}

func (l *life) send(m mail.Outgoing) {
	l.t.Helper()
	if err := l.Send(l.t.Context(), m); err != nil {
		l.t.Fatal(err)
	}
}

// states returns the states of what is in the outbox.
func (l *life) states() (list []mail.State) {
	l.t.Helper()
	all, err := l.Outbox(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	for _, q := range all {
		list = append(list, q.State)
	}
	return list
}

func TestSend(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("question", "?"))
		l := w.run()
		defer l.end()
		draft, err := l.SaveDraft(t.Context(), "work", 0, letter("answer", "hel"))
		if err != nil {
			t.Fatal(err)
		}
		m := outgoing(l, "answer")
		m.Answers.ID, m.Draft.ID = l.id("INBOX", "question"), draft
		l.send(m)
		synctest.Wait()
		if w.postman.sent() != 1 || len(l.states()) != 0 {
			t.Errorf("sent %d, outbox %v", w.postman.sent(), l.states())
		}
		l.inStep("Sent", "answer")
		l.inStep("Drafts")
		if f := w.host.flags("INBOX", "question"); f != mail.Answered {
			t.Errorf("the question is %q", f)
		}
		if f := w.host.flags("Sent", "answer"); f != mail.Seen {
			t.Errorf("the copy is %q", f)
		}
	})
}

func TestSendLater(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		m := outgoing(l, "later")
		m.NotBefore = time.Now().Add(time.Hour)
		l.send(m)
		l.after(59 * time.Minute)
		if w.postman.sent() != 0 {
			t.Error("it was sent too early")
		}
		l.after(2 * time.Minute)
		if w.postman.sent() != 1 {
			t.Error("it was not sent")
		}
	})
}

func TestServerFilesSent(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		w.host.put("Sent", mail.Seen, letter("hi", "hello")) // as the submission does at some providers
		l.send(outgoing(l, "hi"))
		l.after(2 * time.Minute)
		l.inStep("Sent", "hi")
	})
}

func TestSendFailures(t *testing.T) {
	temporary := &account.Error{Kind: account.Unreachable, Op: "send"}
	denied := &account.Error{Kind: account.Denied, Op: "send", Said: "no such user"}
	for _, test := range []struct {
		name    string
		answers []error
		sent    int // after an hour
		states  []mail.State
		notices int
	}{
		{"temporary", []error{temporary, temporary, temporary}, 1, nil, 0},
		{"denied", []error{denied}, 0, []mail.State{mail.Failed}, 1},
		{"uncertain", []error{&account.Error{Kind: account.Uncertain, Op: "send"}}, 0, []mail.State{mail.Perhaps}, 1},
		{"login", []error{&account.Error{Kind: account.BadLogin, Op: "log in"}}, 1, nil, 1},
		{"unknown", []error{errors.New("strange")}, 0, []mail.State{mail.Failed}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				l := w.run()
				defer l.end()
				for _, err := range test.answers {
					w.postman.be(refuse("mail", err, once))
				}
				l.send(outgoing(l, "hi"))
				l.after(time.Hour)
				if w.postman.sent() != test.sent {
					t.Errorf("sent %d times, want %d", w.postman.sent(), test.sent)
				}
				same(t, "outbox", l.states(), test.states)
				if n := told[Notice](l); len(n) != test.notices {
					t.Errorf("notices: %v", n)
				}
			})
		})
	}
}

func TestPartlyRefused(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		w.postman.be(refuse("rcpt eve@example.org", &account.Error{Kind: account.Denied, Op: "send", Said: "go away"}))
		m := outgoing(l, "hi")
		m.Rcpt = append(m.Rcpt, "eve@example.org")
		l.send(m)
		l.after(time.Hour)
		if w.postman.tries != 1 {
			t.Errorf("%d attempts", w.postman.tries)
		}
		list, err := l.Outbox(t.Context())
		if err != nil || len(list) != 1 || list[0].State != mail.Failed || !slices.Equal(list[0].Rcpt, []string{"eve@example.org"}) {
			t.Errorf("outbox: %+v, %v", list, err)
		}
		if n := told[Notice](l); len(n) != 1 || !strings.Contains(n[0].Text, "go away") {
			t.Errorf("notices: %v", n)
		}
		l.inStep("Sent", "hi")
	})
}

func TestCancelAndRetry(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		defer l.end()
		w.postman.be(refuse("mail", &account.Error{Kind: account.Denied, Op: "send"}, times(2)))
		l.send(outgoing(l, "one"))
		l.send(outgoing(l, "two"))
		synctest.Wait()
		list, err := l.Outbox(t.Context())
		if err != nil || len(list) != 2 {
			t.Fatalf("outbox: %v, %v", list, err)
		}
		raw, err := l.Cancel(t.Context(), "work", list[0].ID)
		if err != nil || !strings.Contains(string(raw), "Subject: one") {
			t.Errorf("cancel: %q, %v", raw, err)
		}
		if err := l.Retry(t.Context(), "work", list[1].ID); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if len(l.states()) != 0 || w.postman.sent() != 1 {
			t.Errorf("outbox %v, sent %d", l.states(), w.postman.sent())
		}
	})
}

// TestSendCrashes kills the engine at every step of sending a message, and lets
// another go on: the message is sent once, or the user is told of the doubt.
func TestSendCrashes(t *testing.T) {
	for _, filed := range []bool{false, true} { // whether the server files what it sends
		for at, more := 1, true; more; at++ {
			t.Run(fmt.Sprintf("filed=%v/step=%d", filed, at), func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					w.host.put("INBOX", 0, letter("question", "?"))
					first := w.run()
					draft, err := first.SaveDraft(t.Context(), "work", 0, letter("answer", "hel"))
					if err != nil {
						t.Fatal(err)
					}
					m := outgoing(first, "answer")
					m.Answers.ID, m.Draft.ID = first.id("INBOX", "question"), draft
					synctest.Wait()
					first.end()

					c := &crash{at: at}
					w.host.crash, w.postman.crash = c, c
					l := w.begin(Options{OnDemand: true})
					c.kill = l.stop
					l.send(m)
					l.start()
					l.Flush(l.ctx, "work")
					more = len(c.steps) >= at
					l.stop()
					l.end()

					w.host.crash, w.postman.crash = nil, nil
					if filed && w.postman.sent() > 0 && len(w.host.subjects("Sent")) == 0 {
						w.host.put("Sent", mail.Seen, letter("answer", "hello"))
					}
					l = w.run()
					l.after(20 * time.Minute)
					if n := w.postman.sent(); n > 1 {
						t.Fatalf("it was sent %d times", n)
					}
					switch states := l.states(); {
					case len(states) == 0:
						if w.postman.sent() != 1 {
							t.Error("it was never sent")
						}
						l.inStep("Sent", "answer")
						l.inStep("Drafts")
						if f := w.host.flags("INBOX", "question"); f != mail.Answered {
							t.Errorf("the question is %q", f)
						}
					case len(states) == 1 && states[0] == mail.Perhaps && (!filed || w.postman.sent() == 0):
						if len(told[Notice](l)) == 0 {
							t.Error("nobody was told of the doubt")
						}
						l.inStep("Drafts", "answer")
					default:
						t.Errorf("outbox %v, sent %d", states, w.postman.sent())
					}
					l.end()
				})
			})
		}
	}
}
