package render

import (
	"slices"
	"strings"
	"testing"

	"posthorn/mail"
	"posthorn/mail/message"
)

func TestPlainLinks(t *testing.T) {
	for text, want := range map[string][]string{
		"see https://example.org/a?b=c.":                  {"https://example.org/a?b=c"},
		"(http://a.example/x) and <https://b.example/>":   {"http://a.example/x", "https://b.example/"},
		"www.example.org/x, or http://www.example.org":    {"http://www.example.org/x", "http://www.example.org"},
		"mailto:ann@example.org":                          {"mailto:ann@example.org"},
		"awww.example.org x://y :// www. example.org 1:2": nil,
	} {
		r := newRenderer(Options{})
		r.plain(text, &mail.Part{})
		var got []string
		for _, l := range r.doc.Links {
			got = append(got, l.URL)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q holds the links %q, want %q", text, got, want)
		}
		if shown := strings.TrimSuffix(r.doc.Text(), "\n"); shown != text {
			t.Errorf("%q became %q", text, shown)
		}
	}
}

// A link that says it leads elsewhere is told from one that does not.
func TestDeceptiveLinks(t *testing.T) {
	for _, tt := range []struct {
		text, target string
		want         string
	}{
		{"www.bank.com", "https://evil.example/", "www.bank.com[1] [leads to evil.example]"},
		{"https://bank.com/login", "https://bank.com.evil.example/", "https://bank.com/login[1] [leads to bank.com.evil.example]"},
		{"bank.com", "https://click.bank.com/r", "bank.com[1]"},
		{"www.bank.com", "https://bank.com/", "www.bank.com"},
		{"here", "https://evil.example/", "here[1]"},
		{"ann@example.org", "mailto:ann@example.org", "ann@example.org"},
		{"Version 1.2", "https://a.example/", "Version 1.2[1]"},
		{"bücher.example", "https://xn--bcher-kva.example/", "bücher.example[1]"},
	} {
		if got := show(`<a href="`+tt.target+`">`+tt.text+`</a>`, 80); got != tt.want+"\n" {
			t.Errorf("%s to %s shows %q, want %q", tt.text, tt.target, got, tt.want)
		}
	}
}

func TestBothForms(t *testing.T) {
	for in, want := range map[string]string{
		"https://xn--bcher-kva.example/xn--x": " (bücher.example)",
		"info@xn--bcher-kva.example":          " (bücher.example)",
		"https://example.org/":                "",
		"https://xn--\x1b.example/":           "",
	} {
		if got := bothForms(in); got != want {
			t.Errorf("bothForms(%q) = %q, want %q", in, got, want)
		}
	}
}

// Where nobody looks at a screen, addresses stay whole.
func TestWholeAddresses(t *testing.T) {
	const long = "https://a.example/one/two/three/four/five"
	for in, want := range map[string]string{
		"see " + long + " now": "see|" + long + "|now",
		"(" + long + ")":       "(" + long + ")",
		"abcdefghijkl":         "abcdefghij|kl",
	} {
		var lines []string
		for _, l := range wrapSpans([]Span{{Text: in}}, 10, true) {
			lines = append(lines, Line{Spans: l}.Text())
		}
		if got := strings.Join(lines, "|"); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	m := message.Parse([]byte("Content-Type: text/html\n\n<a href='" + long + "'>x</a>"))
	if got := Message(m, Options{Width: 20, Pipe: true}).Text(); got != "x[1]\n\n[1]\n    "+long+"\n" && got != "x[1]\n\n[1] "+long+"\n" {
		t.Errorf("the list of links is %q", got)
	}
}

// Lines end where they may.
func TestWrapSpans(t *testing.T) {
	for _, tt := range []struct {
		text  string
		width int
		want  string
	}{
		{"the quick brown fox", 10, "the quick|brown fox"},
		{"  indented and wrapped", 12, "  indented|and wrapped"},
		{"abcdefghijkl mn", 5, "abcde|fghij|kl mn"},
		{"日本語の文章。次の文", 14, "日本語の文章。|次の文"},
		{"日本語の文章。次の文", 12, "日本語の文|章。次の文"},
		{"これは「引用」です", 8, "これは|「引用」|です"},
		{"한국어 문장은 단어", 9, "한국어|문장은|단어"},
		{"x 👍👍👍👍", 6, "x 👍👍|👍👍"},
		{"see https://a.example/one/two/three?x=1&y=2 now", 22, "see|https://a.example/one/|two/three?x=1&y=2 now"},
		{"https://a.example/one/two", 12, "https://a.ex|ample/one/|two"},
		{"&bcdefg日本", 8, "&bcdefg|日本"},
		{"&bcdefgh𗗗", 8, "&bcdefgh|𗗗"},
		{"aaa\u00a0bbb\u00a0ccc\u00a0ddd eee", 10, "aaa\u00a0bbb\u00a0|ccc\u00a0ddd|eee"},
		{"e\u0301e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301|e\u0301e\u0301"},
	} {
		var lines []string
		for _, l := range wrapSpans([]Span{{Text: tt.text}}, tt.width, false) {
			lines = append(lines, Line{Spans: l}.Text())
		}
		if got := strings.Join(lines, "|"); got != tt.want {
			t.Errorf("%q at %d is %q, want %q", tt.text, tt.width, got, tt.want)
		}
	}
}
