package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"posthorn/mail/safe"
)

// table shows a table. One that holds data is drawn in columns; one that only
// puts things in place is read row by row.
func (h *htmlRenderer) table(n *html.Node) {
	rows := tableRows(n)
	if isData(n, rows) {
		if cells := h.cells(rows); h.fits(cells) {
			h.block(func() { h.grid(cells, rows) }, true)
			return
		}
	}
	h.block(func() {
		for _, row := range rows {
			h.row(row)
		}
	}, false)
}

const maxRows = 5000

// tableRows returns the rows of a table, not those of tables within it.
func tableRows(n *html.Node) (rows []*html.Node) {
	for c := n.FirstChild; c != nil && len(rows) < maxRows; c = c.NextSibling {
		switch c.DataAtom {
		case atom.Tr:
			rows = append(rows, c)
		case atom.Tbody, atom.Thead, atom.Tfoot:
			rows = append(rows, tableRows(c)...)
		}
	}
	return rows
}

func rowCells(row *html.Node) (cells []*html.Node) {
	for c := row.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			cells = append(cells, c)
		}
	}
	return cells
}

// isData reports whether a table holds data: it has header cells or lines
// around its cells, more than one row and column, and only text in them.
func isData(table *html.Node, rows []*html.Node) bool {
	headers := false
	columns := 0
	for _, row := range rows {
		cells := rowCells(row)
		columns = max(columns, len(cells))
		for _, c := range cells {
			headers = headers || c.DataAtom == atom.Th
			if holdsBlocks(c, 0) {
				return false
			}
		}
	}
	border := attr(table, "border")
	return len(rows) > 1 && columns > 1 && (headers || border != "" && border != "0")
}

// holdsBlocks reports whether a cell has more in it than a line of text.
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

// cells lays out each cell as one line of spans.
func (h *htmlRenderer) cells(rows []*html.Node) (grid [][][]Span) {
	for _, row := range rows {
		var line [][]Span
		for _, c := range rowCells(row) {
			line = append(line, h.inline(c))
		}
		grid = append(grid, line)
	}
	return grid
}

// inline returns what an element holds as one line.
func (h *htmlRenderer) inline(n *html.Node) []Span {
	sub := &htmlRenderer{r: &renderer{o: Options{Width: 100000}}, hidden: h.hidden, style: h.style, depth: h.depth}
	sub.r.doc.Links, sub.r.doc.Remote = h.r.doc.Links, h.r.doc.Remote
	sub.children(n)
	sub.flush()
	h.r.doc.Links, h.r.doc.Remote = sub.r.doc.Links, sub.r.doc.Remote
	var spans []Span
	for i, l := range sub.r.doc.Lines {
		if i > 0 {
			spans = append(spans, Span{Text: " "})
		}
		spans = append(spans, l.Spans...)
	}
	return spans
}

const columnGap = 2

func columnWidths(cells [][][]Span) (widths []int) {
	for _, row := range cells {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], spansWidth(c))
		}
	}
	return widths
}

func spansWidth(spans []Span) (n int) {
	for _, s := range spans {
		n += safe.Width(s.Text)
	}
	return n
}

func (h *htmlRenderer) fits(cells [][][]Span) bool {
	total := 0
	for _, w := range columnWidths(cells) {
		total += w + columnGap
	}
	return total-columnGap <= h.width()
}

// grid draws the cells in columns, with a rule below a row of headers.
func (h *htmlRenderer) grid(cells [][][]Span, rows []*html.Node) {
	if h.pending {
		h.gap()
	}
	widths := columnWidths(cells)
	total := -columnGap
	for _, w := range widths {
		total += w + columnGap
	}
	for i, row := range cells {
		var line []Span
		header := isHeaderRow(rows[i])
		for j, c := range row {
			for _, s := range c {
				if header {
					s.Style |= Bold
				}
				line = append(line, s)
			}
			if j < len(row)-1 {
				line = append(line, Span{Text: strings.Repeat(" ", widths[j]-spansWidth(c)+columnGap)})
			}
		}
		h.line(line)
		if header {
			h.line([]Span{{Text: strings.Repeat("─", max(total, 1)), Style: Marker}})
		}
	}
}

func isHeaderRow(row *html.Node) bool {
	cells := rowCells(row)
	for _, c := range cells {
		if c.DataAtom != atom.Th {
			return false
		}
	}
	return len(cells) > 0
}

// row reads a row of a layout table: short cells side by side, others below each
// other.
func (h *htmlRenderer) row(row *html.Node) {
	if h.isHidden(row) {
		return
	}
	cells := rowCells(row)
	if len(cells) > 1 && h.oneLine(cells) {
		h.flush()
		for _, c := range cells {
			if h.isHidden(c) {
				continue
			}
			if spans := trimSpans(h.inline(c)); len(spans) > 0 {
				if len(h.spans) > 0 {
					h.spans = append(h.spans, Span{Text: "  "})
				}
				h.spans = append(h.spans, spans...)
			}
		}
		h.flush()
		return
	}
	for _, c := range cells {
		if !h.isHidden(c) {
			h.block(func() { h.children(c) }, false)
		}
	}
}

// oneLine reports whether the cells of a row fit on a line beside each other.
func (h *htmlRenderer) oneLine(cells []*html.Node) bool {
	total := 0
	for _, c := range cells {
		if holdsBlocks(c, 0) {
			return false
		}
		total += safe.Width(plainText(c, 0)) + columnGap
	}
	return total <= h.width()
}

func plainText(n *html.Node, depth int) string {
	if n.Type == html.TextNode {
		return strings.Join(strings.Fields(n.Data), " ")
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil && depth < maxElements; c = c.NextSibling {
		b.WriteString(plainText(c, depth+1))
	}
	return b.String()
}
