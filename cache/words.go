package cache

import (
	"strings"
	"unicode"
)

// The text index takes for a word what stands between blanks and signs. Many
// scripts set no blanks between words, and Korean words grow together: of these
// every letter is indexed as a word, and what is searched is a row of them. So any
// piece of such a text is found.

// unspaced are the letters of scripts in which words cannot be told by blanks.
func unspaced(r rune) bool {
	switch {
	case r < 0xe00:
		return false
	case r == 'ー', r == 'ｰ': // lengthen a vowel in several scripts
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Yi,
		unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan)
}

// spread sets blanks around such letters.
func spread(s string) string {
	at := strings.IndexFunc(s, unspaced)
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/2)
	b.WriteString(s[:at])
	for _, r := range s[at:] {
		if !unspaced(r) {
			b.WriteRune(r)
			continue
		}
		b.WriteByte(' ')
		b.WriteRune(r)
		b.WriteByte(' ')
	}
	return b.String()
}

// match makes an FTS5 query: the words as they stand, the last as a beginning. What
// an earlier version indexed has words of letters that this one sets apart.
func match(s string) string {
	words := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.Is(unicode.M, r) })
	if len(words) == 0 {
		return ""
	}
	row := strings.Join(words, " ")
	if apart := spread(row); apart != row {
		return `"` + apart + `" * OR "` + row + `" *`
	}
	return `"` + row + `" *`
}
