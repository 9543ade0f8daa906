// Package help is the screen that says which keys do what in the place one is
// in, and the one that shows a text whole.
package help

import (
	"math"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/command"
	"posthorn/ui/frame"
	"posthorn/ui/theme"
)

// Model is the screen.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure
	title   string
	rows    []row
	lines   []string // the rows in the columns there are
	top     int
	closed  bool
	w, h    int
}

// A row is a text with something before it. Where the text takes several lines,
// they stand below each other.
type row struct {
	before string
	text   string
	style  theme.Style
}

// Keys returns the help of a place: what has a key that does it there.
func Keys(t theme.Theme, m cells.Measure, k command.Keymap, p command.Place) Model {
	h := Model{Theme: t, Measure: m, title: "Keys · " + string(p)}
	last := command.Place("")
	for _, c := range k.Commands(p) {
		keys := strings.Join(k.Working(p, c), " ")
		if keys == "" || c.Alike {
			continue
		}
		place := c.Place
		if c.Message {
			place = "messages"
		}
		if place != last {
			if last != "" {
				h.rows = append(h.rows, row{})
			}
			h.rows = append(h.rows, row{text: string(place), style: t.Title})
			last = place
		}
		h.rows = append(h.rows, row{t.Key.Render(m.Pad(keys, max(14, m.Width(keys)))) + " " + t.Text.Render(m.Pad(c.Name, 18)) + " ", c.Help, t.Faint})
	}
	return h
}

// Text returns a screen that shows a text.
func Text(t theme.Theme, m cells.Measure, title, text string) Model {
	h := Model{Theme: t, Measure: m, title: title}
	for l := range strings.SplitSeq(text, "\n") {
		h.rows = append(h.rows, row{text: safe.Line(l), style: t.Text})
	}
	return h
}

// End shows the end of the text first.
func (m Model) End() Model {
	m.top = math.MaxInt32
	return m
}

// SetSize gives it the size of the screen, of which it takes a part.
func (m Model) SetSize(w, h int) Model {
	m.w = min(w-4, 86)
	m.lines = m.wrap()
	m.h = min(h-4, len(m.lines)+3)
	return m.scroll(0)
}

// inner is the columns within the frame.
func (m Model) inner() int { return max(m.w-4, 20) }

// minText is the least columns that a text has beside what is before it.
const minText = 12

func (m Model) wrap() (lines []string) {
	for _, r := range m.rows {
		before := r.before
		indent := m.Measure.Width(before)
		if before != "" && m.inner()-indent < minText { // below, where there is room
			lines, before, indent = append(lines, m.Measure.Cut(before, m.inner())), "    ", 4
		}
		for _, l := range safe.Wrap(r.text, max(m.inner()-indent, 8)) {
			lines = append(lines, before+r.style.Render(l))
			before = strings.Repeat(" ", indent)
		}
	}
	return lines
}

func (m Model) visible() int { return max(m.h-3, 1) }

func (m Model) scroll(n int) Model {
	m.top = max(min(m.top+n, len(m.lines)-m.visible()), 0)
	return m
}

// Closed reports whether the screen was left.
func (m Model) Closed() bool { return m.closed }

// Update takes keys: those that scroll; any other closes it.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			return m.scroll(-3), nil
		}
		return m.scroll(3), nil
	case tea.KeyPressMsg:
		switch msg.String() {
		case "j", "down":
			return m.scroll(1), nil
		case "k", "up":
			return m.scroll(-1), nil
		case "space", "pgdown", "ctrl+d":
			return m.scroll(m.visible()), nil
		case "pgup", "ctrl+u", "shift+space":
			return m.scroll(-m.visible()), nil
		case "g", "home":
			return m.scroll(-len(m.lines)), nil
		case "G", "end":
			return m.scroll(len(m.lines)), nil
		}
		m.closed = true
	}
	return m, nil
}

// View returns its lines.
func (m Model) View() []string {
	inner := m.inner()
	lines := []string{m.Theme.Title.Render(m.Measure.Cut(m.title, inner)), ""}
	lines = append(lines, m.lines[m.top:min(m.top+m.visible(), len(m.lines))]...)
	lines = append(lines, m.Theme.Faint.Render("j k scroll · any other key closes"))
	return frame.Around(m.Theme, m.Measure, lines, inner)
}
