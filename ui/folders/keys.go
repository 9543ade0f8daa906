package folders

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/ui/command"
)

// Commands returns what the pane does by itself, in the order of the
// documentation.
func Commands() []command.Of[Model] {
	move := func(name, keys, help string, n int) command.Of[Model] {
		do := func(m Model) Model { return m.Move(n) }
		return command.Of[Model]{Command: command.New(command.Folders, name, keys, help), Do: command.Doing(do)}
	}
	return []command.Of[Model]{
		move("folder-down", "j, down", "next folder", 1),
		move("folder-up", "k, up", "previous folder", -1),
	}
}

// Update takes what the mouse does, at places of the pane: the wheel moves the
// cursor, and a click puts it on a folder.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.MouseWheelMsg:
		if msg.Button == tea.MouseWheelUp {
			return m.Move(-3), nil
		}
		return m.Move(3), nil
	case tea.MouseClickMsg:
		if i, ok := m.At(msg.Y); ok {
			m.cursor = i
			return m.follow(), nil
		}
	}
	return m, nil
}
