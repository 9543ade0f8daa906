package ui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/ui/composer"
)

// identity returns who writes in an account; with all accounts on screen, in the
// first.
func (m Model) identity(account string) compose.Identity {
	a, ok := m.info(account)
	if !ok && len(m.accounts) > 0 {
		a = m.accounts[0]
	}
	self := a.Self
	if len(self) == 0 {
		self = []mail.Address{a.Address}
	}
	return compose.Identity{Account: a.Name, Self: self, Signature: m.sigs[a.Name]}
}

// compose begins a message.
func (m Model) compose() (Model, tea.Cmd) {
	return m.write(compose.New(m.identity(m.account)))
}

// write opens the composer on a draft.
func (m Model) write(d compose.Draft) (Model, tea.Cmd) {
	w := composer.New(m.theme, m.measure, d, m.identity(d.Account).Self)
	m.writer = &w
	return m.layout(), waitAutosave()
}

// answer begins an answer to a message, or passes it on.
func (m Model) answer(how string, id mail.ID) tea.Cmd {
	s, _ := m.list.Row(id)
	who := m.identity(s.Account)
	return m.startDraft(id, func(raw []byte, msg *message.Message) (d compose.Draft, err error) {
		switch how {
		case "reply":
			d = compose.Reply(msg, who)
		case "reply-all":
			d = compose.ReplyAll(msg, who)
		case "reply-list":
			var ok bool
			if d, ok = compose.ReplyList(msg, who); !ok {
				return d, errors.New("this message did not come over a mailing list that takes answers")
			}
		case "forward":
			d = compose.Forward(msg, who)
			d.Forwards = id
			return d, nil
		case "redirect":
			return compose.Redirect(raw, who), nil
		}
		d.Answers = id
		return d, nil
	})
}

// resume takes a draft up again.
func (m Model) resume(id mail.ID) tea.Cmd {
	s, _ := m.list.Row(id)
	who := m.identity(s.Account)
	return m.startDraft(id, func(_ []byte, msg *message.Message) (compose.Draft, error) {
		return compose.Resume(msg, id, who), nil
	})
}

// runWriter does what concerns the message that is written.
func (m Model) runWriter(name string) (Model, tea.Cmd, bool) {
	if m.writer == nil {
		return m, nil, false
	}
	switch name {
	case "editor":
		d, _ := m.writer.Draft()
		return m, startEditor(d.Body), true
	case "attach":
		return m.prompt("attach", "Attach a file", "The path of the file; ~/ is your home.", ""), nil, true
	case "save-draft":
		next, cmd := m.keep(false)
		return next, cmd, true
	case "leave":
		next, cmd := m.leave()
		return next, cmd, true
	case "send":
		next, cmd := m.trySend()
		return next, cmd, true
	}
	w, cmd := m.writer.Do(name)
	m.writer = &w
	return m, cmd, true
}

// keep puts the draft into Drafts.
func (m Model) keep(leave bool) (Model, tea.Cmd) {
	d, err := m.writer.Draft()
	if err != nil {
		return m.failed(err), nil
	}
	fingerprint, _ := m.writer.Changed()
	return m, m.keepDraft(d, fingerprint, leave)
}

// leave closes the composer. A draft that was changed is kept first.
func (m Model) leave() (Model, tea.Cmd) {
	if _, changed := m.writer.Changed(); changed {
		return m.keep(true)
	}
	m.writer = nil
	return m.layout().again()
}

// trySend sends the message, once its doubts are answered.
func (m Model) trySend() (Model, tea.Cmd) {
	d, err := m.writer.Draft()
	if err != nil {
		return m.failed(err), nil
	}
	var doubts []string
	for _, doubt := range d.Check() {
		if doubt.Fatal {
			return m.failed(errors.New("it cannot be sent so: " + doubt.Text)), nil
		}
		doubts = append(doubts, doubt.Text)
	}
	if len(doubts) > 0 {
		m.pending = &d
		return m.ask("send", "Send it nevertheless?", strings.Join(doubts, "\n")), nil
	}
	return m, m.send(d)
}

// wrote takes facts about the message that is written.
func (m Model) wrote(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case draftStarted:
		if msg.err != nil {
			return m.failed(msg.err), nil
		}
		return m.write(msg.draft)
	case draftKept:
		return m.draftKept(msg)
	case messageSent:
		m.pending = nil
		if msg.err != nil {
			return m.failed(msg.err), nil
		}
		m.writer = nil
		m.status = m.status.say("the message is on its way")
		next, cmd := m.layout().again()
		return next, tea.Batch(cmd, next.loadOutbox())
	}
	if m.writer == nil {
		return m, nil
	}
	switch msg := msg.(type) {
	case fileRead:
		if msg.err != nil {
			return m.failed(msg.err), nil
		}
		w := m.writer.Attach(msg.attachment)
		m.writer = &w
	case textWritten:
		if msg.err != nil {
			return m.failed(msg.err), nil
		}
		w := m.writer.SetBody(msg.text)
		m.writer = &w
	case autosaveDue:
		if _, changed := m.writer.Changed(); changed {
			next, cmd := m.autosave()
			return next, tea.Batch(cmd, waitAutosave())
		}
		return m, waitAutosave()
	}
	return m, nil
}

// autosave keeps a draft in passing: an address that is half typed is no error.
func (m Model) autosave() (Model, tea.Cmd) {
	if _, err := m.writer.Draft(); err != nil {
		return m, nil
	}
	return m.keep(false)
}

func (m Model) draftKept(msg draftKept) (tea.Model, tea.Cmd) {
	if msg.err != nil {
		m.leaving = false
		return m.failed(msg.err), nil
	}
	if m.leaving {
		return m, tea.Quit
	}
	if m.writer == nil {
		return m, nil
	}
	w := m.writer.Kept(msg.id, msg.fingerprint)
	w.State = "draft saved"
	m.writer = &w
	if msg.leave {
		m.writer = nil
		m.status = m.status.say("the draft is kept in Drafts")
		return m.layout().again()
	}
	return m, nil
}
