package render

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"posthorn/mail/safe"
)

// wrapSpans breaks spans into lines of at most width columns: at spaces, between
// full-width characters, and inside words that are longer than a line, those of
// addresses behind a slash. Leading spaces of the first line stay, as fixed text
// is indented by them. Whole leaves the addresses in the web that are too long.
func wrapSpans(spans []Span, width int, whole bool) [][]Span {
	total := 0
	for _, s := range spans {
		total += safe.Width(s.Text)
	}
	if total <= width {
		return [][]Span{spans}
	}
	w := spanWrapper{width: width, whole: whole}
	for _, s := range spans {
		for g := displaywidth.StringGraphemes(s.Text); g.Next(); {
			w.add(g.Value(), g.Width(), s)
		}
	}
	w.word()
	w.newline()
	return w.lines
}

// spanWrapper collects clusters into a word, words into a line.
type spanWrapper struct {
	width   int
	whole   bool
	lines   [][]Span
	line    []Span
	col     int
	next    []Span // the word that is being read
	text    []byte // that of the last span of it
	nextCol int
	octets  int    // its length
	last    string // the cluster that was added to it last
	soft    int    // how many columns of it end where it may be broken, 0 for none
	colons  int    // how much of "://" was just read; more than all of it in an address
	gap     Span   // the spaces before it
	gapCol  int
}

func (w *spanWrapper) add(c string, width int, s Span) {
	if c == " " {
		if w.nextCol > 0 {
			w.word()
		}
		s.Text = " "
		if w.gapCol == 0 {
			w.gap = s
		} else {
			w.gap.Text += " "
		}
		w.gapCol++
		return
	}
	if w.nextCol > 0 && (breaks(w.last, c) || w.nextCol+width > w.width && !w.stays()) {
		w.split(c, width)
	}
	w.push(c, s)
	w.nextCol += width
	w.octets += len(c)
	w.last = c
	switch {
	case c == nbsp, strings.Contains("/?&", c) && w.colons != 1 && w.colons != 2:
		w.soft = w.nextCol
	}
	w.address(c)
}

// push adds a cluster to the word.
func (w *spanWrapper) push(c string, like Span) {
	if n := len(w.next); n == 0 || len(w.text) >= maxSpan || w.next[n-1].Style != like.Style || w.next[n-1].Link != like.Link {
		w.settle()
		w.next = append(w.next, Span{Style: like.Style, Link: like.Link})
	}
	w.text = append(w.text, c...)
}

// settle gives the last span of the word its text.
func (w *spanWrapper) settle() {
	if n := len(w.next); n > 0 {
		w.next[n-1].Text = string(w.text)
	}
	w.text = w.text[:0]
}

// address follows how far a word reads like an address in the web.
func (w *spanWrapper) address(c string) {
	const mark = "://"
	switch {
	case w.colons > len(mark):
	case w.colons == len(mark) || mark[w.colons:w.colons+1] == c:
		w.colons++
	default:
		w.colons = 0
	}
}

// stays reports whether a word is an address that is not to be broken.
func (w *spanWrapper) stays() bool { return w.whole && w.colons > 3 && w.octets < maxURL }

// split puts what was read of a word on the line, up to the place where it may
// be broken before c, and the rest as well if a c of that width has no room behind it.
func (w *spanWrapper) split(c string, width int) {
	if w.soft == 0 || w.soft == w.nextCol || breaks(w.last, c) || strings.Contains("/?&", c) && w.soft >= w.nextCol {
		w.word()
		return
	}
	w.settle()
	soft, colons, octets, all := w.soft, w.colons, w.octets, w.nextCol
	head, tail := cutSpans(w.next, soft)
	w.take(head)
	w.nextCol = soft
	w.word()
	w.take(tail)
	w.nextCol, w.colons, w.octets = all-soft, colons, octets
	if w.nextCol+width > w.width && !w.stays() {
		w.word()
	}
}

// take makes a word of spans.
func (w *spanWrapper) take(word []Span) {
	w.next, w.text = word, w.text[:0]
	if n := len(word); n > 0 {
		w.text = append(w.text, word[n-1].Text...)
	}
}

// cutSpans cuts spans behind a column.
func cutSpans(spans []Span, col int) (head, tail []Span) {
	for i, s := range spans {
		n := safe.Width(s.Text)
		if n <= col {
			col -= n
			continue
		}
		at := 0
		for g := displaywidth.StringGraphemes(s.Text); col > 0 && g.Next(); {
			col -= g.Width()
			at += len(g.Value())
		}
		head = append(slices.Clone(spans[:i]), Span{Text: s.Text[:at], Style: s.Style, Link: s.Link})
		tail = append([]Span{{Text: s.Text[at:], Style: s.Style, Link: s.Link}}, spans[i+1:]...)
		return head, tail
	}
	return spans, nil
}

// breaks reports whether a line may end between two clusters that no space
// stands between: beside an ideograph, but not before what closes nor after what
// opens (UAX #14, in short). Hangul is broken at spaces.
func breaks(before, after string) bool {
	a, _ := utf8.DecodeLastRuneInString(before)
	b, _ := utf8.DecodeRuneInString(after)
	if !ideographic(a) && !ideographic(b) {
		return false
	}
	return !strings.ContainsRune("、。，．：；？！）」』】〉》〕］｝”’々ー…ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.;:!?)]}", b) &&
		!strings.ContainsRune("（「『【〈《〔［｛“‘([{", a)
}

func ideographic(r rune) bool {
	return r >= 0x2e80 && r <= 0xffef && !unicode.Is(unicode.Hangul, r) && !(r >= 0xa000 && r < 0xf900) || r >= 0x1f000 && r < 0x40000
}

// word puts the word on the line, or on the next one.
func (w *spanWrapper) word() {
	if w.nextCol == 0 {
		return
	}
	if w.col+w.gapCol+w.nextCol > w.width && w.col > 0 {
		w.newline()
		w.gapCol = 0
	}
	if w.gapCol > 0 && w.gapCol+w.nextCol <= w.width {
		w.line = appendSpan(w.line, w.gap.Text, w.gap)
		w.col += w.gapCol
	}
	w.settle()
	for _, s := range w.next {
		w.line = appendSpan(w.line, s.Text, s)
	}
	w.col += w.nextCol
	w.next, w.nextCol, w.gapCol = w.next[:0], 0, 0
	w.soft, w.colons, w.octets = 0, 0, 0
}

func (w *spanWrapper) newline() {
	if w.line != nil || len(w.lines) == 0 {
		w.lines = append(w.lines, w.line)
	}
	w.line, w.col = nil, 0
}

// maxSpan bounds the octets of a span that more is added to: adding costs as much
// as there is in it.
const maxSpan = 1024

// appendSpan adds text to the last span where that looks the same.
func appendSpan(list []Span, text string, like Span) []Span {
	if n := len(list); n > 0 && len(list[n-1].Text) < maxSpan && list[n-1].Style == like.Style && list[n-1].Link == like.Link {
		list[n-1].Text += text
		return list
	}
	return append(list, Span{Text: text, Style: like.Style, Link: like.Link})
}

// trimSpans drops the spaces at both ends.
func trimSpans(spans []Span) []Span {
	for len(spans) > 0 {
		spans[0].Text = strings.TrimLeft(spans[0].Text, " ")
		if spans[0].Text != "" {
			break
		}
		spans = spans[1:]
	}
	for n := len(spans); n > 0; n = len(spans) {
		spans[n-1].Text = strings.TrimRight(spans[n-1].Text, " ")
		if spans[n-1].Text != "" {
			break
		}
		spans = spans[:n-1]
	}
	return spans
}
