package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/query"
	"posthorn/mail/safe"
	"posthorn/sync"
	"posthorn/ui/chooser"
	"posthorn/ui/help"
	"posthorn/ui/prompt"
)

// foldersLoaded shows the folders. An inbox that was shown by its role is now
// known by its id.
func (m Model) foldersLoaded(msg foldersLoaded) (Model, tea.Cmd) {
	if msg.account != m.account || msg.err != nil {
		return m.failed(msg.err), nil
	}
	m.folders = m.folders.Set(m.accountTitle(), m.ofAccount(msg.list))
	if m.view.Folder == 0 && m.account != "" {
		for _, f := range msg.list {
			if f.Role == m.view.Role {
				m.view.Folder = f.ID
				m.engine.Focus(f.ID)
			}
		}
	}
	m.folders = m.folders.Show(m.view.Folder)
	return m.named(), nil
}

// ofAccount leaves of several accounts' folders those with a role, and says whose
// they are.
func (m Model) ofAccount(list []mail.Folder) []mail.Folder {
	if m.account != "" {
		return list
	}
	var out []mail.Folder
	for _, f := range list {
		if f.Role != mail.NoRole {
			out = append(out, f)
		}
	}
	return out
}

// entriesLoaded shows a list. Its first part is shown before the whole is there.
func (m Model) entriesLoaded(msg entriesLoaded) (Model, tea.Cmd) {
	if msg.req != m.listReq || m.results != nil {
		return m, nil
	}
	m = m.failed(msg.err)
	m.list = m.list.SetEntries(msg.entries)
	m.list.Empty = "No messages."
	if msg.partial {
		return m, tea.Batch(m.rowsNeeded(), m.loadEntries(0))
	}
	m.loading = false
	if m.stale {
		m.stale, m.loading = false, true
		return m, tea.Batch(m.rowsNeeded(), m.loadEntries(0))
	}
	return m, m.rowsNeeded()
}

// messageOpened lays a message out, and notes that it was seen.
func (m Model) messageOpened(msg messageOpened) (Model, tea.Cmd) {
	if msg.req != m.readReq {
		return m, nil
	}
	if msg.err != nil {
		hint := ""
		var hinted interface{ Hint() string }
		if errors.As(msg.err, &hinted) {
			hint = hinted.Hint()
		}
		m.reader = m.reader.Fail(msg.id, msg.err.Error(), hint)
		return m, nil
	}
	m.message = msg.msg
	cmds := []tea.Cmd{m.layOut()}
	if s, ok := m.list.Row(msg.id); ok && !s.Flags.Has(mail.Seen) {
		cmds = append(cmds, m.do("", mail.SetFlags{IDs: []mail.ID{msg.id}, Add: mail.Seen}))
	}
	return m, tea.Batch(cmds...)
}

// logRead shows the log, its end first. What opened meanwhile stays.
func (m Model) logRead(msg logRead) Model {
	switch {
	case msg.err != nil:
		return m.failed(msg.err)
	case len(msg.lines) == 0:
		m.status = m.status.say("nothing was logged yet")
		return m
	case m.dialog != nil:
		return m
	}
	return m.show(helping{help.Text(m.theme, m.measure, "Log", strings.Join(msg.lines, "\n")).End()})
}

// changed shows what the user's change made of the list.
func (m Model) changed(msg changeDone) (Model, tea.Cmd) {
	if msg.err != nil {
		return m.failed(msg.err), nil
	}
	if msg.text != "" {
		m.status = m.status.say(msg.text)
	}
	return m.again()
}

// again looks at the list and the folders once more; a list that is being read
// is read again afterwards.
func (m Model) again() (Model, tea.Cmd) {
	cmds := []tea.Cmd{m.loadFolders(), m.loadRows(m.list.InView())}
	if m.results == nil {
		if m.loading {
			m.stale = true
		} else {
			m.loading = true
			limit := 0
			if m.list.Len() < firstEntries/2 {
				limit = firstEntries
			}
			cmds = append(cmds, m.loadEntries(limit))
		}
	}
	return m, tea.Batch(cmds...)
}

// heard takes what the engine says.
func (m Model) heard(e sync.Event) (Model, tea.Cmd) {
	switch e := e.(type) {
	case sync.AccountChanged:
		m.accounts = m.engine.Accounts()
		return m, nil
	case sync.FoldersChanged:
		if m.account == "" || e.Account == m.account {
			return m, m.loadFolders()
		}
	case sync.FolderChanged:
		if e.Folder == m.view.Folder || m.account == "" || m.view.Folder == 0 && e.Account == m.account {
			return m.again()
		}
	case sync.MessagesChanged:
		if m.account == "" || e.Account == m.account {
			return m.again()
		}
	case sync.OutboxChanged:
		return m, m.loadOutbox()
	case sync.NewMail:
		m.status = m.status.say(fmt.Sprintf("%d new in %s", e.Count, safe.Line(e.Account)))
	case sync.Notice:
		m.status = m.status.notice(e)
	}
	return m, nil
}

// decided does what was chosen, typed or answered in a dialog.
func (m Model) decided(msg tea.Msg) (tea.Model, tea.Cmd) {
	box := m.dialog
	m.dialog = nil
	switch msg := msg.(type) {
	case chooser.ChosenMsg:
		return m.chosen(msg)
	case prompt.EnteredMsg:
		return m.entered(msg, box)
	case prompt.AnsweredMsg:
		switch msg.Purpose {
		case "expunge":
			ids := m.target()
			cmd := m.do(count(ids)+" deleted for good", mail.Expunge{IDs: ids})
			m.list = m.list.ClearSelection()
			if m.focus == readerPane {
				next, more := m.after(ids[0])
				return next, tea.Sequence(cmd, more)
			}
			return m, cmd
		case "send":
			if m.pending != nil {
				return m, m.send(*m.pending)
			}
		}
	}
	m.pending = nil
	return m, nil
}

func (m Model) chosen(msg chooser.ChosenMsg) (tea.Model, tea.Cmd) {
	switch msg.Purpose {
	case "palette":
		return m.run(msg.Value.(string))
	case "sort":
		m.view.Sort = msg.Value.(mail.Sort)
		return m.relist()
	case "move":
		ids := m.target()
		cmd := m.do(count(ids)+" moved", mail.Move{IDs: ids, To: msg.Value.(mail.FolderID)})
		m.list = m.list.ClearSelection()
		if m.focus == readerPane {
			next, more := m.after(ids[0])
			return next, tea.Sequence(cmd, more)
		}
		return m, cmd
	case "copy":
		ids := m.target()
		m.list = m.list.ClearSelection()
		return m, m.do(count(ids)+" copied", mail.Copy{IDs: ids, To: msg.Value.(mail.FolderID)})
	case "link":
		m.status = m.status.say("copied: " + safe.Line(msg.Value.(string)))
		return m, tea.SetClipboard(safe.Line(msg.Value.(string)))
	case "attachment":
		return m.run("save")
	}
	return m, nil
}

func (m Model) entered(msg prompt.EnteredMsg, box dialog) (tea.Model, tea.Cmd) {
	switch msg.Purpose {
	case "search", "filter":
		q, err := query.Parse(msg.Text, time.Now())
		var wrong *query.Error
		if errors.As(err, &wrong) {
			if p, ok := box.(prompting); ok { // it stays, to be mended
				m.dialog = prompting{p.Model.Fail(wrong.Msg, wrong.Pos, wrong.Len)}
			}
			return m, nil
		}
		if msg.Purpose == "filter" {
			m.view.Filter = q
			if msg.Text == "" {
				m.view.Filter = nil
			}
			return m.relist()
		}
		return m.startSearch(msg.Text, q)
	case "save":
		return m, m.saveAttachments(m.reader.ID(), msg.Text)
	case "pipe":
		return m, m.pipe(m.reader.ID(), msg.Text)
	case "attach":
		return m, readAttachment(msg.Text)
	}
	return m, nil
}

// startSearch shows a list of its own that fills as results come.
func (m Model) startSearch(text string, q mail.Query) (Model, tea.Cmd) {
	m = m.stopSearch()
	ctx, cancel := context.WithCancel(m.ctx)
	back, _ := m.list.Current()
	m.results = &results{text: text, seen: map[mail.ID]bool{}, cancel: cancel, before: m.view, back: back}
	m.listReq++
	m.readReq++
	m.reader, m.message = m.reader.Clear(), nil
	m.list = m.list.Reset()
	m.list.Empty = "Searching …"
	m = m.focused(listPane).named()
	if m.account != "" {
		return m, m.search(ctx, m.account, m.view.Folder, q)
	}
	var cmds []tea.Cmd
	for _, a := range m.accounts {
		cmds = append(cmds, m.search(ctx, a.Name, 0, q))
	}
	return m, tea.Batch(cmds...)
}

func (r *results) title() string {
	s := "Search: " + safe.Line(r.text)
	switch {
	case !r.done:
		s += " …"
	case r.where != "":
		s += " (" + r.where + ")"
	}
	return s
}

// found adds results to the list.
func (m Model) found(msg found) (Model, tea.Cmd) {
	if msg.req != m.listReq || m.results == nil {
		return m, nil
	}
	r := *m.results
	for _, id := range msg.ids {
		if !r.seen[id] {
			r.seen[id] = true
			r.ids = append(r.ids, id)
		}
	}
	if msg.done {
		r.done = true
		r.where = msg.where
		if m.list.Empty = "Nothing was found."; msg.err != nil {
			m = m.failed(msg.err)
		}
	}
	m.results = &r
	entries := make([]mail.Entry, len(r.ids))
	for i, id := range r.ids {
		entries[i] = mail.Entry{ID: id}
	}
	m.list = m.list.SetEntries(slices.Clip(entries))
	return m.named(), tea.Batch(m.rowsNeeded(), awaitFound(msg.next))
}

// stopSearch leaves a search without showing anything else.
func (m Model) stopSearch() Model {
	if m.results != nil {
		m.results.cancel()
		m.results = nil
	}
	return m
}

// endSearch goes back to where the search was begun.
func (m Model) endSearch() (Model, tea.Cmd) {
	view := m.results.before
	m = m.stopSearch()
	return m.openView(view)
}
