package mail

import (
	"iter"
	"strings"
)

// A Use is what a part is for in its message.
type Use uint8

const (
	Container Use = iota // a multipart: it only holds other parts
	Shown                // shown as text, or another form of what is
	Drawn                // a picture that stands within the HTML
	Attached             // what a person calls an attachment
	Service              // of use to other parts only, as a signature is
)

// Uses yields the parts below and including p with what each is for, in order.
// It does not look into attached messages. Every list of attachments is made of
// it, and so is the mark that a message has some.
//
// Draws reports whether the HTML of the message draws a part. It is nil where
// the HTML is not at hand: then it is taken to draw the parts that are related to
// it (RFC 2387).
func (p *Part) Uses(draws func(*Part) bool) iter.Seq2[*Part, Use] {
	return func(yield func(*Part, Use) bool) { p.uses(false, draws, yield) }
}

// uses walks the tree. Related says that the part stands beside HTML that may
// draw it.
func (p *Part) uses(related bool, draws func(*Part) bool, yield func(*Part, Use) bool) bool {
	if p == nil {
		return true
	}
	if !p.IsMultipart() {
		return yield(p, p.use(related, draws))
	}
	if !yield(p, Container) {
		return false
	}
	root := p.Root()
	beside := related || root != nil && !root.Walk(func(q *Part) bool { return q.Type != "text/html" })
	for _, c := range p.Parts {
		if p.Type == "multipart/appledouble" && c.Type == "application/applefile" { // what only a Mac knows of the file (RFC 1740)
			if !yield(c, Service) {
				return false
			}
			continue
		}
		if !c.uses(beside && c != root, draws, yield) {
			return false
		}
	}
	return true
}

func (p *Part) use(related bool, draws func(*Part) bool) Use {
	isPicture := p.ContentID != "" || strings.HasPrefix(p.Type, "image/")
	switch {
	case draws != nil && draws(p):
		return Drawn
	case draws == nil && related && isPicture && p.Disposition != "attachment":
		return Drawn
	case p.Disposition == "attachment":
		return Attached
	case p.Type == "application/pgp-encrypted":
		return Service
	case p.Name != "":
		return Attached
	}
	switch p.Type {
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
		return Service
	case "message/delivery-status", "message/disposition-notification", "":
		return Shown
	}
	if p.IsText() && !related {
		return Shown
	}
	return Attached
}

// IsText reports whether a reader shows the part as text. A business card is
// text for programs only.
func (p *Part) IsText() bool {
	switch p.Type {
	case "text/vcard", "text/x-vcard", "text/directory":
		return false
	}
	return strings.HasPrefix(p.Type, "text/")
}

// Root returns the part of a multipart/related that the others belong to: the one
// that start names, else the first that holds text (RFC 2387, section 3.2). It
// is nil for all other parts.
func (p *Part) Root() *Part {
	if p.Type != "multipart/related" || len(p.Parts) == 0 {
		return nil
	}
	start := strings.Trim(strings.TrimSpace(p.Params["start"]), "<>")
	for _, c := range p.Parts {
		if start != "" && c.ContentID == start {
			return c
		}
	}
	for _, c := range p.Parts {
		if c.IsMultipart() || c.IsText() && c.Disposition != "attachment" {
			return c
		}
	}
	return p.Parts[0]
}

// HasAttachment reports whether a person would say that the part holds
// attachments.
func (p *Part) HasAttachment() bool {
	for _, use := range p.Uses(nil) {
		if use == Attached {
			return true
		}
	}
	return false
}
