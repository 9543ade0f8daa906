package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/ui/cells"
	"posthorn/ui/chooser"
	"posthorn/ui/composer"
	"posthorn/ui/theme"
)

// A desk holds the letters that are being written, side by side. None takes the
// place of another one; what leaves the screen stays here until its text is safe
// in Drafts or in the outbox.
type desk struct {
	world
	theme   theme.Theme
	measure cells.Measure
	letters []letter // in the order in which they were begun
	open    int      // the number of the one on screen; 0: none
	last    int      // the highest number given
	w, h    int
}

// current returns the letter on screen, or nil.
func (d desk) current() *letter { return d.find(d.open) }

func (d desk) find(number int) *letter {
	for i := range d.letters {
		if d.letters[i].number == number {
			l := d.letters[i]
			return &l
		}
	}
	return nil
}

// put replaces a letter by what became of it.
func (d desk) put(l letter) desk {
	d.letters = slices.Clone(d.letters)
	for i := range d.letters {
		if d.letters[i].number == l.number {
			d.letters[i] = l
		}
	}
	return d
}

// remove takes a letter off the desk.
func (d desk) remove(number int) desk {
	d.letters = slices.DeleteFunc(slices.Clone(d.letters), func(l letter) bool { return l.number == number })
	return d.off(number)
}

// off takes a letter off the screen.
func (d desk) off(number int) desk {
	if d.open == number {
		d.open = 0
	}
	return d
}

// show puts a letter on the screen.
func (d desk) show(number int) desk {
	l := d.find(number)
	l.away, l.next = false, stay
	l.Theme, l.Measure, l.Model = d.theme, d.measure, l.SetSize(d.w, d.h)
	d.open = number
	return d.put(*l)
}

// waiting returns the letters that one can go on writing.
func (d desk) waiting() (list []letter) {
	for _, l := range d.letters {
		if !l.away {
			list = append(list, l)
		}
	}
	return list
}

// resize gives the letter on screen its size.
func (d desk) resize(w, h int) desk {
	same := d.w == w && d.h == h
	d.w, d.h = w, h
	if l := d.current(); l != nil && !same {
		l.Model = l.SetSize(w, h)
		return d.put(*l)
	}
	return d
}

// write begins a letter, and shows it.
func (d desk) write(draft compose.Draft, self []mail.Address) (desk, tea.Cmd) {
	d.last++
	d.letters = append(slices.Clone(d.letters), letter{Model: composer.New(d.theme, d.measure, draft, self), number: d.last})
	return d.show(d.last), waitAutosave(d.last)
}

// answer begins a letter with what the list knows of a message, and completes it
// once the message is there.
func (d desk) answer(draft compose.Draft, id compose.Identity, of mail.ID, passes bool, begin beginning) (desk, tea.Cmd) {
	d, cmd := d.write(draft, id.Self)
	l := d.current()
	l.awaits, l.passes = true, passes
	l.State = "fetching the message …"
	return d.put(*l), tea.Batch(cmd, d.start(l.number, of, begin))
}

// resume takes a draft up again. Until it is there nothing can be written on it:
// what is typed is held. One that lies on the desk already is shown.
func (d desk) resume(id compose.Identity, saved mail.ID) (desk, tea.Cmd) {
	for _, l := range d.letters {
		if l.Draft().Saved == saved {
			return d.show(l.number), nil
		}
	}
	d, cmd := d.write(compose.Draft{Account: id.Account, Saved: saved}, id.Self)
	l := d.current()
	l.draft, l.blank = true, compose.New(id)
	l.State = "fetching the draft …"
	return d.put(*l), tea.Batch(cmd, d.start(l.number, saved, withAll(func(msg *message.Message) compose.Draft {
		return compose.Resume(msg, saved, id)
	})))
}

// hold keeps keys for the draft that is being fetched.
func (d desk) hold(keys []tea.KeyPressMsg) desk {
	l := d.current()
	l.held = append(l.held[:len(l.held):len(l.held)], keys...)
	return d.put(*l)
}

// started takes what was fetched for a letter, and returns the keys that were
// typed meanwhile. Where a draft could not be fetched they are for a new one.
func (d desk) started(msg draftStarted) (desk, []tea.KeyPressMsg, tea.Cmd) {
	l := d.find(msg.letter)
	if l == nil {
		return d, nil, nil
	}
	wasDraft, held := l.draft, l.held
	l.awaits, l.draft, l.held, l.State = false, false, nil, ""
	_, changed := l.Changed()
	switch {
	case msg.err != nil && !changed && len(held) == 0:
		return d.remove(l.number), nil, fail(msg.err)
	case msg.err != nil && wasDraft:
		l.Model = l.Restart(l.blank)
		l.State = "without the draft"
	case msg.err != nil:
		l.State = "without the message"
		if l.passes {
			l.missing = fmt.Errorf("the message to pass on could not be fetched: %w", msg.err)
			l.Model = l.Unredirect()
		}
	case wasDraft:
		l.Model = l.Restart(msg.draft)
	default:
		l.Model = l.Complete(msg.draft)
	}
	if msg.err != nil {
		return d.put(*l), held, fail(msg.err)
	}
	return d.put(*l), held, nil
}

// save puts a letter into Drafts.
func (d desk) save(number int, then step) (desk, tea.Cmd) {
	l, cmd := d.find(number).save(d.world, then)
	return d.put(l), cmd
}

// leave takes a letter off the screen, and off the desk once it is kept.
func (d desk) leave(number int) (desk, tea.Cmd) {
	l := d.find(number)
	if l.draft && len(l.held) > 0 { // once what was typed is in it
		l.away, l.next = true, leave
		return d.put(*l).off(number), nil
	}
	if _, changed := l.Changed(); l.draft || !changed && !l.saving {
		return d.remove(number), d.leaveDraft(l.Draft().Saved)
	}
	l.away = true
	return d.put(*l).off(number).save(number, leave)
}

// leaveAll leaves all letters.
func (d desk) leaveAll() (desk, tea.Cmd) {
	var cmds []tea.Cmd
	for _, l := range d.waiting() {
		var cmd tea.Cmd
		d, cmd = d.leave(l.number)
		cmds = append(cmds, cmd)
	}
	return d, tea.Batch(cmds...)
}

// post sends a letter, once a save that is under way has told which copy in Drafts
// is its own.
func (d desk) post(number int) (desk, tea.Cmd) {
	l := d.find(number)
	if l == nil {
		return d, nil
	}
	l.away, l.next = true, post
	d = d.put(*l).off(number)
	if l.saving {
		return d, nil
	}
	return d, d.send(number, l.Draft())
}

// kept notes that a letter lies in Drafts, and goes on with it.
func (d desk) kept(msg draftKept) (desk, tea.Cmd) {
	l := d.find(msg.letter)
	if l == nil {
		return d, nil
	}
	l.saving = false
	if msg.err != nil {
		return d.failed(l, "not saved", msg.err)
	}
	l.Model = l.Kept(msg.id, msg.fingerprint)
	l.State = "draft saved"
	return d.put(*l).goOn(l.number)
}

// goOn does what is to be done with a letter that nothing is under way for.
func (d desk) goOn(number int) (desk, tea.Cmd) {
	l := d.find(number)
	if l == nil {
		return d, nil
	}
	_, changed := l.Changed()
	switch next := l.next; {
	case l.saving || next == stay:
	case next == post:
		return d, d.send(number, l.Draft())
	case changed:
		l.next = stay
		if next == leave {
			l.next = leave
		}
		return d.put(*l).save(number, l.next)
	case next == leave:
		return d.remove(number), tea.Batch(d.leaveDraft(l.Draft().Saved), say("the draft is kept in Drafts"))
	default:
		l.next = stay
		return d.put(*l), nil
	}
	return d, nil
}

// sent takes a letter that is in the outbox off the desk.
func (d desk) sent(msg messageSent) (desk, tea.Cmd) {
	l := d.find(msg.letter)
	if l == nil {
		return d, nil
	}
	if msg.err != nil {
		return d.failed(l, "not sent", msg.err)
	}
	return d.remove(l.number), say("the message is on its way")
}

// failed has a letter back whose text is not safe anywhere else: on the screen, if
// there is no other one.
func (d desk) failed(l *letter, state string, err error) (desk, tea.Cmd) {
	l.State, l.next, l.away = state, stay, false
	d = d.put(*l)
	if d.open == 0 {
		d = d.show(l.number)
	}
	return d, fail(fmt.Errorf("%s: %w", l.name(), err))
}

// autosave keeps a letter in passing.
func (d desk) autosave(number int) (desk, tea.Cmd) {
	l := d.find(number)
	if l == nil {
		return d, nil
	}
	wait := waitAutosave(number)
	if _, changed := l.Changed(); !changed || l.draft || l.away {
		return d, wait
	}
	d, cmd := d.save(number, stay)
	return d, tea.Batch(cmd, wait)
}

// update gives a message to the letter on screen.
func (d desk) update(msg tea.Msg) (_ desk, cmd tea.Cmd) {
	l := d.current()
	if l == nil || l.draft {
		return d, nil
	}
	l.Model, cmd = l.Update(msg)
	return d.put(*l), cmd
}

// edit opens a letter's text in the user's editor.
func (d desk) edit(number int) (desk, tea.Cmd) { return d, edit(number, d.find(number).Draft().Body) }

// others returns the letters that one can go to, and with one on screen the mail
// below it, as 0.
func (d desk) others() (items []chooser.Item[int]) {
	for _, l := range d.waiting() {
		if l.number != d.open {
			items = append(items, chooser.Item[int]{Label: l.name(), Note: l.State, Value: l.number})
		}
	}
	if d.open != 0 {
		items = append(items, chooser.Item[int]{Label: "the mail", Note: "this one stays open"})
	}
	return items
}

// goTo shows a letter that is on the desk still, or none.
func (d desk) goTo(number int) desk {
	d.open = 0
	if d.find(number) != nil {
		return d.show(number)
	}
	return d
}

// answered takes a fact about a letter; ok says that it was one, failed that the
// letter is not safe.
func (d desk) answered(msg tea.Msg) (_ desk, cmd tea.Cmd, failed, ok bool) {
	switch msg := msg.(type) {
	case draftKept:
		d, cmd = d.kept(msg)
		return d, cmd, msg.err != nil, true
	case messageSent:
		d, cmd = d.sent(msg)
		return d, cmd, msg.err != nil, true
	case autosaveDue:
		d, cmd = d.autosave(msg.letter)
		return d, cmd, false, true
	case fileRead:
		if msg.err != nil {
			return d, fail(msg.err), false, true
		}
		if l := d.find(msg.letter); l != nil {
			l.Model = l.Attach(msg.attachment)
			d = d.put(*l)
		}
		return d, nil, false, true
	}
	return d, nil, false, false
}

// rewrite takes a letter's text from an editor.
func (d desk) rewrite(msg textWritten) desk {
	if l := d.find(msg.letter); l != nil {
		l.Model = l.SetBody(msg.text)
		return d.put(*l)
	}
	return d
}

// restyle gives all letters their looks.
func (d desk) restyle(t theme.Theme, m cells.Measure) desk {
	d.theme, d.measure = t, m
	if l := d.current(); l != nil {
		l.Theme, l.Measure = t, m
		return d.put(*l)
	}
	return d
}
