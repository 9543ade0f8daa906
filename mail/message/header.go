package message

import (
	"bytes"
	"strings"

	"posthorn/mail"
)

// A Field is a field of a header: its name as it was written, and its value
// unfolded but not decoded.
type Field struct{ Name, Raw string }

// A Header is all fields of a message or a part, in their order.
type Header []Field

// The bounds of a header. What lies beyond is ignored.
const (
	maxHeader = 1 << 20
	maxFields = 2000
)

// Raw returns the undecoded value of the first field with a name, ignoring case.
func (h Header) Raw(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return h[i].Raw
		}
	}
	return ""
}

// Get returns the decoded value of the first field with a name (RFC 2047).
func (h Header) Get(name string) string { return DecodeWords(h.Raw(name)) }

// Values returns the decoded values of all fields with a name.
func (h Header) Values(name string) (list []string) {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			list = append(list, DecodeWords(h[i].Raw))
		}
	}
	return list
}

// parseHeader reads a header and returns what follows it. An mbox's From line
// before it is skipped; lines that are neither a field nor folded are dropped.
func parseHeader(raw []byte) (Header, []byte) {
	h := make(Header, 0, 24)
	rest := bytes.TrimLeft(raw, "\r\n")
	if bytes.HasPrefix(rest, []byte("From ")) || bytes.HasPrefix(rest, []byte(">From ")) {
		_, rest = cutLine(rest)
	} else if len(rest) < len(raw) && !fieldFollows(rest) { // an empty header
		return h, rest
	}
	for used := 0; len(rest) > 0; {
		line, after := cutLine(rest)
		switch {
		case len(line) == 0 || len(bytes.TrimLeft(line, " \t\r")) == 0 && len(h) > 0:
			return h, after
		case !field(line) && !continues(line) && !fieldFollows(after):
			return h, rest // the empty line before the body is missing
		}
		if used += len(line); used <= maxHeader && len(h) < maxFields {
			h = h.add(line)
		}
		rest = after
	}
	return h, nil
}

// cutField returns the name and the value of a field, if a line begins one.
func cutField(line []byte) (name, value []byte, ok bool) {
	name, value, ok = bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	return name, value, ok && len(name) > 0 && !bytes.ContainsAny(name, " \t")
}

func field(line []byte) bool {
	_, _, ok := cutField(line)
	return ok
}

func continues(line []byte) bool { return len(line) > 0 && (line[0] == ' ' || line[0] == '\t') }

// fieldFollows reports whether the header goes on after a line that is none of
// its own.
func fieldFollows(rest []byte) bool {
	line, _ := cutLine(rest)
	return field(line)
}

// add adds a line: a new field, or the continuation of the last one.
func (h Header) add(line []byte) Header {
	if continues(line) {
		if n := len(h); n > 0 {
			h[n-1].Raw += " " + string(bytes.Trim(line, " \t\r"))
		}
		return h
	}
	name, value, ok := cutField(line)
	if !ok {
		return h
	}
	return append(h, Field{string(name), string(bytes.Trim(value, " \t\r"))})
}

// cutLine returns the first line without its end, and what follows it.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimRight(b, "\r"), nil
	}
	return bytes.TrimRight(b[:i], "\r"), b[i+1:]
}

// envelope reads the fields that an envelope is made of.
func (h Header) envelope() mail.Envelope {
	return mail.Envelope{
		Date:       ParseDate(h.Raw("Date")),
		Subject:    h.Get("Subject"),
		From:       h.addresses("From"),
		Sender:     h.addresses("Sender"),
		ReplyTo:    h.addresses("Reply-To"),
		To:         h.addresses("To"),
		Cc:         h.addresses("Cc"),
		Bcc:        h.addresses("Bcc"),
		MessageID:  firstID(h.Raw("Message-ID")),
		InReplyTo:  MessageIDs(h.Raw("In-Reply-To")),
		References: MessageIDs(h.Raw("References")),
	}
}

// addresses reads all fields with a name, as some mail has several.
func (h Header) addresses(name string) (list []mail.Address) {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			list = append(list, ParseAddressList(h[i].Raw)...)
		}
	}
	return list
}

func firstID(s string) string {
	if ids := MessageIDs(s); len(ids) > 0 {
		return ids[0]
	}
	return strings.Trim(strings.TrimSpace(s), "<>")
}

// maxIDs bounds the References of a message.
const maxIDs = 1000

// MessageIDs returns the message ids in a field, without angle brackets (RFC
// 5322, section 3.6.4). Text between them is passed over.
func MessageIDs(s string) (ids []string) {
	for len(ids) < maxIDs {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			return ids
		}
		s = s[i+1:]
		n := strings.IndexAny(s, "<>")
		if n < 0 {
			n = len(s)
		}
		if id := strings.Join(strings.Fields(s[:n]), ""); id != "" {
			ids = append(ids, id)
		}
		s = s[n:]
	}
	return ids
}
