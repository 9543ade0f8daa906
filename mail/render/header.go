package render

import (
	"fmt"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/safe"
	"posthorn/mail/spoof"
)

// Headers lays out a message's header on its own.
func Headers(m *message.Message, o Options) []Line {
	r := newRenderer(o)
	r.header(m)
	return r.doc.Lines
}

// maxRaw bounds the octets of a source that are shown.
const maxRaw = 16 << 20

// Raw lays out the source of a message, line by line, each as wide as it is
// where width is 0 and wrapped at width else.
func Raw(raw []byte, width int) Document {
	r := newRenderer(Options{Width: width})
	text := raw[:min(len(raw), maxRaw)]
	for line := range strings.Lines(strings.ToValidUTF8(string(text), "\ufffd")) {
		line = expandTabs(safe.Text(strings.TrimRight(line, "\r\n")))
		for part := range strings.SplitSeq(line, "\n") {
			spans := []Span{{Text: part, Style: Code}}
			if width <= 0 {
				r.line(Line{Spans: spans})
				continue
			}
			for _, l := range wrapSpans(spans, max(width, minWidth), false) {
				r.line(Line{Spans: l})
			}
		}
	}
	if len(raw) > maxRaw {
		r.say(Warning, "[the rest is too long to be shown]")
	}
	return r.doc
}

// header lays out the fields a person reads, or all of them.
func (r *renderer) header(m *message.Message) {
	if r.o.AllHeaders {
		for _, f := range m.Header {
			r.field(f.Name, message.DecodeWords(f.Raw))
		}
		r.doubts(&m.Envelope)
		return
	}
	r.envelope(&m.Envelope)
}

func (r *renderer) envelope(e *mail.Envelope) {
	r.field("From", people(e.From))
	if len(e.Sender) > 0 && (len(e.From) != 1 || !e.Sender[0].Is(e.From[0])) {
		r.field("Sender", people(e.Sender))
	}
	if len(e.ReplyTo) > 0 && (len(e.From) == 0 || !e.ReplyTo[0].Is(e.From[0])) {
		r.field("Reply-To", people(e.ReplyTo))
	}
	r.doubts(e)
	r.field("To", people(e.To))
	r.field("Cc", people(e.Cc))
	r.field("Bcc", people(e.Bcc))
	if !e.Date.IsZero() {
		r.field("Date", r.date(e.Date))
	}
	r.field("Subject", e.Subject)
}

// people names people with their addresses; that of an internationalized domain
// in both forms.
func people(list []mail.Address) string {
	var b strings.Builder
	for i, a := range list {
		name := spoof.Visible(a.String()) + bothForms(a.Address)
		if i > 0 && b.Len()+len(name) > maxField-100 {
			fmt.Fprintf(&b, " and %d more", len(list)-i)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(name)
	}
	return b.String()
}

// maxDoubts bounds what is said of the senders of one message.
const maxDoubts = 5

// doubts warns of senders who may not be whom they seem.
func (r *renderer) doubts(e *mail.Envelope) {
	list := spoof.Senders(e)
	for i, text := range list {
		r.warning(text)
		if i < maxDoubts {
			r.say(Warning, "["+text+"]")
		}
	}
	if n := len(list) - maxDoubts; n > 0 {
		r.say(Warning, fmt.Sprintf("[and %d more doubts of this kind]", n))
	}
}

func (r *renderer) date(t time.Time) string {
	if r.o.Location != nil {
		t = t.In(r.o.Location)
	}
	return t.Format("Mon, 2 Jan 2006 15:04 -0700")
}

const maxField = 4000 // octets of one field that are shown

// field lays out one field, folded below its value.
func (r *renderer) field(name, value string) {
	if len(value) > maxField {
		shown := strings.ToValidUTF8(value[:maxField], "")
		value = fmt.Sprintf("%s … and %s more", shown, Octets(int64(len(value)-len(shown))))
	}
	name, value = safe.Line(name), safe.Line(value)
	if value == "" || name == "" {
		return
	}
	name = safe.Truncate(name, r.o.Width/2)
	indent := safe.Width(name) + 2
	for i, l := range safe.Wrap(value, r.o.Width-indent) {
		label := Span{Text: name + ": ", Style: HeaderName}
		if i > 0 {
			label = Span{Text: strings.Repeat(" ", indent)}
		}
		r.line(Line{Spans: []Span{label, {Text: l, Style: HeaderValue}}})
	}
}

const maxName = 300 // columns of the name of an attachment

// attachments lists what is attached, below the text.
func (r *renderer) attachments() {
	if len(r.doc.Attachments) == 0 {
		return
	}
	r.blank()
	for i, a := range r.doc.Attachments {
		name := safe.Line(spoof.Visible(a.raw))
		if name == "" {
			name = "(no name)"
		}
		facts := fmt.Sprintf(", %s, %s", a.Type, Octets(a.Size))
		if a.Drawn {
			facts += ", in the text"
		}
		if len(facts) > r.o.Width/2 {
			facts = ", " + Octets(a.Size)
		}
		label := fmt.Sprintf("Attachment [%d] ", i+1)
		for k, text := range safe.Wrap(safe.Truncate(name, maxName)+facts, r.o.Width-len(label)) {
			before := Span{Text: label, Style: HeaderName}
			if k > 0 {
				before = Span{Text: strings.Repeat(" ", len(label))}
			}
			r.line(Line{Spans: []Span{before, {Text: text, Style: HeaderValue}}})
		}
		for _, text := range spoof.File(a.raw) {
			r.say(Warning, "["+text+"]")
		}
	}
}

// links lists where the links lead that have numbers in the text.
func (r *renderer) links() {
	numbered := map[int]bool{}
	for _, l := range r.doc.Lines {
		for _, s := range l.Spans {
			if s.Link > 0 && s.Style&Marker != 0 {
				numbered[s.Link] = true
			}
		}
	}
	if len(numbered) == 0 {
		return
	}
	r.blank()
	for i, l := range r.doc.Links {
		if !numbered[i+1] {
			continue
		}
		number := fmt.Sprintf("[%d] ", i+1)
		spans := []Span{{Text: l.URL, Style: Dim | LinkText, Link: i + 1}}
		if host := bothForms(l.URL); host != "" {
			spans = append(spans, Span{Text: host, Style: Warning})
		}
		for k, line := range wrapSpans(spans, r.o.Width-len(number), r.o.Pipe) {
			label := Span{Text: number, Style: Marker}
			if k > 0 {
				label = Span{Text: strings.Repeat(" ", len(number))}
			}
			r.line(Line{Spans: append([]Span{label}, line...)})
		}
	}
}

// Octets says a size as people do: "812 B", "14 KB", "2.3 MB".
func Octets(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%d KB", (n+500)/1000)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}
