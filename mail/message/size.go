package message

import (
	"bytes"
	"io"

	"posthorn/mail"
)

// PartSize returns the octets of a part's content. Nothing is decoded for that:
// where the body is at hand its encoding is counted out, which is exact for
// base64, and for quoted-printable that is well formed; else the size is
// estimated from that of the encoded body.
func (m *Message) PartSize(p *mail.Part) int64 {
	b, ok := m.bodies[p.Path]
	raw := b.text
	switch {
	case !ok:
		return estimate(p)
	case isBase64Name(p.Encoding):
		block, _ := b.cutBase64()
		return base64Size(block)
	case b.r != nil && !identity(p.Encoding):
		n, _ := io.Copy(io.Discard, newDecoder(b, p.Encoding)) // the size of what can be read
		return n
	case isQuotedName(p.Encoding):
		marks := int64(bytes.Count(raw, []byte("=")))
		soft := int64(bytes.Count(raw, []byte("=\n")))
		softer := int64(bytes.Count(raw, []byte("=\r\n")))
		return max(int64(len(raw))-2*(marks-soft-softer)-2*soft-3*softer, 0)
	case isUUName(p.Encoding):
		return uuSize(uuLines(raw))
	}
	return b.size()
}

// estimate tells the size of a part's content from its structure.
func estimate(p *mail.Part) int64 {
	switch {
	case isBase64Name(p.Encoding):
		return p.Size * 57 / 78 // lines of 76 characters stand for 57 octets
	case isUUName(p.Encoding):
		return p.Size * 45 / 63
	}
	return p.Size
}
