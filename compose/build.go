package compose

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	gomessage "github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"

	"posthorn/mail"
)

// Build makes the MIME message and its envelope. Bcc is in the envelope only.
// It fails where [Draft.Check] has a fatal doubt.
func (d Draft) Build(now time.Time) (mail.Outgoing, error) {
	for _, doubt := range d.Check() {
		if doubt.Fatal {
			return mail.Outgoing{}, fmt.Errorf("make the message: %s", doubt.Text)
		}
	}
	raw, err := d.message(now)
	if err != nil {
		return mail.Outgoing{}, fmt.Errorf("make the message: %w", err)
	}
	var rcpt []string
	for _, a := range unique(slices.Concat(d.To, d.Cc, d.Bcc)) {
		rcpt = append(rcpt, a.Address)
	}
	return mail.Outgoing{
		Account: d.Account, From: d.From.Address, Rcpt: rcpt, Raw: raw,
		Answers: d.Answers, Forwards: d.Forwards, Draft: mail.Ref{ID: d.Saved},
	}, nil
}

// Save returns the draft as a message to be kept in Drafts, with what [Resume]
// needs: Bcc, and what the draft belongs to.
func (d Draft) Save(now time.Time) ([]byte, error) {
	h := d.header(now)
	setAddresses(&h, "Bcc", d.Bcc)
	for field, text := range map[string]string{typedToField: d.Typed.To, typedCcField: d.Typed.Cc, typedBccField: d.Typed.Bcc} {
		if text != "" {
			h.SetText(field, oneLine(text))
		}
	}
	for field, id := range map[string]string{answersField: d.Answers.MessageID, forwardsField: d.Forwards.MessageID} {
		if ids := cleanIDs([]string{id}); len(ids) == 1 && ids[0] != "" {
			h.Set(field, "<"+ids[0]+">")
		}
	}
	if d.Redirected != nil {
		return d.savedRedirect(h)
	}
	return d.mime(h)
}

// savedRedirect keeps the message that is to be sent on as it is, within the
// draft.
func (d Draft) savedRedirect(h gomail.Header) ([]byte, error) {
	h.Set(redirectField, "yes")
	h.Set("Content-Type", "message/rfc822")
	h.Set("Content-Transfer-Encoding", "8bit")
	var b bytes.Buffer
	if err := textproto.WriteHeader(&b, h.Header.Header); err != nil {
		return nil, err
	}
	return append(b.Bytes(), crlf(dropFromLine(string(d.Redirected)))...), nil
}

func (d Draft) message(now time.Time) ([]byte, error) {
	if d.Redirected != nil {
		return d.resent(now)
	}
	return d.mime(d.header(now))
}

func (d Draft) header(now time.Time) gomail.Header {
	var h gomail.Header
	h.SetDate(now)
	setAddresses(&h, "From", []mail.Address{d.From})
	setAddresses(&h, "Reply-To", d.ReplyTo)
	setAddresses(&h, "To", d.To)
	setAddresses(&h, "Cc", d.Cc)
	h.SetSubject(oneLine(d.Subject))
	h.SetMessageID(messageID(d.From))
	if len(d.InReplyTo) > 0 {
		h.SetMsgIDList("In-Reply-To", cleanIDs(d.InReplyTo))
	}
	if len(d.References) > 0 {
		h.SetMsgIDList("References", cleanIDs(d.References))
	}
	h.Set("MIME-Version", "1.0")
	return h
}

// mime writes the header, the text, and the attachments.
func (d Draft) mime(h gomail.Header) ([]byte, error) {
	var b bytes.Buffer
	if len(d.Attachments) == 0 {
		err := writePart(&b, h.Header, textHeader(&h.Header, d.Body), d.Body)
		return b.Bytes(), err
	}
	h.SetContentType("multipart/mixed", map[string]string{"boundary": "=_" + rand.Text()})
	w, err := gomessage.CreateWriter(&b, h.Header)
	if err != nil {
		return nil, err
	}
	var th gomessage.Header
	if err := addPart(w, th, []byte(crlf(textHeader(&th, d.Body)(d.Body)))); err != nil {
		return nil, err
	}
	for _, a := range d.Attachments {
		if err := addPart(w, attachmentHeader(a), a.Data); err != nil {
			return nil, fmt.Errorf("attach %s: %w", a.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func writePart(b io.Writer, h gomessage.Header, layout func(string) string, body string) error {
	w, err := gomessage.CreateWriter(b, h)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, crlf(layout(body))); err != nil {
		return err
	}
	return w.Close()
}

func addPart(w *gomessage.Writer, h gomessage.Header, data []byte) error {
	p, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := p.Write(data); err != nil {
		return err
	}
	return p.Close()
}

// textHeader sets the fields of the text part and returns how its text is laid
// out. ASCII goes as it is, other text as quoted-printable.
func textHeader(h *gomessage.Header, body string) func(string) string {
	h.SetContentType("text/plain", map[string]string{"charset": "utf-8", "format": "flowed"})
	enc := "7bit"
	if strings.IndexFunc(body, func(r rune) bool { return r >= 0x80 }) >= 0 || longLine(flow(body)) {
		enc = "quoted-printable"
	}
	h.Set("Content-Transfer-Encoding", enc)
	return flow
}

// longLine reports whether a line is longer than RFC 5322, section 2.1.1,
// allows.
func longLine(s string) bool {
	for line := range strings.Lines(s) {
		if len(line) > 998 {
			return true
		}
	}
	return false
}

func attachmentHeader(a Attachment) gomessage.Header {
	var h gomessage.Header
	kind := a.MediaType()
	h.SetContentType(bareType(kind), typeParams(kind, a.Name))
	h.SetContentDisposition("attachment", map[string]string{"filename": oneLine(a.Name)})
	h.Set("Content-Transfer-Encoding", "base64")
	return h
}

// crlf makes every line end CRLF: a bare CR or LF never leaves.
func crlf(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
	return strings.ReplaceAll(s, "\n", "\r\n")
}

func setAddresses(h *gomail.Header, field string, list []mail.Address) {
	if len(list) == 0 {
		return
	}
	out := make([]*gomail.Address, len(list))
	for i, a := range list {
		out[i] = &gomail.Address{Name: oneLine(a.Name), Address: a.Address}
	}
	h.SetAddressList(field, out)
}

// oneLine keeps a value from breaking out of its header field.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// cleanIDs drops ids that could not stand in a header.
func cleanIDs(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
		return id == "" || strings.ContainsAny(id, "<> \t\r\n") || strings.IndexFunc(id, unicode.IsControl) >= 0
	})
}

// messageID makes a new id in the sender's domain (RFC 5322, section 3.6.4). It
// tells neither the machine's name nor its time.
func messageID(from mail.Address) string {
	domain := from.Domain()
	if domain == "" || strings.IndexFunc(domain, func(r rune) bool { return r >= 0x80 || r <= ' ' }) >= 0 {
		domain = "posthorn.invalid"
	}
	return strings.ToLower(rand.Text()) + "@" + domain
}
