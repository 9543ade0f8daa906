package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A node is an element or a text of an HTML document. What is hidden is not in
// the tree.
type node struct {
	tag    atom.Atom // 0 is text
	style  Style     // of a text: how it looks
	white  white     // of a text: what its white space means
	gap    gap       // of a block: whether there is room around it
	full   bool      // there is something to see in it
	spacer bool      // there is only room in it
	blocks bool      // there are blocks in it that are more than lines of text
	marker string    // of a list: how its items are marked
	text   string
	attr   []html.Attribute
	parent *node
	kids   []*node
}

func (n *node) get(name string) string {
	for _, a := range n.attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// maxDepth bounds how deep the tree is. The elements below are flattened: their
// text stands in lines of its own.
const maxDepth = 400

// maxOpen bounds the elements that are open; of those beyond it only the text
// counts.
const maxOpen = 200000

// inTable is how deep a cell lies in its table.
const inTable = 3

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

// A builder makes a tree of HTML as browsers do in all that matters to a reader
// (HTML Standard, section 13.2.6), in time that is linear in its length however
// deep it is nested: the stack is never searched.
type builder struct {
	stack   []open
	last    map[atom.Atom]int // the index of the last open element of a tag
	sheet   map[string]look
	unknown map[string]atom.Atom
}

// parseHTML reads a document.
func parseHTML(text string) *node {
	root := &node{tag: atom.Html}
	b := builder{last: map[atom.Atom]int{}, sheet: styleSheet(text), unknown: map[string]atom.Atom{}}
	b.stack = append(b.stack, open{tag: atom.Html, node: root, same: -1})
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return root
		case html.TextToken:
			b.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			tag := b.tag(name)
			var attr []html.Attribute
			for more && len(attr) < maxAttrs {
				var k, v []byte
				k, v, more = z.TagAttr()
				attr = append(attr, html.Attribute{Key: string(k), Val: string(v)})
			}
			if tag == atom.Noscript { // there are no scripts here
				z.NextIsNotRawText()
			}
			b.start(tag, attr)
		case html.EndTagToken:
			name, _ := z.TagName()
			b.end(b.tag(name))
		}
	}
}

const (
	maxAttrs   = 100
	maxUnknown = 1000 // tags that are not in the standard
)

// tag returns the atom of a tag, one of our own for a tag that is not known.
func (b *builder) tag(name []byte) atom.Atom {
	if a := atom.Lookup(name); a != 0 {
		return a
	}
	a, ok := b.unknown[string(name)]
	if !ok && len(b.unknown) < maxUnknown {
		a = atom.Atom(1<<31 + len(b.unknown))
		b.unknown[string(name)] = a
	}
	return a
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

// breakLine ends the line where an element is not in the tree.
func (b *builder) breakLine(n *node) {
	if k := len(n.kids); k == 0 || n.kids[k-1].tag != atom.Div || len(n.kids[k-1].kids) > 0 {
		n.kids = append(n.kids, &node{tag: atom.Div, parent: n})
	}
}

// text adds text to the tree.
func (b *builder) text(s string) {
	e := b.top()
	if e.hidden || s == "" {
		return
	}
	blank := strings.Trim(s, " \t\r\n\f") == ""
	parent := e.node
	if structural(e.tag) && e.depth <= maxDepth {
		if blank {
			return
		}
		parent = b.foster()
	}
	visible := !blank && !isEmpty(s)
	if e.tiny && !blank {
		return
	}
	n := &node{text: s, style: e.style, white: e.white, parent: parent}
	b.add(parent, n)
	switch {
	case visible:
		mark(n, func(n *node) *bool { return &n.full })
	case !blank:
		mark(n, func(n *node) *bool { return &n.spacer })
	}
}

// mark sets a mark on a node and all it is in.
func mark(n *node, of func(*node) *bool) {
	for ; n != nil && !*of(n); n = n.parent {
		*of(n) = true
	}
}

// add adds a node to another; to a table's parent before the table.
func (b *builder) add(parent, n *node) {
	parent.kids = append(parent.kids, n)
	if k := len(parent.kids); k > 1 && structural(b.top().tag) && b.top().node != parent && parent.kids[k-2].tag == atom.Table {
		parent.kids[k-1], parent.kids[k-2] = parent.kids[k-2], parent.kids[k-1]
	}
}

// foster returns where that goes which stands in a table, but in no cell: before
// it.
func (b *builder) foster() *node {
	if table := b.stack[b.find(atom.Table)].node; table.parent != nil {
		return table.parent
	}
	return b.top().node
}

// structural reports whether a tag is one of a table that holds nothing to see
// but cells.
func structural(tag atom.Atom) bool {
	switch tag {
	case atom.Table, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Colgroup:
		return true
	}
	return false
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

// marks notes at all that a node is in what it is.
func (b *builder) marks(n *node, l look) {
	if isBlock(n.tag) && n.tag != atom.P && n.tag != atom.Div && n.parent != nil {
		mark(n.parent, func(n *node) *bool { return &n.blocks })
	}
	if l.tall || pixels(n.get("height")) >= minRoom {
		mark(n, func(n *node) *bool { return &n.spacer })
	}
}

// inTree reports whether an element has a node: all but those that only say how
// their text looks.
func (b *builder) inTree(tag atom.Atom) bool {
	return isBlock(tag) || tag == atom.A || tag == atom.Q || tag == atom.Sup || tag == atom.Sub || tag == atom.Li
}

// void adds an element that holds nothing.
func (b *builder) void(tag atom.Atom, attr []html.Attribute) {
	if tag == atom.Hr {
		b.close(tag)
	}
	e, l := b.top(), b.look(tag, attr)
	if e.hidden || l.hidden || tag != atom.Br && tag != atom.Hr && tag != atom.Img && tag != atom.Wbr {
		return
	}
	parent := e.node
	if structural(e.tag) && e.depth <= maxDepth {
		parent = b.foster()
	}
	n := &node{tag: tag, attr: attr, style: e.style, parent: parent}
	b.add(parent, n)
	switch {
	case tag == atom.Hr:
		b.marks(n, look{})
		mark(n, func(n *node) *bool { return &n.full })
	case tag == atom.Br || tag == atom.Wbr:
		mark(n, func(n *node) *bool { return &n.spacer })
	case !isTiny(n):
		mark(n, func(n *node) *bool { return &n.full })
	case pixels(n.get("height")) >= minRoom:
		mark(n, func(n *node) *bool { return &n.spacer })
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
