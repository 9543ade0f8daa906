package compose

import (
	"slices"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

// These fields keep in a saved draft the Message-ID of what it belongs to, that it
// sends on the message within, and recipients that are no addresses yet. They
// never leave in a message that is sent.
const (
	answersField  = "X-Posthorn-Answers"
	forwardsField = "X-Posthorn-Forwards"
	redirectField = "X-Posthorn-Redirects"
	typedToField  = "X-Posthorn-To"
	typedCcField  = "X-Posthorn-Cc"
	typedBccField = "X-Posthorn-Bcc"
)

// Resume takes a draft up again that was saved with [Draft.Save], or by another
// program. Saved is its id. The message must be whole.
func Resume(m *message.Message, saved mail.ID, id Identity) Draft {
	e := &m.Envelope
	d := Draft{
		Account: id.Account, Saved: saved,
		To: e.To, Cc: e.Cc, Bcc: e.Bcc, ReplyTo: e.ReplyTo,
		Subject: e.Subject, InReplyTo: e.InReplyTo, References: e.References,
	}
	if len(e.From) > 0 {
		d.From = e.From[0]
	} else if len(id.Self) > 0 {
		d.From = id.Self[0]
	}
	if len(d.ReplyTo) == 1 && d.ReplyTo[0].Is(d.From) {
		d.ReplyTo = nil
	}
	d.Typed = Typed{To: m.Header.Get(typedToField), Cc: m.Header.Get(typedCcField), Bcc: m.Header.Get(typedBccField)}
	d.Answers.MessageID = messageIDIn(m.Header.Get(answersField))
	d.Forwards.MessageID = messageIDIn(m.Header.Get(forwardsField))
	if m.Header.Get(redirectField) != "" && m.Root.Type == "message/rfc822" {
		d.Redirected = m.Body(m.Root.Path)
		d.Body = plainText(message.Parse(d.Redirected))
		return d
	}
	body := textPart(m)
	if body != nil {
		d.Body = unflow(m.Text(body.Path), body.Params)
	} else {
		d.Body = plainText(m) // another program wrote it as HTML alone
	}
	for p, use := range m.Root.Uses(nil) {
		beside := use == mail.Attached || use == mail.Drawn || body != nil && p.Type != "text/html"
		if p != body && use != mail.Container && m.Has(p.Path) && beside {
			d.Attachments = append(d.Attachments, Attachment{Name: p.Name, Type: p.Type, Data: m.Body(p.Path)})
		}
	}
	return d
}

// messageIDIn returns the Message-ID that a field holds. An older version wrote
// ids of its cache there, which mean nothing any more.
func messageIDIn(s string) string {
	id := strings.Trim(strings.TrimSpace(s), "<>")
	if !strings.Contains(id, "@") {
		return ""
	}
	return id
}

// textPart returns the first plain text that is not an attachment.
func textPart(m *message.Message) *mail.Part {
	for p, use := range m.Root.Uses(nil) {
		if use == mail.Shown && slices.Contains([]string{"text/plain", ""}, p.Type) {
			return p
		}
	}
	return nil
}
