package help_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"posthorn/internal/seed"
	"posthorn/mail/safe"
	"posthorn/ui"
	"posthorn/ui/cells"
	"posthorn/ui/command"
	"posthorn/ui/help"
	"posthorn/ui/panetest"
	"posthorn/ui/theme"
)

func keymap(t *testing.T, configured map[string][]string) command.Keymap {
	t.Helper()
	k, err := command.NewKeymap(ui.Commands(), configured)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// whole returns all lines of a help, of which no more than a screen is in view.
func whole(t *testing.T, m help.Model) (lines []string) {
	t.Helper()
	for range 500 {
		view := panetest.Join(m.View())
		inside := strings.Split(view, "\n")
		for _, l := range inside[3 : len(inside)-2] {
			if l = strings.TrimSpace(strings.Trim(l, "│")); !slices.Contains(lines, l) {
				lines = append(lines, l)
			}
		}
		next, _ := m.Update(panetest.Key("j"))
		if panetest.Join(next.View()) == view {
			return lines
		}
		m = next
	}
	t.Fatal("it scrolls for ever")
	return nil
}

// Every command that a key gives in a place is listed there with it and its words,
// and none with a key that does something else there.
func TestEveryCommand(t *testing.T) {
	k := keymap(t, nil)
	for _, p := range command.Places() {
		lines := whole(t, help.Keys(theme.New(true, true), cells.Measure{}, k, p).SetSize(100, 24))
		for _, c := range k.Commands(p) {
			if c.Alike {
				continue
			}
			var works []string
			for _, key := range c.Keys {
				if found, _, _ := k.Find(p, key); found.Name == c.Name {
					works = append(works, key)
				}
			}
			want := fmt.Sprintf("%-14s %-18s %s", strings.Join(works, " "), c.Name, c.Help)
			if listed := slices.Contains(lines, want); listed != (len(works) > 0) {
				t.Errorf("%s: %q is listed: %v\n%s", p, want, listed, strings.Join(lines, "\n"))
			}
		}
	}
}

func TestConfiguredKeys(t *testing.T) {
	k := keymap(t, map[string][]string{"archive": {"d", "ctrl+alt+shift+backspace"}, "junk": {}})
	got := strings.Join(whole(t, help.Keys(theme.New(true, true), cells.Measure{}, k, command.Reader).SetSize(100, 24)), "\n")
	for _, want := range []string{"d ctrl+alt+shift+backspace archive ", "\ndelete         delete "} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "mark as junk") {
		t.Errorf("what has no key is listed in\n%s", got)
	}
}

// In the composer, letters write.
func TestComposer(t *testing.T) {
	got := strings.Join(whole(t, help.Keys(theme.New(true, true), cells.Measure{}, keymap(t, nil), command.Composer).SetSize(100, 40)), "\n")
	for _, no := range []string{"write a message", "go back", "next pane", "take back"} {
		if strings.Contains(got, no) {
			t.Errorf("%q is listed in\n%s", no, got)
		}
	}
	for _, yes := range []string{"ctrl+x         send", "alt+x          palette", "esc ctrl+c     leave"} {
		if !strings.Contains(got, yes) {
			t.Errorf("%q is missing in\n%s", yes, got)
		}
	}
}

// A text is shown whole, however narrow the screen is, and does nothing to it.
func TestText(t *testing.T) {
	text := "It failed.\n\n" + strings.Repeat("and on ", 60) + "to the end\x1b[2J\nlast\u202eline"
	for _, w := range []int{300, 100, 60} {
		m := help.Text(theme.New(true, true), cells.Measure{}, "Last notice", text).SetSize(w, 18)
		panetest.Check(t, cells.Measure{}, m.View(), min(w-4, 86), 18)
		got := strings.Join(whole(t, m), " ")
		if strings.Contains(got, "…") || !strings.Contains(got, "end␛[2J") || !strings.Contains(got, "lastline") {
			t.Errorf("at %d columns it shows %s", w, got)
		}
	}
}

func TestKeys(t *testing.T) {
	var lines []string
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("line %d.", i+1))
	}
	start := help.Text(theme.New(true, true), cells.Measure{}, "Title", strings.Join(lines, "\n")).SetSize(80, 20)
	for _, tt := range []struct {
		keys string
		want string
	}{
		{"", "line 1."}, {"j", "line 2."}, {"down down up", "line 2."}, {"k up", "line 1."}, {"space", "line 14."}, {"pgdown pgup", "line 1."}, {"ctrl+d ctrl+u j", "line 2."},
		{"space space space space space", "line 28."},
	} {
		m := start
		for _, k := range strings.Fields(tt.keys) {
			if m, _ = m.Update(panetest.Key(k)); m.Closed() {
				t.Errorf("%q: %s closes it", tt.keys, k)
			}
		}
		if got := panetest.Plain(m.View()[3]); !strings.Contains(got, " "+tt.want) {
			t.Errorf("after %q the first line is %q, want %s", tt.keys, got, tt.want)
		}
	}
	for _, k := range []string{"q", "esc", "enter", "x", "?"} {
		if m, _ := start.Update(panetest.Key(k)); !m.Closed() {
			t.Errorf("%s does not close it", k)
		}
	}
	m, _ := start.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if got := panetest.Plain(m.View()[3]); !strings.Contains(got, " line 4.") {
		t.Errorf("after the wheel the first line is %q", got)
	}
	if m, _ = m.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp}); !strings.Contains(panetest.Plain(m.View()[3]), " line 1.") {
		t.Errorf("after the wheel the first line is %q", m.View()[3])
	}
}

// Whatever is pressed, the box stays within the screen.
func TestAnything(t *testing.T) {
	k := keymap(t, nil)
	seed.Check(t, func(t *rapid.T) {
		measure, th := panetest.Measure().Draw(t, "measure"), theme.New(true, rapid.Bool().Draw(t, "colours"))
		m := help.Keys(th, measure, k, rapid.SampledFrom(command.Places()).Draw(t, "place"))
		if rapid.Bool().Draw(t, "text") {
			m = help.Text(th, measure, safe.Line(panetest.Text().Draw(t, "title")), strings.Join(rapid.SliceOfN(panetest.Text(), 0, 30).Draw(t, "lines"), "\n"))
		}
		size := panetest.Size().Draw(t, "size")
		m = m.SetSize(size[0], size[1])
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			if rapid.IntRange(0, 5).Draw(t, "what") == 0 {
				size = panetest.Size().Draw(t, "size")
				m = m.SetSize(size[0], size[1])
			} else {
				m, _ = m.Update(panetest.AnyKey().Draw(t, "key"))
			}
			panetest.Check(t, measure, m.View(), min(size[0]-4, 86), size[1])
		}
	})
}

// Where it is narrow, what a command does stands below its key.
func TestNarrow(t *testing.T) {
	k := keymap(t, nil)
	text := strings.Join(strings.Fields(strings.Join(whole(t, help.Keys(theme.New(true, true), cells.Measure{}, k, command.List).SetSize(40, 10)), " ")), " ")
	for _, c := range k.Commands(command.List) {
		if len(c.Keys) > 0 && !c.Alike && !strings.Contains(text, c.Help) {
			t.Errorf("%s is not told of: %q", c.Name, c.Help)
		}
	}
}
