// Package help is the screen that says which keys do what in the place one is
// in, and the one that shows a text whole.
package help

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/chooser"
	"posthorn/ui/command"
	"posthorn/ui/theme"
)

// Model is the screen.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure
	title   string
	lines   []string
	top     int
	w, h    int
}

// Keys returns the help of a place.
func Keys(t theme.Theme, m cells.Measure, k command.Keymap, p command.Place) Model {
	h := Model{Theme: t, Measure: m, title: "Keys · " + string(p)}
	last := command.Place("")
	for _, c := range k.Commands(p) {
		if strings.HasPrefix(c.Name, "account-") && c.Name != "account-1" {
			continue
		}
		place := c.Place
		if c.Message {
			place = "messages"
		}
		if place != last {
			if last != "" {
				h.lines = append(h.lines, "")
			}
			h.lines = append(h.lines, t.Title.Render(string(place)))
			last = place
		}
		h.lines = append(h.lines, t.Key.Render(m.Pad(strings.Join(c.Keys, " "), 14))+" "+t.Text.Render(m.Pad(c.Name, 18))+" "+t.Faint.Render(c.Help))
	}
	return h
}

// Text returns a screen that shows a text.
func Text(t theme.Theme, m cells.Measure, title, text string) Model {
	h := Model{Theme: t, Measure: m, title: title}
	for _, l := range strings.Split(text, "\n") {
		for _, w := range safe.Wrap(safe.Line(l), 68) {
			h.lines = append(h.lines, t.Text.Render(w))
		}
	}
	return h
}

// Resize gives it the size of the screen, of which it takes a part.
func (m Model) Resize(w, h int) Model {
	m.w, m.h = min(w-4, 86), min(h-4, len(m.lines)+3)
	return m.scroll(0)
}

func (m Model) rows() int { return max(m.h-3, 1) }

func (m Model) scroll(n int) Model {
	m.top = max(min(m.top+n, len(m.lines)-m.rows()), 0)
	return m
}

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
			return m.scroll(m.rows()), nil
		case "pgup", "ctrl+u":
			return m.scroll(-m.rows()), nil
		}
		return m, func() tea.Msg { return chooser.ClosedMsg{} }
	}
	return m, nil
}

// View returns its lines.
func (m Model) View() []string {
	inner := max(m.w-4, 20)
	lines := []string{m.Theme.Title.Render(m.Measure.Cut(m.title, inner)), ""}
	lines = append(lines, m.lines[m.top:min(m.top+m.rows(), len(m.lines))]...)
	lines = append(lines, m.Theme.Faint.Render("j k scroll · any other key closes"))
	return chooser.Frame(m.Theme, m.Measure, lines, inner, len(lines))
}
