package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"posthorn/mail/safe"
)

// html lays out an HTML part. It is parsed as browsers parse it; styles count
// only where they hide something.
func (r *renderer) html(text string) {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		r.say(Warning, "[the HTML of this part cannot be read]")
		return
	}
	sheet := sheetLooks(root)
	lines := len(r.doc.Lines)
	r.tree(root, htmlRenderer{r: r, sheet: sheet})
	if len(r.doc.Lines) == lines { // made of pictures only, without words
		r.doc.Remote = 0
		r.tree(root, htmlRenderer{r: r, sheet: sheet, pictures: true})
	}
}

func (r *renderer) tree(root *html.Node, h htmlRenderer) {
	h.children(root)
	h.flush()
}

// maxElements bounds how deep elements are followed.
const maxElements = 250

// htmlRenderer walks the tree: text is collected in spans, and laid out where a
// block begins or ends.
type htmlRenderer struct {
	r        *renderer
	sheet    map[string]look // by selector
	pictures bool            // show pictures that have no text, too

	spans   []Span
	style   Style
	link    int
	indent  int    // columns before each line
	bullet  string // stands before the next line only
	number  int    // of the next item of a numbered list
	quote   int
	pre     bool
	depth   int
	tiny    bool // text is too small to be seen
	pending bool // an empty line is due before the next text
}

func (h *htmlRenderer) children(n *html.Node) {
	if h.depth >= maxElements {
		return
	}
	h.depth++
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		h.node(c)
	}
	h.depth--
}

func (h *htmlRenderer) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		if !h.tiny {
			h.text(n.Data)
		}
	case html.DocumentNode:
		h.children(n)
	case html.ElementNode:
		h.visible(n, func() { h.element(n) })
	}
}

// element shows one element. What is not named here is a line of text's part if
// it is inline, and a block if it is not.
func (h *htmlRenderer) element(n *html.Node) {
	switch n.DataAtom {
	case atom.Head, atom.Style, atom.Script, atom.Template, atom.Title, atom.Iframe, atom.Object, atom.Select, atom.Textarea, atom.Svg, atom.Math:
	case atom.Br:
		h.newline()
	case atom.Hr:
		h.block(h.rule, true)
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		h.block(func() { h.styled(Bold|Heading, n) }, true)
	case atom.P, atom.Ul, atom.Ol, atom.Dl:
		h.paragraph(n)
	case atom.Li:
		h.item(n)
	case atom.Blockquote:
		h.block(func() { h.quote++; h.children(n); h.flush(); h.quote-- }, true)
	case atom.Pre:
		h.block(func() { h.pre = true; h.styled(Code, n); h.flush(); h.pre = false }, true)
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
		if style, ok := inlineStyles()[n.DataAtom]; ok {
			h.styled(style, n)
			return
		}
		if isBlock(n) {
			h.block(func() { h.children(n) }, false)
			return
		}
		h.children(n)
	}
}

func inlineStyles() map[atom.Atom]Style {
	return map[atom.Atom]Style{
		atom.B: Bold, atom.Strong: Bold, atom.I: Italic, atom.Em: Italic, atom.Cite: Italic, atom.U: Underline, atom.Ins: Underline,
		atom.S: Strike, atom.Strike: Strike, atom.Del: Strike, atom.Code: Code, atom.Tt: Code, atom.Kbd: Code, atom.Samp: Code, atom.Small: Dim,
	}
}

func isBlock(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Div, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Main, atom.Nav, atom.Aside, atom.Center, atom.Address,
		atom.Form, atom.Fieldset, atom.Figure, atom.Figcaption, atom.Dt, atom.Dd, atom.Tr, atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption,
		atom.Td, atom.Th, atom.Body, atom.Html, atom.Details, atom.Summary, atom.P, atom.Ul, atom.Ol, atom.Table, atom.Blockquote, atom.Pre, atom.H1, atom.H2, atom.H3, atom.Hr:
		return true
	}
	return false
}

// styled shows the children of an element in a style.
func (h *htmlRenderer) styled(s Style, n *html.Node) {
	old := h.style
	h.style |= s
	h.children(n)
	h.style = old
}

func (h *htmlRenderer) rule() {
	h.spans = []Span{{Text: strings.Repeat("─", min(h.width(), 40)), Style: Marker}}
}

// raised shows figures above or below the line by the characters that are made
// for it, and other text as it is.
func (h *htmlRenderer) raised(n *html.Node) {
	digits := []rune("⁰¹²³⁴⁵⁶⁷⁸⁹")
	if n.DataAtom == atom.Sub {
		digits = []rune("₀₁₂₃₄₅₆₇₈₉")
	}
	c := n.FirstChild
	if c == nil || c.NextSibling != nil || c.Type != html.TextNode || strings.Trim(c.Data, "0123456789") != "" || h.tiny {
		h.children(n)
		return
	}
	h.add(strings.Map(func(r rune) rune { return digits[r-'0'] }, c.Data))
}

// block shows something on lines of its own; spaced asks for an empty line
// before and after it.
func (h *htmlRenderer) block(show func(), spaced bool) {
	h.flush()
	h.pending = h.pending || spaced
	show()
	h.flush()
	h.pending = h.pending || spaced
}

func (h *htmlRenderer) paragraph(n *html.Node) {
	nested := n.DataAtom != atom.P && h.indent > 0 // a list within a list stands close
	h.block(func() {
		if n.DataAtom == atom.P || n.DataAtom == atom.Dl {
			h.children(n)
			return
		}
		old := h.number
		h.number = 1
		if v, err := strconv.Atoi(attr(n, "start")); err == nil {
			h.number = v
		}
		h.indent += 2
		h.children(n)
		h.flush()
		h.indent -= 2
		h.number = old
	}, !nested)
}

// item shows an item of a list behind its bullet or number.
func (h *htmlRenderer) item(n *html.Node) {
	h.flush()
	bullet := "• "
	if n.Parent != nil && n.Parent.DataAtom == atom.Ol {
		bullet = strconv.Itoa(h.itemNumber(n)) + ". "
	}
	h.bullet = bullet
	old := h.indent
	h.indent += len([]rune(bullet)) - 2
	h.pending = h.pending && h.spans == nil && n.PrevSibling == nil
	h.children(n)
	h.flush()
	h.pending = false
	h.indent, h.bullet = old, ""
}

// itemNumber returns the number of an item of a numbered list.
func (h *htmlRenderer) itemNumber(n *html.Node) int {
	if v, err := strconv.Atoi(attr(n, "value")); err == nil {
		h.number = v
	}
	h.number++
	return h.number - 1
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text collects text. White space counts once, except in pre.
func (h *htmlRenderer) text(s string) {
	if h.pre {
		for i, line := range strings.Split(safe.Text(s), "\n") {
			if i > 0 {
				h.newline()
			}
			h.add(expandTabs(line))
		}
		return
	}
	words := strings.Join(strings.Fields(safe.Text(s)), " ")
	if words == "" {
		if s != "" && len(h.spans) > 0 {
			h.add(" ")
		}
		return
	}
	if isSpace(s[0]) {
		words = " " + words
	}
	if isSpace(s[len(s)-1]) {
		words += " "
	}
	h.add(words)
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func (h *htmlRenderer) add(s string) {
	if n := len(h.spans); !h.pre && strings.HasPrefix(s, " ") && (n == 0 || strings.HasSuffix(h.spans[n-1].Text, " ")) {
		s = s[1:]
	}
	if s != "" {
		h.spans = appendSpan(h.spans, s, Span{Style: h.style, Link: h.link})
	}
}

// newline ends a line; two of them in a row make an empty one.
func (h *htmlRenderer) newline() {
	if len(h.spans) == 0 {
		if h.pre {
			h.line(nil)
			return
		}
		h.pending = true
		return
	}
	h.flush()
}

func (h *htmlRenderer) width() int { return max(h.r.o.Width-h.indent-2*h.quote, minWidth/2) }

// flush lays out what was collected.
func (h *htmlRenderer) flush() {
	spans := h.spans
	h.spans = nil
	if !h.pre {
		spans = trimSpans(spans)
	}
	if len(spans) == 0 {
		return
	}
	if h.pending {
		h.gap()
	}
	for _, l := range wrapSpans(spans, h.width()) {
		h.line(l)
	}
}

// gap adds the empty line that is due.
func (h *htmlRenderer) gap() {
	h.pending = false
	lines := h.r.doc.Lines
	if n := len(lines); n > 0 && lines[n-1].Quote == h.quote && h.quote > 0 {
		h.r.line(h.prefixed(nil))
		return
	}
	h.r.blank()
}

// line adds a line behind its quote marks, its indent and its bullet.
func (h *htmlRenderer) line(spans []Span) {
	indent := max(h.indent-len([]rune(h.bullet)), 0)
	var before []Span
	if indent > 0 {
		before = append(before, Span{Text: strings.Repeat(" ", indent)})
	}
	if h.bullet != "" {
		before = append(before, Span{Text: h.bullet, Style: Marker})
		h.bullet = ""
	}
	h.r.line(h.prefixed(append(before, spans...)))
}

func (h *htmlRenderer) prefixed(spans []Span) Line {
	if h.quote == 0 {
		return Line{Spans: spans}
	}
	mark := Span{Text: strings.Repeat(">", min(h.quote, maxMarks)) + " ", Style: Quote | Marker}
	for i := range spans {
		spans[i].Style |= Quote
	}
	return Line{Spans: append([]Span{mark}, spans...), Quote: h.quote}
}
