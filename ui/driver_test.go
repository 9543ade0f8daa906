package ui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"posthorn/ui/panetest"
)

// session is the interface with somebody who presses keys and looks at the
// screen. It does what Bubble Tea's program does: it runs each command in a
// goroutine, and gives the model what it answers. When nothing moves any more,
// the answers that are there are given one after the other, those to the oldest
// command first, unless the test has them shuffled.
//
// A session lives in a bubble of [synctest]: its clock stands still until a test
// lets time pass.
type session struct {
	t *testing.T
	m Model
	e *fakeEngine

	shuffle *rand.Rand // nil: the oldest answer comes first
	quit    bool       // the program would have ended
	clip    string     // what was copied last
	cancel  context.CancelFunc

	mu      sync.Mutex
	begun   int // commands so far
	answers []answer
}

// An answer is what a command came to. The parts of a sequence have one number,
// and come in their order.
type answer struct {
	of  int
	msg tea.Msg
}

// play runs a test on a session of its own, whose engine has accounts of some
// names, or one.
func play(t *testing.T, w, h int, test func(*session), names ...string) {
	t.Helper()
	playWith(t, Options{Theme: "dark"}, w, h, test, names...)
}

// playWith is play with options.
func playWith(t *testing.T, o Options, w, h int, test func(*session), names ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Helper()
		e := newFake(names...)
		s := start(t, e, o)
		s.e = e
		defer s.end(e.openAll, e.close)
		s.send(tea.WindowSizeMsg{Width: w, Height: h})
		s.do(s.m.Init())
		test(s)
	})
}

// start begins a session within a bubble. Nothing is shown yet.
func start(t *testing.T, e Engine, o Options) *session {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	m, err := New(ctx, e, o)
	if err != nil {
		t.Fatal(err)
	}
	m.panes.list.Now = now
	return &session{t: t, m: m, cancel: cancel}
}

// end lets all commands come to their end, those too that wait for a clock.
func (s *session) end(release ...func()) {
	s.cancel()
	for _, f := range release {
		f()
	}
	time.Sleep(time.Hour)
}

// send gives the model a message, and then what comes of it.
func (s *session) send(msg tea.Msg) {
	s.t.Helper()
	s.give(msg)
	s.settle()
}

// keys presses keys: one by its name, or those that write a text.
func (s *session) keys(list ...string) {
	s.t.Helper()
	for _, k := range list {
		for _, key := range split(k) {
			s.send(panetest.Key(key))
		}
	}
}

// split returns the keys that write a text, or the one that has this name.
func split(k string) []string {
	named := strings.Fields("enter tab esc space backspace up down left right pgup pgdown home end delete")
	for _, mod := range []string{"ctrl+", "alt+", "shift+"} {
		if rest, ok := strings.CutPrefix(k, mod); ok && rest != "" {
			return []string{k}
		}
	}
	if slices.Contains(named, k) {
		return []string{k}
	}
	return strings.Split(k, "")
}

// pass lets time go by.
func (s *session) pass(d time.Duration) {
	s.t.Helper()
	for ; d > 0; d -= time.Second { // a clock that strikes may be wound up again
		time.Sleep(min(d, time.Second))
		s.settle()
	}
}

// settle gives the model the answers that are there, and those that changes which
// were gathered lead to, until nothing moves but by the clock, an event, or a call
// that is held.
func (s *session) settle() {
	s.t.Helper()
	for gathered := false; ; {
		synctest.Wait()
		msg, ok := s.next()
		switch {
		case ok:
			s.give(msg)
			gathered = false
		case gathered:
			return
		default:
			time.Sleep(gather)
			gathered = true
		}
	}
}

// next takes an answer.
func (s *session) next() (tea.Msg, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var free []int // places of answers: the first one of each command
	seen := map[int]bool{}
	for i, a := range s.answers {
		if !seen[a.of] {
			free = append(free, i)
		}
		seen[a.of] = true
	}
	if len(free) == 0 {
		return nil, false
	}
	slices.SortFunc(free, func(a, b int) int { return s.answers[a].of - s.answers[b].of })
	at := free[0]
	if s.shuffle != nil {
		at = free[s.shuffle.IntN(len(free))]
	}
	msg := s.answers[at].msg
	s.answers = slices.Delete(s.answers, at, at+1)
	return msg, true
}

// give gives the model one message and begins the commands that come of it.
func (s *session) give(msg tea.Msg) {
	s.t.Helper()
	v := reflect.ValueOf(msg)
	switch name := fmt.Sprintf("%T", msg); {
	case msg == nil:
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]():
		s.several(v, name)
	case name == "tea.QuitMsg":
		s.quit = true
	case name == "tea.setClipboardMsg":
		s.clip = v.String()
	case name == "tea.execMsg":
		s.begin(func() tea.Msg { return execute(msg) })
	default:
		next, cmd := s.m.Update(msg)
		s.m = next.(Model)
		s.begin(cmd)
	}
}

// several begins the commands of a batch together, those of a sequence one after
// the other.
func (s *session) several(list reflect.Value, name string) {
	var cmds []tea.Cmd
	for i := range list.Len() {
		cmds = append(cmds, list.Index(i).Interface().(tea.Cmd))
	}
	if name == "tea.sequenceMsg" {
		s.begin(cmds...)
		return
	}
	for _, c := range cmds {
		s.begin(c)
	}
}

// begin runs commands, one after the other.
func (s *session) begin(cmds ...tea.Cmd) {
	s.mu.Lock()
	s.begun++
	n := s.begun
	s.mu.Unlock()
	go func() {
		for _, c := range cmds {
			if c == nil {
				continue
			}
			msg := c()
			s.mu.Lock()
			s.answers = append(s.answers, answer{n, msg})
			s.mu.Unlock()
		}
	}()
}

// do begins a command and gives the model what comes of it.
func (s *session) do(cmd tea.Cmd) {
	s.t.Helper()
	s.begin(cmd)
	s.settle()
}

// execute runs a program that gets the terminal, as an editor does. Bubble Tea
// keeps to itself which one.
func execute(msg tea.Msg) tea.Msg {
	v := reflect.New(reflect.TypeOf(msg)).Elem()
	v.Set(reflect.ValueOf(msg))
	field := func(name string) any {
		f := v.FieldByName(name)
		return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem().Interface()
	}
	return field("fn").(tea.ExecCallback)(field("cmd").(tea.ExecCommand).Run())
}

func (s *session) screen() string { return ansi.Strip(s.m.View().Content) }

// shows fails unless the screen has a text.
func (s *session) shows(text string) {
	s.t.Helper()
	if !strings.Contains(s.screen(), text) {
		s.t.Errorf("the screen does not show %q:\n%s", text, s.screen())
	}
}
