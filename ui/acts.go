package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/ui/chooser"
	"posthorn/ui/command"
)

// target returns what a command on messages acts on.
func (m Model) target() []mail.ID {
	if m.focus == readerPane && m.reader.ID() != 0 {
		return []mail.ID{m.reader.ID()}
	}
	return m.list.Chosen()
}

// runMessage does what acts on messages.
func (m Model) runMessage(name string) (Model, tea.Cmd, bool) {
	c, ok := find(m.keys, name)
	if !ok || !c.Message {
		return m, nil, false
	}
	ids := m.target()
	if len(ids) == 0 {
		m.status = m.status.say("there is no message here")
		return m, nil, true
	}
	var cmd tea.Cmd
	switch name {
	case "reply", "reply-all", "reply-list", "forward", "redirect":
		return m, m.answer(name, ids[0]), true
	case "move", "copy":
		m = m.chooseFolder(name, ids)
	case "archive":
		m, cmd = m.file(ids, mail.Archive, "archived")
	case "junk":
		m, cmd = m.file(ids, mail.JunkMail, "marked as junk")
	case "delete":
		m, cmd = m.delete(ids)
	case "star":
		cmd = m.toggleFlag(ids, mail.Flagged, "starred", "no longer starred")
	case "read":
		cmd = m.toggleFlag(ids, mail.Seen, "marked as read", "marked as unread")
	}
	return m, cmd, true
}

func find(k command.Keymap, name string) (command.Command, bool) {
	for _, p := range command.Places() {
		for _, c := range k.Commands(p) {
			if c.Name == name {
				return c, true
			}
		}
	}
	return command.Command{}, false
}

// file moves messages to the folder with a role, and goes on to the next one.
func (m Model) file(ids []mail.ID, to mail.Role, done string) (Model, tea.Cmd) {
	cmd := m.do(count(ids)+" "+done, mail.File{IDs: ids, To: to})
	m.list = m.list.ClearSelection()
	if m.focus == readerPane {
		next, more := m.after(ids[0])
		return next, tea.Sequence(cmd, more)
	}
	return m, cmd
}

// after leaves a message that is gone for the one below it.
func (m Model) after(id mail.ID) (Model, tea.Cmd) {
	if current, ok := m.list.Current(); !ok || current != id {
		return m.back()
	}
	m.list = m.list.Do("down")
	if next, ok := m.list.Current(); ok && next != id {
		return m.read(next)
	}
	return m.back()
}

func count(ids []mail.ID) string { return several(len(ids), "message") }

// several says how many there are of something.
func several(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// delete moves messages to the trash; from the trash it asks, and deletes them
// for good.
func (m Model) delete(ids []mail.ID) (Model, tea.Cmd) {
	s, _ := m.list.Row(ids[0])
	if f, ok := m.folders.Find(s.Folder); ok && f.Role == mail.Trash {
		return m.ask("expunge", "Delete "+count(ids)+" for good?", "This cannot be taken back."), nil
	}
	return m.file(ids, mail.Trash, "moved to the trash")
}

// toggleFlag sets a flag, or clears it where the first message has it.
func (m Model) toggleFlag(ids []mail.ID, f mail.Flags, set, clear string) tea.Cmd {
	if s, ok := m.list.Row(ids[0]); ok && s.Flags.Has(f) {
		return m.do(count(ids)+" "+clear, mail.SetFlags{IDs: ids, Remove: f})
	}
	return m.do(count(ids)+" "+set, mail.SetFlags{IDs: ids, Add: f})
}

func (m Model) chooseFolder(purpose string, ids []mail.ID) Model {
	s, _ := m.list.Row(ids[0])
	var items []chooser.Item
	for _, f := range m.folders.All() {
		if f.Account == s.Account && f.ID != s.Folder {
			items = append(items, chooser.Item{Label: safe.Line(f.Name), Note: f.Role.String(), Value: f.ID})
		}
	}
	verb := map[string]string{"move": "Move ", "copy": "Copy "}[purpose]
	return m.choose(purpose, verb+count(ids)+" to", items)
}
