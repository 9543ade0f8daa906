package render

import (
	"html"
	"net/url"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/safe"
)

// An Attachment is what is said of an attachment. Its name can be printed; as a
// file name it goes through [safe.FileName] first.
type Attachment struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Size        int64  `json:"size"`        // octets of its content
	Disposition string `json:"disposition"` // "inline" or "attachment", or what its author wrote
	ContentID   string `json:"content_id"`
	Part        string `json:"part"`
	Drawn       bool   `json:"-"` // a picture that stands within the HTML

	raw string // the name as its author wrote it
}

// Attachments lists what hangs on a message besides its text, the pictures that
// its HTML draws among it. It is the list that is shown, saved and forwarded.
func Attachments(m *message.Message) (list []Attachment) {
	for p, use := range m.Root.Uses(draws(m)) {
		if use == mail.Attached || use == mail.Drawn {
			list = append(list, describe(m, p, use))
		}
	}
	return list
}

func describe(m *message.Message, p *mail.Part, use mail.Use) Attachment {
	title := name(m, p)
	a := Attachment{
		Name: safe.Line(title), raw: title, Type: safe.Line(p.Type), Size: m.PartSize(p), Disposition: p.Disposition,
		ContentID: safe.Line(p.ContentID), Part: p.Path, Drawn: use == mail.Drawn,
	}
	switch {
	case a.Drawn:
		a.Disposition = "inline"
	case a.Disposition == "" || safe.Line(a.Disposition) != a.Disposition:
		a.Disposition = "attachment"
	}
	return a
}

// maxHead bounds the octets of an attached message that are looked at for its
// subject.
const maxHead = 64 << 10

// name returns a part's name; that of an attached message is its subject, which
// people know it by.
func name(m *message.Message, p *mail.Part) string {
	if p.Type != "message/rfc822" && p.Type != "message/global" {
		return p.Name
	}
	title := p.Name
	if title == "" && m.Has(p.Path) {
		title = message.Assemble(m.Head(p.Path, maxHead), nil, nil).Envelope.Subject
	}
	if title == "" {
		title = p.Description
	}
	if strings.TrimSpace(title) == "" {
		title = "message"
	}
	if strings.HasSuffix(strings.ToLower(title), ".eml") {
		return title
	}
	return title + ".eml"
}

// draws returns what tells which parts the HTML of a message draws, nil where
// not all of its HTML is at hand.
func draws(m *message.Message) func(*mail.Part) bool {
	ids, unknown, labelled := map[string]bool{}, false, false
	for p, use := range m.Root.Uses(nil) {
		labelled = labelled || p.ContentID != ""
		switch {
		case use != mail.Shown || p.Type != "text/html":
		case !m.Has(p.Path):
			unknown = true
		}
	}
	if unknown {
		return nil
	}
	if labelled {
		for p, use := range m.Root.Uses(nil) {
			if use == mail.Shown && p.Type == "text/html" {
				text, _ := textOf(m, p)
				contentIDs(text, ids)
			}
		}
	}
	return func(p *mail.Part) bool { return p.ContentID != "" && ids[p.ContentID] }
}

// contentIDs notes the ids of the parts that HTML refers to (RFC 2392).
func contentIDs(text string, ids map[string]bool) {
	for rest := text; ; {
		at := indexFold(rest, "cid:")
		if at < 0 {
			return
		}
		rest = rest[at+len("cid:"):]
		end := strings.IndexAny(rest[:min(len(rest), 1000)], "\"' \t\r\n>)")
		if end < 0 {
			end = min(len(rest), 1000)
		}
		ids[contentID(rest[:end])] = true
	}
}

// contentID undoes what URLs and HTML do to an id.
func contentID(s string) string {
	s = html.UnescapeString(s)
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	return strings.Trim(s, "<>")
}

// indexFold returns where an ASCII text in lower case comes first, whatever its
// case there, and -1 where it does not.
func indexFold(s, sub string) int {
	for from := 0; ; {
		n := strings.IndexAny(s[from:], sub[:1]+strings.ToUpper(sub[:1]))
		if n < 0 || from+n+len(sub) > len(s) {
			return -1
		}
		if from += n; strings.EqualFold(s[from:from+len(sub)], sub) {
			return from
		}
		from++
	}
}

// pictureNames returns the names of the pictures that HTML may draw, by
// Content-ID.
func pictureNames(root *mail.Part) map[string]string {
	names := map[string]string{}
	for p := range root.Uses(nil) {
		if p.ContentID != "" && p.Name != "" {
			names[p.ContentID] = safe.Line(p.Name)
		}
	}
	return names
}
