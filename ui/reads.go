package ui

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/chooser"
)

// This file is what is done with the message that is read.

func tellImages(m Model, _ target) (Model, tea.Cmd) {
	n := m.panes.reader.Document().Remote
	if n == 0 {
		return m.deny("this message refers to no remote pictures"), nil
	}
	return m.show(m.look.tell("Remote pictures", fmt.Sprintf("This message refers to %d pictures on other machines. They are not loaded, as that would tell the sender that, when and where you read it. Posthorn shows their descriptions instead.", n))), nil
}

func listLinks(m Model, _ target) (Model, tea.Cmd) {
	var items []chooser.Item[string]
	for i, l := range m.panes.reader.Document().Links {
		items = append(items, chooser.Item[string]{Label: fmt.Sprintf("[%d] %s", i+1, safe.Line(l.URL)), Note: safe.Truncate(safe.Line(l.Text), 30), Value: safe.Line(l.URL)})
	}
	return choose(m, "Links: enter copies one", items, func(m Model, url string) (Model, tea.Cmd) { return m, copyLink(url) })
}

func copyLink(url string) tea.Cmd { return tea.Batch(tea.SetClipboard(url), say("copied: "+url)) }

// linkNumber copies the link with the number that stands beside it.
func linkNumber(m Model, t target) (Model, tea.Cmd) {
	links := m.panes.reader.Document().Links
	take := func(m Model, number string) (Model, tea.Cmd) {
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil || n < 1 || n > len(links) {
			return m.deny(fmt.Sprintf("there is no link %s; there are %d", number, len(links))), nil
		}
		return m, copyLink(safe.Line(links[n-1].URL))
	}
	if t.arg != "" {
		return take(m, t.arg)
	}
	return m.show(m.look.enter("Copy the link with the number", several(len(links), "link"), "", take)), nil
}

func listAttachments(m Model, _ target) (Model, tea.Cmd) {
	var items []chooser.Item[render.Attachment]
	for _, a := range m.panes.reader.Document().Attachments {
		note := fmt.Sprintf("%s  %s", safe.Line(a.Type), render.Octets(a.Size))
		if a.Drawn {
			note += "  in the text"
		}
		items = append(items, chooser.Item[render.Attachment]{Label: safe.FileName(a.Name), Note: note, Value: a})
	}
	id := m.panes.reader.ID()
	return choose(m, "Attachments: enter saves one", items, func(m Model, a render.Attachment) (Model, tea.Cmd) {
		return m.show(m.look.enter("Save "+safe.FileName(a.Name)+" in", saveHelp, "~/", func(m Model, dir string) (Model, tea.Cmd) {
			return m, m.world.saveAttachments(id, dir, a.Part)
		})), nil
	})
}

const saveHelp = "Names are made safe, and no file is overwritten."

func saveAll(m Model, t target) (Model, tea.Cmd) {
	id := m.panes.reader.ID()
	save := func(m Model, dir string) (Model, tea.Cmd) { return m, m.world.saveAttachments(id, dir) }
	if t.arg != "" {
		return save(m, t.arg)
	}
	return m.show(m.look.enter("Save the attachments in", saveHelp, "~/", save)), nil
}

// pipe gives messages to a program: one as it is, several as an mbox.
func pipe(m Model, t target) (Model, tea.Cmd) {
	run := func(m Model, line string) (Model, tea.Cmd) {
		m.last.arg = line
		return m, m.world.pipe(t.ids, line, false)
	}
	if t.arg != "" {
		return run(m, t.arg)
	}
	return m.show(m.look.enter("Give "+count(t.ids)+" to a program", "It gets the message on its standard input; several as an mbox.", "", run)), nil
}
