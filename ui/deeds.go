package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/safe"
	"posthorn/sync"
)

// deeds are changes to messages. They are done one after the other, in the order
// of the keys, so that the second of two looks at what the first has left.
type deeds struct {
	queue []tea.Cmd
	busy  bool
	final bool // the last one cannot be taken back
}

// deed does a change, which answers with [deedDone], after those before it.
func (m Model) deed(cmd tea.Cmd) (Model, tea.Cmd) {
	if m.deeds.busy {
		m.deeds.queue = append(m.deeds.queue[:len(m.deeds.queue):len(m.deeds.queue)], cmd)
		return m, nil
	}
	m.deeds.busy = true
	return m, cmd
}

// deedDone says what was done, and begins what waits.
func (m Model) deedDone(msg deedDone) (Model, tea.Cmd) {
	var next, back, renew tea.Cmd
	m.deeds.busy = false
	if len(m.deeds.queue) > 0 {
		next, m.deeds.queue, m.deeds.busy = m.deeds.queue[0], m.deeds.queue[1:], true
	}
	m.renewal, renew = m.renewal.changed(what{folders: true, list: true})
	switch {
	case msg.err != nil:
		m = m.failed(msg.err)
		m.panes.list = m.panes.list.putBack(msg.ids)
	case msg.text != "":
		m.status = m.status.say(msg.text)
	}
	if msg.back && msg.err == nil {
		m.panes.list.search, back = m.panes.list.search.LookBack()
	}
	return m, tea.Batch(next, renew, back)
}

// gather is how long changes are gathered before what is on screen is read again:
// one deed leads to several events, and costs one reading.
const gather = 20 * time.Millisecond

// what has changed of what is on screen.
type what struct{ folders, list, outbox bool }

// A renewal is what is to be read again.
type renewal struct {
	what
	due bool
}

type renewalDue struct{}

// changed has what is on screen read again, in a moment.
func (r renewal) changed(w what) (renewal, tea.Cmd) {
	r.folders, r.list, r.outbox = r.folders || w.folders, r.list || w.list, r.outbox || w.outbox
	if r.due {
		return r, nil
	}
	r.due = true
	return r, tea.Tick(gather, func(time.Time) tea.Msg { return renewalDue{} })
}

// renew reads again what has changed.
func (m Model) renew() (Model, tea.Cmd) {
	r := m.renewal
	m.renewal = renewal{}
	var cmds [3]tea.Cmd
	if r.folders {
		m.panes.folders, cmds[0] = m.panes.folders.load()
	}
	if r.list {
		m.panes.list, cmds[1] = m.panes.list.again()
	}
	if r.outbox {
		cmds[2] = m.world.loadOutbox(m.status.waits.Ask())
	}
	return m, tea.Batch(cmds[:]...)
}

// heard takes what the engine says.
func (m Model) heard(e sync.Event) (_ Model, cmd tea.Cmd) {
	view := m.panes.list.view
	switch e := e.(type) {
	case sync.AccountChanged:
		return m, m.world.loadAccounts(m.accounts.states.Ask())
	case sync.FoldersChanged:
		if m.accounts.shown == "" || e.Account == m.accounts.shown {
			m.renewal, cmd = m.renewal.changed(what{folders: true})
		}
	case sync.FolderChanged:
		if e.Folder == view.Folder || m.accounts.shown == "" || view.Folder == 0 && e.Account == m.accounts.shown {
			m.renewal, cmd = m.renewal.changed(what{folders: true, list: true})
		}
	case sync.MessagesChanged:
		if m.accounts.shown == "" || e.Account == m.accounts.shown {
			m.renewal, cmd = m.renewal.changed(what{folders: true, list: true})
		}
	case sync.OutboxChanged:
		m.renewal, cmd = m.renewal.changed(what{outbox: true})
	case sync.NewMail:
		m.status = m.status.say(several(e.Count, "new message") + " in " + safe.Line(e.Account))
	case sync.Notice:
		m.status = m.status.notice(e)
	}
	return m, cmd
}
