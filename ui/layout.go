package ui

import tea "charm.land/bubbletea/v2"

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
func (p panes) frame() frame {
	w, h := p.w, max(p.h-1, 1)
	f := frame{}
	if w < minBeside {
		switch p.focus {
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
	open := p.reader.ID() != 0
	switch {
	case w >= minReader:
		f.listW = (w - f.folders - 2) * 9 / 20
		f.readerX, f.readerW, f.rdH = f.listX+f.listW+1, w-f.listX-f.listW-1, h
	case open && h >= minBelow:
		f.listH = h / 3
		f.readerX, f.readerY, f.readerW, f.rdH = f.listX, f.listH, f.listW, h-f.listH
	case open && p.focus == readerPane:
		f.readerX, f.readerW, f.rdH = f.listX, f.listW, h
		f.listW = 0
	}
	return f
}

// layout gives the panes their sizes.
func (p panes) layout() panes {
	f := p.frame()
	h := max(p.h-1, 1)
	p.folders.Model = p.folders.SetSize(f.folders, h)
	if f.listW > 0 {
		p.list.Model = p.list.SetSize(f.listW, f.listH)
	}
	if f.readerW > 0 {
		p.reader.Model = p.reader.SetSize(f.readerW, f.rdH)
	}
	p.folders.Focused, p.list.Focused, p.reader.Focused = p.focus == foldersPane, p.focus == listPane, p.focus == readerPane
	return p
}

// View draws the panes.
func (p panes) View() []string {
	h := max(p.h-1, 1)
	f := p.frame()
	rule := p.list.Theme.Faint.Render("│")
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
		column(0, 0, p.folders.View())
	}
	if f.listW > 0 {
		column(f.listX, 0, p.list.View())
	}
	if f.readerW > 0 {
		pane := p.reader.View()
		if f.readerY > 0 {
			pane[0] = p.list.Theme.Faint.Render("──") + p.list.Measure.Between(pane[0], 0, f.readerW-2)
		}
		column(f.readerX, f.readerY, pane)
	}
	return lines
}

// under returns the pane at a place of the screen, and the place's line in it.
func (p panes) under(x, y int) (pane, int) {
	f := p.frame()
	switch {
	case f.readerW > 0 && x >= f.readerX && y >= f.readerY:
		return readerPane, y - f.readerY
	case f.listW > 0 && x >= f.listX:
		return listPane, y
	}
	return foldersPane, y
}

// update gives a message to a pane.
func (p panes) update(which pane, msg tea.Msg) panes {
	switch which {
	case readerPane:
		p.reader.Model, _ = p.reader.Update(msg)
	case listPane:
		p.list.Model, _ = p.list.Update(msg)
	default:
		p.folders.Model, _ = p.folders.Update(msg)
	}
	return p
}
