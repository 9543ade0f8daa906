package charset

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gogs/chardet"
	second "github.com/wlynxg/chardet"
)

const (
	// maxSample bounds how much text is looked at to guess its charset.
	maxSample = 16 << 10
	// maxSecond bounds what the second detector looks at, which is right with
	// short Cyrillic and Hebrew, and much slower.
	maxSecond = 1 << 10
)

// Guess returns the label of the charset that text is most likely in, empty where
// nothing speaks for one. The same text is always given the same.
func Guess(b []byte) string {
	if utf8.Valid(b) && bytes.IndexByte(b, esc) < 0 {
		return "utf-8"
	}
	if l := escaped(b); l != "" {
		return l
	}
	sample := b
	if i := bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 }); i > 64 {
		sample = b[i-64:]
	}
	sample = sample[:min(len(sample), maxSample)]
	first, err := chardet.NewTextDetector().DetectAll(sample)
	if err != nil {
		first = nil
	}
	slices.SortStableFunc(first, func(a, b chardet.Result) int {
		return cmp.Or(b.Confidence-a.Confidence, rank(a.Charset)-rank(b.Charset), strings.Compare(a.Charset, b.Charset))
	})
	other := second.Detect(sample[:min(len(sample), maxSecond)])
	if l := byScript(sample, first, other); l != "" {
		return l
	}
	if l := eastAsian(sample); l != "" {
		return l
	}
	return byFirst(sample, first)
}

// escaped returns the charset whose escape sequences are in text.
func escaped(b []byte) string {
	for mark, label := range map[string]string{"\x1b$)C": "iso-2022-kr", "\x1b$)A": "iso-2022-cn", "\x1b$)G": "iso-2022-cn"} {
		if bytes.Contains(b, []byte(mark)) {
			return label
		}
	}
	for _, mark := range []string{"\x1b$B", "\x1b$@", "\x1b(J", "\x1b(I", "\x1b$(D"} {
		if bytes.Contains(b, []byte(mark)) {
			return "iso-2022-jp"
		}
	}
	return ""
}

// sure is the confidence from which the second detector is believed.
const sure = 0.5

// byScript judges what the detectors say by the script that comes out: it must look
// as people write it.
func byScript(b []byte, first []chardet.Result, other second.Result) string {
	top := ""
	if len(first) > 0 && first[0].Confidence > vague {
		top = normal(first[0].Charset)
	}
	label := normal(other.Encoding)
	if other.Confidence < sure {
		label = ""
	}
	switch {
	case (isHebrew(top) || isHebrew(label)) && hebrew(decodeLabel(b, "windows-1255")):
		return "windows-1255"
	case slices.Contains(cyrillicLabels(), top) || slices.Contains(cyrillicLabels(), label):
		if l := cyrillic(b); l != "" {
			return l
		}
	}
	c, ok := find(label)
	if !ok {
		return ""
	}
	s := c.decode(b)
	switch {
	case strings.Contains(s, "\ufffd"):
	case c.kind == double, other.Confidence > 0.9 && !strings.HasPrefix(label, "windows-125") && c.kind == single && plausible(s):
		return c.name
	}
	return ""
}

func decodeLabel(b []byte, label string) string {
	c, _ := find(label)
	return c.decode(b)
}

func isHebrew(label string) bool {
	return strings.HasPrefix(label, "iso-8859-8") || label == "windows-1255"
}

// vague is the confidence of guesses that several octets beyond ASCII allow, and
// nothing speaks for.
const vague = 10

// byFirst takes what the first detector finds most likely, and what can be.
func byFirst(b []byte, guesses []chardet.Result) string {
	for _, g := range guesses {
		c, ok := find(g.Charset)
		if g.Confidence < vague || g.Confidence == vague && !mostlyHigh(b) || c.kind == unicode8 {
			break
		}
		if !ok {
			continue
		}
		if s := c.decode(b); !strings.ContainsRune(s, utf8.RuneError) && (c.kind != single || plausible(s)) {
			return c.name
		}
	}
	return ""
}

// rank orders charsets that look alike by how common they are in mail.
func rank(charset string) int {
	list := []string{"GB18030", "Shift_JIS", "EUC-KR", "Big5", "EUC-JP"}
	if i := slices.Index(list, charset); i >= 0 {
		return i
	}
	return len(list)
}

// mostlyHigh reports whether most letters are beyond ASCII, as they are in the
// languages of East Asia, and not in Latin letters with some accents.
func mostlyHigh(b []byte) bool {
	high, low := 0, 0
	for _, c := range b {
		switch {
		case c >= 0x80:
			high++
		case c > ' ':
			low++
		}
	}
	return high > low
}
