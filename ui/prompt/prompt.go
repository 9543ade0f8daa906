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
	"posthorn/ui/field"
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
	pointer                       string // points at what is wrong
	question                      bool
	input                         textinput.Model
	w, h                          int
}

// New returns a box to type into.
func New(t theme.Theme, m cells.Measure, purpose, title, help, text string) Model {
	in := field.New("› ")
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
func (m Model) Resize(w, h int) Model {
	m.w, m.h = min(w-4, 76), h
	if !m.question {
		field.Resize(&m.input, m.inner())
	}
	return m
}

// inner is the columns within the frame.
func (m Model) inner() int { return max(m.w-4, 16) }

// Fail says what is wrong with what was typed, which can then be mended, and points
// at it, if the whole is in view. Length 0 points at nothing.
func (m Model) Fail(text string, at, length int) Model {
	m.failure, m.pointer = text, ""
	value := m.input.Value()
	if length > 0 && m.Measure.Width(value) < m.inner()-2 {
		at = min(at, len(value))
		wrong := m.Measure.Width(value[at:min(at+length, len(value))])
		m.pointer = strings.Repeat(" ", 2+m.Measure.Width(value[:at])) + strings.Repeat("^", max(wrong, 1))
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
		m.failure, m.pointer = "", ""
	}
	var cmd tea.Cmd
	m.input, cmd = field.Update(m.input, msg)
	return m, cmd
}

// maxTitle bounds the lines of a title: a folder's name is as long as its server
// wants.
const maxTitle = 3

// View returns the box's lines.
func (m Model) View() []string {
	lines := m.wrap(m.Theme.Title, m.title)
	lines = lines[:min(len(lines), maxTitle)]
	var last []string
	if m.question {
		last = []string{"", m.Theme.Key.Render("y") + " yes   " + m.Theme.Key.Render("n") + " no"}
	} else {
		lines = append(lines, field.View(m.input, m.Measure, m.inner()))
		if m.pointer != "" {
			lines = append(lines, m.Theme.Danger.Render(m.pointer))
		}
		lines = append(lines, m.wrap(m.Theme.Danger, m.failure)...)
	}
	lines = append(lines, m.wrap(m.Theme.Faint, m.help)...)
	room := max(m.h-2-len(last), 1) // the frame takes two
	lines = append(lines[:min(len(lines), room)], last...)
	return chooser.Frame(m.Theme, m.Measure, lines, m.inner(), len(lines))
}

func (m Model) wrap(style theme.Style, text string) (lines []string) {
	if text == "" {
		return nil
	}
	for para := range strings.SplitSeq(text, "\n") {
		for _, l := range safe.Wrap(safe.Line(para), m.inner()) {
			lines = append(lines, style.Render(l))
		}
	}
	return lines
}
