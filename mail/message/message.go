// Package message reads messages: bytes become a tree of parts with decoded
// header fields and bodies.
//
// [Parse] reads a whole message, [Read] one that is too large to be held, [Assemble] makes one of the parts that were
// fetched one by one. None fails: real mail breaks every rule there is, so
// what could not be understood is left out, and said in Warnings. What they
// return is decoded, not yet safe to print.
package message

import (
	"bytes"
	"io"
	"strings"

	"posthorn/mail"
	"posthorn/mail/charset"
)

// A Message is a message as far as it is at hand: its header and structure, and
// the bodies of all or some of its parts.
type Message struct {
	Header   Header
	Envelope mail.Envelope
	Root     *mail.Part // paths are IMAP section numbers (RFC 9051, section 6.4.5.1)
	Warnings []string
	Limits   []Limit // what is not there because a bound was reached; Warnings say it too
	Size     int64   // octets; 0 when assembled

	bodies map[string]body // by path
}

// OwnID returns the Message-ID by which a message can be told from all others, without
// angle brackets. One that was sent on has that of the message it was, which may lie
// anywhere already: it has none of its own.
func (m *Message) OwnID() string {
	if m.Header.Get("Resent-From") != "" {
		return ""
	}
	return m.Envelope.MessageID
}

// Assemble makes a message of its header, its structure, and the bodies of those
// parts that were fetched, by path and still encoded. Root may be nil: the
// header then says what the message is made of.
func Assemble(header []byte, root *mail.Part, bodies map[string][]byte) *Message {
	m := &Message{Root: clone(root), bodies: make(map[string]body, len(bodies))}
	for path, b := range bodies {
		if b != nil {
			m.bodies[path] = body{text: b}
		}
	}
	p := parser{m: m, file: new(file)}
	m.Header, _ = p.header(header, "")
	if root == nil {
		m.Root, _ = newPart(m.Header, "text/plain", &p.words)
		m.Root.Path = "1"
	}
	p.openAll(m.Root, 0)
	p.finish()
	return m
}

// openAll looks into the parts that are at hand.
func (p *parser) openAll(n *mail.Part, depth int) {
	if b, ok := p.m.bodies[n.Path]; ok && len(n.Parts) == 0 && !n.IsMultipart() {
		p.open(n, b, depth)
		return
	}
	for _, c := range n.Parts {
		p.openAll(c, depth+1)
	}
}

// clone copies a tree, as looking into its parts changes it.
func clone(p *mail.Part) *mail.Part {
	if p == nil {
		return nil
	}
	q := *p
	q.Parts = make([]*mail.Part, len(p.Parts))
	for i, c := range p.Parts {
		q.Parts[i] = clone(c)
	}
	return &q
}

// Has reports whether the body of a part is at hand.
func (m *Message) Has(path string) bool {
	_, ok := m.bodies[path]
	return ok
}

// Raw reads the body of a part as it was encoded.
func (m *Message) Raw(path string) io.Reader { return m.bodies[path].reader() }

// Body returns the body of a part with its transfer encoding undone, as far as
// that can be done. [Message.Reader] does the same without holding it.
func (m *Message) Body(path string) []byte {
	p := m.Root.Find(path)
	if p == nil {
		return nil
	}
	return decodeTransfer(m.bodies[path].all(), p.Encoding)
}

// Head returns the first octets of what Body returns, at most most.
func (m *Message) Head(path string, most int) []byte {
	p, b := m.Root.Find(path), m.bodies[path]
	if p == nil {
		return nil
	}
	if identity(p.Encoding) && b.r == nil {
		return b.text[:min(len(b.text), most)]
	}
	head, _ := io.ReadAll(io.LimitReader(newDecoder(b, p.Encoding), int64(most))) // what can be read of it is all there is
	return head
}

// Reader returns what Body returns, decoded as it is read.
func (m *Message) Reader(path string) io.Reader {
	p := m.Root.Find(path)
	if p == nil {
		return bytes.NewReader(nil)
	}
	return newDecoder(m.bodies[path], p.Encoding)
}

// Text returns the body of a text part as UTF-8. What a mailing list added below
// base64 without encoding it is part of the text.
func (m *Message) Text(path string) string {
	p := m.Root.Find(path)
	if p == nil {
		return ""
	}
	body, label := m.Body(path), p.Params["charset"]
	if p.Type == "text/html" && (label == "" || label == "us-ascii") {
		label = metaCharset(body, label)
	}
	s, _ := charset.Decode(body, label)
	if below := clearBelow(m.bodies[path], p.Encoding); len(below) > 0 {
		more, _ := charset.Decode(below, "")
		s = strings.TrimRight(s, "\r\n") + "\n\n" + more
	}
	return s
}

// metaCharset looks for the charset that an HTML document names itself.
func metaCharset(body []byte, label string) string {
	head := bytes.ToLower(body[:min(len(body), 2048)])
	_, after, ok := bytes.Cut(head, []byte("charset="))
	if !ok {
		return label
	}
	after = bytes.TrimLeft(after, `"' `)
	if n := bytes.IndexAny(after, `"' />;`); n > 0 {
		return string(after[:n])
	}
	return label
}

// Nested returns the message within a message/rfc822 part, nil where it is not
// at hand.
func (m *Message) Nested(path string) *Message {
	body := m.Body(path)
	if body == nil {
		return nil
	}
	return Parse(body)
}
