package render

import (
	"html"
	"regexp"
	"strings"
	"sync"
)

// enriched turns text/enriched (RFC 1896) into HTML: a line end is a space, n of
// them are n-1 line ends, and the commands have names of their own.
func enriched(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = enrichedParam().ReplaceAllString(text, "")
	text = lineEnds().ReplaceAllStringFunc(text, func(s string) string {
		if len(s) == 1 {
			return " "
		}
		return strings.Repeat("<br>", len(s)-1)
	})
	const less = "\x00"
	text = strings.ReplaceAll(text, "<<", less)
	text = enrichedCommand().ReplaceAllStringFunc(text, enrichedTag)
	return strings.ReplaceAll(text, less, "&lt;")
}

var (
	enrichedParam   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?is)<param>.*?</param>`) })
	enrichedCommand = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`</?[A-Za-z0-9-]{1,60}>|[&<]`) })
	lineEnds        = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\n+`) })
)

// enrichedTag returns the HTML for a command, or for a character that means
// something in HTML only.
func enrichedTag(s string) string {
	if len(s) == 1 {
		return html.EscapeString(s)
	}
	name, closes := strings.CutPrefix(strings.ToLower(strings.Trim(s, "<>")), "/")
	tag := map[string]string{
		"bold": "b", "italic": "i", "underline": "u", "fixed": "code", "excerpt": "blockquote",
		"center": "div", "flushleft": "div", "flushright": "div", "flushboth": "div", "indent": "div", "paraindent": "div", "verbatim": "pre",
		"smaller": "span", "bigger": "span", "br": "br", "nl": "br",
	}[name]
	switch {
	case tag == "":
		return ""
	case closes:
		return "</" + tag + ">"
	}
	return "<" + tag + ">"
}
