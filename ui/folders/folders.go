// Package folders is the pane of accounts and their folders: those with a role
// first, the others as a tree, each with the server's count of unread messages.
package folders

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/ui/cells"
	"posthorn/ui/theme"
)

// Model is the pane.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure
	Focused bool
	Several bool // of several accounts: each folder says whose it is

	title  string
	list   []mail.Folder
	places []place // of those in list
	cursor int
	top    int
	shown  mail.FolderID // whose messages are in the list
	w, h   int
}

// New returns an empty pane.
func New(t theme.Theme) Model { return Model{Theme: t} }

// SetSize gives the pane its size.
func (m Model) SetSize(w, h int) Model {
	m.w, m.h = w, h
	return m.follow()
}

// Set shows the folders of an account, or for several accounts those with a
// role. The cursor stays on its folder.
func (m Model) Set(title string, list []mail.Folder) Model {
	current, had := m.Current()
	m.title, m.list = title, slices.Clone(list)
	slices.SortStableFunc(m.list, compare)
	m.places = placed(m.list)
	if had {
		if i := slices.IndexFunc(m.list, func(f mail.Folder) bool { return f.ID == current.ID }); i >= 0 {
			m.cursor = i
		}
	}
	return m.follow()
}

// compare puts those with a role first, and below each other folder those that
// are in it.
func compare(a, b mail.Folder) int {
	rank := func(f mail.Folder) int {
		if f.Role == mail.NoRole {
			return 100
		}
		return int(f.Role)
	}
	if d := rank(a) - rank(b); d != 0 {
		return d
	}
	return slices.CompareFunc(path(a), path(b), func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
}

func path(f mail.Folder) []string {
	if f.Delimiter == "" {
		return []string{f.Name}
	}
	return strings.Split(f.Name, f.Delimiter)
}

// A place is where a folder stands in the tree.
type place struct {
	level int
	name  string
}

// placed returns the places of folders that are in order. Those with a role stand
// by themselves, wherever the server keeps them. A folder whose parent is not drawn
// above it tells its whole name: "2024" alone could be of Archive or of Sent.
func placed(list []mail.Folder) []place {
	places := make([]place, len(list))
	drawn := map[string]int{} // the levels of those that others can be below
	for i, f := range list {
		places[i] = place{0, Label(f)}
		if f.Role == mail.NoRole {
			places[i] = below(f, drawn)
		}
		if f.Role == mail.NoRole || f.Role == mail.Inbox {
			drawn[f.Account+"\x00"+f.Name] = places[i].level
		}
	}
	return places
}

func below(f mail.Folder, drawn map[string]int) place {
	parts := path(f)
	for n := len(parts) - 1; n > 0; n-- {
		if level, ok := drawn[f.Account+"\x00"+strings.Join(parts[:n], f.Delimiter)]; ok {
			return place{level + 1, safe.Line(strings.Join(parts[n:], f.Delimiter))}
		}
	}
	return place{0, safe.Line(f.Name)}
}

// Show says whose messages are in the list, and puts the cursor there. Said again
// while somebody moves about in the pane, it leaves the cursor to them.
func (m Model) Show(id mail.FolderID) Model {
	if id == m.shown && m.Focused {
		return m
	}
	m.shown = id
	if i := slices.IndexFunc(m.list, func(f mail.Folder) bool { return f.ID == id }); i >= 0 {
		m.cursor = i
	}
	return m.follow()
}

// Current returns the folder under the cursor.
func (m Model) Current() (mail.Folder, bool) {
	if m.cursor < 0 || m.cursor >= len(m.list) {
		return mail.Folder{}, false
	}
	return m.list[m.cursor], true
}

// Find returns a folder by its id.
func (m Model) Find(id mail.FolderID) (mail.Folder, bool) {
	i := slices.IndexFunc(m.list, func(f mail.Folder) bool { return f.ID == id })
	if i < 0 {
		return mail.Folder{}, false
	}
	return m.list[i], true
}

// All returns the folders that messages can be put into.
func (m Model) All() []mail.Folder {
	return slices.DeleteFunc(slices.Clone(m.list), func(f mail.Folder) bool { return f.NoSelect })
}

func (m Model) follow() Model {
	m.cursor = max(min(m.cursor, len(m.list)-1), 0)
	rows := max(m.h-1, 1)
	m.top = min(m.top, m.cursor)
	if m.cursor >= m.top+rows {
		m.top = m.cursor - rows + 1
	}
	m.top = max(min(m.top, len(m.list)-rows), 0)
	return m
}

// Move moves the cursor by lines.
func (m Model) Move(n int) Model {
	m.cursor += n
	return m.follow()
}

// At returns the place of the folder on a line of the pane.
func (m Model) At(y int) (int, bool) {
	i := m.top + y - 1
	return i, y > 0 && y <= max(m.h-1, 1) && i < len(m.list)
}

// View returns the pane's lines.
func (m Model) View() []string {
	style := m.Theme.Quiet
	if m.Focused {
		style = m.Theme.Title
	}
	lines := []string{style.Render(m.Measure.Pad(" "+safe.Line(m.title), m.w))}
	for i := m.top; i < min(m.top+m.h-1, len(m.list)); i++ {
		lines = append(lines, m.row(i))
	}
	return m.Measure.Fit(lines, m.w, m.h)
}

func (m Model) row(i int) string {
	f := m.list[i]
	count := ""
	if f.Unread > 0 {
		count = fmt.Sprint(f.Unread)
	}
	at := m.places[i]
	name := " " + strings.Repeat("  ", min(at.level, 6)) + icon(f.Role) + at.name
	if m.Several {
		name += " " + safe.Line(f.Account)
	}
	text := m.Measure.Pad(name, max(m.w-len(count)-2, 0)) + " " + count + " "
	switch {
	case i == m.cursor && m.Focused:
		return m.Theme.Cursor.Render(text)
	case f.ID == m.shown:
		return m.Theme.Resting.Render(text)
	case f.Unread > 0:
		return m.Theme.Unread.Render(text)
	case f.NoSelect:
		return m.Theme.Faint.Render(text)
	}
	return m.Theme.Text.Render(text)
}

// Label returns a folder's name as people read it.
func Label(f mail.Folder) string {
	if f.Role == mail.Inbox {
		return "Inbox"
	}
	return safe.Line(f.Leaf())
}

func icon(r mail.Role) string {
	switch r {
	case mail.NoRole:
		return "  "
	case mail.Inbox:
		return "▸ "
	case mail.Drafts:
		return "✎ "
	case mail.Sent:
		return "→ "
	case mail.Archive:
		return "▤ "
	case mail.Trash:
		return "✗ "
	case mail.JunkMail:
		return "! "
	}
	return "★ "
}
