package ui

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"posthorn/mail"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain sets the zone of all dates before anything runs: timers that a test
// leaves behind read it while the next one runs.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// session is the interface on a fake engine, with its commands run at once.
type session struct {
	t *testing.T
	m Model
	e *fakeEngine
}

func start(t *testing.T, w, h int) *session {
	t.Helper()
	e := newFake()
	m, err := New(context.Background(), e, Options{Theme: "dark"})
	if err != nil {
		t.Fatal(err)
	}
	m.list.Now = now
	s := &session{t, m, e}
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	s.send(started{e.Accounts()})
	return s
}

// send gives the model a message, and then what its commands answer. Commands
// that wait for something outside are left out.
func (s *session) send(msg tea.Msg) {
	s.t.Helper()
	next, cmd := s.m.Update(msg)
	s.m = next.(Model)
	s.do(cmd)
}

func (s *session) do(cmd tea.Cmd) {
	s.t.Helper()
	if cmd == nil {
		return
	}
	answer := make(chan tea.Msg, 1)
	go func() { answer <- cmd() }()
	select {
	case msg := <-answer:
		v := reflect.ValueOf(msg)
		if v.IsValid() && v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() {
			for i := range v.Len() { // a batch, or a sequence
				s.do(v.Index(i).Interface().(tea.Cmd))
			}
			return
		}
		if msg != nil && !strings.HasPrefix(fmt.Sprintf("%T", msg), "tea.") && !strings.Contains(fmt.Sprintf("%T", msg), "initialBlink") && !strings.Contains(fmt.Sprintf("%T", msg), "BlinkMsg") {
			s.send(msg)
		}
	case <-time.After(50 * time.Millisecond): // it waits for a clock or an event
	}
}

func (s *session) keys(list ...string) {
	s.t.Helper()
	special := map[string]tea.KeyPressMsg{"enter": {Code: tea.KeyEnter}, "tab": {Code: tea.KeyTab}, "esc": {Code: tea.KeyEscape}, "ctrl+x": {Code: 'x', Mod: tea.ModCtrl}, "ctrl+s": {Code: 's', Mod: tea.ModCtrl}}
	for _, k := range list {
		if msg, ok := special[k]; ok {
			s.send(msg)
			continue
		}
		for _, r := range k {
			s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
}

func (s *session) screen() string { return ansi.Strip(s.m.View().Content) }

// golden compares the screen with a file. Every line has exactly the width of
// the window, as the terminal at hand measures it.
func (s *session) golden(name string) {
	s.t.Helper()
	got := s.screen() + "\n"
	path := filepath.Join("testdata", fmt.Sprintf("%s.%dx%d.golden", name, s.m.w, s.m.h))
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		s.t.Fatal(err)
	}
	if got != string(want) {
		s.t.Errorf("%s: the screen is\n%s\nwant\n%s", name, got, want)
	}
	s.safe(name)
}

// safe checks that nothing on the screen moves the cursor, and that no line is
// too wide.
func (s *session) safe(name string) {
	s.t.Helper()
	for _, l := range strings.Split(s.screen(), "\n") {
		if strings.ContainsFunc(l, unicode.IsControl) || strings.ContainsAny(l, "\u202e\u2066") {
			s.t.Errorf("%s: the line %q is not safe", name, l)
		}
		if w := s.m.measure.Width(l); w != s.m.w {
			s.t.Errorf("%s: the line %q takes %d columns of %d", name, l, w, s.m.w)
		}
	}
	if n := strings.Count(s.screen(), "\n") + 1; n != s.m.h {
		s.t.Errorf("%s: the screen has %d lines of %d", name, n, s.m.h)
	}
}

// Every pane, as a person sees it.
func TestScreens(t *testing.T) {
	for _, size := range [][2]int{{60, 18}, {80, 24}, {200, 50}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := start(t, size[0], size[1])
			s.golden("list")
			s.keys("enter")
			s.golden("reader")
			s.keys("q", "j", "x", "x")
			s.golden("selection")
			s.keys("q", "?")
			s.golden("help")
			s.keys("q", ":", "arch")
			s.golden("palette")
			s.keys("esc", "/", "is:blue", "enter")
			s.golden("query")
			s.keys("esc", "/", "lens", "enter")
			s.golden("search")
			s.keys("q", "g", "r")
			s.golden("composer")
			s.keys("esc", "G", "k", "enter")
			s.golden("failure")
		})
	}
}

func TestFoldersPane(t *testing.T) {
	s := start(t, 60, 18)
	s.keys("tab")
	s.golden("folders")
}

// What the keys do reaches the engine.
func TestKeys(t *testing.T) {
	e := newFake()
	first, second := e.rows[0].ID, e.rows[1].ID
	for name, tt := range map[string]struct {
		keys []string
		want mail.Change
	}{
		"archive":      {[]string{"e"}, mail.File{IDs: []mail.ID{first}, To: mail.Archive}},
		"delete":       {[]string{"d"}, mail.File{IDs: []mail.ID{first}, To: mail.Trash}},
		"junk":         {[]string{"!"}, mail.File{IDs: []mail.ID{first}, To: mail.JunkMail}},
		"star":         {[]string{"s"}, mail.SetFlags{IDs: []mail.ID{first}, Add: mail.Flagged}},
		"unstar":       {[]string{"j", "s"}, mail.SetFlags{IDs: []mail.ID{second}, Remove: mail.Flagged}},
		"read":         {[]string{"u"}, mail.SetFlags{IDs: []mail.ID{first}, Add: mail.Seen}},
		"two at once":  {[]string{"x", "x", "e"}, mail.File{IDs: []mail.ID{first, second}, To: mail.Archive}},
		"move":         {[]string{"m", "choir", "enter"}, mail.Move{IDs: []mail.ID{first}, To: e.folders[6].ID}},
		"copy":         {[]string{"y", "arch", "enter"}, mail.Copy{IDs: []mail.ID{first}, To: e.folders[3].ID}},
		"by palette":   {[]string{":", "archive", "enter"}, mail.File{IDs: []mail.ID{first}, To: mail.Archive}},
		"seen by open": {[]string{"enter"}, mail.SetFlags{IDs: []mail.ID{first}, Add: mail.Seen}},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, 100, 30)
			s.keys(tt.keys...)
			if len(s.e.did) == 0 || !reflect.DeepEqual(s.e.did[len(s.e.did)-1], tt.want) {
				t.Errorf("the engine did %+v, want %+v\n%s", s.e.did, tt.want, s.screen())
			}
		})
	}
}

// A message is written, questioned, and sent; one that was left is kept.
func TestWriting(t *testing.T) {
	s := start(t, 100, 30)
	s.keys("c", "ben@example.org", "tab", "tab", "tab", "tab", "see the attached plan", "ctrl+x")
	if got := s.screen(); !strings.Contains(got, "subject is empty") || !strings.Contains(got, "attachment") || len(s.e.sent) > 0 {
		t.Fatalf("nothing is asked:\n%s", got)
	}
	s.keys("n")
	if len(s.e.sent) > 0 {
		t.Fatal("it was sent nevertheless")
	}
	s.keys("ctrl+x", "y")
	if len(s.e.sent) != 1 || s.e.sent[0].Rcpt[0] != "ben@example.org" || s.m.writer != nil {
		t.Fatalf("sent is %+v\n%s", s.e.sent, s.screen())
	}
	s.keys("c", "nobody at all", "ctrl+x")
	if got := s.screen(); !strings.Contains(got, "not a list of addresses") {
		t.Errorf("a wrong address is not told:\n%s", got)
	}
	s.keys("esc")
	if s.m.writer == nil {
		t.Error("a draft with a wrong address is lost")
	}
	s = start(t, 100, 30)
	s.keys("c", "ben@example.org", "esc")
	if len(s.e.drafts) != 1 || s.m.writer != nil {
		t.Errorf("%d drafts are kept", len(s.e.drafts))
	}
}

// The cursor stays on its message when mail arrives.
func TestCursorStays(t *testing.T) {
	s := start(t, 100, 30)
	s.keys("j", "j")
	id, _ := s.m.list.Current()
	more := s.e.rows[0]
	more.ID = mail.NewID(0, 50)
	s.e.rows = append([]mail.Summary{more}, s.e.rows...)
	next, cmd := s.m.again()
	s.m = next
	s.do(cmd)
	if got, _ := s.m.list.Current(); got != id || s.m.list.Len() != 7 {
		t.Errorf("the cursor is on %s of %d messages, was on %s", got, s.m.list.Len(), id)
	}
}

func TestMouse(t *testing.T) {
	s := start(t, 100, 30)
	s.send(tea.MouseWheelMsg{X: 50, Y: 5, Button: tea.MouseWheelDown})
	s.send(tea.MouseClickMsg{X: 50, Y: 2, Button: tea.MouseLeft})
	if id := s.m.reader.ID(); id != s.e.rows[1].ID {
		t.Errorf("a click opens %s:\n%s", id, s.screen())
	}
	s.send(tea.MouseClickMsg{X: 3, Y: 4, Button: tea.MouseLeft})
	if s.m.view.Folder != s.e.folders[3].ID {
		t.Errorf("a click shows folder %v:\n%s", s.m.view.Folder, s.screen())
	}
}

// At no size does the screen break.
func TestSizes(t *testing.T) {
	s := start(t, 80, 24)
	for w := 20; w <= 300; w += 7 {
		for h := 5; h <= 80; h += 15 {
			for _, open := range []string{"list", "reader", "help"} {
				s.send(tea.WindowSizeMsg{Width: w, Height: h})
				switch open {
				case "reader":
					s.keys("enter")
				case "help":
					s.keys("?")
				}
				if s.safe(fmt.Sprintf("%s at %dx%d", open, w, h)); t.Failed() {
					return
				}
				s.keys("q")
			}
		}
	}
}
