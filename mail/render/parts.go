package render

import (
	"fmt"
	"slices"
	"strings"

	"posthorn/mail"
	"posthorn/mail/charset"
	"posthorn/mail/message"
	"posthorn/mail/safe"
)

// maxNested bounds how deep attached messages are shown.
const maxNested = 5

// Wanted returns the paths of the parts whose bodies must be at hand to show a
// message: those that body shows, and those that may have to stand in for them.
func Wanted(root *mail.Part, o Options) (paths []string) {
	for _, p := range (chooser{body: o.Body, wanted: true}).choose(root, true) {
		paths = append(paths, p.Path)
	}
	return paths
}

// A chooser chooses the parts that a reader shows.
type chooser struct {
	body   string           // see Options
	m      *message.Message // where it is at hand; plain text may then turn out to be a stub
	wanted bool             // choose what may be shown as well
}

// choose returns the parts that are shown, in order: of alternatives one below
// the appointment that is among them, of related parts their root, of mixed ones
// those that are text. First says that the part is where the text of a message
// stands.
func (c chooser) choose(p *mail.Part, first bool) (list []*mail.Part) {
	switch {
	case p == nil:
	case p.Type == "multipart/alternative":
		best := c.alternatives(p)
		for _, q := range p.Parts {
			if q.Type == "text/calendar" && !slices.Contains(best, q) {
				list = append(list, q)
			}
		}
		for _, q := range best {
			list = append(list, c.choose(q, true)...)
		}
	case p.Root() != nil:
		return c.choose(p.Root(), true)
	case p.IsMultipart():
		for i, q := range p.Parts {
			list = append(list, c.choose(q, first && i == 0)...)
		}
	case shows(p, first), c.wanted && p.Opens() && p.Size <= maxAttached:
		return []*mail.Part{p}
	}
	return list
}

// maxAttached bounds the octets of an attached message that is shown in line.
const maxAttached = 1 << 20

// shows reports whether the reader shows a leaf within the text.
func shows(p *mail.Part, first bool) bool {
	switch p.Type {
	case "message/delivery-status", "message/disposition-notification", "text/rfc822-headers":
		return true
	case "message/rfc822":
		return p.Disposition != "attachment" && p.Size <= maxAttached
	case "text/calendar":
		return p.Disposition != "attachment"
	}
	return p.IsText() && p.Disposition != "attachment" && (first || p.Name == "" || p.Disposition == "inline")
}

// maxStub bounds the octets of plain text that may be a stub, so that the HTML
// beside it is wanted too.
const maxStub = 4096

// alternatives chooses among alternatives: the one that is asked for, else plain
// text, unless there is none to speak of; then the last that can be shown, which
// is the richest (RFC 2046, section 5.1.4). It returns several only where all
// are wanted, because their text decides.
func (c chooser) alternatives(p *mail.Part) []*mail.Part {
	var plain, rich, last, asked *mail.Part
	var text, html *mail.Part // the leaves of plain and rich
	for _, q := range p.Parts {
		found := c.choose(q, true)
		if len(found) == 0 {
			continue
		}
		leaf := found[0]
		if leaf.Type != "text/calendar" || last == nil {
			last = q
		}
		if c.body != "" && (c.body == leaf.Type || slices.ContainsFunc(found, func(f *mail.Part) bool { return f.Path == c.body })) {
			asked = q
		}
		switch {
		case leaf.Type == "text/plain" && plain == nil:
			plain, text = q, leaf
		case leaf.Type == "text/html":
			rich, html = q, leaf
		}
	}
	switch {
	case asked != nil:
		return []*mail.Part{asked}
	case plain == nil && rich == nil && last == nil:
		return nil
	case plain == nil && rich == nil:
		return []*mail.Part{last}
	case plain == nil:
		return []*mail.Part{rich}
	case rich == nil:
		return []*mail.Part{plain}
	case c.wanted && text.Size <= maxStub:
		return []*mail.Part{plain, rich}
	case c.m != nil && c.m.Has(text.Path) && c.m.Has(html.Path) && isStub(c.m, text, html):
		return []*mail.Part{rich}
	}
	return []*mail.Part{plain}
}

// A Body is one of the forms in which a message holds its text.
type Body struct {
	Type  string `json:"type"` // its media type
	Part  string `json:"part"` // what Options.Body takes
	Shown bool   `json:"shown"`
}

// NextBody returns what Options.Body takes to show the body after the one that is
// shown, empty where there is only one.
func (d Document) NextBody() string {
	n := slices.IndexFunc(d.Bodies, func(b Body) bool { return b.Shown })
	if len(d.Bodies) < 2 {
		return ""
	}
	return d.Bodies[(n+1)%len(d.Bodies)].Part
}

// bodies lists the forms of the text: the alternatives, or the one that there is.
func bodies(root *mail.Part, parts []*mail.Part) []Body {
	list, shown := []Body{}, map[*mail.Part]bool{}
	for _, p := range parts {
		shown[p] = true
	}
	var walk func(p *mail.Part, among bool)
	walk = func(p *mail.Part, among bool) {
		among = among || p.Type == "multipart/alternative"
		switch {
		case p.Root() != nil:
			walk(p.Root(), among)
		case p.IsMultipart():
			for _, q := range p.Parts {
				walk(q, among)
			}
		case p.IsText() && p.Disposition != "attachment" && (among || shown[p]):
			list = append(list, Body{Type: safe.Line(p.Type), Part: p.Path, Shown: shown[p]})
		}
	}
	if root != nil {
		walk(root, false)
	}
	return list
}

// body shows the chosen parts of a message.
func (r *renderer) body(m *message.Message, root *mail.Part, depth int) {
	before := len(r.doc.Lines)
	parts := chooser{body: r.o.Body, m: m}.choose(root, true)
	if depth == 0 {
		r.doc.Bodies = bodies(root, parts)
	}
	old := r.pictures
	r.pictures = pictureNames(root)
	for i := 0; i < len(parts); i++ {
		if i > 0 {
			r.blank()
		}
		if away := absent(m, parts[i:]); away > 1 {
			r.say(Dim, fmt.Sprintf("[%d parts have not been fetched]", away))
			i += away - 1
			continue
		}
		r.part(m, parts[i], depth, len(parts) == 1)
	}
	r.pictures = old
	if !r.o.NoHeader && !slices.ContainsFunc(r.doc.Lines[min(before, len(r.doc.Lines)):], func(l Line) bool { return !isBlank(l) }) {
		r.say(Dim, nothing(m, root))
	}
}

// absent counts the first parts that are not at hand.
func absent(m *message.Message, parts []*mail.Part) int {
	if n := slices.IndexFunc(parts, func(p *mail.Part) bool { return m.Has(p.Path) }); n >= 0 {
		return n
	}
	return len(parts)
}

// nothing says why there is nothing to read.
func nothing(m *message.Message, root *mail.Part) string {
	if isEncrypted(m, root) {
		return "[this message is encrypted and cannot be read here]"
	}
	var pictures []Attachment
	for p, use := range root.Uses(nil) {
		if use != mail.Container && strings.HasPrefix(p.Type, "image/") {
			pictures = append(pictures, describe(m, p, use))
		}
	}
	switch {
	case len(pictures) == 1 && pictures[0].Name != "":
		return "[this message is a picture: " + pictures[0].Name + "]"
	case len(pictures) == 1:
		return "[this message is a picture]"
	case len(pictures) > 1:
		return fmt.Sprintf("[this message is %d pictures]", len(pictures))
	}
	return "[this message holds no text]"
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
		r.html(r.text(m, p))
	case "text/enriched", "text/richtext":
		r.html(enriched(r.text(m, p)))
	default:
		r.plain(r.text(m, p), p)
	}
}

// text returns the text of a part, and says where it is not all.
func (r *renderer) text(m *message.Message, p *mail.Part) string {
	s, size := textOf(m, p)
	if size > int64(len(s)) {
		r.note(fmt.Sprintf("the text is %s long; only the first %s are shown", Octets(size), Octets(int64(len(s)))))
	}
	return s
}

// textOf returns the text of a part, cut where it is too long to be laid out while
// one waits, and its size. Of one that is much longer only the beginning is
// decoded.
func textOf(m *message.Message, p *mail.Part) (s string, size int64) {
	if size = m.PartSize(p); size > 2*maxText {
		s, _ = charset.Decode(m.Head(p.Path, 2*maxText), p.Params["charset"])
	} else {
		s = m.Text(p.Path)
		size = int64(len(s))
	}
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return s, size
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
