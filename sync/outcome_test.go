package sync

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/mail/render"
)

// What a server does not do ends the call that asked for it with the server's
// words, whichever process plays the journal.
func TestCarry(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refusal error
		says    []string // nil: it is done
		pending int
	}{
		{"done", nil, nil, 0},
		{"refused", &account.Error{Kind: account.Denied, Op: "bring messages to Archive", Server: "h:1", Said: "you may not", Advice: "ask ann"},
			[]string{"the move to Archive was taken back", "bring messages to Archive at h:1: the server said: you may not — ask ann"}, 0},
		{"not now", busy(account.AboutJob, "come back later"), []string{"kept, and tried again later", "come back later"}, 1},
	} {
		for _, elsewhere := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					w.host.put("INBOX", 0, letter("a", "x"))
					if tt.refusal != nil {
						w.host.be(refuse("move", tt.refusal))
					}
					first := w.run()
					if !elsewhere {
						first.end()
					}
					l := w.begin(Options{OnDemand: true})
					l.start()
					err := l.Carry(t.Context(), mail.File{IDs: []mail.ID{l.id("INBOX", "a")}, To: mail.Archive})
					if (err == nil) != (tt.says == nil) {
						t.Errorf("it ends with %v", err)
					}
					for _, s := range tt.says {
						if err != nil && !strings.Contains(err.Error(), s) {
							t.Errorf("%v does not say %q", err, s)
						}
					}
					if n, err := l.kept.Pending(t.Context()); err != nil || n != tt.pending {
						t.Errorf("%d jobs are in the journal, %v", n, err)
					}
					if elsewhere {
						first.stop()
						first.ended.Wait()
						if err := first.closeFiles(); err != nil {
							t.Error(err)
						}
					}
					l.end()
				})
			})
		}
	}
}

// A message that was sent is sent, whatever else does not work.
func TestDeliverWithoutSource(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.down = errors.New("no route")
		l := w.begin(Options{OnDemand: true})
		defer l.end()
		l.start()
		left, err := l.Deliver(t.Context(), outgoing(l, "hi"))
		if err != nil || len(left) != 0 || w.postman.sent() != 1 {
			t.Errorf("left is %v, sent %d, %v", left, w.postman.sent(), err)
		}
	})
}

// slow is a server that takes its time.
type slow struct {
	Sender
	until <-chan struct{}
}

func (s slow) Send(ctx context.Context, m mail.Outgoing, handing func([]mail.Result) error) ([]mail.Result, error) {
	<-s.until
	return s.Sender.Send(ctx, m, handing)
}

// Where another process sends, its end is waited for.
func TestDeliverElsewhere(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		first := w.run()
		until := make(chan struct{})
		first.workers[0].Sender = slow{w.postman, until}
		l := w.begin(Options{OnDemand: true})
		l.start()
		time.AfterFunc(20*time.Second, func() { close(until) })
		left, err := l.Deliver(t.Context(), outgoing(l, "hi"))
		if err != nil || len(left) != 0 || w.postman.sent() != 1 {
			t.Errorf("left is %v, sent %d, %v", left, w.postman.sent(), err)
		}
		first.stop()
		first.ended.Wait()
		if err := first.closeFiles(); err != nil {
			t.Error(err)
		}
		l.end()
	})
}

// An answer may be a forward, too.
func TestAnswersAndForwards(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.host.put("INBOX", 0, letter("question", "?"))
		l := w.run()
		defer l.end()
		m := outgoing(l, "answer")
		m.Answers.ID = l.id("INBOX", "question")
		m.Forwards = m.Answers
		l.send(m)
		synctest.Wait()
		if f := w.host.flags("INBOX", "question"); f != mail.Answered|mail.Forwarded {
			t.Errorf("the flags are %s", f)
		}
	})
}

// Who is told of progress may ask the engine for something.
func TestProgressAsks(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		for _, s := range []string{"a", "b", "c", "d", "e"} {
			w.host.put("INBOX", 0, letter(s, "x"))
		}
		l := w.begin(Options{OnDemand: true})
		defer l.end()
		l.start()
		opened := 0
		err := l.Pass(t.Context(), "work", PassOptions{Progress: func(Progress) {
			if _, err := l.db.FolderByName(t.Context(), "INBOX"); err != nil || opened > 0 {
				return
			}
			if entries := l.rows("INBOX"); len(entries) > 0 {
				opened++
				if _, err := l.Open(t.Context(), entries[0].ID, render.Options{}); err != nil {
					t.Error(err)
				}
			}
		}})
		if err != nil || opened != 1 {
			t.Errorf("opened %d, %v", opened, err)
		}
	})
}

// Who waits for a drop that somebody else empties can give up.
func TestDrainGivesUp(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		w.withDrop(true)
		l := w.begin(Options{OnDemand: true})
		defer l.end()
		l.start()
		k := l.workers[0]
		k.draining.must()
		defer k.draining.leave()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := k.drain(ctx, func(Progress) {}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ends with %v", err)
		}
	})
}

// Who quits while something is being sent waits for ten seconds at most.
func TestEndWhileSending(t *testing.T) {
	in(t, func(t *testing.T, w *world) {
		l := w.run()
		k := l.workers[0]
		k.Sender = deaf{}
		l.send(outgoing(l, "hi"))
		synctest.Wait()
		began := time.Now()
		l.end()
		if d := time.Since(began); d > 10*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

// deaf is a server that never answers.
type deaf struct{}

func (deaf) Send(ctx context.Context, m mail.Outgoing, _ func([]mail.Result) error) ([]mail.Result, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
