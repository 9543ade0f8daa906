package message

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"posthorn/mail"
	"posthorn/mail/charset"
)

// The bounds of a message's structure. What lies beyond is one opaque part, or
// counted in Limits.
const (
	maxDepth   = 40
	maxParts   = 20000
	maxDecoded = 64 << 20 // octets that are decoded to look into parts
)

// Parse reads a whole message. The bodies are slices of raw, as far as they do
// not have to be decoded to be looked into.
func Parse(raw []byte) *Message {
	f := file{text: raw, size: int64(len(raw))}
	return f.parse()
}

type parser struct {
	m       *Message
	file    *file
	parts   int
	decoded int64
	limits  limits
	words   decoder
	said    map[string]bool
}

// finish reads the message's own header, once it is known what the rest is.
func (p *parser) finish() {
	m := p.m
	m.Header.settle(declared(m.Root), &p.words)
	m.Envelope = m.Header.envelope(&p.limits, &p.words)
	if len(m.Header) > 0 && m.Header[0].Name == mail.IncompleteField {
		p.warn("only a part of this message came from the server (%s), where the rest still lies", strings.TrimSpace(m.Header[0].Raw))
	}
	p.sayLimits()
}

// declared returns the charset of the first text that names one.
func declared(root *mail.Part) (label string) {
	root.Walk(func(p *mail.Part) bool {
		label = meaningful(p.Params["charset"])
		return label == ""
	})
	return label
}

// meaningful returns a label that says more of octets beyond ASCII than that they
// are UTF-8, which shows by itself.
func meaningful(label string) string {
	if !charset.Known(label) {
		return ""
	}
	switch l := strings.ToLower(label); {
	case strings.HasPrefix(l, "utf"), strings.Contains(l, "ascii"):
		return ""
	}
	return label
}

// warn says something of the message, once.
func (p *parser) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if p.said[text] {
		return
	}
	if p.said == nil {
		p.said = map[string]bool{}
	}
	p.said[text] = true
	p.m.Warnings = append(p.m.Warnings, text)
}

// maxWarnings bounds what is said of a message.
const maxWarnings = 20

// sayLimits says before all else what a bound cut off, and leaves out what is too
// much.
func (p *parser) sayLimits() {
	others := p.m.Warnings
	p.m.Warnings = nil
	for _, l := range p.limits.list {
		p.warn("%s", l)
	}
	list := append(p.m.Warnings, others...)
	if n := len(list) - maxWarnings; n > 0 {
		list = append(list[:maxWarnings], fmt.Sprintf("and %d more warnings", n))
	}
	p.m.Limits, p.m.Warnings = p.limits.list, list
}

// header reads the header of the part with a path.
func (p *parser) header(raw []byte, path string) (Header, []byte) {
	h, body, left := parseHeader(raw)
	if end := len(raw) - len(body); left > 0 {
		left = int(p.file.body(raw[end-left : end]).size())
	}
	p.limits.note(HeaderOctets, path, left)
	return h, body
}

// part reads a part with a header. Path is the section number that was given to
// it; empty for that of the message itself, whose single part is number 1.
func (p *parser) part(h Header, body []byte, path, byDefault string, depth int) *mail.Part {
	_, params := ParseParams(asciiOnly(h.Raw("Content-Type")))
	if label := meaningful(params["charset"]); path != "" || label != "" {
		h.settle(label, &p.words)
	}
	n, left := newPart(h, byDefault, &p.words)
	p.limits.note(Parameters, path, left)
	n.Path, n.Size = path, p.file.body(body).size()
	p.parts++
	if n.IsMultipart() {
		if p.multipart(n, body, depth) {
			return n
		}
		n.Type = "text/plain"
	}
	if n.Path == "" {
		n.Path = "1"
	}
	if body == nil {
		body = []byte{}
	}
	whole := p.file.body(body)
	p.m.bodies[n.Path] = whole
	if n.Type == "message/rfc822" || n.Type == "message/global" {
		p.nested(n, whole, depth)
	} else {
		p.open(n, whole, depth)
	}
	return n
}

// asciiOnly returns a value in which nothing needs to be decoded.
func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 || r == 0x1b {
			return '?'
		}
		return r
	}, s)
}

// nested reads the message in a message/rfc822 part.
func (p *parser) nested(n *mail.Part, b body, depth int) {
	if !p.deeper(n, depth) {
		return
	}
	text := b.text
	if !identity(n.Encoding) {
		var ok bool
		if text, ok = p.decode(n, b); !ok {
			return
		}
	}
	h, rest := p.header(text, n.Path)
	inner, _ := newPart(h, "text/plain", &p.words)
	path := n.Path
	if !inner.IsMultipart() {
		path += ".1"
	}
	n.Parts = []*mail.Part{p.part(h, rest, path, "text/plain", depth+1)}
}

// deeper reports whether a part may be looked into.
func (p *parser) deeper(n *mail.Part, depth int) bool {
	if depth < maxDepth && p.parts < maxParts {
		return true
	}
	p.limits.note(Depth, "", 1)
	return false
}

// decode undoes the transfer encoding of a part that is looked into, within
// bounds, and holds all of it.
func (p *parser) decode(n *mail.Part, b body) ([]byte, bool) {
	if identity(n.Encoding) && b.r == nil {
		return b.text, true
	}
	if p.decoded += b.size(); p.decoded > maxDecoded {
		p.decoded -= b.size()
		p.limits.note(Opened, n.Path, int(b.size()))
		return nil, false
	}
	return decodeTransfer(b.all(), n.Encoding), true
}

// multipart reads the parts of a multipart, and reports whether it has any.
func (p *parser) multipart(n *mail.Part, body []byte, depth int) bool {
	if !p.deeper(n, depth) {
		return false
	}
	boundary := n.Params["boundary"]
	marks, more := delimiters(body, boundary)
	if len(marks) == 0 {
		boundary = guessBoundary(body)
		if marks, more = delimiters(body, boundary); len(marks) == 0 {
			p.warn("a part says that it has parts of its own, but none can be found")
			return false
		}
		p.warn("the boundary between the parts is missing; it was guessed")
	}
	byDefault := "text/plain"
	if n.Type == "multipart/digest" {
		byDefault = "message/rfc822"
	}
	ended := false
	for i := 0; i < len(marks) && !ended; {
		if p.parts >= maxParts {
			p.limits.note(Parts, n.Path, more+opening(marks[i:]))
			return true
		}
		path := strconv.Itoa(len(n.Parts) + 1)
		if n.Path != "" {
			path = n.Path + "." + path
		}
		h, rest, next := p.piece(body, marks, i, boundary, path)
		n.Parts = append(n.Parts, p.part(h, rest, path, byDefault, depth+1))
		if next == len(marks) && next > i+1 {
			return true // a multipart of the same boundary has all the rest, and says what is missing of it
		}
		ended = next < len(marks) && marks[next].closing
		i = next
	}
	switch {
	case !ended && more > 0:
		p.limits.note(Parts, n.Path, more)
	case !ended:
		p.warn("the message ends in the middle of its last part")
	}
	return true
}

// piece reads the header of the part after a delimiter, and returns what follows
// it, and the delimiter that ends the part. A multipart that has the boundary of
// the one it lies in ends where that closes for the first time.
func (p *parser) piece(body []byte, marks []delimiter, i int, boundary, path string) (h Header, rest []byte, next int) {
	h, rest = p.pieceHeader(cutPiece(body, marks, i, i+1), path)
	next = i + 1
	if inner, _ := newPart(h, "", &p.words); !inner.IsMultipart() || inner.Params["boundary"] != boundary {
		return h, rest, next
	}
	for next < len(marks) && !marks[next].closing {
		next++
	}
	if next < len(marks) {
		next++ // the closing one is its own
	}
	h, rest = p.pieceHeader(cutPiece(body, marks, i, next), path)
	return h, rest, next
}

// cutPiece returns what stands between two delimiters.
func cutPiece(body []byte, marks []delimiter, i, j int) []byte {
	if j < len(marks) {
		return trimEnd(body[marks[i].end:max(marks[i].end, marks[j].start)])
	}
	return body[marks[i].end:]
}

// pieceHeader reads a part's header, which may be empty.
func (p *parser) pieceHeader(piece []byte, path string) (Header, []byte) {
	if line, rest := cutLine(piece); len(line) == 0 {
		return nil, rest
	}
	h, rest := p.header(piece, path)
	if len(h) == 0 {
		return nil, piece
	}
	return h, rest
}

// A delimiter is a line that a boundary makes (RFC 2046, section 5.1.1).
type delimiter struct {
	start, end int // the line, with its end
	closing    bool
}

// opening counts the delimiters after which a part begins.
func opening(marks []delimiter) (n int) {
	for _, m := range marks {
		if m.closing {
			return n
		}
		n++
	}
	return n
}

// delimiters returns the lines that a boundary makes, and how many more there
// are. They are compared whole, as the boundary of an inner part may be that of
// the outer one with more behind it.
func delimiters(body []byte, boundary string) (list []delimiter, more int) {
	boundary = strings.TrimRight(boundary, " \t")
	if strings.TrimSpace(boundary) == "" {
		return nil, 0
	}
	mark := []byte("--" + boundary)
	for pos := 0; pos < len(body); {
		if bytes.HasPrefix(body[pos:], mark) {
			length := lineLength(body[pos:])
			tail := bytes.TrimRight(body[pos+len(mark):pos+length], " \t\r\n")
			closing := len(tail) == 2 && tail[0] == '-' && tail[1] == '-'
			switch {
			case len(tail) > 0 && !closing, closing && len(list) == 0:
			case len(list) <= maxParts:
				list = append(list, delimiter{pos, pos + length, closing})
			case closing:
				return list, more
			default:
				more++
			}
			pos += length - 1
		}
		next := bytes.Index(body[pos:], []byte("\n--"))
		if next < 0 {
			break
		}
		pos += next + 1
	}
	return list, more
}

func lineLength(b []byte) int {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return i + 1
	}
	return len(b)
}

// trimEnd drops the line end before a boundary: it belongs to that.
func trimEnd(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("\n"))
	return bytes.TrimSuffix(b, []byte("\r"))
}

// maxGuess bounds where a boundary that is not named is looked for, in octets.
const maxGuess = 1 << 20

// guessBoundary takes the first line that looks like one: a header or an empty
// line follows it, or it comes again.
func guessBoundary(body []byte) string {
	for i := 0; len(body) > 0 && i < 200; i++ {
		var line []byte
		line, body = cutLine(body)
		line = bytes.TrimRight(line, " \t")
		if len(line) < 3 || !bytes.HasPrefix(line, []byte("--")) || bytes.ContainsAny(line, " \t") {
			continue
		}
		next, _ := cutLine(body)
		if hasPrefixFold(next, "content-") || len(line) > 4 && bytes.Contains(body[:min(len(body), maxGuess)], append([]byte("\n"), line...)) {
			return string(line[2:])
		}
	}
	return ""
}

func hasPrefixFold(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && strings.EqualFold(string(b[:len(prefix)]), prefix)
}
