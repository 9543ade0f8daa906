package ui

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/reader"
	"posthorn/ui/turn"
)

// A reading is the pane of the message that is read, with what fills it.
type reading struct {
	reader.Model
	world
	maxWidth int // columns of the text

	summary mail.Summary // what the list knew of it when it was opened
	message *message.Message
	form    string // of the text that is shown, of several
	headers bool
	raw     bool // it is shown as it came

	opens   turn.Turn
	layouts turn.Turn
	laid    render.Options // how it was laid out last
}

type (
	messageOpened struct {
		n    int
		id   mail.ID
		form string
		msg  *message.Message
		err  error
	}
	// documentMade says how a message is to be shown.
	documentMade struct {
		n   int
		id  mail.ID
		doc render.Document
	}
	sourceRead struct {
		n   int
		id  mail.ID
		doc render.Document
		err error
	}
)

// open shows a message.
func (r reading) open(id mail.ID, s mail.Summary) (reading, tea.Cmd) {
	r = r.close()
	r.summary = s
	r.Model = r.Load(id, safe.Line(s.Subject))
	return r.fetch("")
}

// close shows nothing.
func (r reading) close() reading {
	r.opens.Forget()
	r.layouts.Forget()
	r.message, r.form, r.headers, r.raw, r.summary, r.laid = nil, "", false, false, mail.Summary{}, render.Options{}
	r.Model = r.Clear()
	return r
}

// fetch asks for the message with a form of its text.
func (r reading) fetch(form string) (reading, tea.Cmd) {
	w, n, id, o := r.world, r.opens.Ask(), r.ID(), r.options()
	o.Body = form
	return r, func() tea.Msg {
		msg, err := w.engine.Open(w.ctx, id, o)
		return messageOpened{n, id, form, msg, err}
	}
}

func (r reading) options() render.Options {
	return render.Options{Width: min(r.Width(), r.maxWidth), Body: r.form, AllHeaders: r.headers, Location: time.Local}
}

// opened takes the message. Where it could not be had, and something of it is on
// screen already, that stays.
func (r reading) opened(msg messageOpened) (reading, tea.Cmd) {
	if !r.opens.Take(msg.n) {
		return r, nil
	}
	if msg.err == nil {
		r.message, r.form = msg.msg, msg.form
		return r.leaveSource(), nil
	}
	if r.message != nil {
		return r, fail(msg.err)
	}
	r.Model = r.Fail(msg.id, msg.err.Error(), hint(msg.err))
	return r, nil
}

func hint(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// layOut makes lines of the message where it was not yet laid out for the size
// that there is, which may take a moment. What is shown as it came has its lines
// already.
func (r reading) layOut() (reading, tea.Cmd) {
	o := r.options()
	if r.message == nil || r.raw || o == r.laid {
		return r, nil
	}
	r.laid = o
	n, id, msg := r.layouts.Ask(), r.ID(), r.message
	return r, func() tea.Msg { return documentMade{n, id, render.Message(msg, o)} }
}

func (r reading) made(msg documentMade) reading {
	if r.layouts.Take(msg.n) {
		r.Model = r.Show(msg.id, msg.doc)
	}
	return r
}

// toggleHeaders shows all header fields, or the usual ones.
func (r reading) toggleHeaders() reading {
	r.headers = !r.headers
	return r.leaveSource()
}

// leaveSource shows the message laid out again.
func (r reading) leaveSource() reading {
	r.raw, r.laid = false, render.Options{}
	return r
}

// nextForm shows the next form of the text.
func (r reading) nextForm() (reading, tea.Cmd) {
	if r.raw { // back from the source
		return r.leaveSource(), nil
	}
	next := r.Document().NextBody()
	if next == "" {
		return r, say("this message holds its text in one form only")
	}
	return r.fetch(next)
}

// The bounds of what is shown of a source.
const (
	maxSource       = 20000 // lines
	maxSourceOctets = 8 << 20
)

// A head keeps the beginning of what is written to it.
type head struct {
	bytes.Buffer
	cut bool // there was more
}

func (h *head) Write(b []byte) (int, error) {
	n := min(len(b), maxSourceOctets-h.Len())
	h.Buffer.Write(b[:n])
	h.cut = h.cut || n < len(b)
	return len(b), nil
}

// source shows the message as it came.
func (r reading) source() (reading, tea.Cmd) {
	w, n, id := r.world, r.layouts.Ask(), r.ID()
	return r, func() tea.Msg {
		var raw head
		if err := w.engine.Copy(w.ctx, id, &raw); err != nil {
			return sourceRead{n: n, id: id, err: err}
		}
		var d render.Document
		for line := range strings.Lines(safe.Text(raw.String())) {
			if len(d.Lines) == maxSource {
				raw.cut = true
				break
			}
			d.Lines = append(d.Lines, render.Line{Spans: []render.Span{{Text: strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")}}})
		}
		if raw.cut {
			text := fmt.Sprintf("[there is more of it; posthorn show --raw %s prints all]", id)
			d.Lines = append(d.Lines, render.Line{Spans: []render.Span{{Text: text, Style: render.Warning}}})
		}
		return sourceRead{n, id, d, nil}
	}
}

func (r reading) sourceRead(msg sourceRead) (reading, tea.Cmd) {
	if !r.layouts.Take(msg.n) {
		return r, nil
	}
	if msg.err != nil {
		return r, fail(msg.err)
	}
	r.raw = true
	r.Model = r.Top().Show(msg.id, msg.doc)
	return r, nil
}
