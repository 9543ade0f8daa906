// Package cells measures text in the columns of the terminal at hand, so that
// what stands below each other is below each other. Terminals differ: most count
// each character, newer ones grapheme clusters (mode 2027), and the program's
// renderer does as the terminal does.
package cells

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// Measure measures as the terminal does. Its zero value counts characters, as a
// terminal does that was not heard of.
type Measure struct{ clusters bool }

// Learn takes what the terminal says of itself.
func (m Measure) Learn(msg tea.ModeReportMsg) Measure {
	if msg.Mode == ansi.ModeUnicodeCore {
		m.clusters = msg.Value.IsSet() || msg.Value.IsReset() || msg.Value.IsPermanentlySet()
	}
	return m
}

func (m Measure) method() ansi.Method {
	if m.clusters {
		return ansi.GraphemeWidth
	}
	return ansi.WcWidth
}

// Width returns the columns that a line takes.
func (m Measure) Width(s string) int {
	if plain(s) {
		return len(s)
	}
	return m.method().StringWidth(s)
}

// Cut cuts a line to at most width columns, and ends it with "…" if it was cut.
func (m Measure) Cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if plain(s) && len(s) <= width {
		return s
	}
	return m.truncate(s, width, "…")
}

// truncate cuts a line. What counts as narrow enough in clusters is returned
// whole by the library, however it was told to measure; blanks at the end make
// it look. It cuts too late behind a digit with a keycap around it, which it
// measures otherwise where it cuts.
func (m Measure) truncate(s string, width int, tail string) string {
	if m.Width(s) <= width {
		return s
	}
	if !m.clusters {
		s += strings.Repeat(" ", width+1)
	}
	cut := m.method().Truncate(s, width, tail)
	for n := width - 1; n >= 0 && m.Width(cut) > width; n-- {
		cut = m.method().Truncate(s, n, tail)
	}
	return cut
}

// Between returns the columns of a line from one up to another. Where a wide
// character stands across an end, or the line is too short, there are blanks.
func (m Measure) Between(s string, from, to int) string {
	if to <= from {
		return ""
	}
	s = m.fill(m.truncate(s, to, ""), to)
	right := s
	for n := from; n > 0 && m.Width(right) > to-from; n++ {
		right = m.method().TruncateLeft(s, n, "")
	}
	return strings.Repeat(" ", max(to-max(from, 0)-m.Width(right), 0)) + right
}

// Pad cuts or fills a line to exactly width columns, which it also takes between
// other text. Some signs reach out: a keycap at the beginning for what is before
// it, which it makes wider, the Arabic sign for a number at the end for what is
// behind it. They get blanks to reach for.
func (m Measure) Pad(s string, width int) string {
	out := m.fill(m.Cut(s, width), width)
	if plain(out) {
		return out
	}
	if m.Width(" "+out) != width+1 {
		s = " " + s
		out = m.fill(m.Cut(s, width), width)
	}
	if m.Width(out+" ") != width+1 {
		out = m.fill(m.Cut(s, width-1), width)
	}
	return out
}

// fill adds the blanks that a line lacks. There are signs, as the Arabic one for a
// number, that take the first blank as a part of them: then one more is lacking.
func (m Measure) fill(s string, width int) string {
	for n := width - m.Width(s); n > 0; n = width - m.Width(s) {
		s += strings.Repeat(" ", n)
	}
	return s
}

// plain reports whether a line is printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Fit makes exactly height lines of lines, each of width columns.
func (m Measure) Fit(lines []string, width, height int) []string {
	out := make([]string, height)
	for i := range out {
		if i < len(lines) {
			out[i] = m.Pad(lines[i], width)
		} else {
			out[i] = strings.Repeat(" ", max(width, 0))
		}
	}
	return out
}
