package compose

import (
	"fmt"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

// Forward passes a message on within a new one: its text below a short header,
// its attachments as they are. The message must be whole for them.
func Forward(m *message.Message, id Identity) Draft {
	d := New(id)
	d.Forwards.MessageID = m.Envelope.MessageID
	d.From = id.addressed(m)
	d.Subject = "Fwd: " + strings.TrimSpace(forwardPrefix(m.Envelope.Subject))
	d.Body = signed("", id.Signature) + "\n" + forwardedHeader(m) + "\n" + plainText(m) + "\n"
	for _, a := range render.Attachments(m) {
		if m.Has(a.Part) {
			d.Attachments = append(d.Attachments, Attachment{Name: a.Name, Type: a.Type, Data: m.Body(a.Part)})
		}
	}
	return d
}

// Redirect sends a message on as it is, under its author's name, to somebody
// else (RFC 5322, section 3.6.6). Raw is the whole message.
func Redirect(raw []byte, id Identity) Draft {
	m := message.Parse(raw)
	d := New(id)
	d.From = id.addressed(m)
	d.Subject = m.Envelope.Subject
	d.Body = plainText(m)
	d.Redirected = raw
	return d
}

func forwardPrefix(s string) string {
	for {
		t := strings.TrimSpace(s)
		low := strings.ToLower(t)
		switch {
		case strings.HasPrefix(low, "fwd:"):
			s = t[4:]
		case strings.HasPrefix(low, "fw:"), strings.HasPrefix(low, "wg:"):
			s = t[3:]
		default:
			return s
		}
	}
}

func forwardedHeader(m *message.Message) string {
	e := &m.Envelope
	var b strings.Builder
	b.WriteString("---------- Forwarded message ----------\n")
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	line("From", mail.FormatAddresses(e.From))
	if !e.Date.IsZero() {
		line("Date", e.Date.Local().Format("Mon, 2 Jan 2006 15:04 -0700"))
	}
	line("Subject", e.Subject)
	line("To", mail.FormatAddresses(e.To))
	line("Cc", mail.FormatAddresses(e.Cc))
	return b.String()
}
