package message

import (
	"bytes"

	"posthorn/mail"
)

// PartSize returns the octets of a part's content. Nothing is decoded for that:
// where the body is at hand its encoding is counted out, which is exact for one
// that is well formed; else the size is estimated from that of the encoded body.
func (m *Message) PartSize(p *mail.Part) int64 {
	raw, ok := m.bodies[p.Path]
	if !ok || raw == nil {
		return estimate(p)
	}
	n := int64(len(raw))
	switch p.Encoding {
	case "base64":
		for _, c := range []string{"\r", "\n", "=", " "} {
			n -= int64(bytes.Count(raw, []byte(c)))
		}
		return n * 3 / 4
	case "quoted-printable":
		marks := int64(bytes.Count(raw, []byte("=")))
		soft := int64(bytes.Count(raw, []byte("=\n")))
		softer := int64(bytes.Count(raw, []byte("=\r\n")))
		return max(n-2*(marks-soft-softer)-2*soft-3*softer, 0)
	}
	return n
}

// estimate tells the size of a part's content from its structure.
func estimate(p *mail.Part) int64 {
	if p.Encoding == "base64" {
		return p.Size * 57 / 78 // lines of 76 characters stand for 57 octets
	}
	return p.Size
}
