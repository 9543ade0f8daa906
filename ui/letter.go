package ui

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/composer"
)

// A letter is a message that is being written, with its copy in Drafts. Answers
// that concern it carry its number. It is saved by one command at a time, so that
// each save knows which copy it replaces.
type letter struct {
	composer.Model
	number int
	saving bool
	next   step // what comes once it is saved
	away   bool // it is off the screen, on its way to Drafts or to the outbox

	awaits  bool              // the message that it answers or passes on is being fetched
	passes  bool              // that message is what is sent: nothing goes without it
	missing error             // why that could not be had
	draft   bool              // the draft itself is being fetched: there is nothing yet to write on
	held    []tea.KeyPressMsg // what was typed meanwhile
	blank   compose.Draft     // what is written on where it cannot be had
}

// A step is what is to be done with a letter once it is saved.
type step uint8

const (
	stay  step = iota
	save       // once more, as it was changed meanwhile
	leave      // it goes off the desk
	post       // it is sent
)

type (
	draftStarted struct {
		letter int
		draft  compose.Draft
		err    error
	}
	draftKept struct {
		letter      int
		id          mail.ID
		fingerprint string
		err         error
	}
	messageSent struct {
		letter int
		err    error
	}
	autosaveDue struct{ letter int }
)

// autosave is how often a draft is kept that was changed: no key is to be lost that
// is older than two seconds.
const autosave = 1500 * time.Millisecond

func waitAutosave(letter int) tea.Cmd {
	return tea.Tick(autosave, func(time.Time) tea.Msg { return autosaveDue{letter} })
}

// name says which letter it is, for a list of them.
func (l letter) name() string {
	d := l.Draft()
	subject := safe.Line(d.Subject)
	if subject == "" {
		subject = "(no subject)"
	}
	if len(d.To) == 0 {
		return subject
	}
	return subject + " → " + safe.Line(d.To[0].Display())
}

// A beginning fetches as much of a message as a draft is made of, and makes that.
type beginning func(w world, id mail.ID) (compose.Draft, error)

// withText begins with the text of a message.
func withText(begin func(*message.Message) (compose.Draft, error)) beginning {
	return func(w world, id mail.ID) (d compose.Draft, err error) {
		msg, err := w.engine.Open(w.ctx, id, render.Options{})
		if err != nil {
			return d, err
		}
		return begin(msg)
	}
}

// withAll begins with all parts of a message.
func withAll(begin func(*message.Message) compose.Draft) beginning {
	return func(w world, id mail.ID) (d compose.Draft, err error) {
		err = w.engine.Whole(w.ctx, id, func(msg *message.Message) error {
			d = begin(msg)
			return nil
		})
		return d, err
	}
}

// withSource begins with a message as it came.
func withSource(begin func(raw []byte) compose.Draft) beginning {
	return func(w world, id mail.ID) (d compose.Draft, err error) {
		var raw bytes.Buffer
		if err := w.engine.Copy(w.ctx, id, &raw); err != nil {
			return d, err
		}
		return begin(raw.Bytes()), nil
	}
}

// start makes a draft of a message.
func (w world) start(letter int, id mail.ID, begin beginning) tea.Cmd {
	return func() tea.Msg {
		d, err := begin(w, id)
		return draftStarted{letter, d, err}
	}
}

// keep puts a letter's draft into Drafts.
func (w world) keep(letter int, d compose.Draft, fingerprint string) tea.Cmd {
	return func() tea.Msg {
		raw, err := d.Save(time.Now())
		if err != nil {
			return draftKept{letter: letter, err: err}
		}
		id, err := w.engine.SaveDraft(w.ctx, d.Account, d.Saved, raw)
		return draftKept{letter, id, fingerprint, err}
	}
}

// leaveDraft says that nobody writes on a draft any more.
func (w world) leaveDraft(id mail.ID) tea.Cmd {
	if id == 0 {
		return nil
	}
	return func() tea.Msg {
		if err := w.engine.LeaveDraft(w.ctx, id); err != nil {
			return failed{err}
		}
		return nil
	}
}

func (w world) send(letter int, d compose.Draft) tea.Cmd {
	return func() tea.Msg {
		out, err := d.Build(time.Now())
		if err == nil {
			err = w.engine.Send(w.ctx, out)
		}
		return messageSent{letter, err}
	}
}

// save puts the letter into Drafts; while it is being put there, once more
// afterwards.
func (l letter) save(w world, then step) (letter, tea.Cmd) {
	l.next = max(l.next, then)
	if l.saving || l.passes && l.awaits {
		if l.next == stay {
			l.next = save
		}
		return l, nil
	}
	l.saving = true
	fingerprint, _ := l.Changed()
	return l, w.keep(l.number, l.Draft(), fingerprint)
}

// doubts returns what a careful friend would ask before the letter is sent; the
// error says why it cannot be.
func (l letter) doubts() (list []string, err error) {
	switch {
	case l.missing != nil:
		return nil, fmt.Errorf("cannot send: %w", l.missing)
	case l.passes && l.awaits:
		return nil, errors.New("cannot send yet: the message to pass on is still being fetched")
	}
	for _, doubt := range l.Draft().Check() {
		if doubt.Fatal {
			return nil, errors.New("cannot send: " + doubt.Text)
		}
		list = append(list, doubt.Text)
	}
	return list, nil
}
