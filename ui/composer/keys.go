package composer

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/ui/command"
)

// Commands returns what the composer does by itself, in the order of the
// documentation.
func Commands() []command.Of[Model] {
	is := func(name, keys, help string) command.Command {
		return command.New(command.Composer, name, keys, help)
	}
	field := func(n int) func(Model) (Model, tea.Cmd) {
		return func(m Model) (Model, tea.Cmd) { return m.Fields(n) }
	}
	return []command.Of[Model]{
		{Command: is("next-field", "tab", "next field"), Do: field(1)},
		{Command: is("previous-field", "shift+tab", "previous field"), Do: field(-1)},
		{Command: is("kill", "ctrl+k", "delete to the end of the line"), Do: command.Doing(Model.Kill)},
		{Command: is("yank", "ctrl+y", "put here what was deleted"), Do: command.Doing(Model.Yank), Why: func(m Model) string {
			return unless(m.killed != "", "nothing was deleted that could be put here")
		}},
		{Command: is("detach", "alt+t", "remove the last attachment"), Do: command.Doing(Model.Detach), Why: func(m Model) string {
			return unless(len(m.draft.Attachments) > 0, "nothing is attached")
		}},
		{Command: is("identity", "ctrl+f", "send from another address"), Do: command.Doing(Model.NextIdentity), Why: func(m Model) string {
			return unless(len(m.self) > 1, "this account has no other address")
		}},
	}
}

func unless(can bool, why string) string {
	if can {
		return ""
	}
	return why
}
