package render

import (
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/html/atom"
	"golang.org/x/net/idna"
	"mvdan.cc/xurls/v2"

	"posthorn/mail/safe"
	"posthorn/mail/spoof"
)

const (
	maxLinks  = 2000    // of a document
	maxURL    = 4096    // octets of a word that is looked at for a link
	maxLooked = 1 << 19 // octets of all such words
)

// urls finds the links in plain text.
var urls = sync.OnceValue(func() *regexp.Regexp { return xurls.Strict() })

// linked makes spans of a text, with its links as spans of their own. Only
// words that can be links are looked at closely, as that is slow.
func (r *renderer) linked(text string, style Style) []Span {
	var spans []Span
	at := 0
	for start, end := range candidates(text) {
		if r.looked += end - start; r.looked > maxLooked || len(r.doc.Links) >= maxLinks {
			break
		}
		for _, m := range findLinks(text[start:end]) {
			a, b := start+m[0], start+m[1]
			if a > at {
				spans = append(spans, Span{Text: text[at:a], Style: style})
			}
			spans = append(spans, Span{Text: text[a:b], Style: style | LinkText | Underline, Link: r.addLink(text[a:b], text[a:b])})
			at = b
		}
	}
	if at < len(text) || len(spans) == 0 {
		spans = append(spans, Span{Text: text[at:], Style: style})
	}
	return spans
}

// candidates yields the bounds of the words that may hold a link.
func candidates(text string) iter.Seq2[int, int] {
	marks := [...]string{"://", "mailto:", "www."}
	return func(yield func(start, end int) bool) {
		var next [len(marks)]int
		for i, m := range marks {
			next[i] = index(text, m, 0)
		}
		for from := 0; ; {
			at := slices.Min(next[:])
			if at >= len(text) {
				return
			}
			start := max(from, strings.LastIndexByte(text[from:at], ' ')+1+from, at-maxURL)
			end := min(index(text, " ", at), at+maxURL)
			if !yield(start, end) {
				return
			}
			from = end
			for i, m := range marks {
				if next[i] < from {
					next[i] = index(text, m, from)
				}
			}
		}
	}
}

// index returns where sub comes next, the end of the text where it does not.
func index(text, sub string, from int) int {
	if n := strings.Index(text[from:], sub); n >= 0 {
		return from + n
	}
	return len(text)
}

// findLinks returns the bounds of the links in a word.
func findLinks(word string) [][]int {
	found := urls().FindAllStringIndex(word, 20)
	at := strings.Index(word, "www.")
	if len(found) > 0 || at < 0 || at > 0 && strings.ContainsAny(word[at-1:at], "abcdefghijklmnopqrstuvwxyz.-@/") {
		return found
	}
	const scheme = "http://"
	if m := urls().FindStringIndex(scheme + word[at:]); m != nil && m[0] == 0 && m[1] > len(scheme+"www.") {
		return [][]int{{at, at + m[1] - len(scheme)}}
	}
	return nil
}

// addLink enters a link in the document and returns its number.
func (r *renderer) addLink(text, target string) int {
	if strings.HasPrefix(target, "www.") {
		target = "http://" + target
	}
	r.doc.Links = append(r.doc.Links, Link{Text: text, URL: target})
	return len(r.doc.Links)
}

// number gives the links of a document their numbers, in the order in which they
// stand in the text. Links to one place have one number; those whose text is the
// address have none, and come last.
func (h *htmlRenderer) number(root *node) {
	var bareOnes []*node
	numbers := map[string]int{}
	root.anchors(func(n *node) {
		target := safe.Line(n.get("href"))
		text, last := anchorText(n)
		switch {
		case text == "" || !isLink(target):
		case bare(text) == bare(target):
			bareOnes = append(bareOnes, n)
		case numbers[target] == 0 && len(h.r.doc.Links) >= maxLinks:
			h.r.note(fmt.Sprintf("only the first %d links have numbers", maxLinks))
		default:
			if numbers[target] == 0 {
				numbers[target] = h.r.addLink(text, target)
			}
			h.anchors[n] = numbers[target]
			h.after[last] = append(h.mark(numbers[target]), h.warn(text, target)...)
		}
	})
	for _, n := range bareOnes {
		target := safe.Line(n.get("href"))
		if numbers[target] == 0 && len(h.r.doc.Links) < maxLinks {
			numbers[target] = h.r.addLink(target, target)
		}
		h.anchors[n] = numbers[target]
	}
}

func (h *htmlRenderer) mark(number int) []Span {
	return []Span{{Text: fmt.Sprintf("[%d]", number), Style: Marker, Link: number}}
}

// anchors calls f for all links.
func (n *node) anchors(f func(*node)) {
	if n.tag == atom.A && n.get("href") != "" {
		f(n)
		return
	}
	for _, c := range n.kids {
		c.anchors(f)
	}
}

// anchorText returns the text of a link as far as it matters, and the node in
// which it ends.
func anchorText(n *node) (string, *node) {
	var b strings.Builder
	var last *node
	var walk func(n *node)
	walk = func(n *node) {
		switch {
		case n.tag == 0 && !isEmpty(n.text), n.tag == atom.Img && n.text != "":
			last = n
			if b.Len() < maxURL {
				b.WriteString(n.text[:min(len(n.text), maxURL)])
			}
		case n.tag == 0 || n.tag == atom.Br || isBlock(n.tag):
			b.WriteByte(' ')
		}
		for _, c := range n.kids {
			walk(c)
		}
	}
	walk(n)
	return safe.Line(strings.ToValidUTF8(b.String(), "")), last
}

// anchor shows a link.
func (h *htmlRenderer) anchor(n *node) {
	number := h.anchors[n]
	if number == 0 || h.link != 0 {
		h.children(n)
		return
	}
	old := h.style
	h.link = number
	h.style |= LinkText | Underline
	h.children(n)
	h.link, h.style = 0, old
}

// warn marks a link whose text names another host than the one it leads to.
func (h *htmlRenderer) warn(text, target string) []Span {
	named, real := hostOf(text), hostOf(target)
	if named == "" || real == "" || sameHost(named, real) {
		return nil
	}
	h.r.warning(fmt.Sprintf("a link that reads %q leads to %s", safe.Truncate(text, 60), safe.Line(real)))
	return []Span{{Text: " [leads to " + safe.Line(real) + "]", Style: Warning}}
}

// bare returns what a person would call the address of a link.
func bare(target string) string {
	t := strings.ToLower(target)
	for _, prefix := range []string{"mailto:", "tel:", "http://", "https://", "www."} {
		t = strings.TrimPrefix(t, prefix)
	}
	return strings.TrimRight(t, "/")
}

// hostOf returns the host that a text names, if it reads like an address in the
// web and nothing else.
func hostOf(text string) string {
	if strings.ContainsAny(text, " @") {
		return ""
	}
	if !strings.Contains(text, "://") {
		if !strings.HasPrefix(strings.ToLower(text), "www.") && !domain().MatchString(text) {
			return ""
		}
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// domain matches a host, and a path, that a person would take for an address.
var domain = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[\pL\pN-]+(\.[\pL\pN-]+)*\.(com|net|org|edu|gov|info|biz|io|co|eu|de|uk|fr|nl|ru|cn|jp|ch|at|it|es|se|pl|us|ca|au|br|example)(/\S*)?$`)
})

// sameHost reports whether two hosts are one, or one is a part of the other:
// "example.org" and "click.example.org".
func sameHost(a, b string) bool {
	a, b = strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www.")
	if x, err := idna.ToASCII(a); err == nil {
		a = x
	}
	if x, err := idna.ToASCII(b); err == nil {
		b = x
	}
	return a == b || strings.HasSuffix(a, "."+b) || strings.HasSuffix(b, "."+a)
}

// bothForms returns the other form of an internationalized host in a URL or an
// address, in parentheses, where it has one. It is shown beside the host, never
// instead of it: letters of one script look like those of another.
func bothForms(s string) string {
	if other := spoof.OtherForm(s); other != "" {
		return " (" + other + ")"
	}
	return ""
}

func isLink(target string) bool {
	for _, scheme := range []string{"http://", "https://", "mailto:", "ftp://", "tel:"} {
		if len(target) > len(scheme) && strings.EqualFold(target[:len(scheme)], scheme) {
			return true
		}
	}
	return false
}
