// Package chooser is a box to choose one of many by typing a part of its name:
// the palette of commands, the folder to move to, the sort, a link.
package chooser

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/sahilm/fuzzy"

	"posthorn/ui/cells"
	"posthorn/ui/field"
	"posthorn/ui/frame"
	"posthorn/ui/theme"
)

// An Item is something to choose: what it is called, what stands at the right of
// it, and what it means to who asked.
type Item[T any] struct {
	Label, Note string
	Value       T
}

// Model is the box. Once [Model.Closed] reports true it takes no more keys.
type Model[T any] struct {
	Theme   theme.Theme
	Measure cells.Measure

	title       string
	items       []Item[T]
	shown       []int
	cursor, top int
	closed      bool
	chosen      bool
	input       textinput.Model
	w, h        int
}

// New returns a chooser. Its items are in the order in which they are shown
// before anything is typed.
func New[T any](t theme.Theme, m cells.Measure, title string, items []Item[T]) Model[T] {
	in := field.New("› ")
	in.Focus()
	c := Model[T]{Theme: t, Measure: m, title: title, items: items, input: in}
	return c.filter()
}

// SetSize gives the box the size of the screen, of which it takes a part.
func (m Model[T]) SetSize(w, h int) Model[T] {
	m.w, m.h = min(w-4, 76), max(min(h-4, 20), 1)
	field.SetSize(&m.input, m.inner())
	return m.follow()
}

func (m Model[T]) filter() Model[T] {
	m.cursor, m.top, m.shown = 0, 0, nil
	if m.input.Value() == "" {
		for i := range m.items {
			m.shown = append(m.shown, i)
		}
		return m
	}
	labels := make([]string, len(m.items))
	for i, it := range m.items {
		labels[i] = it.Label + " " + it.Note
	}
	for _, match := range fuzzy.Find(m.input.Value(), labels) {
		m.shown = append(m.shown, match.Index)
	}
	return m
}

// inner is the columns within the frame.
func (m Model[T]) inner() int { return max(m.w-4, 8) }

func (m Model[T]) rows() int { return max(m.h-4, 1) }

func (m Model[T]) follow() Model[T] {
	m.cursor = max(min(m.cursor, len(m.shown)-1), 0)
	m.top = min(m.top, m.cursor)
	if m.cursor >= m.top+m.rows() {
		m.top = m.cursor - m.rows() + 1
	}
	return m
}

// Update takes keys and what is typed.
func (m Model[T]) Update(msg tea.Msg) (Model[T], tea.Cmd) {
	if m.closed {
		return m, nil
	}
	if key, ok := msg.(tea.KeyPressMsg); ok {
		switch key.String() {
		case "esc", "ctrl+c", "ctrl+k", "alt+x":
			m.closed = true
			return m, nil
		case "enter":
			m.chosen = len(m.shown) > 0
			m.closed = m.chosen
			return m, nil
		case "down", "ctrl+n", "tab":
			m.cursor++
			return m.follow(), nil
		case "up", "ctrl+p", "shift+tab":
			m.cursor--
			return m.follow(), nil
		case "pgdown":
			m.cursor += m.rows()
			return m.follow(), nil
		case "pgup":
			m.cursor -= m.rows()
			return m.follow(), nil
		}
	}
	before := m.input.Value()
	var cmd tea.Cmd
	m.input, cmd = field.Update(m.input, msg)
	if m.input.Value() != before {
		m = m.filter()
	}
	return m, cmd
}

// Closed reports whether the box was answered or left.
func (m Model[T]) Closed() bool { return m.closed }

// Chosen returns what was chosen, and whether anything was.
func (m Model[T]) Chosen() (v T, ok bool) {
	if !m.chosen {
		return v, false
	}
	return m.items[m.shown[m.cursor]].Value, true
}

// View returns the box's lines, all of one width.
func (m Model[T]) View() []string {
	inner := m.inner()
	lines := []string{m.Theme.Title.Render(m.Measure.Pad(m.title, inner)), field.View(m.input, m.Measure, inner), ""}
	for i := m.top; i < min(m.top+m.rows(), len(m.shown)); i++ {
		lines = append(lines, m.row(i, inner))
	}
	if len(m.shown) == 0 {
		lines = append(lines, m.Theme.Faint.Render("nothing fits"))
	}
	return frame.Around(m.Theme, m.Measure, lines[:min(len(lines), max(m.h, 0))], inner)
}

func (m Model[T]) row(i, w int) string {
	it := m.items[m.shown[i]]
	note := m.Measure.Cut(it.Note, w/2)
	label := m.Measure.Pad(it.Label, max(w-m.Measure.Width(note)-1, 0))
	if i == m.cursor {
		return m.Theme.Cursor.Render(m.Measure.Pad(label+" "+note, w))
	}
	return m.Theme.Text.Render(label) + " " + m.Theme.Faint.Render(note)
}
