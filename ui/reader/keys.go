package reader

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/ui/command"
)

// Commands returns what the pane does by itself, in the order of the
// documentation.
func Commands() []command.Of[Model] {
	do := func(name, keys, help string, f func(Model) Model) command.Of[Model] {
		return command.Of[Model]{Command: command.New(command.Reader, name, keys, help), Do: command.Doing(f), Why: Model.Nothing}
	}
	scroll := func(n int) func(Model) Model { return func(m Model) Model { return m.Scroll(n) } }
	sideways := func(n int) func(Model) Model { return func(m Model) Model { return m.Sideways(n) } }
	return []command.Of[Model]{
		do("scroll-down", "j, down", "down a line", scroll(1)),
		do("scroll-up", "k, up", "up a line", scroll(-1)),
		do("scroll-left", "<", "long lines to the left", sideways(-1)),
		do("scroll-right", ">", "long lines to the right", sideways(1)),
		do("page-up", "pgup, shift+space", "up a page", func(m Model) Model { return m.Pages(-1) }),
		do("reader-top", "g g, home", "to the beginning", Model.Top),
		do("reader-bottom", "G, end", "to the end", Model.Bottom),
	}
}

// Nothing says why nothing can be done with a message here, if that is so.
func (m Model) Nothing() string {
	switch {
	case m.id == 0:
		return "no message is open"
	case m.Loading():
		return "the message is still being fetched"
	}
	return ""
}

// Update takes what the mouse does: the wheel scrolls.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	if msg, ok := msg.(tea.MouseWheelMsg); ok {
		if msg.Button == tea.MouseWheelUp {
			return m.Scroll(-3), nil
		}
		return m.Scroll(3), nil
	}
	return m, nil
}
