// Package render lays a message out as lines of text, as a reader shows them.
//
// [Message] chooses the parts a person wants to see, decodes them, and returns a
// [Document]: lines of spans that say what they are, a quote or a link, and not
// how that looks. Every span went through [posthorn/mail/safe], so a document
// can be printed as it is. Nothing is ever loaded from anywhere.
package render

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"posthorn/mail/message"
	"posthorn/mail/safe"
	"posthorn/mail/spoof"
)

// Options say how a message is laid out. The zero value is 80 columns, a short
// header, and plain text rather than HTML.
type Options struct {
	Width      int            // columns; 0 means 80
	Body       string         // the alternative to show, by its media type or its path; empty for plain text
	AllHeaders bool           // every header field, not only those people read
	NoHeader   bool           // only the text: no header, no list of attachments and links
	Pipe       bool           // not for a screen: addresses in the web stay whole, however long
	Location   *time.Location // the zone for dates; nil means the message's own
}

// A Document is a message as lines.
type Document struct {
	Lines       []Line
	Links       []Link
	Attachments []Attachment
	Warnings    []string
	Bodies      []Body // the forms of the text that there are
	Remote      int    // pictures that lie on other machines; they are not loaded
}

// A Line is one row of the screen.
type Line struct {
	Spans []Span
	Quote int  // how deep the line is quoted
	Fixed bool // it was not wrapped, and may be wider than the others
}

// A Span is text of one look, safe to print.
type Span struct {
	Text  string
	Style Style
	Link  int // counts from 1 into Links; 0 is no link
}

// A Style says what a span is.
type Style uint16

// The styles; they combine.
const (
	Bold Style = 1 << iota
	Italic
	Underline
	Strike
	Code
	Dim
	Heading
	Quote
	Signature
	LinkText
	HeaderName
	HeaderValue
	Marker
	Warning
	Added   // a line of a patch
	Removed // another
)

// A Link is where a link leads, as its author wrote it.
type Link struct{ Text, URL string }

// Text returns the document as plain text, a line end after each line.
func (d Document) Text() string {
	var b strings.Builder
	for _, l := range d.Lines {
		line := l.Text()
		if line != "-- " {
			line = strings.TrimRight(line, " ")
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}

// Text returns the line's text.
func (l Line) Text() string {
	if len(l.Spans) == 1 {
		return l.Spans[0].Text
	}
	var b strings.Builder
	for _, s := range l.Spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// The bounds of a document.
const (
	minWidth = 20
	maxLines = 50000
	maxText  = 4 << 20 // octets of one part that are laid out
)

// Message lays a message out.
func Message(m *message.Message, o Options) Document {
	r := newRenderer(o)
	for _, text := range spoof.Senders(&m.Envelope) {
		r.warning(text)
	}
	if !o.NoHeader {
		r.header(m)
		r.blank()
	}
	r.body(m, m.Root, 0)
	for len(r.doc.Lines) > 0 && isBlank(r.doc.Lines[len(r.doc.Lines)-1]) {
		r.doc.Lines = r.doc.Lines[:len(r.doc.Lines)-1]
	}
	r.leftOut(m)
	r.doc.Attachments = Attachments(m)
	for _, a := range r.doc.Attachments {
		for _, text := range spoof.File(a.raw) {
			r.warning(text)
		}
	}
	if !o.NoHeader {
		r.attachments()
		r.links()
	}
	r.doc.Warnings = r.warnings.all("warnings")
	return r.doc
}

// renderer collects the lines of a document.
type renderer struct {
	o      Options
	doc    Document
	looked int // octets that were looked at for links
	limit  int // how many lines there may be
	added  int // how many there would be without it

	warnings few // what a person should know of the message
	notes    few // what of the message is not shown

	pictures map[string]string // names of the pictures that HTML may draw, by Content-ID
}

func newRenderer(o Options) *renderer {
	if o.Width == 0 {
		o.Width = 80
	}
	o.Width = max(o.Width, minWidth)
	return &renderer{o: o, limit: maxLines}
}

// line adds a line, unless there are too many.
func (r *renderer) line(l Line) {
	r.added++
	if len(r.doc.Lines) < r.limit {
		r.doc.Lines = append(r.doc.Lines, l)
	}
}

// blank adds an empty line, unless there is one.
func (r *renderer) blank() {
	if n := len(r.doc.Lines); n > 0 && !isBlank(r.doc.Lines[n-1]) {
		r.line(Line{})
	}
}

func isBlank(l Line) bool { return strings.TrimSpace(l.Text()) == "" && l.Quote == 0 }

// warning enters what a person should know of the message.
func (r *renderer) warning(text string) { r.warnings.add(text) }

// note says that something of the message is not shown, below the text.
func (r *renderer) note(text string) {
	r.warning(text)
	r.notes.add(text)
}

// leftOut says what of a message is not shown, of which the parser knows some.
func (r *renderer) leftOut(m *message.Message) {
	if n := r.added - len(r.doc.Lines); n > 0 {
		r.note(fmt.Sprintf("the message is too long: %d lines are not shown", n))
	}
	r.limit = math.MaxInt // the lists that follow are of use all the more
	if r.o.NoHeader {
		return
	}
	if notes := slices.Concat(r.notes.all("notes"), m.Warnings); len(notes) > 0 {
		r.blank()
		for _, text := range notes {
			r.say(Warning, "["+safe.Line(text)+"]")
		}
	}
}

// say adds a line of our own.
func (r *renderer) say(style Style, text string) {
	for _, l := range safe.Wrap(safe.Line(text), r.o.Width) {
		r.line(Line{Spans: []Span{{Text: l, Style: style}}})
	}
}

// rule draws a line between a message and what is in it.
func (r *renderer) rule() {
	r.say(Marker, strings.Repeat("─", min(r.o.Width, 40)))
}
