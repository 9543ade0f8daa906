package render

import (
	"strconv"
	"strings"

	"golang.org/x/net/html/atom"

	"posthorn/mail/safe"
)

// items is a list whose items are shown.
type items struct {
	marker string // as the attribute type says it: "1", "a", "A", "i", "I", "disc", "none"
	next   int    // the number of the next item
	first  bool   // no item was shown
}

// items shows a list. One within a list stands close to it.
func (h *htmlRenderer) items(n *node) {
	list := items{marker: "disc", next: 1, first: true}
	if n.tag == atom.Ol {
		list.marker = "1"
	}
	if kind := n.get("type"); kind != "" && n.tag == atom.Ol && strings.Contains("1aAiI", kind) && len(kind) == 1 {
		list.marker = kind
	}
	if n.marker != "" {
		list.marker = n.marker
	}
	if v, err := strconv.Atoi(n.get("start")); err == nil {
		list.next = v
	}
	old, nested := h.list, h.list != nil
	h.block(func() {
		h.list = &list
		h.indent += 2
		h.children(n)
		h.flush()
		h.indent -= 2
		h.list = old
	}, !nested)
}

// item shows an item of a list behind its bullet or number.
func (h *htmlRenderer) item(n *node) {
	h.flush()
	list := h.list
	if list == nil {
		list = &items{marker: "disc", first: true}
	}
	if v, err := strconv.Atoi(n.get("value")); err == nil {
		list.next = v
	}
	marker := list.marker
	if n.marker != "" {
		marker = n.marker
	}
	bullet := bulletOf(marker, list.next)
	list.next++
	h.pending = h.pending && list.first
	list.first = false
	old := h.indent
	h.bullet = bullet
	h.indent += max(safe.Width(bullet)-2, 0)
	if h.list == nil {
		h.indent += 2
	}
	h.children(n)
	h.flush()
	h.pending = false
	h.indent, h.bullet = old, ""
}

func bulletOf(marker string, n int) string {
	switch marker {
	case "none":
		return ""
	case "1":
		return strconv.Itoa(n) + ". "
	case "a", "A":
		if s := letters(n); s != "" && marker == "a" {
			return s + ". "
		} else if s != "" {
			return strings.ToUpper(s) + ". "
		}
		return strconv.Itoa(n) + ". "
	case "i", "I":
		if s := roman(n); s != "" && marker == "i" {
			return s + ". "
		} else if s != "" {
			return strings.ToUpper(s) + ". "
		}
		return strconv.Itoa(n) + ". "
	}
	return "• "
}

// letters counts a, b, …, z, aa, ab, …; it is empty for what has no letter.
func letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('a'+(n-1)%26)) + s
	}
	return s
}

// roman returns a Roman number, empty for what has none.
func roman(n int) string {
	if n < 1 || n > 3999 {
		return ""
	}
	var b strings.Builder
	for _, d := range []struct {
		n int
		s string
	}{{1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"}, {40, "xl"}, {10, "x"}, {9, "ix"}, {5, "v"}, {4, "iv"}, {1, "i"}} {
		for n >= d.n {
			b.WriteString(d.s)
			n -= d.n
		}
	}
	return b.String()
}
