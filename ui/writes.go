package ui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/mail"
	"posthorn/mail/message"
)

// This file is what is done with the letters on the desk.

// writeNew begins a message.
func writeNew(m Model, _ target) (_ Model, cmd tea.Cmd) {
	who := m.accounts.identity(m.accounts.shown)
	m.desk, cmd = m.desk.write(compose.New(who), who.Self)
	return m, cmd
}

// An answering is a way to answer a message, or to pass it on.
type answering struct {
	begin  func(who compose.Identity) beginning
	early  func(msg *message.Message, who compose.Identity) compose.Draft // from what the list knows of it
	passes bool                                                           // the message itself is sent on
}

func reply() answering {
	return answering{
		begin: func(who compose.Identity) beginning {
			return withText(func(msg *message.Message) (compose.Draft, error) { return compose.Reply(msg, who), nil })
		},
		early: compose.Reply,
	}
}

func replyAll() answering {
	return answering{
		begin: func(who compose.Identity) beginning {
			return withText(func(msg *message.Message) (compose.Draft, error) { return compose.ReplyAll(msg, who), nil })
		},
		early: compose.ReplyAll,
	}
}

// errNoList says that nothing can be written to a list.
var errNoList = errors.New("this message did not come over a mailing list that takes answers")

func replyList() answering {
	return answering{
		begin: func(who compose.Identity) beginning {
			return withText(func(msg *message.Message) (compose.Draft, error) {
				d, ok := compose.ReplyList(msg, who)
				if !ok {
					return d, errNoList
				}
				return d, nil
			})
		},
		early: func(msg *message.Message, who compose.Identity) compose.Draft {
			d := compose.Reply(msg, who)
			d.To = nil
			return d
		},
	}
}

func forward() answering {
	return answering{passes: true,
		begin: func(who compose.Identity) beginning {
			return withAll(func(msg *message.Message) compose.Draft { return compose.Forward(msg, who) })
		},
		early: compose.Forward,
	}
}

func redirect() answering {
	return answering{passes: true,
		begin: func(who compose.Identity) beginning {
			return withSource(func(raw []byte) compose.Draft { return compose.Redirect(raw, who) })
		},
		early: func(msg *message.Message, who compose.Identity) compose.Draft {
			d := compose.New(who)
			d.Subject, d.Redirected = msg.Envelope.Subject, []byte{}
			return d
		},
	}
}

// answer opens the composer at once, with what the list knows of the message. The
// rest comes in once the message is there. Of several messages it is the first, and
// it says so.
func (a answering) answer(m Model, t target) (_ Model, cmd tea.Cmd) {
	id, who := t.ids[0], m.accounts.identity(t.first.Account)
	if len(t.ids) > 1 {
		m.status = m.status.say("this is about the first of the " + count(t.ids) + " only")
	}
	link := func(d *compose.Draft) {
		switch {
		case d.Redirected != nil:
		case a.passes:
			d.Forwards.ID = id
		default:
			d.Answers.ID = id
		}
	}
	known := message.Assemble(nil, nil, nil)
	known.Envelope = t.first.Envelope
	d := a.early(known, who)
	d.Body = compose.New(who).Body
	link(&d)
	m.desk, cmd = m.desk.answer(d, who, id, a.passes, func(w world, id mail.ID) (compose.Draft, error) {
		d, err := a.begin(who)(w, id)
		link(&d)
		return d, err
	})
	return m, cmd
}

// onLetter makes a deed of what is done to the letter on screen.
func onLetter(f func(desk, int) (desk, tea.Cmd)) deed {
	return func(m Model, _ target) (_ Model, cmd tea.Cmd) {
		m.desk, cmd = f(m.desk, m.desk.open)
		return m, cmd
	}
}

// chooseLetter lists the letters that are being written, to go to one of them.
func chooseLetter(m Model, _ target) (Model, tea.Cmd) {
	return choose(m, "Go to", m.desk.others(), func(m Model, number int) (Model, tea.Cmd) {
		m.desk = m.desk.goTo(number)
		return m, nil
	})
}

func askAttachment(m Model, _ target) (Model, tea.Cmd) {
	number := m.desk.open
	return m.show(m.look.enter("Attach a file", "The path of the file; ~/ is your home.", "", func(m Model, path string) (Model, tea.Cmd) {
		return m, readAttachment(number, path)
	})), nil
}

// trySend sends the letter, once its doubts are answered.
func trySend(m Model, _ target) (_ Model, cmd tea.Cmd) {
	l := m.desk.current()
	doubts, err := l.doubts()
	if err != nil {
		return m.failed(err), nil
	}
	post := func(m Model) (_ Model, cmd tea.Cmd) {
		m.desk, cmd = m.desk.post(l.number)
		return m, cmd
	}
	if len(doubts) == 0 {
		return post(m)
	}
	return m.show(m.look.ask("Send anyway?", strings.Join(doubts, "\n"), "go on writing", post)), nil
}

// wrote takes facts about letters.
func (m Model) wrote(msg tea.Msg) (_ Model, cmd tea.Cmd, ok bool) {
	switch msg := msg.(type) {
	case draftStarted:
		var held []tea.KeyPressMsg
		var more, on tea.Cmd
		m.desk, held, cmd = m.desk.started(msg)
		m, more = m.typeInto(msg.letter, held)
		m.desk, on = m.desk.goOn(msg.letter)
		return m, tea.Batch(cmd, more, on), true
	case textWritten:
		m, cmd = m.textWritten(msg)
		return m, cmd, true
	}
	var failed bool
	m.desk, cmd, failed, ok = m.desk.answered(msg)
	m.leaving = m.leaving && !failed
	return m, cmd, ok
}

// typeInto types keys into a letter that waited for its draft, wherever it lies by
// now.
func (m Model) typeInto(number int, keys []tea.KeyPressMsg) (_ Model, cmd tea.Cmd) {
	if len(keys) == 0 {
		return m, nil
	}
	open, box, begun := m.desk.open, m.dialog, m.begun
	m.desk.open, m.dialog, m.begun = number, nil, nil
	m, cmd = m.typeAll(keys)
	if open != number && (open == 0 || m.desk.find(open) != nil) {
		m.desk.open = open
	}
	if box != nil {
		m.dialog = box
	}
	m.begun = begun
	return m, cmd
}

// textWritten takes what an editor wrote; where the editor failed, it offers it.
func (m Model) textWritten(msg textWritten) (Model, tea.Cmd) {
	if msg.err != nil {
		m = m.failed(msg.err)
	}
	take := func(m Model) (Model, tea.Cmd) {
		m.desk = m.desk.rewrite(msg)
		return m, nil
	}
	switch {
	case msg.err == nil:
		return take(m)
	case msg.file == "":
		return m, nil
	}
	return m.show(m.look.ask("Take what the editor wrote?", msg.err.Error()+"\nThe text stays in "+msg.file+".", "leave it there", take)), nil
}
