package ui

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/ui/command"
)

// A Bind is what the user made of commands, or of a program, for keys of their
// own.
type Bind struct {
	Keys  []string
	Do    []string // commands, each with what may follow its name: "move Lists/choir"
	Run   string   // a program in place of commands, as the shell takes it
	Input string   // what that gets: "message", "selection" or "conversation"; empty: message
	Help  string   // what it does, in a few words
}

// A part is a command of a bind.
type part struct {
	action
	arg string
}

// bound returns the actions that binds make, in the order of their names.
func bound(binds map[string]Bind, table []action) (list []action, err error) {
	known := map[string]action{}
	for _, a := range table {
		known[a.Name] = a
	}
	for _, name := range slices.Sorted(maps.Keys(binds)) {
		if _, taken := known[name]; taken {
			return nil, fmt.Errorf("bind.%s: there is a command of this name", name)
		}
		a, err := binds[name].action(known)
		if err != nil {
			return nil, fmt.Errorf("bind.%s: %w", name, err)
		}
		a.Name = name
		list = append(list, a)
	}
	return list, nil
}

func (b Bind) action(known map[string]action) (action, error) {
	a := action{Command: command.Command{Place: command.List, Message: true, Help: b.Help}}
	if (b.Run == "") == (len(b.Do) == 0) {
		return a, errors.New("either do or run says what it does")
	}
	if b.Run != "" {
		a.Help = cmp.Or(a.Help, "run "+b.Run)
		do, err := program(b.Run, b.Input)
		a.do = do
		return a, err
	}
	a.Help = cmp.Or(a.Help, strings.Join(b.Do, ", "))
	var parts []part
	for _, line := range b.Do {
		name, arg, _ := strings.Cut(strings.TrimSpace(line), " ")
		p := part{known[name], strings.TrimSpace(arg)}
		switch {
		case p.do == nil:
			return a, fmt.Errorf("there is no command %q; posthorn man lists them", name)
		case p.arg != "" && p.Takes == "":
			return a, fmt.Errorf("nothing can follow %s, and %q does", name, p.arg)
		}
		parts = append(parts, p)
	}
	where, err := common(parts)
	a.Place, a.Message = where, slices.ContainsFunc(parts, func(p part) bool { return p.Message })
	a.do = inTurn(parts)
	return a, err
}

// common returns the place where all commands can be given.
func common(parts []part) (command.Place, error) {
	where, shared := command.Anywhere, false // shared: what acts on messages, which the reader has too
	for _, p := range parts {
		switch {
		case p.Place == where || p.Place == command.Anywhere:
			shared = shared && p.Message
		case where == command.Anywhere:
			where, shared = p.Place, p.Message
		case where == command.Reader && p.Message:
		case shared && p.Place == command.Reader:
			where, shared = command.Reader, false
		default:
			return where, fmt.Errorf("%s is for another place than the commands before it", p.Name)
		}
	}
	return where, nil
}

// inTurn does commands one after the other, up to one that is not to be had, or
// that asks. Once one of them acts on messages, those after it act on the same.
func inTurn(parts []part) deed {
	return func(m Model, t target) (_ Model, cmd tea.Cmd) {
		last, fixed := m.last, false
		var cmds []tea.Cmd
		for i, p := range parts {
			if p.Message && !fixed {
				fixed = true
				if i > 0 { // those before it may have selected others
					t = m.panes.target()
				}
			}
			t.arg = p.arg
			m, cmd = m.act(p.action, t)
			cmds = append(cmds, cmd)
			if m.denied || m.dialog != nil {
				break
			}
		}
		m.last = last
		return m, tea.Batch(cmds...)
	}
}

// program gives messages to a program.
func program(line, input string) (deed, error) {
	run := func(which func(Model, target) []mail.ID, always bool) deed {
		return func(m Model, t target) (Model, tea.Cmd) { return m, m.world.pipe(which(m, t), line, always) }
	}
	switch input {
	case "", "message":
		return run(func(_ Model, t target) []mail.ID { return t.ids[:1] }, false), nil
	case "selection":
		return run(func(_ Model, t target) []mail.ID { return t.ids }, true), nil
	case "conversation":
		return run(func(m Model, t target) []mail.ID { return m.panes.list.Conversation(t.ids[0]) }, true), nil
	}
	return nil, fmt.Errorf("input is message, selection or conversation, not %q", input)
}
