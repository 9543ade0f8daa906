package cli

import (
	"encoding/json"
	"time"

	"posthorn/mail"
	"posthorn/mail/render"
	"posthorn/mail/safe"
)

// A header is what list --json prints of a message, and what show and render
// begin with.
type header struct {
	ID         string         `json:"id"`
	Account    string         `json:"account"`
	Folder     string         `json:"folder"`
	MessageID  string         `json:"message_id"`
	InReplyTo  []string       `json:"in_reply_to"`
	References []string       `json:"references"`
	Subject    string         `json:"subject"`
	From       []mail.Address `json:"from"`
	To         []mail.Address `json:"to"`
	Cc         []mail.Address `json:"cc"`
	Bcc        []mail.Address `json:"bcc"`
	ReplyTo    []mail.Address `json:"reply_to"`
	Date       string         `json:"date"`
	Size       int64          `json:"size"`
	Flags      []string       `json:"flags"`
}

// A row is a line of list --json and search --json.
type row struct {
	header
	Attachment bool   `json:"attachment"`
	Thread     string `json:"thread"`
	Kept       string `json:"kept,omitempty"` // why the server would not take it
	MoreTo     int    `json:"more_to,omitempty"`
	MoreCc     int    `json:"more_cc,omitempty"`
	MoreBcc    int    `json:"more_bcc,omitempty"` // how many recipients there are beyond those in the lists
}

// A shown is what show --json and render --json print.
type shown struct {
	header
	Text        string              `json:"text"`
	Bodies      []render.Body       `json:"bodies"`
	Attachments []render.Attachment `json:"attachments"`
	Security    security            `json:"security"`
	Warnings    []string            `json:"warnings"`
}

type security struct {
	Signature      string `json:"signature"`
	Encrypted      bool   `json:"encrypted"`
	Signer         string `json:"signer"`
	Authentication struct {
		SPF   string `json:"spf"`
		DKIM  string `json:"dkim"`
		DMARC string `json:"dmarc"`
	} `json:"authentication"`
}

func envelopeHeader(env *mail.Envelope) header {
	h := header{
		MessageID: safe.Line(env.MessageID), InReplyTo: lines(env.InReplyTo), References: lines(env.References),
		Subject: safe.Line(env.Subject), From: people(env.From), To: people(env.To), Cc: people(env.Cc),
		Bcc: people(env.Bcc), ReplyTo: people(env.ReplyTo), Flags: []string{},
	}
	if !env.Date.IsZero() {
		h.Date = env.Date.Format(time.RFC3339)
	}
	return h
}

func summaryHeader(s *mail.Summary) header {
	h := envelopeHeader(&s.Envelope)
	h.ID, h.Account, h.Folder = s.ID.String(), s.Account, safe.Line(s.FolderName)
	h.Size, h.Flags = s.Size, s.Flags.Names()
	if when := s.When(); !when.IsZero() {
		h.Date = when.Format(time.RFC3339)
	}
	return h
}

func summaryRow(s *mail.Summary) row {
	r := row{header: summaryHeader(s), Attachment: s.Attachment, Kept: safe.Line(s.Kept)}
	r.MoreTo, r.MoreCc, r.MoreBcc = s.More.To, s.More.Cc, s.More.Bcc
	if s.Thread != 0 {
		r.Thread = mail.ID(s.Thread).String()
	}
	return r
}

// people returns addresses that are safe to print, never nil.
func people(list []mail.Address) []mail.Address {
	out := make([]mail.Address, len(list))
	for i, a := range list {
		out[i] = mail.Address{Name: safe.Line(a.Name), Address: safe.Line(a.Address)}
	}
	return out
}

func lines(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = safe.Line(s)
	}
	return out
}

// printJSON prints one document on one line, so that several make JSON lines.
func (e *env) printJSON(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
