package message

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"posthorn/mail"
)

// The bounds of a message's structure. What lies beyond is one opaque part.
const (
	maxDepth = 40
	maxParts = 2000
)

// Parse reads a whole message. The bodies are slices of raw.
func Parse(raw []byte) *Message {
	m := &Message{Size: int64(len(raw)), bodies: map[string][]byte{}}
	h, body := parseHeader(raw)
	m.Header = h
	m.Envelope = h.envelope()
	p := parser{m: m}
	m.Root = p.part(h, body, "", "text/plain", 0)
	return m
}

type parser struct {
	m     *Message
	parts int
}

func (p *parser) warn(format string, args ...any) {
	if len(p.m.Warnings) < 20 {
		p.m.Warnings = append(p.m.Warnings, fmt.Sprintf(format, args...))
	}
}

// part reads a part with a header. Path is the section number that was given to
// it; empty for that of the message itself, whose single part is number 1.
func (p *parser) part(h Header, body []byte, path, byDefault string, depth int) *mail.Part {
	n := newPart(h, byDefault)
	n.Path, n.Size = path, int64(len(body))
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
	p.m.bodies[n.Path] = body
	if n.Type == "message/rfc822" || n.Type == "message/global" {
		p.nested(n, body, depth)
	}
	return n
}

// nested reads the message in a message/rfc822 part.
func (p *parser) nested(n *mail.Part, body []byte, depth int) {
	if depth >= maxDepth || p.parts >= maxParts {
		p.warn("the message holds too many others; the rest is not looked into")
		return
	}
	body = decodeTransfer(body, n.Encoding)
	h, rest := parseHeader(body)
	inner := newPart(h, "text/plain")
	path := n.Path
	if !inner.IsMultipart() {
		path += ".1"
	}
	n.Parts = []*mail.Part{p.part(h, rest, path, "text/plain", depth+1)}
}

// multipart reads the parts of a multipart, and reports whether it has any.
func (p *parser) multipart(n *mail.Part, body []byte, depth int) bool {
	if depth >= maxDepth || p.parts >= maxParts {
		p.warn("the message is nested too deeply; the rest is not looked into")
		return false
	}
	boundary := n.Params["boundary"]
	pieces, ended := split(body, boundary)
	if len(pieces) == 0 {
		guess := guessBoundary(body)
		if pieces, ended = split(body, guess); len(pieces) == 0 {
			p.warn("a part says that it has parts of its own, but none can be found")
			return false
		}
		p.warn("the boundary between the parts is missing; it was guessed")
	}
	if !ended {
		p.warn("the message ends in the middle of its last part")
	}
	byDefault := "text/plain"
	if n.Type == "multipart/digest" {
		byDefault = "message/rfc822"
	}
	for i, piece := range pieces {
		if p.parts >= maxParts {
			p.warn("the message has too many parts; %d are not shown", len(pieces)-i)
			break
		}
		path := strconv.Itoa(i + 1)
		if n.Path != "" {
			path = n.Path + "." + path
		}
		h, rest := pieceHeader(piece)
		n.Parts = append(n.Parts, p.part(h, rest, path, byDefault, depth+1))
	}
	return true
}

// pieceHeader reads a part's header, which may be empty.
func pieceHeader(piece []byte) (Header, []byte) {
	if line, rest := cutLine(piece); len(line) == 0 {
		return nil, rest
	}
	h, rest := parseHeader(piece)
	if len(h) == 0 {
		return nil, piece
	}
	return h, rest
}

// split returns what stands between the lines of a boundary (RFC 2046, section
// 5.1.1), and whether the closing one was there.
func split(body []byte, boundary string) (pieces [][]byte, ended bool) {
	if strings.TrimSpace(boundary) == "" {
		return nil, false
	}
	mark := []byte("--" + strings.TrimRight(boundary, " "))
	start := -1
	for pos := 0; pos < len(body); {
		if bytes.HasPrefix(body[pos:], mark) {
			line, _ := cutLine(body[pos:])
			tail := bytes.TrimRight(line[len(mark):], " \t")
			closing := bytes.HasPrefix(tail, []byte("--"))
			if len(tail) == 0 || closing {
				if start >= 0 {
					pieces = append(pieces, trimEnd(body[start:pos]))
				}
				if closing {
					return pieces, true
				}
				start = min(pos+lineLength(body[pos:]), len(body))
				if len(pieces) >= maxParts {
					return pieces, true
				}
			}
		}
		next := bytes.Index(body[pos:], []byte("\n--"))
		if next < 0 {
			break
		}
		pos += next + 1
	}
	if start >= 0 {
		pieces = append(pieces, body[start:])
	}
	return pieces, false
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

// guessBoundary takes the first line that looks like one.
func guessBoundary(body []byte) string {
	for i := 0; len(body) > 0 && i < 200; i++ {
		var line []byte
		line, body = cutLine(body)
		if len(line) > 6 && bytes.HasPrefix(line, []byte("--")) && !bytes.ContainsAny(line, " \t") {
			return string(line[2:])
		}
	}
	return ""
}
