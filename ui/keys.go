package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/ui/command"
)

// patience is how long keys wait for the message that they were pressed for.
const patience = 2 * time.Second

// ahead are keys that were pressed for a message before it was there. They wait
// for it, and are given to nobody else.
type ahead struct {
	keys    []tea.KeyPressMsg
	opening int  // which message they wait for
	over    bool // no longer: it takes too long
}

type aheadDue struct{ opening int }

// awaitMessage has keys wait for the message that is being opened.
func (m Model) awaitMessage() (Model, tea.Cmd) {
	n := m.ahead.opening + 1
	m.ahead = ahead{opening: n}
	return m, tea.Tick(patience, func(time.Time) tea.Msg { return aheadDue{n} })
}

// late gives the keys that have waited long enough to the message as it is.
func (m Model) late(msg aheadDue) (Model, tea.Cmd) {
	if msg.opening != m.ahead.opening {
		return m, nil
	}
	m.ahead.over = true
	return m.replay()
}

// release gives the keys that wait to the message once it is there. Where it was
// left meanwhile they are for nobody.
func (m Model) release() (Model, tea.Cmd) {
	switch {
	case m.place() != command.Reader:
		m.ahead.keys = nil
	case !m.reader.Loading():
		return m.replay()
	}
	return m, nil
}

func (m Model) replay() (Model, tea.Cmd) {
	keys := m.ahead.keys
	m.ahead.keys = nil
	return m.typeAll(keys)
}

func (m Model) typeAll(keys []tea.KeyPressMsg) (Model, tea.Cmd) {
	var cmds []tea.Cmd
	for _, k := range keys {
		var cmd tea.Cmd
		m, cmd = m.typed(k)
		cmds = append(cmds, cmd)
	}
	return m, tea.Batch(cmds...)
}

// typed gives a key to who has the keys. One that does nothing says so.
func (m Model) typed(key tea.KeyPressMsg) (Model, tea.Cmd) {
	m.status = m.status.seen()
	m.list.refused = false
	if m.dialog != nil {
		return m.dialog.update(m, key)
	}
	place := m.place()
	c, ok := m.keys.Find(place, key.String())
	a := m.actions[c.Name]
	switch place {
	case command.Composer:
		if l := m.desk.current(); l.draft && !(ok && (a.early || a.Place == command.Anywhere)) {
			l.held = append(l.held[:len(l.held):len(l.held)], key)
			m.desk = m.desk.put(*l)
			return m, nil
		}
	case command.Reader:
		if ok && m.waits(a) {
			m.ahead.keys = append(m.ahead.keys[:len(m.ahead.keys):len(m.ahead.keys)], key)
			return m, nil
		}
	}
	if ok {
		m, cmd := m.replayBefore(a)
		m, more := m.run(a)
		return m, tea.Batch(cmd, more)
	}
	if place == command.Composer {
		return m.inLetter(key)
	}
	m.status = m.status.say(key.String() + " does nothing here; " + m.keys.Key("help") + " shows the keys")
	return m, nil
}

// waits reports whether a key is to wait for the message: its command needs it, or
// comes after one that does.
func (m Model) waits(a action) bool {
	if !m.reader.Loading() || m.ahead.over || a.early {
		return false
	}
	return a.Place == command.Reader || len(m.ahead.keys) > 0
}

// replayBefore gives the keys that wait to the message, as it is, before a command
// leaves it.
func (m Model) replayBefore(a action) (Model, tea.Cmd) {
	if !a.early || len(m.ahead.keys) == 0 {
		return m, nil
	}
	m.ahead.over = true
	return m.replay()
}

// inLetter gives a message to the letter on screen.
func (m Model) inLetter(msg tea.Msg) (Model, tea.Cmd) {
	l := m.desk.current()
	if l == nil || l.draft {
		return m, nil
	}
	var cmd tea.Cmd
	l.Model, cmd = l.Update(msg)
	m.desk = m.desk.put(*l)
	return m, cmd
}
