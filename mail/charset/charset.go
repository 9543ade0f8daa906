// Package charset turns text in any charset into UTF-8: by its label, or by its
// looks where the label is missing, unknown or plainly wrong.
//
// It knows the names of the WHATWG's Encoding Standard and of IANA, those that
// programs made up, and some charsets that are left only in old mail.
package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Decode decodes text, and reports whether the label was right. Octets that are
// UTF-8 with letters beyond ASCII are UTF-8 under any label; one wrong octet under
// the label UTF-8 costs only itself. Octets that nothing stands for become U+FFFD.
func Decode(b []byte, label string) (text string, right bool) {
	c, known := find(label)
	switch {
	case c.kind != wide && isUTF8(b, c.kind == double):
		return string(bytes.TrimPrefix(b, []byte("\ufeff"))), c.kind == unicode8
	case c.kind == wide || c.kind == stateful && mayBe(c, b):
		return strings.TrimPrefix(c.decode(b), "\ufeff"), true
	case isASCII(b):
		if c.kind == other {
			return c.decode(b), true
		}
		if !known && bytes.IndexByte(b, esc) >= 0 {
			return decodeAs(b, Guess(b)), false
		}
		return string(b), known
	case !known:
		return repair(b, false), false
	case c.kind == unicode8:
		return repair(b, true), false
	}
	text = c.decode(b)
	if wrong := strings.Count(text, "\ufffd"); wrong*20 > len(b) {
		if l := Guess(b); l != "" && l != c.name {
			return decodeAs(b, l), false
		}
	}
	return text, true
}

// Known reports whether a label names a charset.
func Known(label string) bool {
	_, ok := find(label)
	return ok
}

// decodeAs decodes by a label that Guess returned.
func decodeAs(b []byte, label string) string {
	if c, ok := find(label); ok && label != "utf-8" {
		return c.decode(b)
	}
	return patch(b)
}

const esc = 0x1b

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isUTF8 reports whether octets are UTF-8 with letters beyond ASCII. In a charset
// of two octets, one pair may look like a letter of UTF-8 by chance.
func isUTF8(b []byte, double bool) bool {
	if isASCII(b) || !utf8.Valid(b) {
		return false
	}
	if !double {
		return true
	}
	letters := 0
	for _, r := range string(b) {
		switch {
		case r >= 0x800:
			return true
		case r >= utf8.RuneSelf:
			letters++
		}
	}
	return letters > 1
}

// mayBe reports whether text has what switches between the charsets of its label.
func mayBe(c codec, b []byte) bool {
	return isASCII(b) || bytes.IndexByte(b, esc) >= 0 || bytes.IndexByte(b, shiftOut) >= 0
}

// repair decodes text that is not all UTF-8. Claimed says that it was said to be:
// then, or where some of it is, what is wrong stands for windows-1252.
func repair(b []byte, claimed bool) string {
	good, bad := countUTF8(b)
	if good >= bad && good > 0 || claimed && bad*20 < len(b) && bad < 8 {
		return patch(b)
	}
	if l := Guess(b); l != "" {
		return decodeAs(b, l)
	}
	if good == 0 && !claimed {
		return decodeAs(b, "windows-1252")
	}
	return patch(b)
}

// countUTF8 counts letters of UTF-8 beyond ASCII, and octets that are in none.
func countUTF8(b []byte) (good, bad int) {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case n > 1:
			good++
		case r == utf8.RuneError:
			bad++
		}
		b = b[n:]
	}
	return good, bad
}

// patch reads UTF-8, and each octet that is in no letter by windows-1252. A letter
// that is cut off, by the end of the text or after another one, is U+FFFD.
func patch(b []byte) string {
	var out strings.Builder
	out.Grow(len(b) + len(b)/8)
	west, _ := find("windows-1252")
	after := false // a letter of UTF-8 beyond ASCII
	for len(b) > 0 {
		n := 0
		for n < len(b) && b[n] < utf8.RuneSelf {
			n++
		}
		out.Write(b[:n])
		if b = b[n:]; len(b) == 0 {
			break
		}
		after = after && n == 0
		r, size := utf8.DecodeRune(b)
		switch {
		case r != utf8.RuneError || size > 1:
			out.WriteRune(r)
			after = true
		case after && b[0] >= 0xc2 && b[0] <= 0xf4:
			out.WriteRune(utf8.RuneError)
			after = false
		case len(b) < utf8.UTFMax && !utf8.FullRune(b):
			out.WriteRune(utf8.RuneError)
			return out.String()
		default:
			out.WriteString(west.decode(b[:1]))
		}
		b = b[size:]
	}
	return strings.TrimPrefix(out.String(), "\ufeff")
}
