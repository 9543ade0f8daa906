package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/chooser"
)

// runReader does what concerns the message that is read.
func (m Model) runReader(name string) (Model, tea.Cmd, bool) {
	id := m.reader.ID()
	switch name {
	case "scroll-down", "scroll-up", "scroll-left", "scroll-right", "page-up", "reader-top", "reader-bottom":
		m.reader = m.reader.Do(name)
		return m, nil, true
	case "page-down":
		if m.reader.AtEnd() {
			next, cmd := m.step("down")
			return next, cmd, true
		}
		m.reader = m.reader.Do(name)
		return m, nil, true
	case "next-message", "previous-message":
		next, cmd := m.step(map[string]string{"next-message": "down", "previous-message": "up"}[name])
		return next, cmd, true
	case "headers":
		m.headers, m.raw = !m.headers, false
		return m, m.layOut(), true
	case "html":
		if m.raw { // back from the source
			m.raw = false
			return m, m.layOut(), true
		}
		next := m.reader.Document().NextBody()
		if next == "" {
			m.status = m.status.say("this message holds its text in one form only")
			return m, nil, true
		}
		m.form = next
		m.readReq++
		return m, m.openMessage(id), true
	case "raw":
		m.raw = true
		m.reader = m.reader.Do("reader-top")
		m.readReq++
		return m, m.showRaw(id), true
	case "images":
		return m.tellImages(), nil, true
	case "links":
		return m.listLinks(), nil, true
	case "attachments":
		return m.listAttachments(), nil, true
	case "save":
		if len(m.reader.Document().Attachments) == 0 {
			m.status = m.status.say("this message has no attachments")
			return m, nil, true
		}
		return m.prompt("save", "Save the attachments in", "Names are made safe, and no file is overwritten.", "~/"), nil, true
	case "pipe":
		return m.prompt("pipe", "Give the message to a command", "It gets the whole message on its standard input.", ""), nil, true
	}
	return m, nil, false
}

// step reads the next or the previous message.
func (m Model) step(direction string) (Model, tea.Cmd) {
	before, _ := m.list.Current()
	m.list = m.list.Do(direction)
	id, ok := m.list.Current()
	if !ok || id == before {
		m.status = m.status.say("there are no more messages")
		return m, nil
	}
	next, cmd := m.read(id)
	return next, tea.Batch(cmd, next.rowsNeeded())
}

func (m Model) tellImages() Model {
	n := m.reader.Document().Remote
	if n == 0 {
		m.status = m.status.say("this message refers to no remote pictures")
		return m
	}
	return m.tell("Remote pictures", fmt.Sprintf("This message refers to %d pictures on other machines. They are not loaded, as that would tell the sender that, when and where you read it. Posthorn shows their descriptions instead.", n))
}

func (m Model) listLinks() Model {
	var items []chooser.Item
	for i, l := range m.reader.Document().Links {
		items = append(items, chooser.Item{Label: fmt.Sprintf("[%d] %s", i+1, safe.Line(l.URL)), Note: safe.Truncate(safe.Line(l.Text), 30), Value: l.URL})
	}
	if len(items) == 0 {
		m.status = m.status.say("this message has no links")
		return m
	}
	return m.choose("link", "Links: enter copies one", items)
}

func (m Model) listAttachments() Model {
	list := m.reader.Document().Attachments
	if len(list) == 0 {
		m.status = m.status.say("this message has no attachments")
		return m
	}
	var items []chooser.Item
	for _, a := range list {
		name := safe.FileName(a.Name)
		note := fmt.Sprintf("%s  %s", safe.Line(a.Type), render.Octets(a.Size))
		if a.Drawn {
			note += "  in the text"
		}
		items = append(items, chooser.Item{Label: name, Note: note, Value: a.Part})
	}
	return m.choose("attachment", "Attachments: enter saves them", items)
}
