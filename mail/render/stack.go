package render

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// This file keeps which elements of an HTML document are open while it is read.

// maxOpen bounds the elements that are open; of those beyond it only the text
// counts.
const maxOpen = 200000

// An open element is on the stack while the document is read.
type open struct {
	tag    atom.Atom
	node   *node // where its content goes
	depth  int
	hidden bool
	tiny   bool
	white  white
	style  Style
	same   int // the index of the one below it with the same tag, -1 for none
	scope  int // that of the last one that end tags do not reach beyond
	block  int // that of the last block
}

func (b *builder) top() *open { return &b.stack[len(b.stack)-1] }

// find returns the index of the last open element of a tag, 0 where there is none
// for 0 is the document.
func (b *builder) find(tag atom.Atom) int { return b.last[tag] }

// pop closes all elements from an index on.
func (b *builder) pop(to int) {
	for i := len(b.stack) - 1; i >= to && i > 0; i-- {
		b.unlink(i)
		if isBlock(b.stack[i].tag) && b.stack[i].depth > maxDepth {
			b.breakLine(b.stack[i].node)
		}
	}
	b.stack = b.stack[:max(to, 1)]
}

func (b *builder) unlink(i int) {
	if e := b.stack[i]; e.tag != 0 {
		b.last[e.tag] = max(e.same, 0)
	}
}

// start opens an element.
func (b *builder) start(tag atom.Atom, attr []html.Attribute) {
	switch {
	case tag == atom.Html || tag == atom.Head || tag == atom.Form && structural(b.top().tag):
		return
	case isVoid(tag):
		b.void(tag, attr)
		return
	}
	b.close(tag)
	switch {
	case tag == atom.Td || tag == atom.Th:
		if b.find(atom.Table) == 0 {
			tag = atom.Div
		} else if b.find(atom.Tr) < b.find(atom.Table) {
			b.push(atom.Tr, nil)
		}
	case (structural(tag) && tag != atom.Table || tag == atom.Caption) && b.find(atom.Table) == 0:
		tag = atom.Div
	}
	b.push(tag, attr)
}

// close closes the elements that a new one ends (HTML Standard, section 13.1.2.4).
func (b *builder) close(tag atom.Atom) {
	scope := b.top().scope
	if p := b.find(atom.P); p > scope && endsParagraph(tag) {
		b.pop(p)
	}
	table := b.find(atom.Table)
	until := func(limit int, tags ...atom.Atom) {
		for _, t := range tags {
			if i := b.find(t); i > limit {
				b.pop(i)
			}
		}
	}
	switch tag {
	case atom.Li:
		until(max(scope, b.find(atom.Ul), b.find(atom.Ol)), atom.Li)
	case atom.Dd, atom.Dt:
		until(max(scope, b.find(atom.Dl)), atom.Dd, atom.Dt)
	case atom.A:
		until(scope, atom.A)
	case atom.Td, atom.Th:
		if table > 0 {
			until(table, atom.Td, atom.Th, atom.Caption)
			b.clear(max(table, b.find(atom.Tr), b.find(atom.Tbody), b.find(atom.Thead), b.find(atom.Tfoot)))
		}
	case atom.Tr:
		if table > 0 {
			until(table, atom.Tr, atom.Td, atom.Th, atom.Caption)
			b.clear(max(table, b.find(atom.Tbody), b.find(atom.Thead), b.find(atom.Tfoot)))
		}
	case atom.Tbody, atom.Thead, atom.Tfoot, atom.Caption, atom.Colgroup:
		if table > 0 {
			b.clear(table)
		}
	case atom.Table:
		if structural(b.top().tag) {
			b.pop(table)
		}
	}
	if svg := max(b.find(atom.Svg), b.find(atom.Math)); svg > 0 && isBlock(tag) {
		b.pop(svg)
	}
}

// clear closes what is above an index.
func (b *builder) clear(i int) {
	if i > 0 && i < len(b.stack)-1 {
		b.pop(i + 1)
	}
}

// push puts an element on the stack and into the tree.
func (b *builder) push(tag atom.Atom, attr []html.Attribute) {
	e := *b.top()
	l := b.look(tag, attr)
	i := len(b.stack)
	if i >= maxOpen && !l.hidden && !unseen(tag) {
		b.breakLine(e.node)
		return
	}
	e.same, e.tag = b.last[tag], tag
	if e.same == 0 {
		e.same = -1
	}
	e.hidden = e.hidden || l.hidden || unseen(tag)
	e.inherit(tag, l)
	if b.inTree(tag) && !e.hidden {
		if e.depth++; tag == atom.Table && e.depth+inTable > maxDepth {
			e.depth = maxDepth + 1 // its cells would have no place
		}
		if e.depth <= maxDepth {
			parent := e.node
			if structural(b.top().tag) && !partOfTable(tag) {
				parent = b.foster()
			}
			n := &node{tag: tag, attr: attr, parent: parent, gap: l.gap, marker: l.marker}
			b.add(parent, n)
			e.node = n
			b.marks(n, l)
		} else if isBlock(tag) {
			b.breakLine(e.node)
		}
	}
	if isScope(tag) {
		e.scope = i
	}
	if isBlock(tag) {
		e.block = i
	}
	b.last[tag] = i
	b.stack = append(b.stack, e)
}

// inherit sets what the text in an element has of it.
func (e *open) inherit(tag atom.Atom, l look) {
	e.style |= styleOf(tag)
	if l.font != fontUnsaid {
		e.tiny = l.font == fontTiny
	}
	switch {
	case l.white != whiteUnsaid:
		e.white = l.white
	case tag == atom.Pre || tag == atom.Xmp || tag == atom.Listing || tag == atom.Plaintext:
		e.white = whiteKept
	case tag == atom.Table:
		e.white = whiteUnsaid // as browsers do for mail, which has no doctype
	}
}

// maxMisnested bounds the elements above a formatting one that is closed below
// them.
const maxMisnested = 50

// end closes an element.
func (b *builder) end(tag atom.Atom) {
	i := b.find(tag)
	if i == 0 || tag == atom.Body {
		if tag == atom.Br { // browsers take it for one
			b.void(atom.Br, nil)
		}
		return
	}
	limit := b.top().scope
	if structural(tag) || tag == atom.Td || tag == atom.Th || tag == atom.Caption {
		limit = b.find(atom.Table)
		if tag == atom.Table {
			limit = i
		}
	}
	switch {
	case i < limit:
	case isBlock(tag) || tag == atom.A || b.top().block < i:
		b.pop(i)
	case styleOf(tag) != 0 && len(b.stack)-i <= maxMisnested:
		b.unlink(i)
		b.stack[i].tag = 0
		for k := i; k < len(b.stack); k++ {
			b.stack[k].style &^= styleOf(tag)
		}
	}
}
