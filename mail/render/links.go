package render

import (
	"fmt"
	"iter"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/html"
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

// anchor shows a link's text and, where that is not the target itself, its
// number.
func (h *htmlRenderer) anchor(n *html.Node) {
	target := safe.Line(attr(n, "href"))
	if !isLink(target) || h.link != 0 || len(h.r.doc.Links) >= maxLinks {
		h.children(n)
		return
	}
	from := len(h.r.doc.Lines)
	h.link = h.r.addLink("", target)
	number := h.link
	h.styled(LinkText|Underline, n)
	h.link = 0
	text := h.textOf(number, from)
	h.r.doc.Links[number-1].Text = text
	switch {
	case text == "" && number == len(h.r.doc.Links):
		h.r.doc.Links = h.r.doc.Links[:number-1] // nothing to see, nothing to follow
	case text != "" && bare(text) != bare(target):
		h.addSpan(Span{Text: fmt.Sprintf("[%d]", number), Style: Marker, Link: number})
		h.warn(text, target)
	}
}

// textOf returns what was shown of a link, in the lines laid out since it began
// and in the text collected.
func (h *htmlRenderer) textOf(number, from int) string {
	var b strings.Builder
	add := func(spans []Span) {
		for _, s := range spans {
			if s.Link == number {
				b.WriteString(s.Text)
			}
		}
		b.WriteByte(' ')
	}
	for _, l := range h.r.doc.Lines[min(from, len(h.r.doc.Lines)):] {
		add(l.Spans)
	}
	add(h.spans)
	return strings.TrimSpace(b.String())
}

// addSpan adds a span behind the text, before the space at its end: to the line
// that was laid out last where no text is collected.
func (h *htmlRenderer) addSpan(s Span) {
	spans := &h.spans
	if len(*spans) == 0 && len(h.r.doc.Lines) > 0 {
		spans = &h.r.doc.Lines[len(h.r.doc.Lines)-1].Spans
	}
	n := len(*spans)
	if n == 0 {
		return
	}
	text, spaced := strings.CutSuffix((*spans)[n-1].Text, " ")
	(*spans)[n-1].Text = text
	*spans = append(*spans, s)
	if spaced {
		*spans = append(*spans, Span{Text: " "})
	}
}

// warn marks a link whose text names another host than the one it leads to.
func (h *htmlRenderer) warn(text, target string) {
	named, real := hostOf(text), hostOf(target)
	if named == "" || real == "" || sameHost(named, real) {
		return
	}
	h.addSpan(Span{Text: " [leads to " + safe.Line(real) + "]", Style: Warning})
	h.r.warning(fmt.Sprintf("a link that reads %q leads to %s", safe.Truncate(text, 60), safe.Line(real)))
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

// image shows a picture's text. One that is there to be fetched and not to be
// seen is not shown.
func (h *htmlRenderer) image(n *html.Node) {
	src := attr(n, "src")
	if isLink(src) {
		h.r.doc.Remote++
	}
	if tiny(attr(n, "width")) || tiny(attr(n, "height")) {
		return
	}
	alt := safe.Line(attr(n, "alt"))
	if !strings.ContainsFunc(alt, unicode.IsLetter) {
		alt = ""
	}
	if alt == "" && (h.pictures || strings.HasPrefix(strings.ToLower(src), "cid:")) {
		alt = "picture"
	}
	if alt != "" {
		h.spans = append(h.spans, Span{Text: "[" + alt + "]", Style: h.style | Dim, Link: h.link})
	}
}

func tiny(size string) bool {
	switch strings.TrimSuffix(strings.TrimSpace(size), "px") {
	case "0", "1", "2":
		return true
	}
	return false
}
