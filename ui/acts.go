package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/ui/chooser"
	"posthorn/ui/folders"
)

// This file is what is done to messages. A deed has its messages from the key that
// asked for it, and hands them on to the dialog that it opens.

// file moves messages to the folder with a role.
func file(to mail.Role, done string) deed {
	return func(m Model, t target) (Model, tea.Cmd) {
		m.deeds.final = false
		m, cmd := m.deed(m.world.do(count(t.ids)+" "+done, mail.File{IDs: t.ids, To: to}, t.ids...))
		m, more := m.gone(t)
		return m, tea.Batch(cmd, more)
	}
}

// acted ends the selection that was acted on, unless it is to be kept. A message
// whose flag of being read was set by hand does not count as read by itself.
func (m Model) acted(f mail.Flags) Model {
	if f.Has(mail.Seen) {
		m.unseen = 0
	}
	if !m.keep {
		m.panes.list.Model = m.panes.list.ClearSelection()
	}
	return m
}

// gone goes on where messages are taken out of the list: from one that was read to
// the one below it, or where the user wants.
func (m Model) gone(t target) (Model, tea.Cmd) {
	m = m.acted(0)
	reading := t.reading && m.panes.reader.ID() == t.ids[0]
	current, _ := m.panes.list.Current()
	next := current
	if n := onward(m.after, reading); n != 0 && slices.Contains(t.ids, current) {
		for range m.panes.list.Len() {
			m.panes.list.Model = m.panes.list.Move(n)
			if next, _ = m.panes.list.Current(); !slices.Contains(t.ids, next) {
				break
			}
		}
	}
	m.panes.list = m.panes.list.takeOff(t.ids)
	switch {
	case !reading:
		return m, nil
	case next == current || slices.Contains(t.ids, next):
		m.panes.reader = m.panes.reader.close()
		m.panes = m.panes.focused(listPane)
		return m, nil
	}
	return m.read(next)
}

// onward returns by how much the cursor moves from messages that are taken out of
// the list. In the list the ones below come up to it by themselves.
func onward(after string, reading bool) int {
	switch {
	case after == "previous":
		return -1
	case after == "list" || !reading:
		return 0
	}
	return 1
}

// remove moves messages to the trash; from the trash it asks, and deletes them for
// good.
func remove(m Model, t target) (Model, tea.Cmd) {
	if !t.trash {
		return file(mail.Trash, "moved to the trash")(m, t)
	}
	title := "Delete " + count(t.ids) + " of " + safe.Line(t.where) + " for good?"
	return m.show(m.look.ask(title, "This cannot be taken back.", "keep", func(m Model) (Model, tea.Cmd) {
		m.deeds.final = true
		m, cmd := m.deed(m.world.do(count(t.ids)+" deleted for good", mail.Expunge{IDs: t.ids}, t.ids...))
		m, more := m.gone(t)
		return m, tea.Batch(cmd, more)
	})), nil
}

// mark sets a flag, or clears it.
func mark(add, remove mail.Flags, done string) deed {
	return func(m Model, t target) (Model, tea.Cmd) {
		m.deeds.final = false
		m = m.acted(add | remove)
		return m.deed(m.world.do(count(t.ids)+" "+done, mail.SetFlags{IDs: t.ids, Add: add, Remove: remove}))
	}
}

// toggle sets a flag of those messages that lack it, or clears it where all have
// it.
func toggle(f mail.Flags, set, clear string) deed {
	return func(m Model, t target) (Model, tea.Cmd) {
		m.deeds.final = false
		m = m.acted(f)
		return m.deed(m.world.toggle(t.ids, f, set, clear))
	}
}

func move(m Model, t target) (Model, tea.Cmd) {
	return m.toFolder("Move "+count(t.ids)+" to", t, func(m Model, to mail.Folder) (Model, tea.Cmd) {
		m.deeds.final = false
		m, cmd := m.deed(m.world.do(count(t.ids)+" moved to "+folders.Label(to), mail.Move{IDs: t.ids, To: to.ID}, t.ids...))
		m, more := m.gone(t)
		return m, tea.Batch(cmd, more)
	})
}

func copyTo(m Model, t target) (Model, tea.Cmd) {
	return m.toFolder("Copy "+count(t.ids)+" to", t, func(m Model, to mail.Folder) (Model, tea.Cmd) {
		m.deeds.final = false
		m = m.acted(0)
		return m.deed(m.world.do(count(t.ids)+" copied to "+folders.Label(to), mail.Copy{IDs: t.ids, To: to.ID}))
	})
}

// toFolder goes on with the folder that was named, or asks for one.
func (m Model) toFolder(title string, t target, then func(Model, mail.Folder) (Model, tea.Cmd)) (Model, tea.Cmd) {
	if t.arg != "" {
		f, ok := m.panes.folders.named(t.first.Account, t.arg)
		if !ok {
			return m.deny("there is no folder " + t.arg), nil
		}
		return then(m, f)
	}
	var items []chooser.Item[mail.Folder]
	for _, f := range m.panes.folders.All() {
		if f.Account == t.first.Account && f.ID != t.first.Folder {
			items = append(items, chooser.Item[mail.Folder]{Label: safe.Line(f.Name), Note: f.Role.String(), Value: f})
		}
	}
	return choose(m, title, items, func(m Model, f mail.Folder) (Model, tea.Cmd) {
		m.last.arg = f.Name // which may have changed meanwhile, but not its meaning
		return then(m, f)
	})
}

// takeBack undoes the last deed. Of one that is final it says so, once; then it
// is the turn of the one before.
func takeBack(m Model, _ target) (Model, tea.Cmd) {
	if m.deeds.final {
		m.deeds.final = false
		return m.deny("what was deleted for good cannot be taken back"), nil
	}
	return m.deed(m.world.undo())
}
