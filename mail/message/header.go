package message

import (
	"bytes"
	"slices"
	"strings"

	"posthorn/mail"
	"posthorn/mail/charset"
)

// A Field is a field of a header: its name as it was written, and its value
// unfolded but not decoded. In a message's header, octets that were neither ASCII
// nor UTF-8 are UTF-8 already.
type Field struct{ Name, Raw string }

// A Header is all fields of a message or a part, in their order.
type Header []Field

// The bounds of a header. What lies beyond is passed over, and counted.
const (
	maxHeader = 8 << 20 // octets
	maxFields = 10000
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
	var d decoder
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			list = append(list, d.words(h[i].Raw))
		}
	}
	return list
}

// parseHeader reads a header and returns what follows it, and how many octets
// of the header were left out. An mbox's From line before it is skipped; lines
// that are neither a field nor folded are dropped.
func parseHeader(raw []byte) (h Header, body []byte, left int) {
	rest := bytes.TrimLeft(raw, "\r\n")
	if bytes.HasPrefix(rest, []byte("From ")) || bytes.HasPrefix(rest, []byte(">From ")) {
		_, rest = cutLine(rest)
	} else if len(rest) < len(raw) && !fieldFollows(rest) { // an empty header
		return Header{}, rest, 0
	}
	r := headerReader{fields: make(Header, 0, 24)}
	for used := 0; len(rest) > 0; {
		line, after := cutLine(rest)
		if r.ends(line, after) {
			if len(bytes.TrimRight(line, " \t")) == 0 {
				rest = after
			}
			return r.done(), rest, 0
		}
		if used += len(rest) - len(after); used > maxHeader || r.count() >= maxFields && !continues(line) {
			end := headerEnd(rest)
			return r.done(), rest[end:], end
		}
		r.line(line)
		rest = after
	}
	return r.done(), nil, 0
}

// headerEnd returns where the body begins in a header that is not read further.
func headerEnd(b []byte) int {
	end := len(b)
	for _, mark := range []string{"\n\n", "\n\r\n"} {
		if i := bytes.Index(b[:end], []byte(mark)); i >= 0 {
			end = i + len(mark)
		}
	}
	return end
}

// A headerReader collects fields line by line. The value of the field that is
// being read grows in a buffer: folded lines cost their own length.
type headerReader struct {
	fields Header
	open   bool
	name   string
	value  []byte
}

// ends reports whether a line ends the header: it is empty, or no part of a
// header at all and not followed by one (the empty line is missing). A line of
// blanks continues a field (RFC 5322, section 4.2) if the header goes on.
func (r *headerReader) ends(line, after []byte) bool {
	switch {
	case len(line) == 0:
		return true
	case len(bytes.TrimLeft(line, " \t")) == 0:
		next, _ := cutLine(after)
		return (r.open || len(r.fields) > 0) && !field(next) && !continues(next) && len(next) > 0
	}
	return !field(line) && !continues(line) && line[0] != ':' && !fieldFollows(after)
}

// line adds a line: a new field, or the continuation of the last one.
func (r *headerReader) line(line []byte) {
	if continues(line) {
		if more := bytes.Trim(line, " \t\r"); r.open && len(more) > 0 {
			r.value = append(append(r.value, ' '), more...)
		}
		return
	}
	r.close()
	if name, value, ok := cutField(line); ok {
		r.open, r.name = true, string(name)
		r.value = append(r.value[:0], bytes.Trim(value, " \t\r")...)
	}
}

func (r *headerReader) close() {
	if r.open {
		r.fields = append(r.fields, Field{r.name, string(r.value)})
	}
	r.open = false
}

func (r *headerReader) count() int {
	if r.open {
		return len(r.fields) + 1
	}
	return len(r.fields)
}

func (r *headerReader) done() Header {
	r.close()
	return r.fields
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

// cutLine returns the first line without its end, and what follows it.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return bytes.TrimRight(b, "\r"), nil
	}
	return bytes.TrimRight(b[:i], "\r"), b[i+1:]
}

// settle turns what is no ASCII in a header into UTF-8: by a label, or else by the
// looks of all of it together.
func (h Header) settle(label string, d *decoder) {
	var raw []byte
	for i := range h {
		raw = rawText(raw, h[i].Raw)
	}
	if len(raw) == 0 {
		return
	}
	if label == "" && d.wrong < maxWrong {
		label = charset.Guess(raw)
		d.wrong++
	}
	for i := range h {
		h[i].Raw = d.rawToUTF8(h[i].Raw, label)
	}
}

// Settle does for values of one header that were not read out of it, as those of an
// IMAP ENVELOPE: what is neither ASCII nor UTF-8 in them becomes UTF-8, by the
// charset that the text of the message names, or else by the looks of all values
// together. Root may be nil.
func Settle(root *mail.Part, values []*string) {
	if !slices.ContainsFunc(values, func(v *string) bool { return isRaw(*v) }) {
		return
	}
	h := make(Header, len(values))
	for i, v := range values {
		h[i].Raw = *v
	}
	h.settle(declared(root), new(decoder))
	for i, v := range values {
		*v = h[i].Raw
	}
}

// envelope reads the fields that an envelope is made of.
func (h Header) envelope(limits *limits, d *decoder) mail.Envelope {
	return mail.Envelope{
		Date:       ParseDate(h.Raw("Date")),
		Subject:    d.words(h.Raw("Subject")),
		From:       h.addresses("From", limits, d),
		Sender:     h.addresses("Sender", limits, d),
		ReplyTo:    h.addresses("Reply-To", limits, d),
		To:         h.addresses("To", limits, d),
		Cc:         h.addresses("Cc", limits, d),
		Bcc:        h.addresses("Bcc", limits, d),
		MessageID:  MessageID(h.Raw("Message-ID")),
		InReplyTo:  h.ids("In-Reply-To", limits),
		References: h.ids("References", limits),
	}
}

// addresses reads all fields with a name, as some mail has several.
func (h Header) addresses(name string, limits *limits, d *decoder) (list []mail.Address) {
	for i := range h {
		if !strings.EqualFold(h[i].Name, name) {
			continue
		}
		more, left := parseAddressList(h[i].Raw, maxAddresses-len(list), d)
		list = append(list, more...)
		limits.note(Addresses, "", left)
	}
	return list
}

func (h Header) ids(name string, limits *limits) []string {
	list, left := messageIDs(h.Raw(name))
	limits.note(References, "", left)
	return list
}
