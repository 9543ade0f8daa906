package ui

import (
	"strings"
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

// next has keys wait for the message that is being opened.
func (a ahead) next() (ahead, tea.Cmd) {
	n := a.opening + 1
	return ahead{opening: n}, tea.Tick(patience, func(time.Time) tea.Msg { return aheadDue{n} })
}

// waits reports whether a key is to wait for the message that is being fetched: its
// command needs it, or it comes after one that waits, and may be meant for what
// that one opens.
func (a ahead) waits(c action, ok bool) bool {
	switch {
	case a.over:
		return false
	case len(a.keys) > 0:
		return !ok || !c.leaves
	}
	return ok && c.Place == command.Reader && !c.early
}

// add has keys wait.
func (a ahead) add(keys []tea.KeyPressMsg) ahead {
	a.keys = append(a.keys[:len(a.keys):len(a.keys)], keys...)
	return a
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
	case !m.panes.reader.Loading():
		return m.replay()
	}
	return m, nil
}

// replay gives keys to the message that waited for it. Where one of them finds it
// not to be there still, those behind it are for nobody: they may have been meant
// for what that one was to open.
func (m Model) replay() (Model, tea.Cmd) {
	keys, begun := m.ahead.keys, m.begun
	m.ahead.keys, m.begun = nil, nil
	var cmds []tea.Cmd
	for _, k := range keys {
		var cmd tea.Cmd
		m, cmd = m.typed(k)
		cmds = append(cmds, cmd)
		if m.denied && m.panes.reader.Loading() {
			break
		}
	}
	m.begun = append(m.begun, begun...)
	return m, tea.Batch(cmds...)
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
func (m Model) typed(key tea.KeyPressMsg) (_ Model, cmd tea.Cmd) {
	m.status = m.status.seen()
	m.panes.list.refused, m.denied = false, false
	if m.dialog != nil {
		return m.dialog.update(m, key)
	}
	place, keys := m.place(), append(m.begun[:len(m.begun):len(m.begun)], key)
	if len(m.begun) > 0 { // what could follow was said
		m.begun, m.status = nil, m.status.clear()
	}
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.String()
	}
	whole := strings.Join(names, " ")
	c, more, ok := m.keys.Find(place, whole)
	a := m.actions[c.Name]
	switch {
	case place == command.Composer && m.desk.current().draft && !(ok && (a.early || a.Place == command.Anywhere)):
		m.desk = m.desk.hold(keys)
		return m, nil
	case place == command.Reader && m.panes.reader.Loading() && m.ahead.waits(a, ok):
		m.ahead = m.ahead.add(keys)
		return m, nil
	case more:
		m.begun = keys
		m.status = m.status.say(following(m.keys, place, whole))
		return m, nil
	case ok:
		var more tea.Cmd
		if a.leaves && len(m.ahead.keys) > 0 { // first those that wait, for the message as it is
			m.ahead.over = true
			m, cmd = m.replay()
		}
		m, more = m.act(a, m.panes.target())
		return m, tea.Batch(cmd, more)
	case len(keys) > 1 && names[len(names)-1] == "esc":
		return m, nil
	case place == command.Composer && len(keys) == 1:
		m.desk, cmd = m.desk.update(key)
		return m, cmd
	}
	m.status = m.status.say(whole + " does nothing here; " + m.keys.Key("help") + " shows the keys")
	return m, nil
}

// following says which keys can follow those that were pressed.
func following(k command.Keymap, p command.Place, keys string) string {
	var parts []string
	for _, c := range k.After(p, keys) {
		parts = append(parts, c.Keys[0]+" "+c.Name)
	}
	return keys + " … " + strings.Join(parts, " · ")
}
