package composer

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Kill deletes to the end of the line; at its end, the end itself. What is deleted
// can be put elsewhere; what is so deleted next goes with it, if nothing is done
// in between.
func (m Model) Kill() Model {
	text := m.ahead()
	if text == "" {
		return m
	}
	if m.more {
		text = m.killed + text
	}
	m, _ = m.Update(tea.KeyPressMsg{Code: 'k', Mod: tea.ModCtrl})
	m.killed, m.more = text, true
	return m
}

// ahead returns what stands between the cursor and the end of the line, or the end
// of the line.
func (m Model) ahead() string {
	if m.field != fieldBody {
		in := m.inputs[m.field]
		return string([]rune(in.Value())[in.Position():])
	}
	lines := strings.Split(m.body.Value(), "\n")
	n := m.body.Line()
	if n >= len(lines) || m.draft.Redirected != nil {
		return ""
	}
	rest := string([]rune(lines[n])[min(m.body.Column(), len([]rune(lines[n]))):])
	if rest == "" && n < len(lines)-1 {
		return "\n"
	}
	return rest
}

// Yank puts what was deleted at the cursor.
func (m Model) Yank() Model {
	m, _ = m.Update(tea.PasteMsg{Content: m.killed})
	return m
}
