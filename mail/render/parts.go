package render

import (
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

// maxNested bounds how deep attached messages are shown.
const maxNested = 5

// Wanted returns the paths of the parts whose bodies must be at hand to show a
// message: those that body shows.
func Wanted(root *mail.Part, o Options) (paths []string) {
	for _, p := range choose(root, o.HTML) {
		paths = append(paths, p.Path)
	}
	return paths
}

// choose returns the parts that a reader shows, in order: of alternatives one,
// of related parts the first, of mixed ones those that are text.
func choose(p *mail.Part, html bool) (list []*mail.Part) {
	switch {
	case p == nil:
	case p.Type == "multipart/alternative":
		if best := alternative(p, html); best != nil {
			return choose(best, html)
		}
	case p.Type == "multipart/related" && len(p.Parts) > 0:
		return choose(p.Parts[0], html)
	case p.IsMultipart():
		for _, c := range p.Parts {
			list = append(list, choose(c, html)...)
		}
	case shows(p):
		return []*mail.Part{p}
	}
	return list
}

// shows reports whether the reader shows a leaf within the text.
func shows(p *mail.Part) bool {
	switch {
	case p.Disposition == "attachment":
		return false
	case p.Type == "message/rfc822", p.Type == "message/delivery-status", p.Type == "message/disposition-notification":
		return true
	}
	return strings.HasPrefix(p.Type, "text/") && p.Name == "" && p.Type != "text/calendar" && p.Type != "text/vcard"
}

// alternative chooses among alternatives: plain text, unless there is none to
// speak of or HTML is asked for; then the last that can be shown, which is the
// richest (RFC 2046, section 5.1.4).
func alternative(p *mail.Part, html bool) *mail.Part {
	var plain, rich, last *mail.Part
	for _, c := range p.Parts {
		found := choose(c, html)
		if len(found) == 0 {
			continue
		}
		last = c
		switch {
		case found[0].Type == "text/plain" && plain == nil && found[0].Size > 3:
			plain = c
		case found[0].Type == "text/html":
			rich = c
		}
	}
	switch {
	case html && rich != nil:
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
	for i, p := range choose(root, r.o.HTML) {
		if i > 0 {
			r.blank()
		}
		r.part(m, p, depth)
	}
}

func (r *renderer) part(m *message.Message, p *mail.Part, depth int) {
	switch {
	case !m.Has(p.Path):
		r.say(Dim, "[this part has not been fetched]")
	case p.Type == "message/rfc822":
		r.nested(m, p, depth)
	case p.Type == "message/delivery-status":
		r.deliveryStatus(m.Body(p.Path))
	case p.Type == "text/html":
		r.doc.ShowsHTML = true
		r.html(bounded(m.Text(p.Path)))
	default:
		r.plain(bounded(m.Text(p.Path)), p)
	}
}

// bounded cuts a text that is too long to be laid out while one waits.
func bounded(s string) string {
	if len(s) <= maxText {
		return s
	}
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
	r.say(Marker, strings.Repeat("─", min(r.o.Width, 40)))
	r.envelope(&in.Envelope)
	r.blank()
	r.body(in, in.Root, depth+1)
}

// deliveryStatus says in plain words whom a message did not reach, and why (RFC
// 3464).
func (r *renderer) deliveryStatus(body []byte) {
	for _, block := range strings.Split(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n\n") {
		h := message.Assemble([]byte(block+"\n\n"), nil, nil).Header
		who := after(h.Get("Final-Recipient"))
		if who == "" {
			who = after(h.Get("Original-Recipient"))
		}
		if who == "" {
			continue
		}
		what := map[string]string{
			"failed": "was not delivered to", "delayed": "is delayed on its way to", "delivered": "was delivered to",
			"relayed": "was passed on to", "expanded": "was passed on to the list",
		}[strings.ToLower(strings.TrimSpace(h.Get("Action")))]
		if what == "" {
			what = "has a report about"
		}
		text := "The message " + what + " " + who
		if why := after(h.Get("Diagnostic-Code")); why != "" {
			text += ": " + why
		}
		r.say(Warning, text)
	}
}

// after returns what follows the type before a semicolon.
func after(s string) string {
	if _, v, ok := strings.Cut(s, ";"); ok {
		return strings.TrimSpace(v)
	}
	return strings.TrimSpace(s)
}
