package render

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// isHidden reports whether an element is not meant to be seen: text that fills
// the preview of other programs, and what trackers hang on.
func (h *htmlRenderer) isHidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if hides(a.Val) {
				return true
			}
		case "class":
			for c := range strings.FieldsSeq(a.Val) {
				if h.hidden[c] {
					return true
				}
			}
		}
	}
	return false
}

// hides reports whether style declarations make an element invisible.
func hides(style string) bool {
	zeroHeight, clipped := false, false
	for decl := range strings.SplitSeq(strings.ToLower(style), ";") {
		name, value, _ := strings.Cut(decl, ":")
		name = strings.TrimSpace(name)
		value = strings.TrimSpace(strings.Replace(value, "!important", "", 1))
		switch name {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" {
				return true
			}
		case "mso-hide":
			if value == "all" {
				return true
			}
		case "opacity", "font-size":
			if zero(value) {
				return true
			}
		case "height", "max-height":
			zeroHeight = zeroHeight || zero(value)
		case "overflow":
			clipped = value == "hidden"
		}
	}
	return zeroHeight && clipped
}

// zero reports whether a length is nothing, or next to it.
func zero(v string) bool {
	v = strings.TrimRight(v, "pxemt%r")
	return v == "0" || v == "0.0"
}

// hiddenClasses returns the classes that the document's style sheets hide on
// every screen: rules within @media do not count.
func hiddenClasses(root *html.Node) map[string]bool {
	set := map[string]bool{}
	var walk func(n *html.Node, depth int)
	walk = func(n *html.Node, depth int) {
		if n.DataAtom == atom.Style && n.FirstChild != nil {
			sheet(n.FirstChild.Data, set)
		}
		for c := n.FirstChild; c != nil && depth < maxElements; c = c.NextSibling {
			walk(c, depth+1)
		}
	}
	walk(root, 0)
	return set
}

// sheet reads the rules of a style sheet whose selector is a single class.
func sheet(css string, set map[string]bool) {
	for css != "" {
		selector, rest, ok := strings.Cut(css, "{")
		if !ok {
			return
		}
		selector = strings.TrimSpace(selector[strings.LastIndexAny(selector, "};/")+1:])
		if strings.HasPrefix(selector, "@") {
			css = skipBlock(rest)
			continue
		}
		var body string
		body, css, _ = strings.Cut(rest, "}")
		if !hides(body) {
			continue
		}
		for s := range strings.SplitSeq(selector, ",") {
			if name, ok := strings.CutPrefix(strings.TrimSpace(s), "."); ok && !strings.ContainsAny(name, " .:>#[+~*") {
				set[name] = true
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
