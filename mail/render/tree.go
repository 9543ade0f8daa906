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

// inTable is how deep a cell lies in its table.
const inTable = 3

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
