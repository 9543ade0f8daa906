package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// The sizes from which panes stand beside each other.
const (
	minBeside = 70  // folders and list
	minReader = 150 // and the reader at their right
	minBelow  = 34  // rows for the reader below the list
)

// frame is where the panes lie. A pane of no width is not shown.
type frame struct {
	folders, listX, listW, listH   int
	readerX, readerY, readerW, rdH int
}

// frame computes the layout of the screen, its last row left to the status.
func (m Model) frame() frame {
	w, h := m.w, max(m.h-1, 1)
	f := frame{}
	if w < minBeside {
		switch m.focus {
		case foldersPane:
			f.folders = w
		case readerPane:
			f.readerW, f.rdH = w, h
		default:
			f.listW, f.listH = w, h
		}
		return f
	}
	f.folders = min(max(w/6, 18), 30)
	f.listX, f.listW, f.listH = f.folders+1, w-f.folders-1, h
	open := m.reader.ID() != 0
	switch {
	case w >= minReader:
		f.listW = (w - f.folders - 2) * 9 / 20
		f.readerX, f.readerW, f.rdH = f.listX+f.listW+1, w-f.listX-f.listW-1, h
	case open && h >= minBelow:
		f.listH = h / 3
		f.readerX, f.readerY, f.readerW, f.rdH = f.listX, f.listH, f.listW, h-f.listH
	case open && m.focus == readerPane:
		f.readerX, f.readerW, f.rdH = f.listX, f.listW, h
		f.listW = 0
	}
	return f
}

// layout gives the panes their sizes.
func (m Model) layout() Model {
	f := m.frame()
	h := max(m.h-1, 1)
	m.folders.Model = m.folders.SetSize(f.folders, h)
	if f.listW > 0 {
		m.list.Model = m.list.SetSize(f.listW, f.listH)
	}
	if f.readerW > 0 {
		m.reader.Model = m.reader.SetSize(f.readerW, f.rdH)
	}
	m.folders.Focused, m.list.Focused, m.reader.Focused = m.focus == foldersPane, m.focus == listPane, m.focus == readerPane
	m.desk = m.desk.resize(m.w, h)
	return m
}

// View draws the screen.
func (m Model) View() tea.View {
	v := tea.NewView("")
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = m.title()
	if m.w == 0 || m.h == 0 {
		return v
	}
	if m.w < 20 || m.h < 5 {
		v.SetContent(m.measure.Cut("too small", m.w))
		return v
	}
	lines := append(m.body(), m.statusLine())
	if m.dialog != nil {
		lines = m.overlay(lines, m.dialog.View())
	}
	v.SetContent(strings.Join(lines, "\n"))
	return v
}

func (m Model) title() string {
	if m.account == "" {
		return "Posthorn"
	}
	return "Posthorn · " + ansi.Strip(m.account)
}

// body draws the panes.
func (m Model) body() []string {
	h := max(m.h-1, 1)
	if l := m.desk.current(); l != nil {
		return l.View()
	}
	f := m.frame()
	rule := m.theme.Faint.Render("│")
	lines := make([]string, h)
	column := func(x, y int, pane []string) {
		for i, l := range pane {
			if y+i >= h {
				break
			}
			if x > 0 && x == f.listX || x > 0 && x == f.readerX && f.readerY == 0 {
				l = rule + l
			}
			lines[y+i] += l
		}
	}
	if f.folders > 0 {
		column(0, 0, m.folders.View())
	}
	if f.listW > 0 {
		column(f.listX, 0, m.list.View())
	}
	if f.readerW > 0 {
		pane := m.reader.View()
		if f.readerY > 0 {
			pane[0] = m.theme.Faint.Render("──") + m.measure.Between(pane[0], 0, f.readerW-2)
		}
		column(f.readerX, f.readerY, pane)
	}
	return lines
}

// overlay lays a box over the middle of the screen.
func (m Model) overlay(lines, box []string) []string {
	if len(box) == 0 {
		return lines
	}
	w := min(m.measure.Width(box[0]), m.w)
	x, y := max((m.w-w)/2, 0), max((len(lines)-len(box))/2, 0)
	for i, l := range box {
		if y+i >= len(lines) {
			break
		}
		under := lines[y+i]
		lines[y+i] = m.measure.Between(under, 0, x) + m.measure.Cut(l, w) + m.measure.Between(under, x+w, m.w)
	}
	return lines
}

// pointed gives what the mouse does to the pane that it is over. A click goes there,
// and opens what it is on.
func (m Model) pointed(msg tea.MouseMsg) (Model, tea.Cmd) {
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
			return m.inLetter(click)
		}
		return m, nil
	case wheel:
		p, _ := m.under(at.X, at.Y)
		return m.inPane(p, msg), nil
	case at.Y < m.h-1:
		return m.click(click)
	}
	return m, nil
}

// under returns the pane at a place of the screen, and the place's line in it.
func (m Model) under(x, y int) (pane, int) {
	f := m.frame()
	switch {
	case f.readerW > 0 && x >= f.readerX && y >= f.readerY:
		return readerPane, y - f.readerY
	case f.listW > 0 && x >= f.listX:
		return listPane, y
	}
	return foldersPane, y
}

// inPane gives a message to a pane.
func (m Model) inPane(p pane, msg tea.Msg) Model {
	switch p {
	case readerPane:
		m.reader.Model, _ = m.reader.Update(msg)
	case listPane:
		m.list.Model, _ = m.list.Update(msg)
	default:
		m.folders.Model, _ = m.folders.Update(msg)
	}
	return m
}

func (m Model) click(msg tea.MouseClickMsg) (Model, tea.Cmd) {
	p, line := m.under(msg.X, msg.Y)
	msg.Y = line
	m = m.focused(p).inPane(p, msg)
	switch p {
	case listPane:
		if _, ok := m.list.At(line); ok {
			return m.open()
		}
	case foldersPane:
		if _, ok := m.folders.At(line); ok {
			return m.openFolder()
		}
	}
	return m, nil
}
