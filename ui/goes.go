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
	"posthorn/ui/search"
)

// This file is how one goes about: from pane to pane, to accounts and folders, to
// what a search finds, and back.

// back closes what is open; at the bottom of all it asks whether to quit.
func back(m Model, _ target) (Model, tea.Cmd) {
	var cmd tea.Cmd
	var ok bool
	if m.panes, cmd, ok = m.panes.back(); !ok {
		return m.show(m.look.ask("Quit Posthorn?", "", "stay", Model.quit)), nil
	}
	return m, cmd
}

// escape closes what is open, and never quits.
func escape(m Model, _ target) (Model, tea.Cmd) {
	var cmd tea.Cmd
	var ok bool
	if m.panes, cmd, ok = m.panes.back(); !ok {
		m.status = m.status.say("there is nothing to go back from; " + m.keys.Key("back") + " quits")
	}
	return m, cmd
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
		return m.showAccount(m.accounts.beside(n))
	}
}

func toNth(i int) deed {
	return func(m Model, _ target) (Model, tea.Cmd) { return m.showAccount(m.accounts.list[i].Name) }
}

func toAccount(name string) deed {
	return func(m Model, _ target) (Model, tea.Cmd) { return m.showAccount(name) }
}

// showAccount shows the inbox of an account, or of all.
func (m Model) showAccount(account string) (Model, tea.Cmd) {
	var folders tea.Cmd
	m.accounts.shown = account
	m.panes.folders, folders = m.panes.folders.of(account)
	var cmd tea.Cmd
	m.panes, cmd = m.panes.open(m.panes.like(mail.View{Account: account, Role: mail.Inbox}))
	return m, tea.Batch(folders, cmd, m.world.loadOutbox(m.status.waits.Ask()))
}

func openFolder(m Model, _ target) (Model, tea.Cmd) {
	f, _ := m.panes.folders.Current()
	return m.showFolder(f)
}

// showFolder shows the messages of a folder.
func (m Model) showFolder(f mail.Folder) (Model, tea.Cmd) {
	if f.ID == 0 || f.NoSelect {
		return m.deny("this folder holds no messages"), nil
	}
	var cmd tea.Cmd
	m.panes, cmd = m.panes.show(f)
	return m, cmd
}

// toRole shows the account's folder with a role, or with all accounts on screen
// what lies in those of all.
func toRole(r mail.Role) deed {
	return func(m Model, _ target) (Model, tea.Cmd) {
		if m.accounts.shown == "" {
			var cmd tea.Cmd
			m.panes, cmd = m.panes.open(m.panes.like(mail.View{Role: r}))
			return m, cmd
		}
		id, ok := m.panes.folders.withRole(r)
		if !ok {
			return m.deny("there is no folder for " + r.String()), nil
		}
		f, _ := m.panes.folders.Find(id)
		return m.showFolder(f)
	}
}

// toFolderNamed goes to the folder that is named, or asks for its name.
func toFolderNamed(m Model, t target) (Model, tea.Cmd) {
	if t.arg != "" {
		f, ok := m.panes.folders.named(m.accounts.shown, t.arg)
		if !ok {
			return m.deny("there is no folder " + t.arg), nil
		}
		return m.showFolder(f)
	}
	var items []chooser.Item[mail.Folder]
	for _, f := range m.panes.folders.All() {
		if !f.NoSelect {
			note := f.Role.String()
			if m.accounts.shown == "" {
				note = safe.Line(f.Account)
			}
			items = append(items, chooser.Item[mail.Folder]{Label: safe.Line(f.Name), Note: note, Value: f})
		}
	}
	return choose(m, "Go to the folder", items, Model.showFolder)
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
		m.panes.list.view.Sort = by
		m.panes.list, cmd = m.panes.list.relist()
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
	return m.show(m.look.prompt(title, search.Help, "", read)), nil
}

// searchFor searches the folder that is shown, or all accounts.
func searchFor(m Model, t target) (Model, tea.Cmd) {
	where := []search.Scope{{Account: m.accounts.shown, Folder: m.panes.list.view.Folder}}
	title := "the inbox"
	if f, ok := m.panes.folders.Find(m.panes.list.view.Folder); ok {
		title = folders.Label(f)
	}
	if m.accounts.shown == "" {
		where, title = nil, "all accounts"
		for _, a := range m.accounts.list {
			where = append(where, search.Scope{Account: a.Name})
		}
	}
	return m.askQuery("Search "+title, t.arg, func(m Model, text string, q mail.Query) (_ Model, cmd tea.Cmd) {
		m.panes.list, cmd = m.panes.list.seek(text, q, where)
		m.panes.reader = m.panes.reader.close()
		m.panes = m.panes.focused(listPane)
		return m, cmd
	})
}

func filter(m Model, t target) (Model, tea.Cmd) {
	return m.askQuery("Show only what fits", t.arg, func(m Model, text string, q mail.Query) (_ Model, cmd tea.Cmd) {
		if text == "" {
			q = nil
		}
		m.panes.list, cmd = m.panes.list.filter(q)
		return m, cmd
	})
}

// open opens the message under the cursor: a draft to be written on, any other
// to be read.
func (m Model) open() (Model, tea.Cmd) {
	id, _ := m.panes.list.Current()
	if m.panes.allIn(mail.Drafts, []mail.ID{id}) {
		var cmd tea.Cmd
		s, _ := m.panes.list.Row(id)
		m.desk, cmd = m.desk.resume(m.accounts.identity(s.Account), id)
		return m, cmd
	}
	return m.read(id)
}

// read shows a message. Keys that are pressed now are for it.
func (m Model) read(id mail.ID) (Model, tea.Cmd) {
	var fetch tea.Cmd
	s, _ := m.panes.list.Row(id)
	m.unseen = 0
	m.panes.reader, fetch = m.panes.reader.open(id, s)
	m.panes = m.panes.focused(readerPane)
	var wait tea.Cmd
	m.ahead, wait = m.ahead.next()
	return m, tea.Batch(fetch, wait)
}

// seenDue says that a message was shown for long enough to count as read.
type seenDue struct{ opening int }

// seen notes that the message on screen was read.
func (m Model) seen(msg seenDue) (Model, tea.Cmd) {
	if msg.opening != m.unseen || m.panes.reader.ID() == 0 {
		return m, nil
	}
	m.unseen = 0
	return m.deed(m.world.do("", mail.SetFlags{IDs: []mail.ID{m.panes.reader.ID()}, Add: mail.Seen}))
}

// messageOpened has a message count as read, now or in a moment.
func (m Model) messageOpened(msg messageOpened) (Model, tea.Cmd) {
	var cmd, seen tea.Cmd
	before := m.panes.reader.message
	m.panes.reader, cmd = m.panes.reader.opened(msg)
	if s := m.panes.reader.summary; before == nil && m.panes.reader.message != nil && s.ID != 0 && !s.Flags.Has(mail.Seen) && m.markSeen >= 0 {
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
		before, _ := m.panes.list.Current()
		m.panes.list.Model = m.panes.list.Move(n)
		id, ok := m.panes.list.Current()
		if !ok || id == before {
			return m.deny("there are no more messages"), nil
		}
		return m.read(id)
	}
}

// pageDown scrolls by a page, and at the end goes on to the next message.
func pageDown(m Model, _ target) (Model, tea.Cmd) {
	if m.panes.reader.AtEnd() {
		return byMessage(1)(m, target{})
	}
	m.panes.reader.Model = m.panes.reader.Pages(1)
	return m, nil
}
