// Package compose makes messages: a [Draft] is what is being written, [Reply],
// [ReplyAll], [ReplyList], [Forward], [Redirect] and [Resume] start one from a
// message that is there, [Draft.Check] says what a careful friend would say
// before it is sent, and [Draft.Build] turns it into MIME with its SMTP
// envelope.
//
// It touches neither disk nor network: who calls it reads the files to attach,
// keeps the draft, and sends what was built.
package compose

import (
	"mime"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

// A Draft is a message being written. It is plain data: it can be copied,
// compared, saved with [Draft.Save] and taken up again with [Resume].
type Draft struct {
	Account     string
	From        mail.Address
	To, Cc, Bcc []mail.Address
	ReplyTo     []mail.Address
	Typed       Typed // recipients that are no list of addresses yet
	Subject     string
	Body        string // one line a paragraph; quoted lines begin with ">"
	InReplyTo   []string
	References  []string
	Attachments []Attachment

	Answers  mail.Ref // the message this answers
	Forwards mail.Ref // the message this forwards
	Saved    mail.ID  // the copy of this draft that lies in Drafts

	// Redirected, when set, is a whole message that is sent on as it is, with
	// Resent fields before it (RFC 5322, section 3.6.6). Subject and Body are
	// for show then.
	Redirected []byte
}

// Typed is what was typed for whom a message goes to, where it cannot be read as a
// list of addresses: a name that is typed by half. It is kept with the draft as it
// is, and the message cannot be sent so.
type Typed struct{ To, Cc, Bcc string }

// An Attachment is a file that goes with a message.
type Attachment struct {
	Name string
	Type string // media type, empty: by name and content
	Data []byte
}

// MediaType returns the attachment's type: as it was set, else by the name's
// extension, else by a look at the content.
func (a Attachment) MediaType() string {
	if a.Type != "" {
		return a.Type
	}
	if t := mime.TypeByExtension(strings.ToLower(filepath.Ext(a.Name))); t != "" {
		return t
	}
	return http.DetectContentType(a.Data)
}

// An Identity is who writes: the account, the addresses of its owner, the first
// being the usual one, and the signature without its "-- ".
type Identity struct {
	Account   string
	Self      []mail.Address
	Signature string
}

// New returns an empty draft.
func New(id Identity) Draft {
	d := Draft{Account: id.Account, Body: signed("", id.Signature)}
	if len(id.Self) > 0 {
		d.From = id.Self[0]
	}
	return d
}

// isSelf reports whether the address is one of the owner's.
func (id Identity) isSelf(a mail.Address) bool { return slices.ContainsFunc(id.Self, a.Is) }

// addressed returns the identity that a message came to, or the usual one.
func (id Identity) addressed(m *message.Message) mail.Address {
	e := &m.Envelope
	for _, a := range slices.Concat(e.To, e.Cc, e.Bcc, deliveredTo(m)) {
		if i := slices.IndexFunc(id.Self, a.Is); i >= 0 {
			return id.Self[i]
		}
	}
	if len(id.Self) == 0 {
		return mail.Address{}
	}
	return id.Self[0]
}

func deliveredTo(m *message.Message) (list []mail.Address) {
	for _, v := range m.Header.Values("Delivered-To") {
		list = append(list, message.ParseAddressList(v)...)
	}
	return list
}

// signed puts the signature below the text (RFC 3676, section 4.3).
func signed(text, signature string) string {
	if signature == "" {
		return text
	}
	return text + "\n\n-- \n" + strings.TrimRight(signature, "\n") + "\n"
}
