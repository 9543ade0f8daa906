package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// A rule is an unkindness of a server in memory, and reads as one:
//
//	refuse("move", denied("not allowed"), after(2)) // the third move and all that follow
//	refuse("rcpt ben@example.org", denied("who?"))
//	cut("append", once)             // the line breaks before the deed
//	cut("append", once, done)       // the line breaks after it, before the answer
//	hold("fetch", event)            // the answer comes with an event of the test
//	mute("search Sent")             // it never comes
//
// What it names is a step of a fake: a verb for all steps with that verb, or a
// verb and what it is about. The first rule that fits a step counts.
//
// The steps of a host are list, count BOX, read BOX (the first delta), more BOX
// (the next ones), fetch, piece OFFSET, headers BOX, search BOX, flags, move (the copying, as
// there is no MOVE), clear (the removing after it), copy, expunge, append BOX, create BOX,
// rename, remove, quota, watch BOX; those of an office dial, list, top N, retr N, dele N, quit;
// those of a postman ehlo, mail, rcpt ADDRESS, data, dot, quit.
type rule struct {
	step  string
	err   error
	cut   bool // the line is of no more use
	wait  func(context.Context)
	skip  int // so many steps are let pass
	times int // how often it counts; 0: always
	done  bool
}

type option func(*rule)

// after lets n steps pass first.
func after(n int) option { return func(r *rule) { r.skip = n } }

// times has a rule count n times.
func times(n int) option { return func(r *rule) { r.times = n } }

// once has a rule count once.
func once(r *rule) { r.times = 1 }

// done has a rule count when the deed is done.
func done(r *rule) { r.done = true }

func newRule(step string, r rule, when []option) *rule {
	r.step = step
	for _, o := range when {
		o(&r)
	}
	return &r
}

// refuse answers a step with an error.
func refuse(step string, err error, when ...option) *rule {
	return newRule(step, rule{err: err}, when)
}

// cut breaks the line at a step.
func cut(step string, when ...option) *rule {
	return newRule(step, rule{cut: true, err: &account.Error{Kind: account.Lost, Op: step}}, when)
}

// hold answers a step when an event came.
func hold(step string, event <-chan struct{}, when ...option) *rule {
	return newRule(step, rule{wait: func(ctx context.Context) {
		select {
		case <-event:
		case <-ctx.Done():
		}
	}}, when)
}

// at does something of the test's at a step.
func at(step string, do func(), when ...option) *rule {
	return newRule(step, rule{wait: func(context.Context) { do() }}, when)
}

// mute never answers a step.
func mute(step string, when ...option) *rule { return hold(step, nil, when...) }

// denied is what a server says that will say so again.
func denied(said string) error {
	return &account.Error{Kind: account.Denied, Op: "try", Server: "h:1", Said: said}
}

// rules are those of a server that hold now.
type rules struct {
	mu   sync.Mutex
	list []*rule
}

// be adds rules.
func (r *rules) be(list ...*rule) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, list...)
}

// kind takes all rules away.
func (r *rules) kind() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = nil
}

// take returns the rule that counts at a step, or nil.
func (r *rules) take(step string, deed bool) *rule {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, one := range r.list {
		if one.done != deed || one.step != step && !strings.HasPrefix(step, one.step+" ") {
			continue
		}
		if one.skip > 0 {
			one.skip--
			continue
		}
		if one.times == 1 {
			r.list = slices.Delete(r.list, i, i+1)
		}
		one.times = max(0, one.times-1)
		return one
	}
	return nil
}

// meet has the rule count that fits a step, before its deed or when it is done. It
// reports whether the line is cut.
func (r *rules) meet(ctx context.Context, step string, deed bool) (cut bool, err error) {
	one := r.take(step, deed)
	if one == nil {
		return false, nil
	}
	if one.wait != nil {
		one.wait(ctx)
		if err := ctx.Err(); err != nil {
			return false, err
		}
	}
	return one.cut, one.err
}

// Whatever a server refuses, and wherever the line breaks, all mail is there
// when it has become kind again: on the server, once, and in the cache as on the
// server.
func TestUnkindHost(t *testing.T) {
	steps := []string{"list", "count", "read INBOX", "more INBOX", "read Archive", "flags", "move", "clear", "copy",
		"expunge", "append", "search", "headers", "quota"}
	for _, step := range steps {
		for name, r := range map[string]*rule{
			"is refused once":             refuse(step, denied("no"), once),
			"is refused later":            refuse(step, denied("no"), after(1), once),
			"is busy for a while":         refuse(step, busy(account.AboutKind, "later"), times(3)),
			"fails strangely":             refuse(step, errors.New("strange"), times(2)),
			"finds nothing":               refuse(step, &account.Error{Kind: account.NotFound, Op: step}, once),
			"is renumbered":               refuse(step, &account.Error{Kind: account.Renumbered, Op: step}, once),
			"is cut":                      cut(step, once),
			"is cut later":                cut(step, after(1), once),
			"is cut when it is done":      cut(step, once, done),
			"is cut again and again":      cut(step, times(5), done),
			"is refused though it's done": refuse(step, busy(account.AboutKind, "later"), once, done),
		} {
			t.Run(step+" "+name, func(t *testing.T) { in(t, func(t *testing.T, w *world) { unkindHost(t, w, r) }) })
		}
	}
}

func unkindHost(t *testing.T, w *world, r *rule) {
	for _, s := range []string{"a", "b", "c", "d", "e"} {
		w.host.put("INBOX", 0, letter(s, "x"))
	}
	l := w.run()
	defer l.end()
	id := func(s string) mail.ID { return l.id("INBOX", s) }
	w.host.be(r)
	l.do(mail.SetFlags{IDs: []mail.ID{id("a")}, Add: mail.Flagged})
	l.do(mail.Move{IDs: []mail.ID{id("b"), id("c")}, To: l.folder("Archive").ID})
	l.do(mail.Copy{IDs: []mail.ID{id("a")}, To: l.folder("Trash").ID})
	l.do(mail.Expunge{IDs: []mail.ID{id("d")}})
	w.host.put("INBOX", 0, letter("new", "x"))
	l.after(time.Minute)
	w.host.kind()
	l.Refresh("work")
	l.after(5 * time.Minute)

	count := map[string]int{}
	for _, box := range []string{"INBOX", "Archive"} {
		for _, s := range w.host.subjects(box) {
			count[s]++
		}
		l.inStep(box, w.host.subjects(box)...)
	}
	l.inStep("Trash", w.host.subjects("Trash")...)
	for _, s := range []string{"a", "b", "c", "e", "new"} {
		if copied := r.step == "clear" && s != "a"; count[s] != 1 && !(copied && count[s] == 2) { // neither may be deleted
			t.Errorf("%s is there %d times", s, count[s])
		}
	}
	if n, err := l.kept.Pending(t.Context()); n != 0 || err != nil {
		t.Errorf("%d changes wait (%v)", n, err)
	}
	if s := l.Accounts()[0]; s.State != Online {
		t.Errorf("the account is %s (%v)", s.State, s.Err)
	}
}

// A message goes out once or not at all, and is never forgotten, whatever the
// server says to which command.
func TestUnkindPostman(t *testing.T) {
	later := func(step string, o ...option) *rule {
		return refuse(step, &account.Error{Kind: account.Busy, Op: step, Said: "451 later"}, o...)
	}
	for name, test := range map[string]struct {
		rules  []*rule
		sent   int
		states []mail.State
	}{
		"no greeting":             {[]*rule{refuse("ehlo", &account.Error{Kind: account.Lost}, times(3))}, 1, nil},
		"sender is refused":       {[]*rule{refuse("mail", denied("550"))}, 0, []mail.State{mail.Failed}},
		"sender has to wait":      {[]*rule{later("mail", times(3))}, 1, nil},
		"recipient is refused":    {[]*rule{refuse("rcpt", denied("550"))}, 0, []mail.State{mail.Failed}},
		"recipient has to wait":   {[]*rule{later("rcpt", times(3))}, 1, nil},
		"text is refused":         {[]*rule{refuse("data", denied("554"))}, 0, []mail.State{mail.Failed}},
		"text has to wait":        {[]*rule{later("data", times(3))}, 1, nil},
		"dot is refused":          {[]*rule{refuse("dot", denied("552"))}, 0, []mail.State{mail.Failed}},
		"dot has to wait":         {[]*rule{later("dot", times(3))}, 1, nil},
		"cut at the sender":       {[]*rule{cut("mail", times(2))}, 1, nil},
		"cut at the recipient":    {[]*rule{cut("rcpt", times(2))}, 1, nil},
		"cut at the text":         {[]*rule{cut("data", times(2))}, 1, nil},
		"cut after the dot":       {[]*rule{cut("dot", done)}, 1, []mail.State{mail.Perhaps}},
		"cut at the end":          {[]*rule{cut("quit")}, 1, nil},
		"no goodbye":              {[]*rule{refuse("quit", denied("421"))}, 1, nil},
		"wrong password":          {[]*rule{refuse("ehlo", &account.Error{Kind: account.BadLogin, Op: "log in"}, once)}, 1, nil},
		"it fails in unknown way": {[]*rule{refuse("mail", errors.New("strange"))}, 0, []mail.State{mail.Failed}},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				l := w.run()
				defer l.end()
				w.postman.be(test.rules...)
				l.send(outgoing(l, "hi"))
				l.after(time.Hour)
				if n := w.postman.sent(); n != test.sent {
					t.Errorf("sent %d times, want %d", n, test.sent)
				}
				same(t, "outbox", l.states(), test.states)
				w.postman.kind()
				l.after(10 * time.Minute)
				same(t, "outbox, later", l.states(), test.states)
			})
		})
	}
}

// Mail in a drop is here once and gone there, as soon as the server is kind
// again, whatever it did before.
func TestUnkindOffice(t *testing.T) {
	for _, step := range []string{"dial", "list", "top 1", "retr 1", "retr 3", "dele 1", "dele 4", "quit"} {
		for name, r := range map[string]*rule{
			"is refused":             refuse(step, denied("no"), once),
			"is refused for a while": refuse(step, denied("no"), times(3)),
			"is busy":                refuse(step, busy(account.AboutKind, "[SYS/TEMP] later"), times(3)),
			"is cut":                 cut(step, once),
			"is cut when it is done": cut(step, once, done),
			"is cut for a while":     cut(step, times(3), done),
		} {
			t.Run(step+" "+name, func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					want := w.withDrop(true)
					w.office.be(r)
					l := w.run()
					defer l.end()
					l.after(time.Minute)
					w.office.kind()
					l.Refresh("work")
					l.after(5 * time.Minute)
					l.inStep("INBOX", want...)
					if n := w.office.waiting(); n > 0 {
						t.Errorf("%d messages stayed in the drop", n)
					}
				})
			})
		}
	}
}

// A server that is late with an answer, or never gives it, keeps nothing from
// ending, and what it answers last counts.
func TestLateHost(t *testing.T) {
	for _, step := range []string{"list", "read INBOX", "flags", "move", "copy", "expunge", "search INBOX", "fetch"} {
		for _, answers := range []bool{true, false} {
			t.Run(fmt.Sprint(step, " answers: ", answers), func(t *testing.T) {
				in(t, func(t *testing.T, w *world) {
					w.host.put("INBOX", 0, letter("a", "x"))
					w.host.put("INBOX", 0, letter("b", "x"))
					l := w.run()
					a, b := l.id("INBOX", "a"), l.id("INBOX", "b")
					event := make(chan struct{})
					if answers {
						w.host.be(hold(step, event))
					} else {
						w.host.be(mute(step))
					}
					l.do(mail.SetFlags{IDs: []mail.ID{a}, Add: mail.Flagged})
					l.do(mail.Copy{IDs: []mail.ID{a}, To: l.folder("Trash").ID})
					l.do(mail.File{IDs: []mail.ID{b}, To: mail.Archive})
					l.do(mail.Expunge{IDs: []mail.ID{a}})
					l.Refresh("work")
					l.ended.Go(func() { l.Raw(l.ctx, a) })
					l.ended.Go(func() { l.Search(l.ctx, "work", 0, mail.Text{Field: mail.BodyText, Value: "x"}, false, nil) })
					l.after(time.Second)
					if answers {
						close(event)
						l.after(2 * time.Minute)
						l.inStep("INBOX")
						l.inStep("Archive", "b")
						l.inStep("Trash", "a")
					}
					began := time.Now()
					l.end()
					if took := time.Since(began); took > time.Second {
						t.Errorf("it takes %v to end", took)
					}
					synctest.Wait()
				})
			})
		}
	}
}
