package render

import (
	"net/url"
	"path"
	"strings"
	"unicode"

	"golang.org/x/net/html/atom"

	"posthorn/mail/safe"
)

// label gives the pictures of a document the texts that stand for them, and
// counts those that lie elsewhere. Where there are no words, every picture that
// can be seen has one.
func (h *htmlRenderer) label(root *node) {
	remote := 0
	var walk func(n *node, linked, needed bool)
	walk = func(n *node, linked, needed bool) {
		if n.tag == atom.A && !linked && isLink(n.get("href")) {
			linked, needed = true, needed || !hasWords(n)
		}
		if n.tag == atom.Img {
			if isLink(n.get("src")) {
				remote++
			}
			n.text = h.pictureText(n, needed)
			if n.text != "" {
				n.text = "[" + n.text + "]"
			}
		}
		for _, c := range n.kids {
			walk(c, linked, needed)
		}
	}
	walk(root, false, !hasWords(root))
	h.r.doc.Remote += remote
}

// hasWords reports whether there is text in a link, or a picture that has one.
func hasWords(n *node) bool {
	if n.tag == 0 && !isEmpty(n.text) || n.tag == atom.Img && hasLetters(n.get("alt")) {
		return true
	}
	for _, c := range n.kids {
		if hasWords(c) {
			return true
		}
	}
	return false
}

func hasLetters(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }

// pictureText returns what stands for a picture: its text, else the name of its
// file. One that is there to be fetched and not to be seen has none. Needed says
// that there is nothing else to see.
func (h *htmlRenderer) pictureText(n *node, needed bool) string {
	if isTiny(n) {
		return ""
	}
	src := n.get("src")
	alt := safe.Line(n.get("alt"))
	scheme, id, _ := strings.Cut(src, ":")
	switch {
	case hasLetters(alt):
		return alt
	case strings.EqualFold(scheme, "cid"):
		if name := h.r.pictures[contentID(id)]; name != "" {
			return name
		}
		return "picture"
	case strings.EqualFold(scheme, "data"):
		return "picture"
	case needed:
		if name := fileName(src); name != "" {
			return name
		}
		return "picture"
	}
	return ""
}

// fileName returns the name of a picture's file where it says something to
// people.
func fileName(src string) string {
	u, err := url.Parse(src)
	if err != nil || len(src) > maxURL {
		return ""
	}
	name := safe.Line(path.Base(u.Path))
	stem := strings.TrimSuffix(name, path.Ext(name))
	letters, others := 0, 0
	for _, r := range stem {
		if unicode.IsLetter(r) {
			letters++
		} else if r != '-' && r != '_' && r != ' ' {
			others++
		}
	}
	if letters < 3 || others > 3 || len(stem) > 40 || len(stem) == len(name) {
		return ""
	}
	for _, dull := range []string{"spacer", "pixel", "blank", "image", "img", "picture", "transparent", "clear", "unnamed"} {
		if strings.Trim(strings.ToLower(stem), "0123456789-_ ") == dull {
			return ""
		}
	}
	return name
}

// image shows a picture's text.
func (h *htmlRenderer) image(n *node) {
	if n.text == "" {
		return
	}
	h.spans = append(h.spans, Span{Text: n.text, Style: h.style | n.style | Dim, Link: h.link})
	h.spans = append(h.spans, h.after[n]...)
}

// isTiny reports whether a picture is too small to be seen.
func isTiny(n *node) bool { return tiny(n.get("width")) || tiny(n.get("height")) }

func tiny(size string) bool {
	switch strings.TrimSuffix(strings.TrimSpace(size), "px") {
	case "0", "1", "2":
		return true
	}
	return false
}
