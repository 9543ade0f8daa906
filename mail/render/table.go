package render

import (
	"slices"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"posthorn/mail/safe"
)

// The bounds of a table that is drawn.
const (
	maxRows    = 5000
	maxColumns = 64
	columnGap  = 2
)

// table shows a table. One that holds data is drawn in columns; one that only
// puts things in place is read row by row.
func (h *htmlRenderer) table(n *html.Node) {
	rows := h.rows(n, nil)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Caption {
			h.node(c)
		}
	}
	t, ok := h.measure(rows)
	regular := ok && t.regular()
	isData := ok && (regular || attr(n, "role") != "presentation" && (t.headers || hasBorder(n)))
	switch {
	case ok && len(t.rows) > 1 && len(t.natural) > 1 && (isData || t.aligned()) && t.fit(h.width()):
		h.take(t.sub)
		h.block(func() { h.grid(t) }, isData)
	case isData && len(t.rows) > 1 && (regular || t.rows[t.first()].header):
		h.take(t.sub)
		h.block(func() { h.records(t) }, true)
	default:
		h.block(func() {
			for _, row := range rows {
				h.visible(row, func() { h.row(row) })
			}
		}, false)
	}
}

func hasBorder(table *html.Node) bool {
	b := attr(table, "border")
	return b != "" && b != "0"
}

// rows returns the visible rows of a table, not those of tables within it.
func (h *htmlRenderer) rows(n *html.Node, rows []*html.Node) []*html.Node {
	for c := n.FirstChild; c != nil && len(rows) < maxRows; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Tr:
			h.visible(c, func() { rows = append(rows, c) })
		case atom.Tbody, atom.Thead, atom.Tfoot:
			h.visible(c, func() { rows = h.rows(c, rows) })
		}
	}
	return rows
}

func (h *htmlRenderer) rowCells(row *html.Node) (cells []*html.Node) {
	for c := row.FirstChild; c != nil && len(cells) < maxColumns; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			h.visible(c, func() { cells = append(cells, c) })
		}
	}
	return cells
}

// measure lays out the cells of a table on their own, if they hold nothing but
// text.
func (h *htmlRenderer) measure(rows []*html.Node) (*grid, bool) {
	t := &grid{single: true, sub: h.aside()}
	for _, row := range rows {
		cells := h.rowCells(row)
		if len(cells) == 0 {
			continue
		}
		g := gridRow{header: true, span: len(cells) == 1 && attr(cells[0], "colspan") != ""}
		for _, c := range cells {
			if holdsBlocks(c, 0) {
				return t, false
			}
			lines := h.cell(t.sub, c)
			t.single = t.single && len(lines) <= 1
			t.headers = t.headers || c.DataAtom == atom.Th
			g.header = g.header && c.DataAtom == atom.Th
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
func columns(cell *html.Node) int {
	s := attr(cell, "colspan")
	if len(s) == 1 && s[0] > '1' && s[0] <= '9' {
		return int(s[0] - '0')
	}
	return 1
}

// holdsBlocks reports whether a cell has more in it than lines of text.
func holdsBlocks(n *html.Node, depth int) bool {
	for c := n.FirstChild; c != nil && depth < maxElements; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		if c.DataAtom != atom.P && c.DataAtom != atom.Div && isBlock(c) || holdsBlocks(c, depth+1) {
			return true
		}
	}
	return false
}

// aside returns a renderer for lines that may or may not be taken over.
func (h *htmlRenderer) aside() *renderer {
	sub := &renderer{o: Options{Width: 1 << 20}, looked: h.r.looked}
	sub.doc.Links, sub.doc.Remote = slices.Clip(h.r.doc.Links), h.r.doc.Remote
	return sub
}

// take takes over what was laid out aside.
func (h *htmlRenderer) take(sub *renderer) {
	h.r.doc.Links, h.r.doc.Remote, h.r.looked = sub.doc.Links, sub.doc.Remote, sub.looked
	for _, w := range sub.doc.Warnings {
		h.r.warning(w)
	}
}

// cell lays out one cell aside, without the empty lines.
func (h *htmlRenderer) cell(sub *renderer, n *html.Node) (lines [][]Span) {
	c := &htmlRenderer{r: sub, sheet: h.sheet, pictures: h.pictures, style: h.style, link: h.link, depth: h.depth, tiny: h.tiny}
	sub.doc.Lines = nil
	c.visible(n, func() { c.children(n) })
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

func (h *htmlRenderer) lines(lines [][]Span) {
	for _, l := range lines {
		h.spans = slices.Clone(l)
		h.flush()
	}
}

// row reads a row of a layout table: short cells side by side, others below each
// other.
func (h *htmlRenderer) row(row *html.Node) {
	cells := h.rowCells(row)
	if len(cells) > 1 && h.sideBySide(cells) {
		return
	}
	for _, c := range cells {
		h.visible(c, func() { h.block(func() { h.children(c) }, false) })
	}
}

// sideBySide shows cells on one line if they fit.
func (h *htmlRenderer) sideBySide(cells []*html.Node) bool {
	sub := h.aside()
	var line []Span
	for _, c := range cells {
		if holdsBlocks(c, 0) {
			return false
		}
		lines := h.cell(sub, c)
		if len(lines) > 1 {
			return false
		}
		if len(lines) == 0 {
			continue
		}
		if len(line) > 0 {
			line = append(line, Span{Text: "  "})
		}
		line = append(line, lines[0]...)
		if spansWidth(line) > h.width() {
			return false
		}
	}
	h.take(sub)
	h.flush()
	h.spans = line
	h.flush()
	return true
}
