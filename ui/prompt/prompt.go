// Package prompt is a line to type into: a search, a path, a command; and a
// question that one key answers.
package prompt

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/chooser"
	"posthorn/ui/theme"
)

// EnteredMsg says what was typed.
type EnteredMsg struct{ Purpose, Text string }

// AnsweredMsg says that a question was answered with yes.
type AnsweredMsg struct{ Purpose string }

// Model is the box.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure

	purpose, title, help, failure string
	question                      bool
	input                         textinput.Model
	w                             int
}

// New returns a box to type into.
func New(t theme.Theme, m cells.Measure, purpose, title, help, text string) Model {
	in := textinput.New()
	in.Prompt = "› "
	in.SetVirtualCursor(true)
	in.SetValue(text)
	in.CursorEnd()
	in.Focus()
	return Model{Theme: t, Measure: m, purpose: purpose, title: title, help: help, input: in}
}

// Ask returns a question that y or n answers.
func Ask(t theme.Theme, m cells.Measure, purpose, title, help string) Model {
	return Model{Theme: t, Measure: m, purpose: purpose, title: title, help: help, question: true}
}

// Resize gives the box the size of the screen, of which it takes a part.
func (m Model) Resize(w, _ int) Model {
	m.w = min(w-4, 76)
	m.input.SetWidth(max(m.w-8, 8))
	return m
}

// Fail says what is wrong with what was typed, which can then be mended. Length 0
// points at nothing.
func (m Model) Fail(text string, at, length int) Model {
	m.failure = text
	if length > 0 {
		m.failure = strings.Repeat(" ", 2+m.Measure.Width(m.input.Value()[:min(at, len(m.input.Value()))])) + strings.Repeat("^", min(length, 40)) + "\n" + text
	}
	return m
}

// Update takes keys and what is typed.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	key, ok := msg.(tea.KeyPressMsg)
	if ok && (key.String() == "esc" || key.String() == "ctrl+c" || m.question && key.String() == "n") {
		return m, func() tea.Msg { return chooser.ClosedMsg{} }
	}
	if m.question {
		if ok && (key.String() == "y" || key.String() == "enter") {
			purpose := m.purpose
			return m, func() tea.Msg { return AnsweredMsg{purpose} }
		}
		return m, nil
	}
	if ok && key.String() == "enter" {
		entered := EnteredMsg{m.purpose, m.input.Value()}
		return m, func() tea.Msg { return entered }
	}
	if ok {
		m.failure = ""
	}
	var cmd tea.Cmd
	m.input, cmd = m.input.Update(msg)
	return m, cmd
}

// View returns the box's lines.
func (m Model) View() []string {
	inner := max(m.w-4, 16)
	var lines []string
	for _, l := range safe.Wrap(m.title, inner) {
		lines = append(lines, m.Theme.Title.Render(l))
	}
	if m.question {
		for _, l := range strings.Split(m.help, "\n") {
			lines = append(lines, m.wrap(l, inner)...)
		}
		lines = append(lines, "", m.Theme.Key.Render("y")+" yes   "+m.Theme.Key.Render("n")+" no")
		return chooser.Frame(m.Theme, m.Measure, lines, inner, len(lines))
	}
	lines = append(lines, m.Measure.Between(m.input.View(), 0, inner))
	if m.failure != "" {
		for _, l := range strings.Split(m.failure, "\n") {
			lines = append(lines, m.Theme.Danger.Render(m.Measure.Cut(l, inner)))
		}
	}
	for _, l := range strings.Split(m.help, "\n") {
		lines = append(lines, m.wrap(l, inner)...)
	}
	return chooser.Frame(m.Theme, m.Measure, lines, inner, len(lines))
}

func (m Model) wrap(s string, w int) (lines []string) {
	for _, l := range safe.Wrap(s, w) {
		lines = append(lines, m.Theme.Faint.Render(l))
	}
	return lines
}
