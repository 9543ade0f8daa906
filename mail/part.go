package mail

import "strings"

// A Part is a node of a message's MIME structure (RFC 2045; RFC 9051, section
// 7.5.2). Media types, encodings and parameter names are in lower case, names
// and descriptions decoded.
type Part struct {
	Path        string // IMAP section number: "1", "2.1"; empty for a multipart at the top
	Type        string // "text/plain", "multipart/mixed", …
	Params      map[string]string
	Disposition string // "attachment", "inline" or empty
	Name        string // the file name from Content-Disposition or Content-Type, decoded, not made safe
	ContentID   string // without angle brackets
	Description string
	Encoding    string // Content-Transfer-Encoding
	Size        int64  // octets as encoded
	Parts       []*Part
}

// Walk calls f for the part and all parts below it, in order, until f returns
// false.
func (p *Part) Walk(f func(*Part) bool) bool {
	if p == nil {
		return true
	}
	if !f(p) {
		return false
	}
	for _, c := range p.Parts {
		if !c.Walk(f) {
			return false
		}
	}
	return true
}

// Find returns the part with a path, or nil.
func (p *Part) Find(path string) (found *Part) {
	p.Walk(func(q *Part) bool {
		if q.Path == path && !q.IsMultipart() {
			found = q
		}
		return found == nil
	})
	return found
}

// IsMultipart reports whether the part only holds other parts.
func (p *Part) IsMultipart() bool { return strings.HasPrefix(p.Type, "multipart/") }
