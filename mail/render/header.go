package render

import (
	"fmt"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/safe"
)

// header lays out the fields a person reads, or all of them.
func (r *renderer) header(m *message.Message) {
	if r.o.AllHeaders {
		for _, f := range m.Header {
			r.field(f.Name, message.DecodeWords(f.Raw))
		}
		return
	}
	r.envelope(&m.Envelope)
}

func (r *renderer) envelope(e *mail.Envelope) {
	r.field("From", mail.FormatAddresses(e.From))
	if len(e.ReplyTo) > 0 && (len(e.From) == 0 || !e.ReplyTo[0].Is(e.From[0])) {
		r.field("Reply-To", mail.FormatAddresses(e.ReplyTo))
	}
	r.field("To", mail.FormatAddresses(e.To))
	r.field("Cc", mail.FormatAddresses(e.Cc))
	r.field("Bcc", mail.FormatAddresses(e.Bcc))
	if !e.Date.IsZero() {
		r.field("Date", r.date(e.Date))
	}
	r.field("Subject", e.Subject)
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
		value = strings.ToValidUTF8(value[:maxField], "") + "…"
	}
	name, value = safe.Line(name), safe.Line(value)
	if value == "" || name == "" {
		return
	}
	name = safe.Truncate(name, r.o.Width/2)
	indent := safe.Width(name) + 2
	for i, l := range safe.Wrap(value, max(r.o.Width-indent, 10)) {
		label := Span{Text: name + ": ", Style: HeaderName}
		if i > 0 {
			label = Span{Text: strings.Repeat(" ", indent)}
		}
		r.line(Line{Spans: []Span{label, {Text: l, Style: HeaderValue}}})
	}
}

// attachments lists what is attached, below the text.
func (r *renderer) attachments() {
	if len(r.doc.Attachments) == 0 {
		return
	}
	r.blank()
	for i, a := range r.doc.Attachments {
		name := a.Name
		if name == "" {
			name = "(no name)"
		}
		text := fmt.Sprintf("[%d] %s, %s, %s", i+1, name, a.Type, Octets(a.Size))
		r.line(Line{Spans: []Span{{Text: "Attachment ", Style: HeaderName}, {Text: safe.Truncate(text, r.o.Width-11), Style: HeaderValue}}})
	}
}

// links lists where the numbered links of HTML lead.
func (r *renderer) links() {
	if !r.doc.ShowsHTML || len(r.doc.Links) == 0 {
		return
	}
	r.blank()
	for i, l := range r.doc.Links {
		r.line(Line{Spans: []Span{
			{Text: fmt.Sprintf("[%d] ", i+1), Style: Marker},
			{Text: safe.Truncate(l.URL, max(r.o.Width-6, 20)), Style: Dim | LinkText, Link: i + 1},
		}})
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
