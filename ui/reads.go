package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/chooser"
)

// This file is what is done with the message that is read.

func (m Model) tellImages() (Model, tea.Cmd) {
	n := m.reader.Document().Remote
	if n == 0 {
		m.status = m.status.say("this message refers to no remote pictures")
		return m, nil
	}
	return m.tell("Remote pictures", fmt.Sprintf("This message refers to %d pictures on other machines. They are not loaded, as that would tell the sender that, when and where you read it. Posthorn shows their descriptions instead.", n)), nil
}

func (m Model) listLinks() (Model, tea.Cmd) {
	var items []chooser.Item[string]
	for i, l := range m.reader.Document().Links {
		items = append(items, chooser.Item[string]{Label: fmt.Sprintf("[%d] %s", i+1, safe.Line(l.URL)), Note: safe.Truncate(safe.Line(l.Text), 30), Value: safe.Line(l.URL)})
	}
	return choose(m, "Links: enter copies one", items, func(m Model, url string) (Model, tea.Cmd) {
		m.status = m.status.say("copied: " + url)
		return m, tea.SetClipboard(url)
	})
}

func (m Model) listAttachments() (Model, tea.Cmd) {
	var items []chooser.Item[render.Attachment]
	for _, a := range m.reader.Document().Attachments {
		note := fmt.Sprintf("%s  %s", safe.Line(a.Type), render.Octets(a.Size))
		if a.Drawn {
			note += "  in the text"
		}
		items = append(items, chooser.Item[render.Attachment]{Label: safe.FileName(a.Name), Note: note, Value: a})
	}
	id := m.reader.ID()
	return choose(m, "Attachments: enter saves one", items, func(m Model, a render.Attachment) (Model, tea.Cmd) {
		return m.enter("Save "+safe.FileName(a.Name)+" in", saveHelp, "~/", func(m Model, dir string) (Model, tea.Cmd) {
			return m, m.saveAttachments(id, dir, a.Part)
		})
	})
}

const saveHelp = "Names are made safe, and no file is overwritten."

func (m Model) saveAll() (Model, tea.Cmd) {
	id := m.reader.ID()
	return m.enter("Save the attachments in", saveHelp, "~/", func(m Model, dir string) (Model, tea.Cmd) {
		return m, m.saveAttachments(id, dir)
	})
}

func (m Model) askPipe() (Model, tea.Cmd) {
	id := m.reader.ID()
	return m.enter("Give the message to a command", "It gets the whole message on its standard input.", "", func(m Model, line string) (Model, tea.Cmd) {
		return m, m.pipe(id, line)
	})
}
