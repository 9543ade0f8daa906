package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/ui/cells"
)

// View draws the screen.
func (m Model) View() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = m.accounts.title()
	if m.panes.w == 0 || m.panes.h == 0 {
		return v
	}
	if m.panes.w < 20 || m.panes.h < 5 {
		v.SetContent(m.look.measure.Cut("too small", m.panes.w))
		return v
	}
	lines := m.panes.View()
	if l := m.desk.current(); l != nil {
		lines = l.View()
	}
	lines = append(lines, m.statusLine())
	if m.dialog != nil {
		lines = overlay(m.look.measure, m.panes.w, lines, m.dialog.View())
	}
	v.SetContent(strings.Join(lines, "\n"))
	return v
}

// overlay lays a box over the middle of the screen.
func overlay(c cells.Measure, w int, lines, box []string) []string {
	if len(box) == 0 {
		return lines
	}
	inner := min(c.Width(box[0]), w)
	x, y := max((w-inner)/2, 0), max((len(lines)-len(box))/2, 0)
	for i, l := range box {
		if y+i >= len(lines) {
			break
		}
		under := lines[y+i]
		lines[y+i] = c.Between(under, 0, x) + c.Cut(l, inner) + c.Between(under, x+inner, w)
	}
	return lines
}

// pointed gives what the mouse does to the pane that it is over. A click goes there,
// and opens what it is on.
func (m Model) pointed(msg tea.MouseMsg) (_ Model, cmd tea.Cmd) {
	_, wheel := msg.(tea.MouseWheelMsg)
	click, clicked := msg.(tea.MouseClickMsg)
	clicked = clicked && click.Button == tea.MouseLeft
	at := msg.Mouse()
	switch {
	case m.dialog != nil:
		return m.dialog.update(m, msg)
	case !wheel && !clicked:
		return m, nil
	case m.desk.open != 0:
		if clicked {
			m.desk, cmd = m.desk.update(click)
		}
		return m, cmd
	case wheel:
		p, _ := m.panes.under(at.X, at.Y)
		m.panes = m.panes.update(p, msg)
		return m, nil
	case at.Y < m.panes.h-1:
		return m.click(click)
	}
	return m, nil
}

func (m Model) click(msg tea.MouseClickMsg) (Model, tea.Cmd) {
	p, line := m.panes.under(msg.X, msg.Y)
	msg.Y = line
	m.panes = m.panes.focused(p).update(p, msg)
	switch p {
	case listPane:
		if _, ok := m.panes.list.At(line); ok {
			return m.open()
		}
	case foldersPane:
		if _, ok := m.panes.folders.At(line); ok {
			return openFolder(m, target{})
		}
	}
	return m, nil
}
