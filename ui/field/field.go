// Package field is the line that one types into, as all boxes and screens have
// it: without colours of its own, and with its cursor in view.
package field

import (
	"slices"
	"unicode"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"posthorn/mail/safe"
	"posthorn/ui/cells"
)

// New returns an empty line.
func New(prompt string) textinput.Model {
	in := textinput.New()
	in.Prompt = prompt
	in.SetVirtualCursor(true)
	// The library's looks are made for a dark screen, and know nothing of NO_COLOR.
	in.SetStyles(textinput.Styles{Cursor: textinput.CursorStyle{Shape: tea.CursorBlock, Blink: true}})
	return in
}

// SetSize gives a line all the columns there are, its prompt and the cursor behind
// its end included.
func SetSize(in *textinput.Model, w int) {
	in.SetWidth(max(w-len([]rune(in.Prompt))-1, 8))
	// The library looks for the part in view only where the cursor leaves it, so
	// the cursor is sent to both ends.
	pos := in.Position()
	in.CursorEnd()
	in.CursorStart()
	in.SetCursor(pos)
}

// View returns a line in so many columns. The library measures some signs
// otherwise than terminals do, and fills a line beyond its end then.
func View(in textinput.Model, m cells.Measure, w int) string { return m.Between(in.View(), 0, w) }

// Update takes what is typed. What is pasted becomes one harmless line.
func Update(in textinput.Model, msg tea.Msg) (textinput.Model, tea.Cmd) {
	switch m := msg.(type) {
	case tea.PasteMsg:
		m.Content = safe.Line(m.Content)
		msg = m
	case tea.KeyPressMsg:
		if key.Matches(m, in.KeyMap.DeleteWordForward) {
			deleteWord(&in)
			return in, nil
		}
	}
	return in.Update(msg)
}

// deleteWord removes the word behind the cursor, and the blanks before it. The
// library does so too, but panics where there is one character left.
func deleteWord(in *textinput.Model) {
	runes, pos := []rune(in.Value()), in.Position()
	end := pos
	for end < len(runes) && unicode.IsSpace(runes[end]) {
		end++
	}
	for end < len(runes) && !unicode.IsSpace(runes[end]) {
		end++
	}
	in.SetValue(string(slices.Delete(runes, pos, end)))
	in.SetCursor(pos)
}
