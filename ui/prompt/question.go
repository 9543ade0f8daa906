package prompt

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/ui/cells"
	"posthorn/ui/frame"
	"posthorn/ui/theme"
)

// A Question is a box that y answers with yes. Any other key is no, enter too: it
// is pressed too easily for what cannot be taken back.
type Question struct {
	Theme   theme.Theme
	Measure cells.Measure

	title, help string
	answers     string // what the keys do
	closed, yes bool
	w, h        int
}

// Ask returns a question. Otherwise says what any key but y does.
func Ask(t theme.Theme, m cells.Measure, title, help, otherwise string) Question {
	return Question{Theme: t, Measure: m, title: title, help: help, answers: otherwise}
}

// SetSize gives the box the size of the screen, of which it takes a part.
func (q Question) SetSize(w, h int) Question {
	q.w, q.h = min(w-4, 76), h
	return q
}

// inner is the columns within the frame.
func (q Question) inner() int { return max(q.w-4, 16) }

// Closed reports whether the question was answered.
func (q Question) Closed() bool { return q.closed }

// Yes reports whether it was answered with yes.
func (q Question) Yes() bool { return q.yes }

// Update takes the key that answers. What is pasted answers nothing.
func (q Question) Update(msg tea.Msg) (Question, tea.Cmd) {
	if key, ok := msg.(tea.KeyPressMsg); ok && !q.closed {
		q.closed, q.yes = true, key.String() == "y"
	}
	return q, nil
}

// View returns the box's lines.
func (q Question) View() []string {
	lines := append(heading(q.Theme, q.title, q.inner()), wrap(q.Theme.Faint, q.help, q.inner())...)
	last := []string{"", q.Theme.Key.Render("y") + " yes   " + q.Theme.Key.Render("any other key") + " " + q.answers}
	lines = append(lines[:min(len(lines), max(q.h-2-len(last), 1))], last...)
	return frame.Around(q.Theme, q.Measure, lines, q.inner())
}
