package ui

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/folders"
	"posthorn/ui/theme"
)

// A pane is one of the three that have the keys in turn.
type pane uint8

const (
	listPane pane = iota
	readerPane
	foldersPane
)

// panes are the three panes beside each other, and which one has the keys. They
// know nothing of accounts, letters and dialogs.
type panes struct {
	w, h    int // of the screen; its last row is left to the status
	focus   pane
	folders tree
	list    listing
	reader  reading
}

// next gives the keys to the next pane.
func (p panes) next() panes {
	next := map[pane]pane{foldersPane: listPane, listPane: readerPane, readerPane: foldersPane}[p.focus]
	if next == readerPane && p.reader.ID() == 0 {
		next = foldersPane
	}
	return p.focused(next)
}

// focused gives a pane the keys.
func (p panes) focused(next pane) panes {
	p.focus = next
	return p
}

// open shows another list from its top.
func (p panes) open(v mail.View) (_ panes, cmd tea.Cmd) {
	p.list, cmd = p.list.open(v)
	p.reader = p.reader.close()
	return p.focused(listPane), cmd
}

// show shows the messages of a folder, and has the engine watch it.
func (p panes) show(f mail.Folder) (panes, tea.Cmd) {
	p, cmd := p.open(p.like(mail.View{Account: f.Account, Folder: f.ID}))
	p.folders.Model = p.folders.Show(f.ID)
	var watch tea.Cmd
	p.folders, watch = p.folders.watch(f.ID)
	return p, tea.Batch(cmd, watch)
}

// like returns a view as the one that is shown, of other messages.
func (p panes) like(v mail.View) mail.View {
	v.Threads, v.Sort = p.list.view.Threads, p.list.view.Sort
	return v
}

// back closes what is open, if anything is.
func (p panes) back() (_ panes, cmd tea.Cmd, ok bool) {
	switch {
	case p.focus == readerPane:
		if p.frame().listW == 0 || p.h-1 < minBelow || p.w < minReader {
			p.reader = p.reader.close()
		}
		return p.focused(listPane), nil, true
	case p.focus == foldersPane:
		return p.focused(listPane), nil, true
	case p.list.Selected() > 0:
		p.list.Model = p.list.ClearSelection()
		return p, nil, true
	case p.list.search.On():
		p, cmd = p.open(p.list.view)
		return p, cmd, true
	case p.list.view.Filter != nil:
		p.list, cmd = p.list.filter(nil)
		return p, cmd, true
	}
	return p, nil, false
}

// named gives the list its title and its columns.
func (p panes) named() panes {
	l, title, role := &p.list, "Inbox", p.role()
	if f, ok := p.folders.Find(l.view.Folder); ok {
		title = folders.Label(f)
	}
	if l.view.Filter != nil {
		title += " (filtered)"
	}
	if l.search.On() {
		title = l.search.Title()
	}
	l.Title = title
	l.To = !l.search.On() && (role == mail.Sent || role == mail.Drafts)
	return p
}

// restyle gives the panes their looks.
func (p panes) restyle(t theme.Theme, c cells.Measure) panes {
	p.list.Theme, p.reader.Theme, p.folders.Theme = t, t, t
	p.list.Measure, p.reader.Measure, p.folders.Measure = c, c, c
	return p
}

// target returns what a command on messages acts on.
func (p panes) target() target {
	t := target{where: p.whence()}
	if p.focus == readerPane && p.reader.ID() != 0 {
		t.reading, t.ids, t.first = true, []mail.ID{p.reader.ID()}, p.reader.summary
	} else {
		t.ids = p.list.Chosen()
	}
	if len(t.ids) > 0 {
		if s, ok := p.list.Row(t.ids[0]); ok {
			t.first = s
		}
		t.trash = p.allIn(mail.Trash, t.ids)
	}
	return t
}

// whence names what the list shows.
func (p panes) whence() string {
	if f, ok := p.folders.Find(p.list.view.Folder); ok && !p.list.search.On() {
		return folders.Label(f)
	}
	return p.list.Title
}

// allIn reports whether messages are known to lie in folders with a role.
func (p panes) allIn(r mail.Role, ids []mail.ID) bool {
	if !p.list.search.On() {
		return p.role() == r
	}
	for _, id := range ids {
		s, _ := p.list.Row(id)
		if f, ok := p.folders.Find(s.Folder); !ok || f.Role != r {
			return false
		}
	}
	return true
}

// role returns the role of the folder that is shown.
func (p panes) role() mail.Role {
	if f, ok := p.folders.Find(p.list.view.Folder); ok {
		return f.Role
	}
	return p.list.view.Role
}

// kept says why the message under the cursor is on this computer only, if it is.
func (p panes) kept() string {
	id, ok := p.list.Current()
	if !ok || p.focus != listPane {
		return ""
	}
	s, _ := p.list.Row(id)
	if s.Kept == "" {
		return ""
	}
	return "only on this computer: " + safe.Line(s.Kept)
}
