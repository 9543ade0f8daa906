package render

import (
	"regexp"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/net/html"

	"posthorn/mail"
	"posthorn/mail/message"
)

const (
	maxStubWords = 120 // of a text that may only say that there is HTML
	fewWords     = 25  // of one that is no letter beside HTML of many
	manyTimes    = 12  // how much more the HTML then holds
)

// isStub reports whether plain text gives way to the HTML beside it: it is made
// of blank lines, or says no more than that there is HTML, and the HTML says
// more.
func isStub(m *message.Message, plain, rich *mail.Part) bool {
	text, _ := textOf(m, plain)
	if isEmpty(text) {
		return true
	}
	if len(text) > maxStub {
		return false
	}
	n := countWords(text)
	if n > maxStubWords {
		return false
	}
	full, _ := textOf(m, rich)
	in := htmlWords(full)
	switch {
	case in == 0:
		return false
	case stubs().MatchString(text):
		return in != n // or else both say the same
	}
	return n < fewWords && in > manyTimes*(n+1)
}

// isEmpty reports whether a text shows nothing.
func isEmpty(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != 0x2007 && r != 0x200c && r != 0x200d
	})
}

// countWords counts words that are no addresses in the web.
func countWords(s string) (n int) {
	for w := range strings.FieldsSeq(s) {
		if !strings.Contains(w, "://") && strings.ContainsFunc(w, unicode.IsLetter) {
			n++
		}
	}
	return n
}

// htmlWords counts the words that HTML shows, roughly.
func htmlWords(s string) (n int) {
	z := html.NewTokenizer(strings.NewReader(s))
	skip := ""
	for {
		switch z.Next() {
		case html.ErrorToken:
			return n
		case html.StartTagToken:
			if name, _ := z.TagName(); skip == "" && (string(name) == "style" || string(name) == "script" || string(name) == "title") {
				skip = string(name)
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == skip {
				skip = ""
			}
		case html.TextToken:
			if skip == "" {
				n += countWords(string(z.Text()))
			}
		}
	}
}

// stubs matches what programs write in place of a text that only the HTML holds.
var stubs = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?is)` + strings.Join([]string{
		// English
		`\bhtml\b.{0,60}\b(view|viewer|client|reader|support|capable|enabled?|compatible|display|format|version|e-?mail|message|only|part)`,
		`\b(view|read|see|display|open|requires?|enable|supports?|in|an?)\b.{0,60}\bhtml\b`,
		`\b(view|see|read|open|display)\b.{0,60}\b(in|with) (your|a|the|any) (web ?)?browser`,
		`(does not|doesn't|cannot|can't|can not|unable to) (support|display|view|read|see|show).{0,40}(html|message|e-?mail|newsletter|images)`,
		`\bno (plain[- ]?)?text (version|part|alternative)`,
		// German, French, Spanish, Italian, Portuguese, Dutch, Russian
		`\bhtml\b.{0,60}(anzeig|darstell|f(ä|ae)hig|lesen|ansicht|afficher|lire|visuali[sz]|leer|leggere|weergeven|ler\b)`,
		`(anzeig|darstell|lesen|ansehen|öffnen|afficher|lire|visuali[sz]|ver |leer|leggere|bekijk|weergeven).{0,80}\b(html|browser|navigateur|navegador)\b`,
		`(html|браузер).{0,60}(просмотр|поддерж|формат|откры)|(просмотр|поддерж|откр|прочита).{0,60}(html|браузер)`,
	}, "|"))
})
