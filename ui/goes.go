package ui

import (
	"errors"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/query"
	"posthorn/mail/safe"
	"posthorn/ui/chooser"
	"posthorn/ui/folders"
	"posthorn/ui/prompt"
	"posthorn/ui/search"
)

// This file is how one goes about: from pane to pane, to accounts and folders, to
// what a search finds, and back.

func (m Model) nextPane() (Model, tea.Cmd) {
	next := map[pane]pane{foldersPane: listPane, listPane: readerPane, readerPane: foldersPane}[m.focus]
	if next == readerPane && m.reader.ID() == 0 {
		next = foldersPane
	}
	return m.focused(next), nil
}

// focused gives a pane the keys.
func (m Model) focused(p pane) Model {
	m.focus = p
	return m
}

// back closes what is open; at the bottom of all it asks whether to quit.
func (m Model) back() (Model, tea.Cmd) {
	m, cmd, ok := m.goBack()
	if !ok {
		return m.ask("Quit Posthorn?", "", "stay", Model.quit)
	}
	return m, cmd
}

// escape closes what is open, and never quits.
func (m Model) escape() (Model, tea.Cmd) {
	m, cmd, ok := m.goBack()
	if !ok {
		m.status = m.status.say("there is nothing to go back from; " + m.keys.Key("back") + " quits")
	}
	return m, cmd
}

// goBack closes what is open, if anything is.
func (m Model) goBack() (_ Model, cmd tea.Cmd, ok bool) {
	switch {
	case m.focus == readerPane:
		if m.frame().listW == 0 || m.h-1 < minBelow || m.w < minReader {
			m.reader = m.reader.close()
		}
		return m.focused(listPane), nil, true
	case m.focus == foldersPane:
		return m.focused(listPane), nil, true
	case m.list.Selected() > 0:
		m.list.Model = m.list.ClearSelection()
		return m, nil, true
	case m.list.search.On():
		m, cmd = m.openView(m.list.view)
		return m, cmd, true
	case m.list.view.Filter != nil:
		m, cmd = m.filter(nil)
		return m, cmd, true
	}
	return m, nil, false
}

// quit ends the program, once all letters are kept.
func (m Model) quit() (_ Model, cmd tea.Cmd) {
	m.leaving = true
	m.desk, cmd = m.desk.leaveAll()
	return m, cmd
}

// byAccount goes on by accounts.
func byAccount(n int) deed {
	return func(m Model, _ target) (Model, tea.Cmd) {
		at := -1
		for i, a := range m.accounts {
			if a.Name == m.account {
				at = i
			}
		}
		if at < 0 && n < 0 {
			at = 0
		}
		return m.showAccount(m.accounts[(at+n+len(m.accounts))%len(m.accounts)].Name)
	}
}

func toNth(i int) deed {
	return func(m Model, _ target) (Model, tea.Cmd) { return m.showAccount(m.accounts[i].Name) }
}

func toAccount(name string) deed {
	return func(m Model, _ target) (Model, tea.Cmd) { return m.showAccount(name) }
}

// showAccount shows the inbox of an account, or of all.
func (m Model) showAccount(account string) (Model, tea.Cmd) {
	var folders tea.Cmd
	m.account = account
	m.folders, folders = m.folders.of(account)
	m, cmd := m.openView(mail.View{Account: account, Role: mail.Inbox, Threads: m.list.view.Threads, Sort: m.list.view.Sort})
	return m, tea.Batch(folders, cmd, m.loadOutbox(m.outbox.Ask()))
}

func (m Model) openFolder() (Model, tea.Cmd) {
	f, _ := m.folders.Current()
	return m.showFolder(f)
}

// showFolder shows the messages of a folder.
func (m Model) showFolder(f mail.Folder) (Model, tea.Cmd) {
	if f.ID == 0 || f.NoSelect {
		return m.deny("this folder holds no messages"), nil
	}
	m, cmd := m.openView(mail.View{Account: f.Account, Folder: f.ID, Threads: m.list.view.Threads, Sort: m.list.view.Sort})
	m.folders.Model = m.folders.Show(f.ID)
	var watch tea.Cmd
	m.folders, watch = m.folders.watch(f.ID)
	return m, tea.Batch(cmd, watch)
}

// toRole shows the account's folder with a role, or with all accounts on screen
// what lies in those of all.
func toRole(r mail.Role) deed {
	return func(m Model, _ target) (Model, tea.Cmd) {
		if m.account == "" {
			return m.openView(mail.View{Role: r, Threads: m.list.view.Threads, Sort: m.list.view.Sort})
		}
		id, ok := m.folders.withRole(r)
		if !ok {
			return m.deny("there is no folder for " + r.String()), nil
		}
		f, _ := m.folders.Find(id)
		return m.showFolder(f)
	}
}

// toFolderNamed goes to the folder that is named, or asks for its name.
func toFolderNamed(m Model, t target) (Model, tea.Cmd) {
	if t.arg != "" {
		f, ok := m.folders.named(m.account, t.arg)
		if !ok {
			return m.deny("there is no folder " + t.arg), nil
		}
		return m.showFolder(f)
	}
	var items []chooser.Item[mail.Folder]
	for _, f := range m.folders.All() {
		if !f.NoSelect {
			note := f.Role.String()
			if m.account == "" {
				note = safe.Line(f.Account)
			}
			items = append(items, chooser.Item[mail.Folder]{Label: safe.Line(f.Name), Note: note, Value: f})
		}
	}
	return choose(m, "Go to the folder", items, Model.showFolder)
}

// openView shows another list from its top.
func (m Model) openView(v mail.View) (_ Model, cmd tea.Cmd) {
	m.list, cmd = m.list.open(v)
	m.reader = m.reader.close()
	return m.focused(listPane), cmd
}

// named gives the list its title and its columns.
func (m Model) named() Model {
	l, title, role := &m.list, "Inbox", m.role()
	if f, ok := m.folders.Find(l.view.Folder); ok {
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
	l.Flat = ""
	if !l.view.Threads {
		l.Flat = "conversations are off; " + m.keys.Key("threads") + " shows them"
	}
	l.Mark = nil
	if m.account == "" {
		l.Mark = m.colourOf
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

func (m Model) toggleThreads() (_ Model, cmd tea.Cmd) {
	m.list.view.Threads = !m.list.view.Threads
	m.list, cmd = m.list.relist()
	return m, cmd
}

func orders() []chooser.Item[mail.Sort] {
	return []chooser.Item[mail.Sort]{
		{Label: "newest first", Value: mail.ByDate}, {Label: "oldest first", Value: mail.ByDateAscending}, {Label: "sender", Value: mail.BySender},
		{Label: "subject", Value: mail.BySubject}, {Label: "size", Value: mail.BySize},
	}
}

// inOrder shows the list in the order that is named, or asks for one.
func inOrder(m Model, t target) (Model, tea.Cmd) {
	show := func(m Model, by mail.Sort) (_ Model, cmd tea.Cmd) {
		m.list.view.Sort = by
		m.list, cmd = m.list.relist()
		return m, cmd
	}
	if t.arg == "" {
		return choose(m, "Order", orders(), show)
	}
	i := slices.IndexFunc(orders(), func(it chooser.Item[mail.Sort]) bool { return strings.HasPrefix(it.Label, t.arg) })
	if i < 0 {
		return m.deny("there is no order " + t.arg), nil
	}
	return show(m, orders()[i].Value)
}

// askQuery goes on with a query that is given, or asks for one until it can be
// read.
func (m Model) askQuery(title, given string, then func(Model, string, mail.Query) (Model, tea.Cmd)) (Model, tea.Cmd) {
	read := func(m Model, text string) (Model, tea.Cmd, *query.Error) {
		q, err := query.Parse(text, time.Now())
		var wrong *query.Error
		switch {
		case errors.As(err, &wrong):
			return m, nil, wrong
		case err != nil:
			return m.failed(err), nil, nil
		}
		m, cmd := then(m, text, q)
		return m, cmd, nil
	}
	if given != "" {
		m, cmd, wrong := read(m, given)
		if wrong != nil {
			m = m.failed(wrong)
			m.denied = true
		}
		return m, cmd
	}
	return m.show(prompting{prompt.New(m.theme, m.measure, title, search.Help, ""), read}), nil
}

// searchFor searches the folder that is shown, or all accounts.
func searchFor(m Model, t target) (Model, tea.Cmd) {
	where := []search.Scope{{Account: m.account, Folder: m.list.view.Folder}}
	title := "the inbox"
	if f, ok := m.folders.Find(m.list.view.Folder); ok {
		title = folders.Label(f)
	}
	if m.account == "" {
		where, title = nil, "all accounts"
		for _, a := range m.accounts {
			where = append(where, search.Scope{Account: a.Name})
		}
	}
	return m.askQuery("Search "+title, t.arg, func(m Model, text string, q mail.Query) (_ Model, cmd tea.Cmd) {
		m.list, cmd = m.list.seek(text, q, where)
		m.reader = m.reader.close()
		return m.focused(listPane), cmd
	})
}

func filter(m Model, t target) (Model, tea.Cmd) {
	return m.askQuery("Show only what fits", t.arg, func(m Model, text string, q mail.Query) (Model, tea.Cmd) {
		if text == "" {
			q = nil
		}
		return m.filter(q)
	})
}

func (m Model) filter(q mail.Query) (_ Model, cmd tea.Cmd) {
	m.list, cmd = m.list.filter(q)
	return m, cmd
}

// open opens the message under the cursor: a draft to be written on, any other
// to be read.
func (m Model) open() (Model, tea.Cmd) {
	id, _ := m.list.Current()
	if m.allIn(mail.Drafts, []mail.ID{id}) {
		return m.resume(id)
	}
	return m.read(id)
}

// read shows a message. Keys that are pressed now are for it.
func (m Model) read(id mail.ID) (Model, tea.Cmd) {
	var fetch tea.Cmd
	s, _ := m.list.Row(id)
	m.unseen = 0
	m.reader, fetch = m.reader.open(id, s)
	m, wait := m.focused(readerPane).awaitMessage()
	return m, tea.Batch(fetch, wait)
}

// seenDue says that a message was shown for long enough to count as read.
type seenDue struct{ opening int }

// seen notes that the message on screen was read.
func (m Model) seen(msg seenDue) (Model, tea.Cmd) {
	if msg.opening != m.unseen || m.reader.ID() == 0 {
		return m, nil
	}
	m.unseen = 0
	return m.deed(m.do("", mail.SetFlags{IDs: []mail.ID{m.reader.ID()}, Add: mail.Seen}))
}

// messageOpened has a message count as read, now or in a moment.
func (m Model) messageOpened(msg messageOpened) (Model, tea.Cmd) {
	var cmd, seen tea.Cmd
	before := m.reader.message
	m.reader, cmd = m.reader.opened(msg)
	if s := m.reader.summary; before == nil && m.reader.message != nil && s.ID != 0 && !s.Flags.Has(mail.Seen) && m.markSeen >= 0 {
		due := seenDue{m.ahead.opening}
		m.unseen = due.opening
		if m.markSeen == 0 {
			m, seen = m.seen(due)
		} else {
			seen = tea.Tick(m.markSeen, func(time.Time) tea.Msg { return due })
		}
	}
	return m, tea.Batch(cmd, seen)
}

// byMessage reads the next or the previous message.
func byMessage(n int) deed {
	return func(m Model, _ target) (Model, tea.Cmd) {
		before, _ := m.list.Current()
		m.list.Model = m.list.Move(n)
		id, ok := m.list.Current()
		if !ok || id == before {
			return m.deny("there are no more messages"), nil
		}
		return m.read(id)
	}
}

// pageDown scrolls by a page, and at the end goes on to the next message.
func (m Model) pageDown() (Model, tea.Cmd) {
	if m.reader.AtEnd() {
		return byMessage(1)(m, target{})
	}
	m.reader.Model = m.reader.Pages(1)
	return m, nil
}
