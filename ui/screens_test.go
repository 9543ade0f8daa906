package ui

import (
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

	"posthorn/mail"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain sets the zone of all dates before anything runs: timers that a test
// leaves behind read it while the next one runs.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

// golden compares the screen with a file. Every line has exactly the width of
// the window, as the terminal at hand measures it.
func (s *session) golden(name string) {
	s.t.Helper()
	got := s.screen() + "\n"
	path := filepath.Join("testdata", fmt.Sprintf("%s.%dx%d.golden", name, s.m.panes.w, s.m.panes.h))
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
		if w := s.m.look.measure.Width(l); w != s.m.panes.w {
			s.t.Errorf("%s: the line %q takes %d columns of %d", name, l, w, s.m.panes.w)
		}
	}
	if n := strings.Count(s.screen(), "\n") + 1; n != s.m.panes.h {
		s.t.Errorf("%s: the screen has %d lines of %d", name, n, s.m.panes.h)
	}
}

// Every pane, as a person sees it.
func TestScreens(t *testing.T) {
	for _, size := range [][2]int{{60, 18}, {80, 24}, {200, 50}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			play(t, size[0], size[1], func(s *session) {
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
				s.keys("esc", "/", "subject:lens", "enter")
				s.golden("search")
				s.keys("q", "gg", "r")
				s.golden("composer")
				s.keys("esc", "G", "k", "enter")
				s.golden("failure")
			})
		})
	}
}

func TestFoldersPane(t *testing.T) {
	play(t, 60, 18, func(s *session) {
		s.keys("tab")
		s.golden("folders")
	})
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
			play(t, 100, 30, func(s *session) {
				s.keys(tt.keys...)
				if len(s.e.did) == 0 || !reflect.DeepEqual(s.e.did[len(s.e.did)-1], tt.want) {
					t.Errorf("the engine did %+v, want %+v\n%s", s.e.did, tt.want, s.screen())
				}
			})
		})
	}
}

// A message is written, questioned, and sent; one that was left is kept.
func TestWriting(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("c", "ben@example.org", "tab", "tab", "tab", "tab", "see the attached plan", "ctrl+x")
		if got := s.screen(); !strings.Contains(got, "subject is empty") || !strings.Contains(got, "attachment") || len(s.e.sent) > 0 {
			t.Fatalf("nothing is asked:\n%s", got)
		}
		s.keys("n")
		if len(s.e.sent) > 0 {
			t.Fatal("it was sent nevertheless")
		}
		s.keys("ctrl+x", "y")
		if len(s.e.sent) != 1 || s.e.sent[0].Rcpt[0] != "ben@example.org" || s.m.desk.open != 0 {
			t.Fatalf("sent is %+v\n%s", s.e.sent, s.screen())
		}
		s.shows("outbox 1")
		s.e.delivers()
		s.settle()
		if got := s.e.in(s.e.folder(0, mail.Sent).ID); len(got) != 1 || strings.Contains(s.screen(), "outbox") {
			t.Errorf("in Sent are %v:\n%s", got, s.screen())
		}
		s.keys("c", "nobody at all", "ctrl+x")
		s.shows("not a list of addresses")
		s.keys("esc")
		if s.m.desk.open == 0 && len(s.e.drafts) == 0 {
			t.Error("a draft with a wrong address is lost")
		}
	})
	play(t, 100, 30, func(s *session) {
		s.keys("c", "ben@example.org", "esc")
		if len(s.e.in(s.e.folder(0, mail.Drafts).ID)) != 1 || s.m.desk.open != 0 {
			t.Errorf("%d drafts are kept", len(s.e.drafts))
		}
	})
}

// The cursor stays on its message when mail arrives.
func TestCursorStays(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("j", "j")
		id, _ := s.m.panes.list.Current()
		s.e.arrives(s.e.folders[0].ID, "just come")
		s.settle()
		if got, _ := s.m.panes.list.Current(); got != id || s.m.panes.list.Len() != 7 {
			t.Errorf("the cursor is on %s of %d messages, was on %s", got, s.m.panes.list.Len(), id)
		}
	})
}

func TestMouse(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.send(tea.MouseWheelMsg{X: 50, Y: 5, Button: tea.MouseWheelDown})
		s.send(tea.MouseClickMsg{X: 50, Y: 2, Button: tea.MouseLeft})
		if id := s.m.panes.reader.ID(); id != s.e.rows[1].ID {
			t.Errorf("a click opens %s:\n%s", id, s.screen())
		}
		s.send(tea.MouseClickMsg{X: 3, Y: 4, Button: tea.MouseLeft})
		if s.m.panes.list.view.Folder != s.e.folders[3].ID {
			t.Errorf("a click shows folder %v:\n%s", s.m.panes.list.view.Folder, s.screen())
		}
	})
}

// At no size does the screen break.
func TestSizes(t *testing.T) {
	play(t, 80, 24, func(s *session) {
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
	})
}
