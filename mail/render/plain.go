package render

import (
	"strings"

	"posthorn/mail"
	"posthorn/mail/safe"
)

// plain lays out plain text. That which is flowed (RFC 3676) is laid out anew;
// other keeps its lines, but for those that are too long. A patch keeps all of
// its lines.
func (r *renderer) plain(text string, p *mail.Part) {
	l := plainLayout{r: r, flowed: strings.EqualFold(p.Params["format"], "flowed"), delsp: strings.EqualFold(p.Params["delsp"], "yes")}
	text = strings.TrimRight(safe.Text(text), " \n")
	for line := range strings.SplitSeq(text, "\n") {
		l.line(line)
	}
	l.end()
}

// plainLayout reads plain text line by line.
type plainLayout struct {
	r             *renderer
	flowed, delsp bool
	patch         patch
	signature     bool
	open          strings.Builder // flowed lines that go on
	depth         int             // how deep they are quoted
}

func (l *plainLayout) line(line string) {
	depth, body := unquote(line)
	if l.flowed && depth == 0 {
		body = strings.TrimPrefix(body, " ")
	}
	isMark := body == "-- " || !l.flowed && body == "--"
	if l.open.Len() > 0 && (l.depth != depth || isMark) {
		l.end()
	}
	l.depth = depth
	l.signature = l.signature || isMark && depth == 0
	if style, ok := l.patch.line(body); ok {
		l.end()
		l.r.fixed(body, depth, style)
		return
	}
	soft := l.flowed && strings.HasSuffix(body, " ") && !isMark
	if soft && l.delsp {
		body = body[:len(body)-1]
	}
	l.open.WriteString(body)
	if !soft || l.open.Len() > maxParagraph {
		l.paragraph()
	}
}

// end lays out what was not ended by a line.
func (l *plainLayout) end() {
	if l.open.Len() > 0 {
		l.paragraph()
	}
}

func (l *plainLayout) paragraph() {
	l.r.paragraph(paragraph{text: l.open.String(), depth: l.depth, signature: l.signature})
	l.open.Reset()
}

// maxParagraph bounds what flowed lines are joined to.
const maxParagraph = 1 << 16

// A paragraph is text to be wrapped, at one depth of quoting.
type paragraph struct {
	text      string
	depth     int
	signature bool
}

// unquote counts and removes the marks of a quoted line. There may be spaces
// between them: flowed text should have none, but many write it with some.
func unquote(line string) (depth int, body string) {
	body = line
	for strings.HasPrefix(body, ">") {
		depth++
		body = body[1:]
		if strings.HasPrefix(body, " >") {
			body = body[1:]
		}
	}
	if depth > 0 {
		body = strings.TrimPrefix(body, " ")
	}
	return depth, body
}

// maxMarks bounds the quote marks that are drawn.
const maxMarks = 12

// paragraph wraps a paragraph behind its quote marks.
func (r *renderer) paragraph(p paragraph) {
	style := Style(0)
	switch {
	case p.depth > 0:
		style = Quote
	case p.signature:
		style = Signature
	}
	text := expandTabs(p.text)
	if p.text != "-- " {
		text = strings.TrimRight(text, " ")
	}
	prefix := r.quoteMarks(p.depth)
	for _, spans := range wrapSpans(r.linked(text, style), r.o.Width-len(prefix), r.o.Pipe) {
		r.line(quoted(prefix, p.depth, spans))
	}
}

// quoteMarks returns what stands before a line of a quote.
func (r *renderer) quoteMarks(depth int) string {
	if depth == 0 {
		return ""
	}
	return strings.Repeat(">", min(depth, maxMarks, r.o.Width/4)) + " "
}

func quoted(prefix string, depth int, spans []Span) Line {
	if prefix != "" {
		spans = append([]Span{{Text: prefix, Style: Quote | Marker}}, spans...)
	}
	return Line{Quote: depth, Spans: spans}
}

// fixed adds a line that is not wrapped.
func (r *renderer) fixed(text string, depth int, style Style) {
	if depth > 0 {
		style |= Quote
	}
	l := quoted(r.quoteMarks(depth), depth, []Span{{Text: expandTabs(text), Style: style | Code}})
	l.Fixed = true
	r.line(l)
}

const tabWidth = 8

// expandTabs replaces tabs by spaces up to the next stop.
func expandTabs(s string) string { return expandTabsFrom(s, 0) }

// expandTabsFrom does so for text that begins at a column.
func expandTabsFrom(s string, col int) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	for part := range strings.SplitAfterSeq(s, "\t") {
		text, tab := strings.CutSuffix(part, "\t")
		b.WriteString(text)
		col += safe.Width(text)
		if tab {
			n := tabWidth - col%tabWidth
			b.WriteString(strings.Repeat(" ", n))
			col += n
		}
	}
	return b.String()
}
