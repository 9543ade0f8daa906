package client

import (
	"strconv"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
)

// An envelope is an ENVELOPE (RFC 9051, section 7.5.2) whose strings are still as
// the header has them.
type envelope struct {
	date, subject, inReplyTo, id string
	lists                        [6][]envelopeAddress // From, Sender, Reply-To, To, Cc, Bcc
}

// parseEnvelope reads an ENVELOPE, as much of it as there is. It is nil where there
// is none.
func parseEnvelope(r *Response) *envelope {
	r.space()
	if !r.take('(') {
		r.skip()
		return nil
	}
	e := &envelope{}
	e.date, _ = r.text()
	e.subject, _ = r.text()
	for i := range e.lists {
		e.lists[i] = parseAddresses(r)
	}
	e.inReplyTo, _ = r.text()
	e.id, _ = r.text()
	r.rest()
	return e
}

// decode decodes an envelope, of which root is the structure where it is known: it
// names the charset of what is not encoded.
func (e *envelope) decode(root *mail.Part) (m mail.Envelope) {
	if e.raw() {
		message.Settle(root, e.values())
	}
	m.Date = message.ParseDate(e.date)
	m.Subject = message.DecodeWords(e.subject)
	for i, list := range [...]*[]mail.Address{&m.From, &m.Sender, &m.ReplyTo, &m.To, &m.Cc, &m.Bcc} {
		*list = decodeAddresses(e.lists[i])
	}
	if e.inReplyTo != "" {
		m.InReplyTo = message.MessageIDs(e.inReplyTo)
	}
	m.MessageID = message.MessageID(e.id)
	return m
}

// raw reports whether any of the text is not ASCII as it stands. As a rule it is.
func (e *envelope) raw() bool {
	if high(e.subject) {
		return true
	}
	for _, list := range e.lists {
		for i := range list {
			if high(list[i].name) || high(list[i].box) {
				return true
			}
		}
	}
	return false
}

func high(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return true
		}
	}
	return false
}

// values are the texts that may be in any charset.
func (e *envelope) values() []*string {
	values := []*string{&e.subject}
	for _, list := range e.lists {
		for i := range list {
			values = append(values, &list[i].name, &list[i].box)
		}
	}
	return values
}

// maxAddresses bounds the addresses of one field.
const maxAddresses = 100000

// An envelopeAddress is an address as ENVELOPE has it, whose strings are still
// encoded. That which begins or ends a group has no host.
type envelopeAddress struct {
	name, box, host string
	hasBox, hasHost bool
}

// parseAddresses reads a list of addresses, each of four strings: name, route,
// mailbox, host.
func parseAddresses(r *Response) (list []envelopeAddress) {
	r.space()
	if r.peek() != '(' {
		r.text() // NIL
		return nil
	}
	r.list(func() {
		if !r.take('(') {
			return
		}
		var a envelopeAddress
		a.name, _ = r.text()
		r.text()
		a.box, a.hasBox = r.text()
		a.host, a.hasHost = r.text()
		r.rest()
		if len(list) < maxAddresses {
			list = append(list, a)
		}
	})
	return list
}

// decodeAddresses decodes a list. Groups are flattened.
func decodeAddresses(parts []envelopeAddress) []mail.Address {
	for i := range parts {
		if tornWord(parts[i].name) || tornWord(parts[i].box) {
			return message.ParseAddressList(rejoin(parts))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	list := make([]mail.Address, 0, len(parts))
	for _, a := range parts {
		if a.hasHost && (a.hasBox || a.name != "") {
			list = append(list, a.address())
		}
	}
	return list
}

// address returns the address, whose local part is in quotes where it needs them.
func (a *envelopeAddress) address() mail.Address {
	if a.noHost() {
		if a.name == "" {
			return mail.Address{Name: message.DecodeWords(a.box)}
		}
		return mail.Address{Name: message.DecodeWords(a.name), Address: a.box}
	}
	return mail.Address{Name: message.DecodeWords(a.name), Address: message.QuoteLocal(a.box) + "@" + a.host}
}

// noHost reports whether the field had no domain, for which servers have words of
// their own.
func (a *envelopeAddress) noHost() bool {
	host := strings.Trim(a.host, ".")
	if strings.IndexByte(host, '.') > 0 { // none of these words
		return false
	}
	switch strings.ToUpper(host) {
	case "", "MISSING_DOMAIN", "MISSING-DOMAIN", "MISSING-HOST-NAME", "SYNTAX-ERROR", "UNSPECIFIED-DOMAIN":
		return true
	}
	return false
}

// tornWord reports whether an encoded word begins in a string and does not end
// there.
func tornWord(s string) bool {
	for {
		_, word, begins := strings.Cut(s, "=?")
		if !begins {
			return false
		}
		_, word, charset := strings.Cut(word, "?")
		_, word, encoding := strings.Cut(word, "?")
		_, rest, ends := strings.Cut(word, "?=")
		if !charset || !encoding || !ends {
			return true
		}
		s = rest
	}
}

// rejoin writes a list as the field that it was, in which the server took the
// comma in an encoded word for the end of an address, or a colon for that of a
// group's name.
func rejoin(parts []envelopeAddress) string {
	var b strings.Builder
	for i := range parts {
		a := &parts[i]
		switch {
		case !a.hasHost && a.hasBox:
			b.WriteString(a.box + ":")
			continue
		case !a.hasHost:
			b.WriteString(";")
			continue
		case a.noHost():
			b.WriteString(strings.TrimSpace(a.name + " " + a.box))
		default:
			b.WriteString(quotePhrase(a.name) + " <" + message.QuoteLocal(a.box) + "@" + a.host + ">")
		}
		if i+1 < len(parts) {
			b.WriteString(",")
		}
	}
	return b.String()
}

// quotePhrase quotes a name that holds what would end it, and no encoded word.
func quotePhrase(s string) string {
	if strings.Contains(s, "=?") || strings.Contains(s, "?=") || !strings.ContainsAny(s, `()<>[]:;@,."\`) {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// parseReceived reads an INTERNALDATE: "02-Jan-2006 15:04:05 -0700".
func parseReceived(s string) time.Time {
	s = strings.TrimSpace(s)
	if len(s) == 25 {
		s = " " + s
	}
	if len(s) != 26 {
		return message.ParseDate(s)
	}
	num := func(t string) int {
		n, err := strconv.Atoi(strings.TrimSpace(t))
		if err != nil {
			return -1
		}
		return n
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[3:6])
	day, year, hour, minute, sec, zone := num(s[0:2]), num(s[7:11]), num(s[12:14]), num(s[15:17]), num(s[18:20]), num(s[22:26])
	if month < 0 || month%3 != 0 || day < 1 || day > 31 || year < 0 || hour < 0 || minute < 0 || sec < 0 || zone < 0 {
		return message.ParseDate(s)
	}
	offset := (zone/100*60 + zone%100) * 60
	if s[21] == '-' {
		offset = -offset
	}
	return time.Date(year, time.Month(month/3+1), day, hour, minute, sec, 0, time.UTC).Add(-time.Duration(offset) * time.Second)
}
