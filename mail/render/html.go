package render

import (
	"strings"

	"golang.org/x/net/html/atom"

	"posthorn/mail/safe"
)

// html lays out an HTML part as a person would write it down. Styles count where
// they hide something, and for white space, room and lists.
func (r *renderer) html(text string) {
	root := parseHTML(text)
	h := htmlRenderer{r: r, anchors: map[*node]int{}, after: map[*node][]Span{}}
	h.label(root)
	h.number(root)
	h.children(root)
	h.flush()
}

// htmlRenderer walks the tree: text is collected in spans, and laid out where a
// block begins or ends.
type htmlRenderer struct {
	r       *renderer
	anchors map[*node]int    // the numbers of links
	after   map[*node][]Span // what stands behind the last text of a link

	spans   []Span
	style   Style
	link    int
	indent  int    // columns before each line
	bullet  string // stands before the next line only
	list    *items // whose items these are
	quote   int
	pending bool // an empty line is due before the next text
}

func (h *htmlRenderer) children(n *node) {
	for _, c := range n.kids {
		h.node(c)
	}
}

// node shows one element or text. What is not named here is a part of a line of
// text if it is inline, and a block if it is not.
func (h *htmlRenderer) node(n *node) {
	if n.spacer && !n.full && isBlock(n.tag) {
		h.flush()
		h.pending = true
		return
	}
	switch n.tag {
	case 0:
		h.text(n)
	case atom.Br:
		h.newline()
	case atom.Wbr:
	case atom.Hr:
		h.block(h.rule, true)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Pre, atom.Xmp, atom.Listing:
		h.block(func() { h.children(n) }, true)
	case atom.P, atom.Dl:
		h.block(func() { h.children(n) }, n.gap != gapNone)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		h.items(n)
	case atom.Li:
		h.item(n)
	case atom.Blockquote:
		h.block(func() { h.quote++; h.children(n); h.flush(); h.quote-- }, true)
	case atom.Table:
		h.table(n)
	case atom.Dd:
		h.block(func() { h.indent += 4; h.children(n); h.flush(); h.indent -= 4 }, false)
	case atom.A:
		h.anchor(n)
	case atom.Q:
		h.add("“")
		h.children(n)
		h.add("”")
	case atom.Sup, atom.Sub:
		h.raised(n)
	case atom.Img:
		h.image(n)
	default:
		if isBlock(n.tag) {
			h.block(func() { h.children(n) }, n.gap == gapSome && !partOfTable(n.tag) && n.full)
			return
		}
		h.children(n)
	}
}

func (h *htmlRenderer) rule() {
	h.spans = []Span{{Text: strings.Repeat("─", min(h.width(), 40)), Style: Marker}}
}

// raised shows figures above or below the line by the characters that are made
// for it, and other text as it is.
func (h *htmlRenderer) raised(n *node) {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	if n.tag == atom.Sub {
		digits = []rune("₀₁₂₃₄₅₆₇₈₉")
	}
	if len(n.kids) != 1 || n.kids[0].tag != 0 || strings.Trim(n.kids[0].text, "0123456789") != "" {
		h.children(n)
		return
	}
	c := *n.kids[0]
	c.text = strings.Map(func(r rune) rune { return digits[r-'0'] }, c.text)
	h.after[&c] = h.after[n.kids[0]]
	h.text(&c)
}

// block shows something on lines of its own; spaced asks for an empty line
// before and after it.
func (h *htmlRenderer) block(show func(), spaced bool) {
	h.flush()
	h.pending = h.pending || spaced && h.bullet == ""
	show()
	h.flush()
	h.pending = h.pending || spaced
}

// text collects text. White space counts once, but for text that says otherwise.
func (h *htmlRenderer) text(n *node) {
	old := h.style
	h.style |= n.style
	switch s := safe.Text(n.text); n.white {
	case whiteKept:
		h.lines(s, func(line string) { h.kept(line) })
	case whiteLines:
		h.lines(s, func(line string) { h.add(collapse(line)) })
	case whiteNoWrap:
		h.add(strings.ReplaceAll(collapse(s), " ", nbsp))
	default:
		h.add(collapse(s))
	}
	h.spans = h.append(h.spans, h.after[n])
	h.style = old
}

// nbsp is the space at which no line ends if that can be helped.
const nbsp = "\u00a0"

// lines shows text whose line ends stand.
func (h *htmlRenderer) lines(s string, show func(string)) {
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			h.lineEnd()
		}
		show(line)
	}
}

// kept adds text whose spaces stand.
func (h *htmlRenderer) kept(line string) {
	if strings.Contains(line, "\t") {
		line = expandTabsFrom(line, spansWidth(h.spans))
	}
	if len(h.spans) == 0 {
		indented := strings.TrimLeft(line, " ")
		line = strings.Repeat(nbsp, len(line)-len(indented)) + indented
	}
	if line != "" {
		h.spans = appendSpan(h.spans, line, Span{Style: h.style, Link: h.link})
	}
}

// collapse makes one space of white space. Spaces that are not to be broken at
// stay, as people indent with them.
func collapse(s string) string {
	if s == "" {
		return ""
	}
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for i := range len(s) {
		switch c := s[i]; {
		case c != ' ' && c != '\n' && c != '\t' && c != '\r' && c != '\f':
			b.WriteByte(c)
			space = false
		case !space:
			b.WriteByte(' ')
			space = true
		}
	}
	return b.String()
}

func (h *htmlRenderer) add(s string) {
	if n := len(h.spans); strings.HasPrefix(s, " ") && (n == 0 || strings.HasSuffix(h.spans[n-1].Text, " ")) {
		s = s[1:]
	}
	if s != "" {
		h.spans = appendSpan(h.spans, s, Span{Style: h.style, Link: h.link})
	}
}

// append adds spans behind the text, before the space at its end.
func (h *htmlRenderer) append(spans, more []Span) []Span {
	n := len(spans)
	if len(more) == 0 || n == 0 {
		return append(spans, more...)
	}
	text, spaced := strings.CutSuffix(spans[n-1].Text, " ")
	spans[n-1].Text = text
	spans = append(spans, more...)
	if spaced {
		spans = append(spans, Span{Text: " "})
	}
	return spans
}

// newline ends a line; two of them in a row make an empty one.
func (h *htmlRenderer) newline() {
	if len(trimSpans(h.spans)) == 0 {
		h.spans, h.pending = nil, true
		return
	}
	h.flush()
}

// lineEnd ends a line of text whose line ends stand.
func (h *htmlRenderer) lineEnd() {
	if len(h.spans) > 0 && !isBlank(Line{Spans: h.spans}) {
		h.flush()
		return
	}
	h.spans = nil
	if h.pending {
		h.gap()
		return
	}
	h.line(nil)
}

// marks returns the quote marks that a line stands behind.
func (h *htmlRenderer) marks() int { return min(h.quote, maxMarks, h.r.o.Width/4) }

// indented returns the columns before a line, its quote marks not among them.
func (h *htmlRenderer) indented() int {
	room := h.r.o.Width - minWidth/2
	if h.quote > 0 {
		room -= h.marks() + 1
	}
	return max(min(h.indent, room), 0)
}

// width returns the columns of a line of text.
func (h *htmlRenderer) width() int {
	w := h.r.o.Width - h.indented()
	if h.quote > 0 {
		w -= h.marks() + 1
	}
	return max(w, minWidth/4)
}

// flush lays out what was collected. A line of spaces that are not to be broken
// at is an empty one.
func (h *htmlRenderer) flush() {
	spans := trimSpans(h.spans)
	h.spans = nil
	if len(spans) == 0 {
		return
	}
	if isBlank(Line{Spans: spans}) {
		h.pending = true
		return
	}
	if h.pending {
		h.gap()
	}
	for _, l := range wrapSpans(spans, h.width(), h.r.o.Pipe) {
		h.line(l)
	}
}

// gap adds the empty line that is due: within a quote where that goes on below
// it, so that it stays in one piece.
func (h *htmlRenderer) gap() {
	h.pending = false
	lines := h.r.doc.Lines
	n := len(lines)
	if n == 0 {
		return
	}
	depth := min(lines[n-1].Quote, h.quote)
	if depth == 0 {
		h.r.blank()
		return
	}
	if strings.Trim(lines[n-1].Text(), "> ") != "" {
		inner := *h
		inner.quote = depth
		h.r.line(inner.prefixed(nil))
	}
}

// line adds a line behind its quote marks, its indent and its bullet.
func (h *htmlRenderer) line(spans []Span) {
	for i := range spans {
		spans[i].Text = strings.ReplaceAll(spans[i].Text, nbsp, " ")
	}
	indent := max(h.indented()-safe.Width(h.bullet), 0)
	var before []Span
	if indent > 0 {
		before = append(before, Span{Text: strings.Repeat(" ", indent)})
	}
	if h.bullet != "" {
		before = append(before, Span{Text: safe.Truncate(h.bullet, max(h.indented(), 2)), Style: Marker})
		h.bullet = ""
	}
	h.r.line(h.prefixed(append(before, spans...)))
}

func (h *htmlRenderer) prefixed(spans []Span) Line {
	if h.quote == 0 {
		return Line{Spans: spans}
	}
	mark := Span{Text: strings.Repeat(">", h.marks()) + " ", Style: Quote | Marker}
	for i := range spans {
		spans[i].Style |= Quote
	}
	return Line{Spans: append([]Span{mark}, spans...), Quote: h.quote}
}
