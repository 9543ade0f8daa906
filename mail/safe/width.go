package safe

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// Width returns the columns a line takes, by grapheme clusters.
func Width(s string) int { return displaywidth.String(s) }

// Truncate cuts a line to at most width columns, at a cluster's boundary, and
// ends it with "…" where something was cut.
func Truncate(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if len(s) <= width && isASCII(s) || Width(s) <= width {
		return s
	}
	var b strings.Builder
	col := 0
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		w := g.Width()
		if col+w > width-1 {
			break
		}
		col += w
		b.WriteString(g.Value())
	}
	return b.String() + "…"
}

// Pad cuts or fills a line to exactly width columns.
func Pad(s string, width int) string {
	s = Truncate(s, width)
	if n := width - Width(s); n > 0 {
		s += strings.Repeat(" ", n)
	}
	return s
}

// Wrap breaks a paragraph into lines of at most width columns: after spaces and
// hyphens, between full-width characters, and inside a word that is longer than
// a line. Spaces at a break go. It returns at least one line.
func Wrap(s string, width int) []string {
	if width < 2 {
		width = 2
	}
	if len(s) <= width && isASCII(s) {
		return []string{s}
	}
	w := wrapper{width: width}
	for g := displaywidth.StringGraphemes(s); g.Next(); {
		w.add(g.Value(), g.Width())
	}
	return w.end()
}

// wrapper collects clusters into lines. The line so far is line[:at] up to the
// last place where it may break, and the rest after it.
type wrapper struct {
	width int
	lines []string
	line  strings.Builder
	col   int
	at    int // bytes of line up to the last break
	atCol int // columns up to there
}

func (w *wrapper) add(c string, width int) {
	if c == " " && w.col >= w.width {
		w.at, w.atCol = w.line.Len(), w.col // the space itself falls off the end
		return
	}
	if w.col+width > w.width {
		w.wrap()
	}
	if width == 2 && w.line.Len() > 0 {
		w.at, w.atCol = w.line.Len(), w.col
	}
	w.line.WriteString(c)
	w.col += width
	if c == " " || c == "-" || width == 2 {
		w.at, w.atCol = w.line.Len(), w.col
	}
}

// wrap ends a line at its last break, or where it stands.
func (w *wrapper) wrap() {
	s := w.line.String()
	at, atCol := w.at, w.atCol
	if at == 0 || strings.TrimSpace(s[:at]) == "" {
		at, atCol = len(s), w.col
	}
	w.lines = append(w.lines, strings.TrimRight(s[:at], " "))
	w.line.Reset()
	w.line.WriteString(s[at:])
	w.col -= atCol
	w.at, w.atCol = 0, 0
}

func (w *wrapper) end() []string {
	if s := w.line.String(); strings.TrimSpace(s) != "" || len(w.lines) == 0 {
		w.lines = append(w.lines, strings.TrimRight(s, " "))
	}
	return w.lines
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
