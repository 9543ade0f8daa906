package mail

import (
	"strconv"
	"strings"
)

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
	Opened      string // the type of a part whose content was found to hold the Parts; Type is then "multipart/mixed"
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

// Find returns the part with a path, or nil. It goes by the numbers in the path
// and does not look through the other parts, of which there may be many.
func (p *Part) Find(path string) *Part {
	if p == nil || p.Path == path && (!p.IsMultipart() || p.Opened != "") {
		return p
	}
	if n := p.childOf(path); n > 0 && n <= len(p.Parts) && p.Parts[n-1].leadsTo(path) {
		if found := p.Parts[n-1].Find(path); found != nil {
			return found
		}
	}
	for _, c := range p.Parts {
		if c.leadsTo(path) {
			if found := c.Find(path); found != nil {
				return found
			}
		}
	}
	return nil
}

// leadsTo reports whether the part with a path is this one or may lie below it.
func (p *Part) leadsTo(path string) bool {
	return p.Path == "" || strings.HasPrefix(path, p.Path) && (len(path) == len(p.Path) || path[len(p.Path)] == '.')
}

// childOf returns the number of the part below this one that a path leads
// through, 0 where it has none.
func (p *Part) childOf(path string) int {
	rest := path
	if p.Path != "" {
		rest = strings.TrimPrefix(strings.TrimPrefix(path, p.Path), ".")
	}
	number, _, _ := strings.Cut(rest, ".")
	n, _ := strconv.Atoi(number)
	return n
}

// IsMultipart reports whether the part only holds other parts.
func (p *Part) IsMultipart() bool { return strings.HasPrefix(p.Type, "multipart/") }

// Opens reports whether the part may turn out to hold others once its content is at
// hand: a file of Outlook, signed S/MIME, or what stands for something elsewhere.
func (p *Part) Opens() bool {
	switch p.Type {
	case "application/ms-tnef", "application/vnd.ms-tnef", "application/applefile", "message/partial", "message/external-body":
		return true
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		switch strings.ToLower(p.Params["smime-type"]) {
		case "enveloped-data", "authenveloped-data", "certs-only":
			return false
		}
		return true
	case "application/octet-stream":
		return strings.EqualFold(p.Name, "winmail.dat")
	}
	return false
}
