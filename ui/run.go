package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/ui/chooser"
	"posthorn/ui/folders"
	"posthorn/ui/help"
)

// run does what a command of the table says, wherever it was given: by its key or
// from the palette.
func (m Model) run(name string) (tea.Model, tea.Cmd) {
	for _, try := range []func(Model, string) (Model, tea.Cmd, bool){Model.runAnywhere, Model.runAccount, Model.runPane, Model.runList, Model.runMessage, Model.runReader, Model.runWriter} {
		if next, cmd, ok := try(m, name); ok {
			return next, cmd
		}
	}
	return m, nil
}

func (m Model) runAnywhere(name string) (Model, tea.Cmd, bool) {
	switch name {
	case "help":
		return m.show(helping{help.Keys(m.theme, m.measure, m.keys, m.place())}), nil, true
	case "palette":
		return m.palette(), nil, true
	case "next-pane":
		return m.nextPane(), nil, true
	case "refresh":
		m.engine.Refresh(m.account)
		m.status = m.status.say("looking for new mail …")
		return m, nil, true
	case "redraw":
		return m, tea.ClearScreen, true
	case "undo":
		return m, m.undo(), true
	case "compose":
		next, cmd := m.compose()
		return next, cmd, true
	case "notice":
		if text := m.troubles(); text != "" {
			return m.tell("Notices", text), nil, true
		}
		return m, nil, true
	case "log":
		return m, m.readLog(), true
	case "back":
		next, cmd := m.back()
		return next, cmd, true
	case "quit":
		next, cmd := m.quit()
		return next, cmd, true
	}
	return m, nil, false
}

// palette offers all commands of this place.
func (m Model) palette() Model {
	var items []chooser.Item
	for _, c := range m.keys.Commands(m.place()) {
		key := ""
		if len(c.Keys) > 0 {
			key = c.Keys[0]
		}
		items = append(items, chooser.Item{Label: c.Name + "  " + c.Help, Note: key, Value: c.Name})
	}
	return m.choose("palette", "Commands", items)
}

func (m Model) nextPane() Model {
	next := map[pane]pane{foldersPane: listPane, listPane: readerPane, readerPane: foldersPane}[m.focus]
	if next == readerPane && m.reader.ID() == 0 {
		next = foldersPane
	}
	return m.focused(next)
}

// back closes what is open; at the bottom of all it asks before it quits nothing.
func (m Model) back() (Model, tea.Cmd) {
	switch {
	case m.focus == readerPane:
		if m.frame().listW == 0 || m.h-1 < minBelow || m.w < minReader {
			m.readReq++
			m.reader, m.message = m.reader.Clear(), nil
		}
		return m.focused(listPane), m.rowsNeeded()
	case m.focus == foldersPane:
		return m.focused(listPane), nil
	case m.list.Selected() > 0:
		m.list = m.list.ClearSelection()
		return m, nil
	case m.results != nil:
		return m.endSearch()
	case m.view.Filter != nil:
		m.view.Filter = nil
		return m.relist()
	}
	return m.quit()
}

// quit ends the program, once an open draft is kept.
func (m Model) quit() (Model, tea.Cmd) {
	if m.writer != nil {
		if fingerprint, changed := m.writer.Changed(); changed {
			d, err := m.writer.Draft()
			if err != nil {
				return m.failed(err), nil
			}
			m.leaving = true
			return m, m.keepDraft(d, fingerprint, true)
		}
	}
	return m, tea.Quit
}

// runAccount changes the account.
func (m Model) runAccount(name string) (Model, tea.Cmd, bool) {
	at := -1
	for i, a := range m.accounts {
		if a.Name == m.account {
			at = i
		}
	}
	n := len(m.accounts)
	switch {
	case n == 0:
		return m, nil, false
	case name == "all-accounts":
		next, cmd := m.show1("")
		return next, cmd, true
	case name == "next-account":
		next, cmd := m.show1(m.accounts[(at+1)%n].Name)
		return next, cmd, true
	case name == "previous-account":
		next, cmd := m.show1(m.accounts[(max(at, 0)+n-1)%n].Name)
		return next, cmd, true
	case strings.HasPrefix(name, "account-"):
		if i := int(name[len(name)-1] - '1'); i < n {
			next, cmd := m.show1(m.accounts[i].Name)
			return next, cmd, true
		}
		m.status = m.status.say("there is no account " + name[len(name)-1:])
		return m, nil, true
	}
	return m, nil, false
}

// show1 shows the inbox of an account, or of all.
func (m Model) show1(account string) (Model, tea.Cmd) {
	m = m.stopSearch()
	m.account = account
	m.folders.Several = account == ""
	m.folders = m.folders.Set(m.accountTitle(), nil)
	return m.openView(mail.View{Account: account, Role: mail.Inbox, Threads: m.view.Threads, Sort: m.view.Sort})
}

func (m Model) accountTitle() string {
	if m.account == "" {
		return "All accounts"
	}
	return m.account
}

// openView shows another list from its top.
func (m Model) openView(v mail.View) (Model, tea.Cmd) {
	m.view = v
	m.listReq++
	m.readReq++
	m.reader, m.message = m.reader.Clear(), nil
	m.list = m.list.Reset()
	m.list.Empty = "Loading …"
	m = m.focused(listPane).named()
	return m.reload()
}

// relist asks for the list on screen anew, as with another order.
func (m Model) relist() (Model, tea.Cmd) {
	m.listReq++
	m.loading = true
	return m.named(), m.loadEntries(firstEntries)
}

// named gives the list its title and its columns.
func (m Model) named() Model {
	title, role := "Inbox", m.view.Role
	if f, ok := m.folders.Find(m.view.Folder); ok {
		title, role = folders.Label(f), f.Role
	}
	if m.view.Filter != nil {
		title += " (filtered)"
	}
	if m.results != nil {
		title = m.results.title()
	}
	m.list.Title = title
	m.list.To = m.results == nil && (role == mail.Sent || role == mail.Drafts)
	m.list.Mark = nil
	if m.account == "" {
		m.list.Mark = m.colourOf
	}
	return m
}

func (m Model) colourOf(account string) int {
	for i, a := range m.accounts {
		if a.Name == account {
			return i
		}
	}
	return 0
}

// runPane moves in the folders and in the list.
func (m Model) runPane(name string) (Model, tea.Cmd, bool) {
	switch name {
	case "folder-down", "folder-up":
		m.folders = m.folders.Do(name)
		return m, nil, true
	case "folder-open":
		f, ok := m.folders.Current()
		if !ok || f.NoSelect {
			return m, nil, true
		}
		m = m.stopSearch()
		next, cmd := m.openView(mail.View{Account: f.Account, Folder: f.ID, Threads: m.view.Threads, Sort: m.view.Sort})
		next.engine.Focus(f.ID)
		return next, cmd, true
	case "folders":
		return m.focused(foldersPane), nil, true
	case "down", "up", "top", "bottom", "half-down", "half-up", "select", "select-thread", "select-all", "fold":
		m.list = m.list.Do(name)
		return m, m.rowsNeeded(), true
	}
	return m, nil, false
}

// rowsNeeded asks for rows that came into view.
func (m Model) rowsNeeded() tea.Cmd {
	if ids := m.list.Missing(); len(ids) > 0 {
		return m.loadRows(ids)
	}
	return nil
}

// runList does what concerns the list as a whole.
func (m Model) runList(name string) (Model, tea.Cmd, bool) {
	switch name {
	case "threads":
		m.view.Threads = !m.view.Threads
		next, cmd := m.relist()
		return next, cmd, true
	case "sort":
		return m.choose("sort", "Order", []chooser.Item{
			{Label: "newest first", Value: mail.ByDate}, {Label: "oldest first", Value: mail.ByDateAscending}, {Label: "sender", Value: mail.BySender},
			{Label: "subject", Value: mail.BySubject}, {Label: "size", Value: mail.BySize}}), nil, true
	case "search":
		return m.prompt("search", "Search "+m.scope(), searchHelp, ""), nil, true
	case "filter":
		return m.prompt("filter", "Show only what fits", searchHelp, ""), nil, true
	case "open":
		next, cmd := m.open()
		return next, cmd, true
	}
	return m, nil, false
}

const searchHelp = "words · from: to: subject: body: · before: since: on: (2026-01-31, 7d) · is:unread is:starred · has:attachment · -not · a or b"

func (m Model) scope() string {
	if f, ok := m.folders.Find(m.view.Folder); ok {
		return folders.Label(f)
	}
	return "the inbox"
}

// open opens the message under the cursor: a draft to be written on, any other
// to be read.
func (m Model) open() (Model, tea.Cmd) {
	id, ok := m.list.Current()
	if !ok {
		return m, nil
	}
	s, _ := m.list.Row(id)
	if f, ok := m.folders.Find(s.Folder); ok && f.Role == mail.Drafts {
		return m, m.resume(id)
	}
	return m.read(id)
}

// read shows a message.
func (m Model) read(id mail.ID) (Model, tea.Cmd) {
	s, _ := m.list.Row(id)
	m.readReq++
	m.message, m.form, m.headers, m.raw = nil, "", false, false
	m.reader = m.reader.Load(id, safe.Line(s.Subject))
	m = m.focused(readerPane)
	return m, m.openMessage(id)
}
