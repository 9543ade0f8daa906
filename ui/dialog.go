package ui

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/ui/chooser"
	"posthorn/ui/help"
	"posthorn/ui/prompt"
)

// The boxes that can lie over the panes, each as a dialog.
type (
	choosing  struct{ chooser.Model }
	prompting struct{ prompt.Model }
	helping   struct{ help.Model }
)

func (d choosing) update(msg tea.Msg) (dialog, tea.Cmd) {
	next, cmd := d.Model.Update(msg)
	return choosing{next}, cmd
}

func (d choosing) resize(w, h int) dialog { return choosing{d.Model.Resize(w, h)} }

func (d prompting) update(msg tea.Msg) (dialog, tea.Cmd) {
	next, cmd := d.Model.Update(msg)
	return prompting{next}, cmd
}

func (d prompting) resize(w, h int) dialog { return prompting{d.Model.Resize(w, h)} }

func (d helping) update(msg tea.Msg) (dialog, tea.Cmd) {
	next, cmd := d.Model.Update(msg)
	return helping{next}, cmd
}

func (d helping) resize(w, h int) dialog { return helping{d.Model.Resize(w, h)} }

// show lays a box over the panes.
func (m Model) show(d dialog) Model {
	m.dialog = d.resize(m.w, m.h)
	return m
}

func (m Model) choose(purpose, title string, items []chooser.Item) Model {
	return m.show(choosing{chooser.New(m.theme, m.measure, purpose, title, items)})
}

func (m Model) prompt(purpose, title, help, text string) Model {
	return m.show(prompting{prompt.New(m.theme, m.measure, purpose, title, help, text)})
}

func (m Model) ask(purpose, title, help string) Model {
	return m.show(prompting{prompt.Ask(m.theme, m.measure, purpose, title, help)})
}

func (m Model) tell(title, text string) Model {
	return m.show(helping{help.Text(m.theme, m.measure, title, text)})
}
