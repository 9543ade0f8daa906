package render

import (
	"slices"
	"strings"
	"unicode"

	"posthorn/mail/safe"
)

// maxWord is how long a word is that a column leaves whole.
const maxWord = 24

// A grid is a table whose cells were laid out.
type grid struct {
	rows    []gridRow
	natural []int // the width of each column that needs no wrapping
	least   []int // that of its longest word
	widths  []int // and the one it gets
	right   []bool
	headers bool // there are header cells
	single  bool // every cell is one line
}

type gridRow struct {
	cells  [][][]Span // lines of spans
	header bool
	span   bool // its one cell goes across all columns
}

// bold reports whether all cells are set in bold, as those of a header are.
func (g gridRow) bold() bool {
	for _, lines := range g.cells {
		for _, l := range lines {
			if slices.ContainsFunc(l, func(s Span) bool { return s.Style&Bold == 0 && strings.TrimSpace(s.Text) != "" }) {
				return false
			}
		}
	}
	return len(g.cells) > 1
}

func (g gridRow) empty() bool {
	return !slices.ContainsFunc(g.cells, func(lines [][]Span) bool { return len(lines) > 0 })
}

// columns measures the columns and drops those in which nothing stands.
func (t *grid) columns() {
	for _, row := range t.rows {
		for i, c := range row.cells {
			if i == len(t.natural) {
				t.natural, t.least = append(t.natural, 0), append(t.least, 0)
			}
			if row.span {
				continue
			}
			for _, l := range c {
				t.natural[i] = max(t.natural[i], spansWidth(l))
				for w := range strings.FieldsSeq(Line{Spans: l}.Text()) {
					t.least[i] = max(t.least[i], min(safe.Width(w), maxWord))
				}
			}
		}
	}
	for i := len(t.natural) - 1; i >= 0; i-- {
		if t.natural[i] > 0 {
			continue
		}
		t.natural, t.least = slices.Delete(t.natural, i, i+1), slices.Delete(t.least, i, i+1)
		for j, row := range t.rows {
			if i < len(row.cells) && !row.span {
				t.rows[j].cells = slices.Delete(row.cells, i, i+1)
			}
		}
	}
	t.right = make([]bool, len(t.natural))
	for i := range t.right {
		t.right[i] = t.headers && t.numeric(i)
	}
}

// numeric reports whether a column holds figures.
func (t *grid) numeric(column int) bool {
	any := false
	for _, row := range t.rows {
		if row.header || row.span || column >= len(row.cells) || len(row.cells[column]) == 0 {
			continue
		}
		text := Line{Spans: row.cells[column][0]}.Text()
		letters := strings.Count(strings.Map(letter, text), "a")
		if len(row.cells[column]) > 1 || letters > 3 || !strings.ContainsAny(text, "0123456789") {
			return false
		}
		any = true
	}
	return any
}

func letter(r rune) rune {
	if unicode.IsLetter(r) {
		return 'a'
	}
	return -1
}

// aligned reports whether a table that does not say what it is reads better in
// columns: most of its rows have several cells, and none is a paragraph.
func (t *grid) aligned() bool {
	full := 0
	for _, row := range t.rows {
		if len(row.cells) > 1 && len(row.cells[0]) > 0 && len(row.cells[1]) > 0 {
			full++
		}
	}
	return t.single && full > 1 && full*3 >= len(t.rows)*2 && slices.Max(t.natural) <= 60
}

// regular reports whether a table has so many full rows and columns that it must
// hold data. A title may stand above them.
func (t *grid) regular() bool {
	rows := t.rows[t.first():]
	if len(rows) < 3 || len(t.natural) < 3 {
		return false
	}
	gaps := 0
	for _, row := range rows {
		if len(row.cells) != len(t.natural) || len(row.cells[0]) == 0 {
			return false
		}
		for _, lines := range row.cells {
			if len(lines) == 0 {
				gaps++
			}
		}
	}
	return gaps*6 <= len(rows)*len(t.natural)
}

// first returns the number of the first row that is no title.
func (t *grid) first() int {
	n := slices.IndexFunc(t.rows, func(row gridRow) bool { return !row.span })
	return max(n, 0)
}

// fit gives the columns their widths, and reports whether that can be done
// without breaking words: the widest give way first.
func (t *grid) fit(width int) bool {
	t.widths = slices.Clone(t.natural)
	for i, w := range t.widths {
		t.widths[i] = min(w, width)
	}
	over := t.total() - width
	for over > 0 {
		i, next := -1, 0
		for j, w := range t.widths {
			if w > t.least[j] && (i < 0 || w > t.widths[i]) {
				i = j
			}
		}
		if i < 0 {
			return false
		}
		for j, w := range t.widths {
			if j != i && w > t.least[j] {
				next = max(next, w)
			}
		}
		cut := max(1, min(over, t.widths[i]-max(next, t.least[i])))
		t.widths[i] -= cut
		over -= cut
	}
	return true
}

// grid draws the cells in columns, with a rule below a row of headers.
func (h *htmlRenderer) grid(t *grid) {
	if h.pending {
		h.gap()
	}
	for i, row := range t.rows {
		if row.span {
			h.cellLines(row.cells[0])
			continue
		}
		var wrapped [][][]Span
		height := 1
		for j, c := range row.cells {
			if j < len(t.widths) {
				wrapped = append(wrapped, wrapCell(c, t.widths[j]))
				height = max(height, len(wrapped[j]))
			}
		}
		for k := range height {
			h.line(t.join(wrapped, k, row.header))
		}
		if row.header && i < len(t.rows)-1 {
			h.line([]Span{{Text: strings.Repeat("─", t.total()), Style: Marker}})
		}
	}
}

func (t *grid) total() int {
	n := -columnGap
	for _, w := range t.widths {
		n += w + columnGap
	}
	return max(n, 1)
}

func wrapCell(lines [][]Span, width int) (out [][]Span) {
	for _, l := range lines {
		out = append(out, wrapSpans(l, width, false)...)
	}
	return out
}

// join makes the k-th line of a row of its cells.
func (t *grid) join(cells [][][]Span, k int, header bool) (line []Span) {
	col, due := 0, 0
	for j, c := range cells {
		due += t.widths[j]
		if k >= len(c) {
			due += columnGap
			continue
		}
		w := spansWidth(c[k])
		start := due - t.widths[j]
		if t.right[j] {
			start = max(due-w, start)
		}
		if start > col {
			line = append(line, Span{Text: strings.Repeat(" ", start-col)})
		}
		for _, s := range c[k] {
			if header {
				s.Style |= Bold
			}
			line = append(line, s)
		}
		col = max(start, col) + w
		due += columnGap
	}
	return line
}

// records reads a table that is too wide for the screen: each row as lines of
// its own, behind the names of the columns.
func (h *htmlRenderer) records(t *grid) {
	first := t.first()
	for i, row := range t.rows {
		if row.span {
			h.cellLines(row.cells[0])
			continue
		}
		if i == first {
			continue
		}
		h.pending = true
		for j, c := range row.cells {
			if len(c) == 0 {
				continue
			}
			if names := t.rows[first].cells; j < len(names) && len(names[j]) > 0 {
				h.spans = append(slices.Clone(names[j][0]), Span{Text: ": "})
			}
			for k, l := range c {
				if k > 0 {
					h.spans = append(h.spans, Span{Text: " "})
				}
				h.spans = append(h.spans, l...)
			}
			h.flush()
		}
	}
}
