package query

import (
	"strings"
	"unicode"
)

// Fold returns a text by which letters of either case are the same: also those of
// which one case has two, as σ and ς, s and ſ, k and the sign for Kelvin.
func Fold(s string) string { return strings.Map(foldRune, s) }

func foldRune(r rune) rune {
	if r < 0x80 {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(unicode.ToUpper(r))
}
