// Package safe is the one place through which foreign text goes on its way to a
// terminal, and the one that makes file names: messages, folder names, server
// replies, attachment names. Whatever it returns can be printed without moving
// the cursor, changing a colour or reordering what stands around it.
//
// It also measures and cuts text by the columns a terminal gives it, in units of
// grapheme clusters (UAX #29).
package safe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks bounds the combining marks on one character: more are used to paint
// over the lines above and below.
const maxMarks = 6

// Text makes text of several lines harmless. Line ends become LF, tabs stay, ESC
// is shown as ␛, other control characters, bidirectional overrides and
// isolates, tag characters and other invisible formatting go, and bytes that
// are not UTF-8 become U+FFFD. Text that is harmless already is returned
// without allocation.
func Text(s string) string {
	if clean(s, false) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return filter(s, false)
}

// Line is like [Text] for one line: line ends, tabs and runs of spaces become
// one space, and none stands at the ends.
func Line(s string) string {
	if clean(s, true) {
		return s
	}
	return strings.TrimSpace(filter(s, true))
}

// clean reports whether text of printable ASCII needs no work.
func clean(s string, line bool) bool {
	space := line // a space at the beginning of a line needs work
	for i := range len(s) {
		c := s[i]
		if c >= 0x7f || c < ' ' && (line || c != '\n' && c != '\t') {
			return false
		}
		if line && c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !(line && space && s != "")
}

func filter(s string, line bool) string {
	var b strings.Builder
	b.Grow(len(s))
	marks, last := 0, rune(0)
	for _, r := range s {
		r = pass(r, line)
		switch {
		case r < 0 || line && r == ' ' && last == ' ':
			continue
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		last = r
		b.WriteRune(r)
	}
	return b.String()
}

// pass returns what stands for a character in harmless text, or -1 for nothing.
func pass(r rune, line bool) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\r' || r == 0x85 || r == 0x2028 || r == 0x2029:
		switch {
		case line:
			return ' '
		case r == '\t':
			return r
		}
		return '\n'
	case r == 0x1b:
		return '␛'
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return -1
	case line && unicode.Is(unicode.Zs, r):
		return ' '
	case r < 0x7f:
		return r
	case hidden(r):
		return -1
	}
	return r
}

// hidden reports whether a character changes the look of others without having
// one of its own. The joiners that emoji and Indic scripts need are none.
func hidden(r rune) bool {
	switch {
	case r == 0x200c || r == 0x200d:
		return false
	case r == 0x00ad, r == 0x034f, r == 0x061c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x3164, r == 0xffa0:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
		return true
	case r >= 0xfff0 && r <= 0xfffb, r >= 0xe0000 && r <= 0xe0fff, r >= 0x1bca0 && r <= 0x1bca3, r >= 0x1d173 && r <= 0x1d17a:
		return true
	case r >= 0x180b && r <= 0x180e:
		return true
	case r&0xfffe == 0xfffe:
		return true
	}
	return false
}

// maxName bounds a file name in bytes; file systems end at 255, and a number or
// an ending may be added.
const maxName = 180

// FileName makes one path element of any name: without separators, control or
// invisible characters, leading dots or dashes, or a name that Windows keeps
// for itself; of bounded length, with its extension kept. Where nothing is left
// it is "attachment".
func FileName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 && strings.Trim(s[i+1:], ". ") != "" {
		s = s[i+1:]
	}
	s = strings.Map(nameRune, Line(s))
	s = strings.TrimRight(strings.TrimLeft(strings.TrimSpace(s), ".-_ "), ". ")
	s = shorten(s)
	if s == "" {
		return "attachment"
	}
	if reserved(s) {
		return "_" + s
	}
	return s
}

func nameRune(r rune) rune {
	if strings.ContainsRune(`/\:*?"<>|`+"`$&;'␛", r) || r == utf8.RuneError {
		return '_'
	}
	return r
}

// shorten cuts the middle of a long name, before its extension.
func shorten(s string) string {
	if len(s) <= maxName {
		return s
	}
	ext := ""
	if i := strings.LastIndexByte(s, '.'); i > 0 && len(s)-i <= 16 {
		ext = s[i:]
	}
	base := s[:maxName-len(ext)]
	for len(base) > 0 && !utf8.ValidString(base) {
		base = base[:len(base)-1]
	}
	return strings.TrimRight(base, ". ") + ext
}

// reserved reports whether Windows takes a name for a device.
func reserved(s string) bool {
	base, _, _ := strings.Cut(strings.ToUpper(s), ".")
	switch base {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(base) == 4 && (base[:3] == "COM" || base[:3] == "LPT") && base[3] >= '0' && base[3] <= '9'
}
