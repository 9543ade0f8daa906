package chooser_test

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"posthorn/internal/seed"
	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/chooser"
	"posthorn/ui/panetest"
	"posthorn/ui/theme"
)

func items(labels ...string) (list []chooser.Item) {
	for i, l := range labels {
		list = append(list, chooser.Item{Label: l, Note: fmt.Sprintf("note%d", i), Value: l})
	}
	return list
}

func box(list []chooser.Item) chooser.Model {
	return chooser.New(theme.New(true, true), cells.Measure{}, "move", "Move to", list).Resize(80, 24)
}

// press gives the box keys by their names and returns what it says at the last.
func press(m chooser.Model, keys ...string) (chooser.Model, tea.Msg) {
	var cmd tea.Cmd
	last := ""
	for _, k := range keys {
		m, cmd = m.Update(panetest.Key(k))
		last = k
	}
	return m, panetest.Said(last, cmd)
}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys string
		want tea.Msg
	}{
		{"the first", "enter", chooser.ChosenMsg{Purpose: "move", Value: "Inbox"}},
		{"the second", "down enter", chooser.ChosenMsg{Purpose: "move", Value: "Archive"}},
		{"not above the first", "up up enter", chooser.ChosenMsg{Purpose: "move", Value: "Inbox"}},
		{"not below the last", "down down down down down down enter", chooser.ChosenMsg{Purpose: "move", Value: "Lists/choir"}},
		{"other keys that move", "ctrl+n ctrl+n ctrl+p tab shift+tab enter", chooser.ChosenMsg{Purpose: "move", Value: "Archive"}},
		{"a page", "pgdown pgup pgdown enter", chooser.ChosenMsg{Purpose: "move", Value: "Lists/choir"}},
		{"by its name", "c h o enter", chooser.ChosenMsg{Purpose: "move", Value: "Lists/choir"}},
		{"by parts of its name", "l c r enter", chooser.ChosenMsg{Purpose: "move", Value: "Lists/choir"}},
		{"whatever the case", "A R C H enter", chooser.ChosenMsg{Purpose: "move", Value: "Archive"}},
		{"by its note", "n o t e 2 enter", chooser.ChosenMsg{Purpose: "move", Value: "Ärger 日本"}},
		{"typing begins at the top again", "down down a r c h enter", chooser.ChosenMsg{Purpose: "move", Value: "Archive"}},
		{"beyond ASCII", "日 enter", chooser.ChosenMsg{Purpose: "move", Value: "Ärger 日本"}},
		{"none", "z z z enter", nil},
		{"none, and mended", "z backspace enter", chooser.ChosenMsg{Purpose: "move", Value: "Inbox"}},
		{"moving among none", "z z z down up pgdown backspace backspace backspace enter", chooser.ChosenMsg{Purpose: "move", Value: "Inbox"}},
		{"esc", "esc", chooser.ClosedMsg{}},
		{"esc after typing", "a r c h esc", chooser.ClosedMsg{}},
		{"ctrl+c", "ctrl+c", chooser.ClosedMsg{}},
		{"the key that opened it", "ctrl+k", chooser.ClosedMsg{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := press(box(items("Inbox", "Archive", "Ärger 日本", "Lists/choir")), strings.Fields(tt.keys)...); got != tt.want {
				t.Errorf("it says %#v, want %#v", got, tt.want)
			}
		})
	}
	if _, got := press(box(nil), "down", "up", "enter"); got != nil {
		t.Errorf("of nothing is chosen %#v", got)
	}
}

func TestNoneMatching(t *testing.T) {
	m, _ := press(box(items("Inbox", "Archive")), "z", "z")
	if got := panetest.Join(m.View()); !strings.Contains(got, "nothing fits") || strings.Contains(got, "Archive") {
		t.Errorf("the box shows\n%s", got)
	}
}

// What is typed stays in view with the cursor behind it, and nothing is cut off
// where there is room.
func TestInput(t *testing.T) {
	m, _ := press(box(items("Inbox")), "a", "b")
	if got := panetest.Plain(m.View()[2]); strings.Contains(got, "…") {
		t.Errorf("a short line is cut: %q", got)
	}
	for range 100 {
		m, _ = press(m, "x")
	}
	m, _ = press(m, "y")
	for _, w := range []int{80, 60, 30, 300} {
		m = m.Resize(w, 24)
		if got := panetest.Plain(m.View()[2]); !strings.Contains(got, "xy ") || strings.Contains(got, "…") {
			t.Errorf("at %d columns the end is out of view: %q", w, got)
		}
	}
}

// A paste is one line without anything that a terminal obeys.
func TestPaste(t *testing.T) {
	m, _ := box(items("Archive", "b")).Update(tea.PasteMsg{Content: "\x1b[31m\u202ear\nch\u0007"})
	for _, l := range m.View() {
		panetest.Safe(t, l)
	}
	m, _ = box(items("b", "Archive 1")).Update(tea.PasteMsg{Content: "arch\r\n1"})
	if _, got := press(m, "enter"); got != (chooser.ChosenMsg{Purpose: "move", Value: "Archive 1"}) {
		t.Errorf("after a paste is chosen %#v", got)
	}
}

// The item under the cursor is in view.
func TestWindow(t *testing.T) {
	var labels []string
	for i := range 50 {
		labels = append(labels, fmt.Sprintf("item-%d-", i))
	}
	m := box(items(labels...)).Resize(80, 18)
	for i := range 50 {
		if got := panetest.Join(m.View()); !strings.Contains(got, labels[i]) {
			t.Fatalf("item %d is out of view:\n%s", i, got)
		}
		m, _ = press(m, "down")
	}
	m = m.Resize(80, 10)
	if got := panetest.Join(m.View()); !strings.Contains(got, labels[49]) {
		t.Errorf("made lower it shows\n%s", got)
	}
}

// A label that begins with a sign for around the character before it, and a note
// that ends with one for the character behind it.
func TestSignsAtTheFrame(t *testing.T) {
	for name, measure := range panetest.Measures() {
		t.Run(name, func(t *testing.T) {
			m := chooser.New(theme.New(true, false), measure, "p", "", []chooser.Item{{Label: "first"}, {Label: "\ufe0f\u20e3", Note: "note \u0602"}}).Resize(60, 18)
			panetest.Check(t, measure, m.View(), 56, 18)
		})
	}
}

// Whatever is pressed and pasted, the box stays within the screen.
func TestAnything(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		measure := panetest.Measure().Draw(t, "measure")
		var list []chooser.Item
		for range rapid.IntRange(0, 40).Draw(t, "items") {
			list = append(list, chooser.Item{Label: safe.Line(panetest.Text().Draw(t, "label")), Note: safe.Line(panetest.Text().Draw(t, "note"))})
		}
		size := panetest.Size().Draw(t, "size")
		m := chooser.New(theme.New(true, rapid.Bool().Draw(t, "colours")), measure, "p", safe.Line(panetest.Text().Draw(t, "title")), list).Resize(size[0], size[1])
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				size = panetest.Size().Draw(t, "size")
				m = m.Resize(size[0], size[1])
			case 1:
				m, _ = m.Update(tea.PasteMsg{Content: panetest.Text().Draw(t, "paste")})
			default:
				m, _ = m.Update(panetest.AnyKey().Draw(t, "key"))
			}
			panetest.Check(t, measure, m.View(), min(size[0]-4, 76), size[1])
		}
	})
}
