// Package reader is the pane that shows one message. It shows lines that
// [posthorn/mail/render] made, and nothing else of a message.
package reader

import (
	"fmt"
	"strings"
	"unicode"

	"posthorn/mail"
	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/theme"
)

// Model is the pane.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure
	Focused bool

	id      mail.ID
	title   string
	doc     render.Document
	loading bool
	failure string
	hint    string
	top     int
	left    int // columns of the lines that are not wrapped that are out of view
	widest  int // columns of the widest of them
	w, h    int
}

// New returns an empty pane.
func New(t theme.Theme) Model { return Model{Theme: t} }

// SetSize gives the pane its size.
func (m Model) SetSize(w, h int) Model {
	m.w, m.h = w, h
	return m.clamp()
}

// Width returns the columns that a message is to be laid out in.
func (m Model) Width() int { return max(m.w-2, 20) }

// ID returns the message that is shown, 0 for none.
func (m Model) ID() mail.ID { return m.id }

// Document returns what is shown.
func (m Model) Document() render.Document { return m.doc }

// Load says which message is being fetched.
func (m Model) Load(id mail.ID, title string) Model {
	if m.id != id {
		m.top, m.left, m.doc = 0, 0, render.Document{}
	}
	m.id, m.title, m.loading, m.failure, m.hint = id, title, true, "", ""
	return m
}

// Show shows a message that was laid out. One that was in view already, and is now
// laid out in other columns or with other header fields, stays where it was read.
func (m Model) Show(id mail.ID, d render.Document) Model {
	if id == m.id && m.top > 0 && len(m.doc.Lines) > 0 {
		m.top = sameLine(m.doc.Lines, m.top, d.Lines)
	}
	m.id, m.doc, m.loading, m.failure, m.widest = id, d, false, "", 0
	for _, l := range d.Lines {
		if l.Fixed {
			m.widest = max(m.widest, m.Measure.Width(l.Text()))
		}
	}
	return m.clamp()
}

// Fail says why a message cannot be shown, and what can be done.
func (m Model) Fail(id mail.ID, text, hint string) Model {
	m.id, m.loading, m.failure, m.hint, m.doc = id, false, text, hint, render.Document{}
	return m
}

// Clear shows nothing.
func (m Model) Clear() Model {
	m.id, m.title, m.doc, m.loading, m.failure, m.top = 0, "", render.Document{}, false, "", 0
	return m
}

// sameLine returns the line of a new layout that holds what a line of the old one
// begins with. It counts letters from the end, for header fields come and go at
// the beginning, and letters only, for the width decides on blanks and rules.
func sameLine(old []render.Line, top int, lines []render.Line) int {
	below, blank := 0, 0
	for _, l := range old[min(top, len(old)):] {
		if below += letters(l); below == 0 {
			blank++
		}
	}
	at := len(lines)
	for below > 0 && at > 0 {
		at--
		below -= letters(lines[at])
	}
	for blank > 0 && at > 0 && letters(lines[at-1]) == 0 {
		at, blank = at-1, blank-1
	}
	return at
}

func letters(l render.Line) (n int) {
	for _, s := range l.Spans {
		for _, r := range s.Text {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				n++
			}
		}
	}
	return n
}

func (m Model) rows() int { return max(m.h-1, 1) }

func (m Model) clamp() Model {
	m.top = max(min(m.top, len(m.doc.Lines)-m.rows()), 0)
	m.left = max(min(m.left, m.widest-m.w+1), 0)
	return m
}

// AtEnd reports whether the end of the message is in view.
func (m Model) AtEnd() bool { return m.top+m.rows() >= len(m.doc.Lines) }

// Scroll moves by lines.
func (m Model) Scroll(n int) Model {
	m.top += n
	return m.clamp()
}

// Pages moves by pages, of which each shows the last line of the one before.
func (m Model) Pages(n int) Model { return m.Scroll(n * (m.rows() - 1)) }

// Sideways moves the lines that are not wrapped by half widths.
func (m Model) Sideways(n int) Model {
	m.left += n * m.w / 2
	return m.clamp()
}

// Top goes to the beginning.
func (m Model) Top() Model { return m.Scroll(-m.top) }

// Bottom goes to the end.
func (m Model) Bottom() Model { return m.Scroll(len(m.doc.Lines)) }

// Loading reports whether the message is still being fetched, with nothing to be
// seen of it yet.
func (m Model) Loading() bool { return m.loading && len(m.doc.Lines) == 0 }

// View returns the pane's lines.
func (m Model) View() []string {
	style := m.Theme.Quiet
	if m.Focused {
		style = m.Theme.Title
	}
	lines := []string{style.Render(m.Measure.Pad(" "+m.heading(), m.w))}
	switch {
	case m.id == 0:
		lines = append(lines, "", m.Theme.Faint.Render(m.Measure.Cut("  No message is open.", m.w)))
	case m.failure != "":
		lines = append(lines, "")
		lines = append(lines, m.paragraph(m.Theme.Danger.Render, m.failure)...)
		lines = append(lines, m.paragraph(m.Theme.Text.Render, m.hint)...)
	case m.Loading():
		lines = append(lines, "", m.Theme.Faint.Render(m.Measure.Cut("  Fetching the message …", m.w)))
	}
	for i := m.top; i < min(m.top+m.rows(), len(m.doc.Lines)); i++ {
		lines = append(lines, m.line(m.doc.Lines[i]))
	}
	return m.Measure.Fit(lines, m.w, m.h)
}

func (m Model) paragraph(style func(...string) string, text string) (lines []string) {
	if text == "" {
		return nil
	}
	for _, l := range safe.Wrap(safe.Line(text), max(m.w-4, 10)) {
		lines = append(lines, "  "+style(l))
	}
	return lines
}

// heading is the title, and how far one has read.
func (m Model) heading() string {
	title := m.title
	if n := len(m.doc.Lines); n > m.rows() {
		title = fmt.Sprintf("%3d%%  %s", 100*min(m.top+m.rows(), n)/n, title)
	}
	if m.loading {
		title += " …"
	}
	return title
}

func (m Model) line(l render.Line) string {
	var b strings.Builder
	b.WriteByte(' ')
	left, hidden := m.w-1, 0
	if l.Fixed {
		hidden = m.left
	}
	for _, s := range l.Spans {
		whole := s.Text
		if n := m.Measure.Width(whole); hidden >= n {
			hidden -= n
			continue
		} else if hidden > 0 {
			whole, hidden = m.Measure.Between(whole, hidden, n), 0
		}
		text := m.Measure.Cut(whole, left)
		left -= m.Measure.Width(text)
		b.WriteString(m.Theme.Span(s.Style, l.Quote).Render(text))
		if text != whole { // a wide character may have left a column
			break
		}
	}
	return b.String()
}
