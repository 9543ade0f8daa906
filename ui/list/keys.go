package list

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/ui/command"
)

// Commands returns what the pane does by itself, in the order of the
// documentation.
func Commands() []command.Of[Model] {
	do := func(name, keys, help string, f func(Model) Model, why func(Model) string) command.Of[Model] {
		return command.Of[Model]{Command: command.New(command.List, name, keys, help), Do: command.Doing(f), Why: why}
	}
	move := func(n int) func(Model) Model { return func(m Model) Model { return m.Move(n) } }
	half := func(n int) func(Model) Model { return func(m Model) Model { return m.HalfPages(n) } }
	return []command.Of[Model]{
		do("down", "j, down", "next message", move(1), Model.Nothing),
		do("up", "k, up", "previous message", move(-1), Model.Nothing),
		do("top", "g g, home", "first message", Model.Top, Model.Nothing),
		do("bottom", "G, end", "last message", Model.Bottom, Model.Nothing),
		do("half-down", "ctrl+d, pgdown", "half a page down", half(1), Model.Nothing),
		do("half-up", "ctrl+u, pgup", "half a page up", half(-1), Model.Nothing),
		do("select", "x", "select the message", Model.Select, Model.Nothing),
		do("select-thread", "X", "select the conversation", Model.SelectThread, Model.Nothing),
		do("select-all", "*", "select all messages, or none", Model.SelectAll, Model.Nothing),
		do("fold", "space", "fold or unfold the conversation", Model.Fold, Model.unfoldable),
	}
}

// Nothing says that there is no message in the list, if there is none.
func (m Model) Nothing() string {
	if m.Len() == 0 {
		return "there is no message here"
	}
	return ""
}

func (m Model) unfoldable() string {
	switch {
	case m.Foldable():
		return ""
	case m.Flat != "":
		return m.Flat
	}
	return "there are no answers to fold"
}

// Update takes what the mouse does, at places of the pane: the wheel scrolls, and a
// click puts the cursor on a message.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			return m.Scroll(-3), nil
		}
		return m.Scroll(3), nil
	case tea.MouseClickMsg:
		if i, ok := m.At(msg.Y); ok {
			return m.MoveTo(i), nil
		}
	}
	return m, nil
}
