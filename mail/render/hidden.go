package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A look is what style declarations say of an element being seen at all.
type look struct {
	hidden bool // it and all in it
	shown  bool // it says how it is displayed, whatever a style sheet says
	font   font
}

// A font is what declarations say of the size of text. Unlike what hides an
// element, it can be taken back by elements within: newsletters set it to
// nothing around their columns.
type font uint8

const (
	fontUnsaid font = iota
	fontSeen
	fontTiny
)

// visible calls show for an element that is meant to be seen: not for text that
// fills the preview of other programs, nor for what trackers hang on.
func (h *htmlRenderer) visible(n *html.Node, show func()) {
	l := h.look(n)
	if l.hidden {
		return
	}
	old := h.tiny
	if l.font != fontUnsaid {
		h.tiny = l.font == fontTiny
	}
	show()
	h.tiny = old
}

func (h *htmlRenderer) look(n *html.Node) look {
	var inline, sheet look
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			inline.hidden = true
		case "style":
			l := declared(a.Val)
			l.hidden = l.hidden || inline.hidden
			inline = l
		case "class":
			for c := range strings.FieldsSeq(a.Val) {
				sheet.add(h.sheet["."+c])
				sheet.add(h.sheet[n.Data+"."+c])
			}
		case "id":
			sheet.add(h.sheet["#"+a.Val])
		}
	}
	if !inline.shown {
		inline.hidden = inline.hidden || sheet.hidden
	}
	if inline.font == fontUnsaid {
		inline.font = sheet.font
	}
	return inline
}

func (l *look) add(m look) {
	l.hidden = l.hidden || m.hidden
	if m.font != fontUnsaid {
		l.font = m.font
	}
}

// declared reads style declarations.
func declared(style string) (l look) {
	flat, clipped := false, false
	for decl := range strings.SplitSeq(strings.ToLower(style), ";") {
		name, value, _ := strings.Cut(decl, ":")
		value = strings.TrimSpace(strings.Replace(value, "!important", "", 1))
		switch strings.TrimSpace(name) {
		case "display":
			l.hidden, l.shown = value == "none", value != "none"
		case "visibility":
			l.hidden = l.hidden || value == "hidden"
		case "opacity":
			l.hidden = l.hidden || length(value) == 0
		case "font-size":
			if n := length(value); n >= 0 {
				l.font = fontSeen
				if n <= 2 {
					l.font = fontTiny
				}
			}
		case "height", "max-height":
			flat = flat || length(value) == 0
		case "overflow":
			clipped = value == "hidden"
		}
	}
	l.hidden = l.hidden || flat && clipped
	return l
}

// length returns a size in pixels, -1 where it is none. Sizes relative to others
// and in words are some size.
func length(v string) float64 {
	number := strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyz%")
	n, err := strconv.ParseFloat(number, 64)
	switch {
	case v == "inherit" || v == "":
		return -1
	case err != nil:
		return 16
	case n > 0 && n <= 3 && number != v && v[len(number)] != 'p':
		return n * 16
	}
	return n
}

// sheetLooks returns what the document's style sheets say of classes and ids on
// every screen: rules within @media do not count.
func sheetLooks(root *html.Node) map[string]look {
	set := map[string]look{}
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		if n.DataAtom == atom.Style && n.FirstChild != nil {
			readSheet(uncomment(n.FirstChild.Data), set)
		}
		for c := n.FirstChild; c != nil && depth < maxElements; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(root, 0)
	return set
}

// uncomment removes the comments of a style sheet.
func uncomment(css string) string {
	if !strings.Contains(css, "/*") && !strings.Contains(css, "<!--") {
		return css
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(css, "/*")
		b.WriteString(before)
		if !ok {
			break
		}
		_, css, _ = strings.Cut(rest, "*/")
	}
	return strings.NewReplacer("<!--", "", "-->", "").Replace(b.String())
}

// readSheet reads the rules of a style sheet whose selector is one class or id,
// with or without its element.
func readSheet(css string, set map[string]look) {
	for css != "" {
		selector, rest, ok := strings.Cut(css, "{")
		if !ok {
			return
		}
		selector = strings.TrimSpace(selector[strings.LastIndexAny(selector, "};")+1:])
		if strings.HasPrefix(selector, "@") {
			css = skipBlock(rest)
			continue
		}
		var body string
		body, css, _ = strings.Cut(rest, "}")
		l := declared(body)
		if !l.hidden && l.font != fontTiny {
			continue
		}
		for s := range strings.SplitSeq(selector, ",") {
			s = strings.TrimSpace(s)
			if strings.ContainsAny(s, ".#") && !strings.ContainsAny(s, " :>[+~*") {
				set[s] = l
			}
		}
	}
}

// skipBlock returns what follows the brace that closes a block.
func skipBlock(s string) string {
	depth := 1
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return s[i+1:]
			}
		}
	}
	return ""
}
