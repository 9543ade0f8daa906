package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail/query"
	"posthorn/ui/cells"
	"posthorn/ui/chooser"
	"posthorn/ui/help"
	"posthorn/ui/prompt"
	"posthorn/ui/theme"
)

// A dialog lies over the panes and takes all keys. It holds what is to be done
// with its answer from the moment it opens, and does just that, whatever arrives
// meanwhile.
type dialog interface {
	// update takes a message for the dialog, which is m's. The model that it
	// returns has the dialog no more once it is answered.
	update(m Model, msg tea.Msg) (Model, tea.Cmd)
	resize(w, h int) dialog
	View() []string
}

// choosing lets one of many be chosen.
type choosing[T any] struct {
	chooser.Model[T]
	then func(Model, T) (Model, tea.Cmd)
}

func (d choosing[T]) update(m Model, msg tea.Msg) (Model, tea.Cmd) {
	var cmd tea.Cmd
	d.Model, cmd = d.Model.Update(msg)
	m.dialog = d
	if d.Closed() {
		m.dialog = nil
	}
	if v, ok := d.Chosen(); ok {
		return d.then(m, v)
	}
	return m, cmd
}

func (d choosing[T]) resize(w, h int) dialog { return choosing[T]{d.Model.SetSize(w, h), d.then} }

// prompting lets something be typed. What the action finds wrong with it can be
// mended.
type prompting struct {
	prompt.Model
	then func(Model, string) (Model, tea.Cmd, *query.Error)
}

func (d prompting) update(m Model, msg tea.Msg) (Model, tea.Cmd) {
	var cmd tea.Cmd
	d.Model, cmd = d.Model.Update(msg)
	m.dialog = d
	text, ok := d.Entered()
	if !ok {
		if d.Closed() {
			m.dialog = nil
		}
		return m, cmd
	}
	m.dialog = nil
	next, cmd, wrong := d.then(m, text)
	if wrong != nil {
		d.Model = d.Model.Fail(wrong.Msg, wrong.Pos, wrong.Len)
		next.dialog = d
	}
	return next, cmd
}

func (d prompting) resize(w, h int) dialog { return prompting{d.Model.SetSize(w, h), d.then} }

// asking is a question that y answers with yes.
type asking struct {
	prompt.Question
	then func(Model) (Model, tea.Cmd)
}

func (d asking) update(m Model, msg tea.Msg) (Model, tea.Cmd) {
	d.Question, _ = d.Question.Update(msg)
	if !d.Closed() {
		return m, nil
	}
	m.dialog = nil
	if d.Yes() {
		return d.then(m)
	}
	return m, nil
}

func (d asking) resize(w, h int) dialog { return asking{d.Question.SetSize(w, h), d.then} }

// telling shows a text.
type telling struct{ help.Model }

func (d telling) update(m Model, msg tea.Msg) (Model, tea.Cmd) {
	var cmd tea.Cmd
	d.Model, cmd = d.Model.Update(msg)
	m.dialog = d
	if d.Closed() {
		m.dialog = nil
	}
	return m, cmd
}

func (d telling) resize(w, h int) dialog { return telling{d.Model.SetSize(w, h)} }

// show lays a box over the panes.
func (m Model) show(d dialog) Model {
	m.dialog = d.resize(m.panes.w, m.panes.h)
	return m
}

// choose asks for one of some items.
func choose[T any](m Model, title string, items []chooser.Item[T], then func(Model, T) (Model, tea.Cmd)) (Model, tea.Cmd) {
	return m.show(choosing[T]{chooser.New(m.look.theme, m.look.measure, title, items), then}), nil
}

// A look is what all that is drawn is drawn with.
type look struct {
	theme   theme.Theme
	measure cells.Measure
}

// enter returns a box that asks for a line.
func (l look) enter(title, help, text string, then func(Model, string) (Model, tea.Cmd)) dialog {
	return l.prompt(title, help, text, func(m Model, s string) (Model, tea.Cmd, *query.Error) {
		next, cmd := then(m, s)
		return next, cmd, nil
	})
}

// prompt returns a box that asks for a line until then finds nothing wrong with it.
func (l look) prompt(title, help, text string, then func(Model, string) (Model, tea.Cmd, *query.Error)) dialog {
	return prompting{prompt.New(l.theme, l.measure, title, help, text), then}
}

// ask returns a box that asks a question. Otherwise says what is done if the answer
// is not yes.
func (l look) ask(title, help, otherwise string, then func(Model) (Model, tea.Cmd)) dialog {
	return asking{prompt.Ask(l.theme, l.measure, title, help, otherwise), then}
}

// tell returns a box that shows a text.
func (l look) tell(title, text string) dialog {
	return telling{help.Text(l.theme, l.measure, title, text)}
}

// logRead shows the log, its end first. What opened meanwhile stays.
func (m Model) logRead(msg logRead) Model {
	switch {
	case msg.err != nil:
		return m.failed(msg.err)
	case len(msg.lines) == 0:
		m.status = m.status.say("nothing was logged yet")
		return m
	case m.dialog != nil:
		return m
	}
	return m.show(telling{help.Text(m.look.theme, m.look.measure, "Log", strings.Join(msg.lines, "\n")).End()})
}
