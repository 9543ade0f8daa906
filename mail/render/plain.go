package render

import (
	"strings"

	"posthorn/mail"
	"posthorn/mail/safe"
)

// plain lays out plain text. That which is flowed (RFC 3676) is laid out anew;
// other keeps its lines, but for those that are too long.
func (r *renderer) plain(text string, p *mail.Part) {
	flowed := strings.EqualFold(p.Params["format"], "flowed")
	delsp := strings.EqualFold(p.Params["delsp"], "yes")
	text = strings.TrimRight(safe.Text(text), " \n")
	signature, open := false, paragraph{}
	for line := range strings.SplitSeq(text, "\n") {
		depth, body := unquote(line, flowed)
		if flowed && depth == 0 {
			body = strings.TrimPrefix(body, " ")
		}
		isMark := body == "-- " || !flowed && body == "--"
		soft := flowed && strings.HasSuffix(body, " ") && !isMark
		if open.text != "" && (open.depth != depth || isMark) {
			r.paragraph(open)
			open = paragraph{}
		}
		if isMark && depth == 0 {
			signature = true
		}
		if soft && delsp {
			body = body[:len(body)-1]
		}
		open = paragraph{text: open.text + body, depth: depth, signature: signature}
		if !soft || len(open.text) > maxParagraph {
			r.paragraph(open)
			open = paragraph{}
		}
	}
	if open.text != "" {
		r.paragraph(open)
	}
}

// maxParagraph bounds what flowed lines are joined to.
const maxParagraph = 1 << 16

// A paragraph is text to be wrapped, at one depth of quoting.
type paragraph struct {
	text      string
	depth     int
	signature bool
}

// unquote counts and removes the marks of a quoted line. A fixed line's marks
// may have spaces between them.
func unquote(line string, flowed bool) (depth int, body string) {
	body = line
	for strings.HasPrefix(body, ">") {
		depth++
		body = body[1:]
		if !flowed && strings.HasPrefix(body, " >") {
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
	prefix := strings.Repeat(">", min(p.depth, maxMarks))
	if prefix != "" {
		prefix += " "
	}
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
	for _, spans := range wrapSpans(r.linked(text, style), max(r.o.Width-len(prefix), minWidth/2)) {
		l := Line{Quote: p.depth, Spans: spans}
		if prefix != "" {
			l.Spans = append([]Span{{Text: prefix, Style: Quote | Marker}}, spans...)
		}
		r.line(l)
	}
}

const tabWidth = 8

// expandTabs replaces tabs by spaces up to the next stop.
func expandTabs(s string) string {
	if !strings.Contains(s, "\t") {
		return s
	}
	var b strings.Builder
	col := 0
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
