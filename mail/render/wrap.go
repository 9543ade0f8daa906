package render

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/displaywidth"

	"posthorn/mail/safe"
)

// wrapSpans breaks spans into lines of at most width columns: at spaces, between
// full-width characters, and inside words that are longer than a line. Leading
// spaces of the first line stay, as fixed text is indented by them.
func wrapSpans(spans []Span, width int) [][]Span {
	total := 0
	for _, s := range spans {
		total += safe.Width(s.Text)
	}
	if total <= width {
		return [][]Span{spans}
	}
	w := spanWrapper{width: width}
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
	lines   [][]Span
	line    []Span
	col     int
	next    []Span // the word that is being read
	nextCol int
	last    string // the cluster that was added to it last
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
	if w.nextCol > 0 && (breaks(w.last, c) || w.nextCol+width > w.width) {
		w.word()
	}
	w.next = appendSpan(w.next, c, s)
	w.nextCol += width
	w.last = c
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
	for _, s := range w.next {
		w.line = appendSpan(w.line, s.Text, s)
	}
	w.col += w.nextCol
	w.next, w.nextCol, w.gapCol = nil, 0, 0
}

func (w *spanWrapper) newline() {
	if w.line != nil || len(w.lines) == 0 {
		w.lines = append(w.lines, w.line)
	}
	w.line, w.col = nil, 0
}

// appendSpan adds text to the last span where that looks the same.
func appendSpan(list []Span, text string, like Span) []Span {
	if n := len(list); n > 0 && list[n-1].Style == like.Style && list[n-1].Link == like.Link {
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
