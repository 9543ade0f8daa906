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

func items(labels ...string) (list []chooser.Item[string]) {
	for i, l := range labels {
		list = append(list, chooser.Item[string]{Label: l, Note: fmt.Sprintf("note%d", i), Value: l})
	}
	return list
}

func box(list []chooser.Item[string]) chooser.Model[string] {
	return chooser.New(theme.New(true, true), cells.Measure{}, "Move to", list).SetSize(80, 24)
}

// What a box says: what was chosen in it, that it was left, or nothing yet.
const (
	left = "left"
	open = "open"
)

func said(chosen string) string { return "chosen " + chosen }

// press gives the box keys by their names and returns what it says then.
func press(m chooser.Model[string], keys ...string) (chooser.Model[string], string) {
	for _, k := range keys {
		m, _ = m.Update(panetest.Key(k))
	}
	if v, ok := m.Chosen(); ok {
		return m, said(v)
	}
	if m.Closed() {
		return m, left
	}
	return m, open
}

func TestChoose(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys string
		want string
	}{
		{"the first", "enter", said("Inbox")},
		{"the second", "down enter", said("Archive")},
		{"not above the first", "up up enter", said("Inbox")},
		{"not below the last", "down down down down down down enter", said("Lists/choir")},
		{"other keys that move", "ctrl+n ctrl+n ctrl+p tab shift+tab enter", said("Archive")},
		{"a page", "pgdown pgup pgdown enter", said("Lists/choir")},
		{"by its name", "c h o enter", said("Lists/choir")},
		{"by parts of its name", "l c r enter", said("Lists/choir")},
		{"whatever the case", "A R C H enter", said("Archive")},
		{"by its note", "n o t e 2 enter", said("Ärger 日本")},
		{"typing begins at the top again", "down down a r c h enter", said("Archive")},
		{"beyond ASCII", "日 enter", said("Ärger 日本")},
		{"none", "z z z enter", open},
		{"no key after the answer", "enter down x esc", said("Inbox")},
		{"none, and mended", "z backspace enter", said("Inbox")},
		{"moving among none", "z z z down up pgdown backspace backspace backspace enter", said("Inbox")},
		{"esc", "esc", left},
		{"esc after typing", "a r c h esc", left},
		{"ctrl+c", "ctrl+c", left},
		{"the key that opened it", "ctrl+k", left},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := press(box(items("Inbox", "Archive", "Ärger 日本", "Lists/choir")), strings.Fields(tt.keys)...); got != tt.want {
				t.Errorf("it says %q, want %q", got, tt.want)
			}
		})
	}
	if _, got := press(box(nil), "down", "up", "enter"); got != open {
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
		m = m.SetSize(w, 24)
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
	if _, got := press(m, "enter"); got != said("Archive 1") {
		t.Errorf("after a paste is chosen %#v", got)
	}
}

// The item under the cursor is in view.
func TestWindow(t *testing.T) {
	var labels []string
	for i := range 50 {
		labels = append(labels, fmt.Sprintf("item-%d-", i))
	}
	m := box(items(labels...)).SetSize(80, 18)
	for i := range 50 {
		if got := panetest.Join(m.View()); !strings.Contains(got, labels[i]) {
			t.Fatalf("item %d is out of view:\n%s", i, got)
		}
		m, _ = press(m, "down")
	}
	m = m.SetSize(80, 10)
	if got := panetest.Join(m.View()); !strings.Contains(got, labels[49]) {
		t.Errorf("made lower it shows\n%s", got)
	}
}

// A label that begins with a sign for around the character before it, and a note
// that ends with one for the character behind it.
func TestSignsAtTheFrame(t *testing.T) {
	for name, measure := range panetest.Measures() {
		t.Run(name, func(t *testing.T) {
			m := chooser.New(theme.New(true, false), measure, "", []chooser.Item[string]{{Label: "first"}, {Label: "\ufe0f\u20e3", Note: "note \u0602"}}).SetSize(60, 18)
			panetest.Check(t, measure, m.View(), 56, 18)
		})
	}
}

// Whatever is pressed and pasted, the box stays within the screen.
func TestAnything(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		measure := panetest.Measure().Draw(t, "measure")
		var list []chooser.Item[string]
		for range rapid.IntRange(0, 40).Draw(t, "items") {
			list = append(list, chooser.Item[string]{Label: safe.Line(panetest.Text().Draw(t, "label")), Note: safe.Line(panetest.Text().Draw(t, "note"))})
		}
		size := panetest.Size().Draw(t, "size")
		m := chooser.New(theme.New(true, rapid.Bool().Draw(t, "colours")), measure, safe.Line(panetest.Text().Draw(t, "title")), list).SetSize(size[0], size[1])
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				size = panetest.Size().Draw(t, "size")
				m = m.SetSize(size[0], size[1])
			case 1:
				m, _ = m.Update(tea.PasteMsg{Content: panetest.Text().Draw(t, "paste")})
			default:
				m, _ = m.Update(panetest.AnyKey().Draw(t, "key"))
			}
			panetest.Check(t, measure, m.View(), min(size[0]-4, 76), size[1])
		}
	})
}
