package client

import (
	"strconv"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
)

// parseEnvelope reads an ENVELOPE (RFC 9051, section 7.5.2), as much of it as
// there is, and reports whether there was one.
func parseEnvelope(r *Response, e *mail.Envelope) bool {
	r.space()
	if !r.take('(') {
		r.skip()
		return false
	}
	date, _ := r.text()
	e.Date = message.ParseDate(date)
	subject, _ := r.text()
	e.Subject = message.DecodeWords(subject)
	for _, list := range [...]*[]mail.Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
		*list = parseAddresses(r)
	}
	if s, _ := r.text(); s != "" {
		e.InReplyTo = message.MessageIDs(s)
	}
	id, _ := r.text()
	e.MessageID = bareID(id)
	r.rest()
	return true
}

// bareID takes the brackets off a Message-ID. One that is not valid stays as it
// is: it still tells messages apart.
func bareID(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '<' && s[len(s)-1] == '>' && strings.IndexByte(s[1:], '<') < 0 {
		return s[1 : len(s)-1]
	}
	if ids := message.MessageIDs(s); len(ids) > 0 {
		return ids[0]
	}
	return s
}

// maxAddresses bounds the addresses of one field.
const maxAddresses = 10000

// parseAddresses reads a list of addresses, each of four strings: name, route,
// mailbox, host. Groups are flattened.
func parseAddresses(r *Response) (list []mail.Address) {
	r.space()
	if r.peek() != '(' {
		r.text() // NIL
		return nil
	}
	r.list(func() {
		if !r.take('(') {
			return
		}
		name, _ := r.text()
		r.text()
		box, hasBox := r.text()
		host, hasHost := r.text()
		r.rest()
		if !hasHost || !hasBox && name == "" || len(list) == maxAddresses {
			return // the beginning or end of a group
		}
		a := mail.Address{Name: message.DecodeWords(name), Address: box}
		if host != "" {
			a.Address = box + "@" + host
		}
		list = append(list, a)
	})
	return list
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
