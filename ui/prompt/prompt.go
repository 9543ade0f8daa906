// Package prompt is a line to type into: a search, a path, a command; and a
// question that one key answers.
package prompt

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/field"
	"posthorn/ui/frame"
	"posthorn/ui/theme"
)

// Model is a line to type into. Once [Model.Closed] reports true it takes no more
// keys, unless [Model.Fail] opens it again.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure

	title, help, failure string
	pointer              string // points at what is wrong
	input                textinput.Model
	closed, entered      bool
	w, h                 int
}

// New returns a box to type into.
func New(t theme.Theme, m cells.Measure, title, help, text string) Model {
	in := field.New("› ")
	in.SetValue(text)
	in.CursorEnd()
	in.Focus()
	return Model{Theme: t, Measure: m, title: title, help: help, input: in}
}

// SetSize gives the box the size of the screen, of which it takes a part.
func (m Model) SetSize(w, h int) Model {
	m.w, m.h = min(w-4, 76), h
	field.SetSize(&m.input, m.inner())
	return m
}

// inner is the columns within the frame.
func (m Model) inner() int { return max(m.w-4, 16) }

// Fail says what is wrong with what was typed, which can then be mended, and points
// at it, if the whole is in view. Length 0 points at nothing.
func (m Model) Fail(text string, at, length int) Model {
	m.failure, m.pointer = text, ""
	m.closed, m.entered = false, false
	value := m.input.Value()
	if length > 0 && m.Measure.Width(value) < m.inner()-2 {
		at = min(at, len(value))
		wrong := m.Measure.Width(value[at:min(at+length, len(value))])
		m.pointer = strings.Repeat(" ", 2+m.Measure.Width(value[:at])) + strings.Repeat("^", max(wrong, 1))
	}
	return m
}

// Closed reports whether something was entered, or the box left.
func (m Model) Closed() bool { return m.closed }

// Entered returns what was entered, and whether anything was.
func (m Model) Entered() (string, bool) { return m.input.Value(), m.entered }

// Update takes keys and what is typed.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	if m.closed {
		return m, nil
	}
	if key, ok := msg.(tea.KeyPressMsg); ok {
		switch key.String() {
		case "esc", "ctrl+c":
			m.closed = true
			return m, nil
		case "enter":
			m.closed, m.entered = true, true
			return m, nil
		}
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
	lines := heading(m.Theme, m.title, m.inner())
	lines = append(lines, field.View(m.input, m.Measure, m.inner()))
	if m.pointer != "" {
		lines = append(lines, m.Theme.Danger.Render(m.pointer))
	}
	lines = append(lines, wrap(m.Theme.Danger, m.failure, m.inner())...)
	lines = append(lines, wrap(m.Theme.Faint, m.help, m.inner())...)
	lines = lines[:min(len(lines), max(m.h-2, 1))] // the frame takes two
	return frame.Around(m.Theme, m.Measure, lines, m.inner())
}

func heading(t theme.Theme, title string, w int) []string {
	lines := wrap(t.Title, title, w)
	return lines[:min(len(lines), maxTitle)]
}

func wrap(style theme.Style, text string, w int) (lines []string) {
	if text == "" {
		return nil
	}
	for para := range strings.SplitSeq(text, "\n") {
		for _, l := range safe.Wrap(safe.Line(para), w) {
			lines = append(lines, style.Render(l))
		}
	}
	return lines
}
