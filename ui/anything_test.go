package ui

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/sync"
	"posthorn/ui/panetest"
)

// anyMsg makes up something that happens: mostly a key, of which those of the
// commands are more likely than others.
func anyMsg(r *rand.Rand, m Model) tea.Msg {
	switch n := r.IntN(40); {
	case n == 0:
		return tea.WindowSizeMsg{Width: 60 + r.IntN(241), Height: 18 + r.IntN(63)}
	case n == 1:
		return tea.MouseClickMsg{X: r.IntN(m.panes.w), Y: r.IntN(m.panes.h), Button: tea.MouseLeft}
	case n == 2:
		return tea.MouseWheelMsg{X: r.IntN(m.panes.w), Y: r.IntN(m.panes.h), Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[r.IntN(2)]}
	case n == 3:
		texts := panetest.Texts()
		return tea.PasteMsg{Content: texts[r.IntN(len(texts))]}
	case n == 4:
		events := []sync.Event{sync.FoldersChanged{Account: "ann"}, sync.MessagesChanged{Account: "ann"}, sync.NewMail{Account: "ann", Count: 2}, sync.Notice{Account: "ann", Text: "a notice\x1b[2J"}}
		return engineSpoke{events[r.IntN(len(events))]}
	case n < 10:
		return panetest.Key(strings.Fields("enter tab esc up down space backspace ctrl+x ctrl+s shift+tab")[r.IntN(10)])
	}
	var keys []string
	for _, c := range m.keys.Commands(m.place()) {
		keys = append(keys, c.Keys...)
	}
	return panetest.Key(keys[r.IntN(len(keys))])
}

// Whatever happens, and in whatever order answers come, the interface does not
// fail, and the screen has the lines and the columns of the window.
func TestAnything(t *testing.T) {
	for stream := range uint64(6) {
		t.Run(fmt.Sprint(stream), func(t *testing.T) {
			r := seed.Rand(t, stream)
			// What starts programs or touches files is left out.
			playWith(t, Options{Theme: "dark", Keys: map[string][]string{"palette": {}, "pipe": {}, "save": {}, "attach": {}, "editor": {}}}, 100, 30, func(s *session) {
				s.shuffle = r
				var done []string
				for range 60 {
					msg := anyMsg(r, s.m)
					done = append(done, fmt.Sprintf("%T %v", msg, msg))
					s.send(msg)
					if s.safe("after all this"); t.Failed() {
						t.Fatalf("what happened is\n%s\nthe screen is\n%s", strings.Join(done, "\n"), s.screen())
					}
				}
			}, "ann", "work")
		})
	}
}

// With NO_COLOR nothing on any screen has a colour.
func TestNoColor(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	play(t, 100, 40, func(s *session) {
		for _, k := range []string{"x", "enter", "?", "q", "q", ":", "esc", "/", "is:blue", "enter", "esc", "c", "tab", "tab", "tab", "tab", "text", "esc"} {
			s.keys(k)
			if got := s.m.View().Content; panetest.Coloured(got) {
				t.Fatalf("after %s there are colours: %q", k, got)
			}
		}
	})
}

// With an address half typed, the editor gets what was written, and quitting
// loses nothing.
func TestHalfAnAddress(t *testing.T) {
	seen := filepath.Join(t.TempDir(), "seen")
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("VISUAL", "cp \"$1\" "+seen+"; true")
	play(t, 100, 30, func(s *session) {
		s.keys("c", "nobody at all", "tab", "tab", "tab", "subject", "tab", "what I wrote", "ctrl+e")
		if b, err := os.ReadFile(seen); string(b) != "what I wrote" {
			t.Errorf("the editor gets %q, %v", b, err)
		}
		s.keys("ctrl+c")
		if s.m.desk.open == 0 && len(s.e.drafts) == 0 || s.quit && len(s.e.drafts) == 0 {
			t.Error("the draft is lost")
		}
	})
}

// The counts of the folders come in while somebody moves about in them.
func TestFolderCursorStays(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.send(panetest.Key("left"))
		s.keys("j", "j")
		s.send(engineSpoke{sync.FoldersChanged{Account: "ann"}})
		if f, _ := s.m.panes.folders.Current(); f.Name != "Sent" {
			t.Errorf("the cursor went to %q", f.Name)
		}
		s.keys("q")
		s.send(engineSpoke{sync.FoldersChanged{Account: "ann"}})
		if f, _ := s.m.panes.folders.Current(); f.Role != mail.Inbox {
			t.Errorf("the cursor rests on %q, and the inbox is shown", f.Name)
		}
	})
}

// The source of a message is shown from its beginning, and is still there when the
// window has another size, until something else is asked for.
func TestRawStays(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("enter", "U")
		for _, size := range [][2]int{{100, 30}, {60, 18}, {200, 50}} {
			s.send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			if got := s.screen(); !strings.Contains(got, "Message-ID:") {
				t.Errorf("at %v there is\n%s", size, got)
			}
		}
		for _, k := range []string{"H", "v"} {
			s.keys("U", k)
			if got := s.screen(); !strings.Contains(got, "anybody can remember") { // two lines of the source
				t.Errorf("after %s there is\n%s", k, got)
			}
		}
		s.keys("U", "J")
		if got := s.screen(); strings.Contains(got, "Message-ID:") {
			t.Errorf("the next message is shown as\n%s", got)
		}
	})
}
