package ui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
		return tea.MouseClickMsg{X: r.IntN(m.w), Y: r.IntN(m.h), Button: tea.MouseLeft}
	case n == 2:
		return tea.MouseWheelMsg{X: r.IntN(m.w), Y: r.IntN(m.h), Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[r.IntN(2)]}
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

// Whatever happens, the interface does not fail, and the screen has the lines and
// the columns of the window. The clock of a bubble makes waiting take no time.
func TestAnything(t *testing.T) {
	for stream := range uint64(6) {
		t.Run(fmt.Sprint(stream), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer func() {
					cancel()
					time.Sleep(time.Hour) // of the bubble: the clocks that were waited for all strike
				}()
				r := seed.Rand(t, stream)
				e := newFake()
				close(e.events)
				// What starts programs or touches files is left out.
				m, err := New(ctx, e, Options{Theme: "dark", Keys: map[string][]string{"palette": {}, "pipe": {}, "save": {}, "attach": {}, "editor": {}}})
				if err != nil {
					t.Fatal(err)
				}
				m.list.Now = now
				s := &session{t, m, e}
				s.send(tea.WindowSizeMsg{Width: 100, Height: 30})
				s.send(started{e.Accounts()})
				var done []string
				for range 60 {
					msg := anyMsg(r, s.m)
					done = append(done, fmt.Sprintf("%T %v", msg, msg))
					s.send(msg)
					if s.safe("after all this"); t.Failed() {
						t.Fatalf("what happened is\n%s\nthe screen is\n%s", strings.Join(done, "\n"), s.screen())
					}
				}
			})
		})
	}
}

// With NO_COLOR nothing on any screen has a colour.
func TestNoColor(t *testing.T) {
	t.Setenv("NO_COLOR", "1")
	s := start(t, 100, 40)
	for _, k := range []string{"x", "enter", "?", "q", "q", ":", "esc", "/", "is:blue", "enter", "esc", "c", "tab", "tab", "tab", "tab", "text", "esc"} {
		s.keys(k)
		if got := s.m.View().Content; panetest.Coloured(got) {
			t.Fatalf("after %s there are colours: %q", k, got)
		}
	}
}

// With an address half typed, the editor gets what was written, and quitting says
// why it does not.
func TestHalfAnAddress(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := start(t, 100, 30)
	s.keys("c", "nobody at all", "tab", "tab", "tab", "subject", "tab", "what I wrote")
	s.send(panetest.Key("ctrl+e"))
	files, err := filepath.Glob(filepath.Join(os.TempDir(), "posthorn-*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the editor gets %q, %v", files, err)
	}
	if b, err := os.ReadFile(files[0]); string(b) != "what I wrote" {
		t.Errorf("the editor gets %q, %v", b, err)
	}
	next, cmd := s.m.Update(panetest.Key("ctrl+c"))
	if cmd != nil || next.(Model).writer == nil || !next.(Model).status.bad {
		t.Error("the draft is lost")
	}
}

// The counts of the folders come in while somebody moves about in them.
func TestFolderCursorStays(t *testing.T) {
	s := start(t, 100, 30)
	s.send(panetest.Key("left"))
	s.keys("j", "j")
	s.send(engineSpoke{sync.FoldersChanged{Account: "ann"}})
	if f, _ := s.m.folders.Current(); f.Name != "Sent" {
		t.Errorf("the cursor went to %q", f.Name)
	}
	s.keys("q")
	s.send(engineSpoke{sync.FoldersChanged{Account: "ann"}})
	if f, _ := s.m.folders.Current(); f.Role != mail.Inbox {
		t.Errorf("the cursor rests on %q, and the inbox is shown", f.Name)
	}
}

// The source of a message is shown from its beginning, and is still there when the
// window has another size, until something else is asked for.
func TestRawStays(t *testing.T) {
	s := start(t, 100, 30)
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
}
