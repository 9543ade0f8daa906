package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/safe"
	"posthorn/sync"
	"posthorn/ui/command"
	"posthorn/ui/turn"
)

// This file is the status line. The rules are:
//
//   - one line; what went wrong stays until the next key, and can be read whole;
//   - what is going on is said with its numbers, where there are any.

// status is what the line shows beside the accounts' states.
type status struct {
	text   string   // the last notice
	whole  []string // the notices with all there is to say, the newest first
	bad    bool
	fresh  bool      // no key was pressed since
	outbox int       // messages that wait to be sent
	waits  turn.Turn // questions for how many these are
}

// kept is how many notices can be read again.
const kept = 30

// seen notes that the user pressed a key: a notice goes with the next one.
func (s status) seen() status {
	if !s.fresh {
		return s.clear()
	}
	s.fresh = false
	return s
}

// clear says nothing.
func (s status) clear() status {
	s.text, s.bad, s.fresh = "", false, false
	return s
}

func (s status) say(text string) status {
	s.text, s.bad, s.fresh = safe.Line(text), false, true
	return s
}

// keep adds a notice to those that can be read again.
func (s status) keep(whole string) status {
	s.whole = slices.DeleteFunc(slices.Clone(s.whole), func(old string) bool { return old == whole })
	s.whole = slices.Insert(s.whole, 0, whole)
	s.whole = s.whole[:min(len(s.whole), kept)]
	return s
}

// notice says what the engine has to tell of an account.
func (s status) notice(n sync.Notice) status {
	text := n.Account + ": " + n.Text
	s = s.say(text)
	s.bad = n.Err != nil
	return s.keep(text + advice(n.Err))
}

// fail says what went wrong, and what can be done.
func (s status) fail(err error) status {
	s.text, s.bad, s.fresh = safe.Line(err.Error()), true, true
	return s.keep(err.Error() + advice(err))
}

// advice says what can be done about an error.
func advice(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return "\nWhat you can do: " + hinted.Hint() + "."
	}
	return ""
}

// troubles tells what keeps accounts offline, each by itself, and the last
// notices, the newest first.
func (s status) troubles(accounts []sync.AccountInfo) string {
	var parts []string
	now := map[string]bool{}
	for _, a := range accounts {
		if a.Err != nil {
			text := ": " + a.Err.Error() + advice(a.Err)
			parts = append(parts, a.Name+" "+since(a)+text)
			now[a.Name+text] = true
		}
	}
	for _, notice := range s.whole {
		if !now[notice] {
			parts = append(parts, notice)
		}
	}
	return strings.Join(parts, "\n\n")
}

// outboxLoaded notes how many messages wait to be sent.
func (s status) outboxLoaded(msg outboxLoaded) (status, tea.Cmd) {
	switch {
	case !s.waits.Take(msg.n):
		return s, nil
	case msg.err != nil:
		return s, fail(msg.err)
	}
	s.outbox = msg.waiting
	return s, nil
}

// failed notes an error, if there is one.
func (m Model) failed(err error) Model {
	if err != nil {
		m.status = m.status.fail(err)
	}
	return m
}

// statusLine returns the line at the bottom of the screen.
func (m Model) statusLine() string {
	left := " " + m.accounts.where()
	right := hints(m.keys, m.place(), m.panes.list.search.On())
	if kept := m.panes.kept(); kept != "" && m.desk.open == 0 {
		right = kept
	}
	if m.status.text != "" {
		right = m.status.text
		if m.status.bad {
			right = "✗ " + right + "  (" + m.keys.Key("notice") + " tells more)"
		}
	}
	if n := len(m.desk.waiting()); n > 1 || n == 1 && m.desk.open == 0 {
		left += fmt.Sprintf("  ✎ %d", n)
	}
	if m.status.outbox > 0 {
		left += fmt.Sprintf("  outbox %d", m.status.outbox)
	}
	return m.look.bar(left, right, m.status.bad, m.panes.w)
}

// bar returns a line of w columns with a text at each end.
func (l look) bar(left, right string, bad bool, w int) string {
	lw := min(l.measure.Width(left), w*2/3)
	right = l.measure.Cut(right, max(w-lw-3, 0))
	gap := max(w-lw-l.measure.Width(right)-1, 0)
	style := l.theme.Bar
	if bad {
		style = l.theme.BarStrong
	}
	return l.theme.BarStrong.Render(l.measure.Pad(left, lw)) + l.theme.Bar.Render(strings.Repeat(" ", gap)) + style.Render(right) + l.theme.Bar.Render(" ")
}

// hints names the keys that people look for where they are.
func hints(k command.Keymap, p command.Place, searching bool) string {
	var names []string
	switch {
	case p == command.Composer:
		names = []string{"send", "save-draft", "attach", "editor", "leave"}
	case p == command.Reader:
		names = []string{"reply", "archive", "delete", "next-message", "back", "help"}
	case searching:
		names = []string{"open", "search", "back", "help"}
	default:
		names = []string{"open", "compose", "search", "palette", "help"}
	}
	var parts []string
	for _, n := range names {
		parts = append(parts, k.Key(n)+" "+n)
	}
	return strings.Join(parts, " · ")
}
