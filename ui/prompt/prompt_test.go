package prompt_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"posthorn/internal/seed"
	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/panetest"
	"posthorn/ui/prompt"
	"posthorn/ui/theme"
)

func line(text string) prompt.Model {
	return prompt.New(theme.New(true, true), cells.Measure{}, "Search Inbox", "words\nor more words", text).SetSize(80, 24)
}

func question(title, help string) prompt.Question {
	return prompt.Ask(theme.New(true, true), cells.Measure{}, title, help, "keep").SetSize(80, 24)
}

// press gives the box keys by their names and returns what it says then.
func press(m prompt.Model, keys string) (prompt.Model, string) {
	for _, k := range strings.Fields(keys) {
		m, _ = m.Update(panetest.Key(k))
	}
	text, ok := m.Entered()
	switch {
	case ok:
		return m, "entered " + text
	case m.Closed():
		return m, "left"
	}
	return m, "open"
}

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    prompt.Model
		keys string
		want string
	}{
		{"typed", line(""), "a b é 日 enter", "entered abé日"},
		{"nothing typed", line(""), "enter", "entered "},
		{"behind what was there", line("~/"), "x enter", "entered ~/x"},
		{"mended", line("ab"), "backspace backspace c home d enter", "entered dc"},
		{"y and n are letters", line(""), "y n enter", "entered yn"},
		{"no key after the answer", line(""), "y enter x", "entered y"},
		{"esc", line("ab"), "a esc", "left"},
		{"ctrl+c", line("ab"), "ctrl+c", "left"},
		{"not yet", line("ab"), "a", "open"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := press(tt.m, tt.keys); got != tt.want {
				t.Errorf("it says %q, want %q", got, tt.want)
			}
		})
	}
}

// Only y is yes.
func TestQuestion(t *testing.T) {
	for _, key := range strings.Fields("y n enter esc ctrl+c space x Y d ctrl+y") {
		q, _ := question("Sure?", "").Update(panetest.Key(key))
		if q.Yes() != (key == "y") || !q.Closed() {
			t.Errorf("%s answers yes: %v, closed %v", key, q.Yes(), q.Closed())
		}
		if q, _ = q.Update(panetest.Key("y")); q.Yes() != (key == "y") {
			t.Errorf("%s is answered again", key)
		}
	}
	for _, msg := range []tea.Msg{tea.PasteMsg{Content: "y\n"}, tea.KeyReleaseMsg{Code: 'y', Text: "y"}, tea.MouseClickMsg{}} {
		if q, _ := question("Sure?", "").Update(msg); q.Closed() {
			t.Errorf("%#v answers", msg)
		}
	}
}

// A paste is one line.
func TestPaste(t *testing.T) {
	m, _ := line("").Update(tea.PasteMsg{Content: "a\r\nb\x1b[31m\u202e\tc\n"})
	if _, got := press(m, "enter"); got != "entered a b␛[31m c" {
		t.Errorf("after a paste it says %#v", got)
	}
}

func TestFail(t *testing.T) {
	for _, tt := range []struct {
		name       string
		typed      string
		at, length int
		want       string // the line below what was typed
	}{
		{"points", "is:blue", 3, 4, "     ^^^^"},
		{"at the beginning", "is:blue", 0, 2, "  ^^"},
		{"below wide characters", "日本 is:青い", 10, 6, "          ^^^^"},
		{"beyond the end", "ab", 9, 9, "    ^"},
		{"at nothing", "ab", 0, 0, "it is wrong"},
		{"out of view", strings.Repeat("a ", 60), 3, 4, "it is wrong"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := line(tt.typed).Fail("it is wrong", tt.at, tt.length)
			got := m.View()
			if l := strings.TrimRight(strings.Trim(panetest.Plain(got[3]), "│"), " "); l != " "+tt.want {
				t.Errorf("below what was typed stands %q, want %q", l, tt.want)
			}
			if s := panetest.Join(got); !strings.Contains(s, "it is wrong") || !strings.Contains(s, "or more words") {
				t.Errorf("the box shows\n%s", s)
			}
			if m, _ = press(m, "x"); strings.Contains(panetest.Join(m.View()), "wrong") {
				t.Error("what is mended is still wrong")
			}
		})
	}
	long := "it is wrong, " + strings.Repeat("and so on ", 20) + "to the end"
	if s := panetest.Join(line("ab").Fail(long, 0, 1).SetSize(60, 18).View()); !strings.Contains(s, "to the end") {
		t.Errorf("a long failure is cut:\n%s", s)
	}
}

// However much there is to say, the box is not higher than the screen, and there
// is still what one types into and what one answers.
func TestHeight(t *testing.T) {
	for _, long := range []string{strings.Repeat("far too long ", 300), strings.Repeat("語", 3000), strings.Repeat("a\n", 200)} {
		for _, m := range []prompt.Model{line(long), prompt.New(theme.New(true, true), cells.Measure{}, long, long, "typed").Fail(long, 1, 1)} {
			m = m.SetSize(60, 18)
			panetest.Check(t, cells.Measure{}, m.View(), 56, 18)
			if s := panetest.Join(m.View()); !strings.Contains(s, "› ") {
				t.Errorf("the box shows\n%s", s)
			}
		}
		q := question(long, long).SetSize(60, 18)
		panetest.Check(t, cells.Measure{}, q.View(), 56, 18)
		if s := panetest.Join(q.View()); !strings.Contains(s, "y yes   any other key keep") {
			t.Errorf("the box shows\n%s", s)
		}
	}
}

// Whatever is pressed and pasted, the box stays within the screen.
func TestAnything(t *testing.T) {
	text := panetest.Text()
	seed.Check(t, func(t *rapid.T) {
		measure, th := panetest.Measure().Draw(t, "measure"), theme.New(true, rapid.Bool().Draw(t, "colours"))
		m := prompt.New(th, measure, text.Draw(t, "title"), text.Draw(t, "help"), safe.Line(text.Draw(t, "text")))
		q := prompt.Ask(th, measure, text.Draw(t, "title"), text.Draw(t, "help"), "keep")
		size := panetest.Size().Draw(t, "size")
		m = m.SetSize(size[0], size[1])
		panetest.Check(t, measure, q.SetSize(size[0], size[1]).View(), min(size[0]-4, 76), size[1])
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				size = panetest.Size().Draw(t, "size")
				m = m.SetSize(size[0], size[1])
			case 1:
				m, _ = m.Update(tea.PasteMsg{Content: text.Draw(t, "paste")})
			case 2:
				m = m.Fail(text.Draw(t, "failure"), rapid.IntRange(0, 100).Draw(t, "at"), rapid.IntRange(0, 100).Draw(t, "length"))
			default:
				m, _ = m.Update(panetest.AnyKey().Draw(t, "key"))
			}
			panetest.Check(t, measure, m.View(), min(size[0]-4, 76), size[1])
		}
	})
}
