package charset

import (
	"strings"
	"unicode"
)

// words calls f with each word that has a letter beyond ASCII.
func words(s string, f func(word []rune)) {
	for w := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if len(w) > 0 && !isASCII([]byte(w)) {
			f([]rune(w))
		}
	}
}

// plausible reports whether text looks as people write it: what is beyond ASCII is
// mostly letters and the usual signs; no word mixes ASCII with another script, and
// few have capitals in the middle.
func plausible(s string) bool {
	odd, all := 0, 0
	text := []rune(s)
	for i, r := range text {
		if r < 0x80 {
			continue
		}
		inside := i > 0 && i+1 < len(text) && unicode.IsLetter(text[i-1]) && unicode.IsLetter(text[i+1])
		if all++; !unicode.IsLetter(r) && !unicode.IsMark(r) && (r != '’' && inside || !strings.ContainsRune("\u00a0–—‘’‚“”„•…‹›€£¥§©®°·«»¡¿™ªº²³´", r)) {
			odd++
		}
	}
	words(s, func(w []rune) {
		if !oneScript(w) || !goodCase(w) {
			odd += len(w)
		}
	})
	return odd*10 <= all*3
}

// oneScript reports whether a word does not mix ASCII with letters that are not
// Latin.
func oneScript(w []rune) bool {
	ascii, foreign := false, false
	for _, r := range w {
		ascii = ascii || r < 0x80
		foreign = foreign || r >= 0x80 && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r)
	}
	return !ascii || !foreign
}

// goodCase reports whether capitals stand at the beginning of a word, or everywhere.
func goodCase(w []rune) bool {
	for i := 1; i < len(w); i++ {
		if unicode.IsUpper(w[i]) && unicode.IsLower(w[i-1]) {
			return false
		}
	}
	return true
}

// hebrew reports whether text is Hebrew: the forms of letters for the end of a word
// stand there and nowhere else.
func hebrew(s string) bool {
	good, bad := 0, 0
	words(s, func(w []rune) {
		for i, r := range w {
			switch {
			case !unicode.Is(unicode.Hebrew, r), strings.ContainsRune("ךםןףץ", r) && i < len(w)-1:
				bad++
			default:
				good++
			}
		}
	})
	for _, r := range s {
		if r >= 0x80 && !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune("\u00a0–“”„’…", r) {
			bad++
		}
	}
	return good > 10*bad
}

// cyrillicLabels are the charsets that Cyrillic is written in.
func cyrillicLabels() []string {
	return []string{"windows-1251", "koi8-r", "koi8-u", "iso-8859-5", "ibm866", "ibm855", "x-mac-cyrillic"}
}

// cyrillic returns the charset by which text reads best as Cyrillic, empty where it
// does by none.
func cyrillic(b []byte) (label string) {
	best := 0.0
	for _, l := range cyrillicLabels() {
		if score := russian(decodeLabel(b, l)); score > best*1.05 {
			best, label = score, l
		}
	}
	return label
}

// common are the letters of Cyrillic by how often they stand in Russian text, in per
// mille; those of its neighbours are rare but not wrong.
func common(r rune) float64 {
	const letters = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёіїєґўјљњћђџѕ"
	often := [...]float64{110, 85, 80, 74, 67, 63, 55, 47, 45, 44, 35, 32, 30, 28, 26, 20, 19, 17, 17, 16, 16, 14, 12, 10, 9, 7, 6, 5, 4, 3, 3, 2}
	i := strings.IndexRune(letters, r) / 2
	switch {
	case r < 0x80 || i < 0 || !strings.ContainsRune(letters, r):
		return 0
	case i < len(often):
		return often[i]
	}
	return 2
}

// russian scores text by its letters; 0 is for text that is no Cyrillic.
func russian(s string) float64 {
	sum, letters, bad := 0.0, 0, 0
	words(s, func(w []rune) {
		if !oneScript(w) || !goodCase(w) {
			bad += len(w)
		}
		for _, r := range w {
			letters++
			if c := common(unicode.ToLower(r)); c > 0 {
				sum += c
			} else {
				bad++
			}
		}
	})
	for _, r := range s {
		if r >= 0x80 && !unicode.IsLetter(r) && !strings.ContainsRune("\u00a0–—“”„«»№…’", r) {
			bad++
		}
	}
	if letters == 0 || bad*10 > letters {
		return 0
	}
	return sum / float64(letters)
}

// eastAsian returns the charset by which text has what only Japanese and Korean
// have: kana among its letters, or nothing but Hangul.
func eastAsian(b []byte) string {
	if !mostlyHigh(b) {
		return ""
	}
	for _, l := range []string{"shift_jis", "euc-jp", "euc-kr"} {
		letters, kana, hangul, wrong := 0, 0, 0, 0
		for _, r := range decodeLabel(b, l) {
			switch {
			case r < 0x80:
				continue
			case r == unicode.ReplacementChar || r >= 0xff61 && r <= 0xff9f || unicode.Is(unicode.Co, r):
				wrong++
			case r >= 0x3041 && r <= 0x30ff:
				kana++
			case unicode.Is(unicode.Hangul, r):
				hangul++
			}
			letters++
		}
		if wrong*20 > letters {
			continue
		}
		if kana*5 > letters || l == "euc-kr" && letters > 4 && hangul*10 > letters*9 {
			return l
		}
	}
	return ""
}
