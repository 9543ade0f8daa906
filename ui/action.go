package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/ui/chooser"
	"posthorn/ui/command"
)

// An action is a command with what it does. The [table] has them all, and nothing
// else decides by their names.
type action struct {
	command.Command
	do     deed
	why    func(Model) string // why it is not to be had just now, in a few words; nil, or "": it is
	early  bool               // it does not wait for what is being opened
	leaves bool               // nor for keys that wait for it
}

// A deed is done to the messages that were meant when its key was pressed.
type deed func(Model, target) (Model, tea.Cmd)

// A target is what a command acts on: it is fixed when the key is pressed.
type target struct {
	ids     []mail.ID
	first   mail.Summary // what is known of the first of them
	trash   bool         // they lie in the trash
	where   string       // the folder that they lie in, or what they were found by
	reading bool         // it is the message that is read
	arg     string       // what follows the command's name in the configuration; empty: it asks
}

// A repeat is what was done to messages last, for the key that does it again.
type repeat struct {
	action
	arg string
}

// act does what a command says, or says why not.
func (m Model) act(a action, t target) (Model, tea.Cmd) {
	why := ""
	switch {
	case a.Message && len(t.ids) == 0:
		why = "there is no message here"
	case a.Place == command.Composer && !a.early && m.desk.current().draft:
		why = "the draft is still being fetched"
	case a.why != nil:
		why = a.why(m)
	}
	if why != "" {
		return m.deny(why), nil
	}
	if a.Message {
		m.last = repeat{a, t.arg}
	}
	return a.do(m, t)
}

// deny says why a command is not to be had.
func (m Model) deny(why string) Model {
	m.status, m.denied = m.status.say(why), true
	return m
}

// again does what was done last to the messages that are meant now.
func again(m Model, _ target) (Model, tea.Cmd) {
	t := m.panes.target()
	t.arg = m.last.arg
	return m.act(m.last.action, t)
}

func nothingDone(m Model) string {
	if m.last.do == nil {
		return "nothing was done yet that could be done again"
	}
	return ""
}

// palette offers all commands of this place. They act on the messages that were
// meant when it opened.
func palette(m Model, _ target) (Model, tea.Cmd) {
	t := m.panes.target()
	var items []chooser.Item[action]
	for _, c := range m.keys.Commands(m.place()) {
		keys := append(m.keys.Working(m.place(), c), "")
		items = append(items, chooser.Item[action]{Label: c.Name + "  " + c.Help, Note: keys[0], Value: m.actions[c.Name]})
	}
	return choose(m, "Commands", items, func(m Model, a action) (Model, tea.Cmd) { return m.act(a, t) })
}

func count(ids []mail.ID) string { return several(len(ids), "message") }

// several says how many there are of something.
func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
