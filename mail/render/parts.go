package render

import (
	"slices"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

// maxNested bounds how deep attached messages are shown.
const maxNested = 5

// Wanted returns the paths of the parts whose bodies must be at hand to show a
// message: those that body shows.
func Wanted(root *mail.Part, o Options) (paths []string) {
	for _, p := range choose(root, o.HTML, true) {
		paths = append(paths, p.Path)
	}
	return paths
}

// choose returns the parts that a reader shows, in order: of alternatives one
// below the appointment that is among them, of related parts the first, of mixed ones those
// that are text. Body says that the part is where the text of a message stands.
func choose(p *mail.Part, html, body bool) (list []*mail.Part) {
	switch {
	case p == nil:
	case p.Type == "multipart/alternative":
		best := alternative(p, html)
		for _, c := range p.Parts {
			if c.Type == "text/calendar" && c != best {
				list = append(list, c)
			}
		}
		list = append(list, choose(best, html, true)...)
	case p.Type == "multipart/related" && len(p.Parts) > 0:
		return choose(p.Parts[0], html, true)
	case p.IsMultipart():
		for i, c := range p.Parts {
			list = append(list, choose(c, html, body && i == 0)...)
		}
	case shows(p, body):
		return []*mail.Part{p}
	}
	return list
}

// maxAttached bounds the octets of an attached message that is shown in line.
const maxAttached = 1 << 20

// shows reports whether the reader shows a leaf within the text.
func shows(p *mail.Part, body bool) bool {
	switch p.Type {
	case "message/delivery-status", "message/disposition-notification", "text/rfc822-headers":
		return true
	case "message/rfc822":
		return p.Disposition != "attachment" && p.Size <= maxAttached
	case "text/calendar":
		return p.Disposition != "attachment"
	case "text/vcard", "text/x-vcard", "text/directory":
		return false
	}
	return strings.HasPrefix(p.Type, "text/") && p.Disposition != "attachment" && (body || p.Name == "" || p.Disposition == "inline")
}

// alternative chooses among alternatives: plain text, unless there is none to
// speak of or HTML is asked for; then the last that can be shown, which is the
// richest (RFC 2046, section 5.1.4). Plain text that is tiny beside the HTML
// only says that there is HTML.
func alternative(p *mail.Part, html bool) *mail.Part {
	var plain, rich, last *mail.Part
	for _, c := range p.Parts {
		found := choose(c, html, true)
		if len(found) == 0 {
			continue
		}
		if found[0].Type != "text/calendar" || last == nil {
			last = c
		}
		switch {
		case found[0].Type == "text/plain" && plain == nil && found[0].Size > 3:
			plain = c
		case found[0].Type == "text/html":
			rich = c
		}
	}
	switch {
	case rich != nil && (html || plain != nil && plain.Size < 120 && rich.Size > 40*plain.Size):
		return rich
	case plain != nil:
		return plain
	case rich != nil:
		return rich
	}
	return last
}

// body shows the chosen parts of a message.
func (r *renderer) body(m *message.Message, root *mail.Part, depth int) {
	root.Walk(func(p *mail.Part) bool {
		r.doc.HasHTML = r.doc.HasHTML || p.Type == "text/html" && p.Disposition != "attachment"
		return true
	})
	before := len(r.doc.Lines)
	parts := choose(root, r.o.HTML, true)
	for i, p := range parts {
		if i > 0 {
			r.blank()
		}
		r.part(m, p, depth, len(parts) == 1)
	}
	if !r.o.NoHeader && !slices.ContainsFunc(r.doc.Lines[min(before, len(r.doc.Lines)):], func(l Line) bool { return !isBlank(l) }) {
		r.say(Dim, nothing(root))
	}
}

// nothing says why there is nothing to read.
func nothing(root *mail.Part) string {
	text := "[this message holds no text]"
	root.Walk(func(p *mail.Part) bool {
		switch {
		case p.Type == "multipart/encrypted", strings.HasSuffix(p.Type, "pkcs7-mime") && p.Params["smime-type"] != "signed-data":
			text = "[this message is encrypted and cannot be read here]"
		}
		return true
	})
	return text
}

// part shows one part. Alone says that the message has no other text.
func (r *renderer) part(m *message.Message, p *mail.Part, depth int, alone bool) {
	if !m.Has(p.Path) {
		r.say(Dim, "[this part has not been fetched]")
		return
	}
	switch p.Type {
	case "message/rfc822":
		r.nested(m, p, depth)
	case "message/delivery-status":
		r.deliveryStatus(m.Body(p.Path))
	case "message/disposition-notification":
		r.disposition(m.Body(p.Path))
	case "text/rfc822-headers":
		r.attachedHeader(m.Body(p.Path))
	case "text/calendar":
		r.calendar(r.text(m, p), alone)
	case "text/html":
		r.doc.ShowsHTML = true
		r.html(r.text(m, p))
	case "text/enriched", "text/richtext":
		r.html(enriched(r.text(m, p)))
	default:
		r.plain(r.text(m, p), p)
	}
}

// text returns the text of a part, cut where it is too long to be laid out
// while one waits.
func (r *renderer) text(m *message.Message, p *mail.Part) string {
	s := m.Text(p.Path)
	if len(s) <= maxText {
		return s
	}
	r.warning("the text is " + Octets(int64(len(s))) + " long; only its beginning is shown")
	return strings.ToValidUTF8(s[:maxText], "")
}

// nested shows a message within the message.
func (r *renderer) nested(m *message.Message, p *mail.Part, depth int) {
	in := m.Nested(p.Path)
	if in == nil || depth >= maxNested {
		r.say(Dim, "[a message within the message is not shown]")
		return
	}
	r.blank()
	r.rule()
	r.envelope(&in.Envelope)
	r.blank()
	r.body(in, in.Root, depth+1)
}
