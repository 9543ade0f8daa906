package render

import (
	"slices"

	"golang.org/x/net/html/atom"

	"posthorn/mail/safe"
)

// The bounds of a table that is drawn; a larger one is read row by row.
const (
	maxRows    = 5000
	maxColumns = 64
	columnGap  = 2
)

// table shows a table. One that holds data is drawn in columns; one that only
// puts things in place is read row by row.
func (h *htmlRenderer) table(n *node) {
	rows := rowsOf(n, nil)
	for _, c := range n.kids {
		if c.tag == atom.Caption {
			h.node(c)
		}
	}
	t, ok := h.measure(rows)
	regular := ok && t.regular()
	isData := ok && (regular || n.get("role") != "presentation" && (t.headers || hasBorder(n)))
	switch {
	case ok && len(t.rows) > 1 && len(t.natural) > 1 && (isData || t.aligned()) && t.fit(h.width()):
		h.block(func() { h.grid(t) }, isData)
	case isData && len(t.rows) > 1 && (regular || t.rows[t.first()].header):
		h.block(func() { h.records(t) }, true)
	default:
		h.block(func() {
			for _, row := range rows {
				h.row(row)
			}
		}, n.gap == gapSome && n.full)
	}
}

func hasBorder(table *node) bool {
	b := table.get("border")
	return b != "" && b != "0"
}

// rowsOf returns the rows of a table, not those of tables within it.
func rowsOf(n *node, rows []*node) []*node {
	for _, c := range n.kids {
		switch c.tag {
		case atom.Tr:
			rows = append(rows, c)
		case atom.Tbody, atom.Thead, atom.Tfoot:
			rows = rowsOf(c, rows)
		}
	}
	return rows
}

func cellsOf(row *node) (cells []*node) {
	for _, c := range row.kids {
		if c.tag == atom.Td || c.tag == atom.Th {
			cells = append(cells, c)
		}
	}
	return cells
}

// measure lays out the cells of a table on their own, if they hold nothing but
// text.
func (h *htmlRenderer) measure(rows []*node) (*grid, bool) {
	t := &grid{single: true}
	if len(rows) > maxRows {
		return t, false
	}
	for _, row := range rows {
		cells := cellsOf(row)
		if len(cells) == 0 || !row.full {
			continue
		}
		g := gridRow{header: true, span: len(cells) == 1 && cells[0].get("colspan") != ""}
		for _, c := range cells {
			if c.blocks || len(g.cells) > maxColumns {
				return t, false
			}
			lines := h.cell(c)
			t.single = t.single && len(lines) <= 1
			t.headers = t.headers || c.tag == atom.Th
			g.header = g.header && c.tag == atom.Th
			g.cells = append(g.cells, lines)
			for range columns(c) - 1 {
				g.cells = append(g.cells, nil)
			}
		}
		g.header = g.header || len(t.rows) == 0 && g.bold()
		t.rows = append(t.rows, g)
	}
	t.rows = slices.DeleteFunc(t.rows, gridRow.empty)
	t.columns()
	return t, len(t.rows) > 0
}

// columns returns how many columns a cell goes across.
func columns(cell *node) int {
	s := cell.get("colspan")
	if len(s) == 1 && s[0] > '1' && s[0] <= '9' {
		return int(s[0] - '0')
	}
	return 1
}

// cell lays out one cell aside, without the empty lines.
func (h *htmlRenderer) cell(n *node) (lines [][]Span) {
	sub := &renderer{o: Options{Width: 1 << 20, Pipe: h.r.o.Pipe}, limit: maxLines}
	c := &htmlRenderer{r: sub, anchors: h.anchors, after: h.after, style: h.style, link: h.link}
	c.children(n)
	c.flush()
	for _, l := range sub.doc.Lines {
		if spans := trimSpans(l.Spans); len(spans) > 0 {
			lines = append(lines, spans)
		}
	}
	return lines
}

func spansWidth(spans []Span) (n int) {
	for _, s := range spans {
		n += safe.Width(s.Text)
	}
	return n
}

func (h *htmlRenderer) cellLines(lines [][]Span) {
	for _, l := range lines {
		h.spans = slices.Clone(l)
		h.flush()
	}
}

// row reads a row of a layout table: short cells side by side, others below each
// other. A row in which there is only room is an empty line.
func (h *htmlRenderer) row(row *node) {
	if !row.full {
		h.flush()
		h.pending = h.pending || row.spacer
		return
	}
	cells := cellsOf(row)
	if len(cells) > 1 && h.sideBySide(cells) {
		return
	}
	for _, c := range cells {
		if c.full {
			h.block(func() { h.children(c) }, false)
		}
	}
}

// sideBySide shows cells on one line if they fit.
func (h *htmlRenderer) sideBySide(cells []*node) bool {
	var line []Span
	width := 0
	for _, c := range cells {
		if c.blocks {
			return false
		}
		lines := h.cell(c)
		if len(lines) > 1 {
			return false
		}
		if len(lines) == 0 {
			continue
		}
		if len(line) > 0 {
			line, width = append(line, Span{Text: "  "}), width+2
		}
		line, width = append(line, lines[0]...), width+spansWidth(lines[0])
		if width > h.width() {
			return false
		}
	}
	h.flush()
	h.spans = line
	h.flush()
	return true
}
