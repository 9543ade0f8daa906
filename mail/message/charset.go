package message

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"github.com/gogs/chardet"
)

// DecodeText turns text in any charset into UTF-8: by its label, or by its looks
// where the label is missing, unknown or plainly wrong. It reports whether the
// label was right.
func DecodeText(b []byte, label string) (string, bool) {
	label = normalLabel(label)
	switch label {
	case "utf-8", "us-ascii", "ascii", "":
		if utf8.Valid(b) && (label != "" || !bytes.Contains(b, []byte("\x1b$"))) {
			return strings.TrimPrefix(string(b), "\ufeff"), true
		}
		return detect(b, label == "utf-8"), false
	case "utf-7", "unicode-1-1-utf-7":
		return decodeUTF7(string(b)), true
	}
	if s, ok := decodeLabel(b, label); ok {
		return s, true
	}
	if utf8.Valid(b) {
		return string(b), false
	}
	return detect(b, false), false
}

func normalLabel(s string) string {
	s = strings.Trim(strings.ToLower(strings.TrimSpace(s)), `"'`)
	switch s {
	case "utf8", "unicode", "utf_8", "utf-8mb4", "x-unicode-2-0-utf-8":
		return "utf-8"
	case "gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "gb-2312", "csgb2312":
		return "gb18030" // which both are parts of
	case "ks_c_5601-1987", "ks_c_5601", "cp949", "uhc", "ksc5601":
		return "euc-kr"
	case "shift-jis", "sjis", "x-sjis", "cp932", "windows-31j", "ms932":
		return "shift_jis"
	case "iso-2022-jp-ms", "iso-2022-jp-2", "iso-2022-jp-1", "cp50220", "cp50221":
		return "iso-2022-jp"
	case "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp1259":
		return "windows-" + s[2:]
	case "latin1", "iso8859-1", "iso_8859-1", "8859-1", "iso-8859-1":
		return "windows-1252" // which every program means by it
	case "iso-8859-8-i", "iso-8859-8-e":
		return "iso-8859-8"
	}
	return s
}

// decodeLabel decodes by label alone.
func decodeLabel(b []byte, label string) (string, bool) {
	r, err := charset.Reader(label, bytes.NewReader(b))
	if err != nil {
		return "", false
	}
	out, err := io.ReadAll(r)
	if err != nil || !utf8.Valid(out) {
		return "", false
	}
	return strings.TrimPrefix(string(out), "\ufeff"), true
}

// maxDetect bounds how much text is looked at to guess its charset.
const maxDetect = 16 << 10

// detect guesses a charset. Text that says it is UTF-8 and mostly is keeps what
// is right in it.
func detect(b []byte, claimed bool) string {
	if claimed && brokenBytes(b)*20 < len(b) {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	if i := bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 || r == 0x1b }); i > 0 {
		i = max(0, i-64)
		if s, ok := detectIn(b, b[i:min(len(b), i+maxDetect)]); ok {
			return s
		}
	} else if s, ok := detectIn(b, b[:min(len(b), maxDetect)]); ok {
		return s
	}
	s, ok := decodeLabel(b, "windows-1252")
	if !ok {
		return strings.ToValidUTF8(string(b), "\ufffd")
	}
	return s
}

// vague is the confidence of guesses that several octets beyond ASCII allow, and
// nothing speaks for.
const vague = 10

// detectIn decodes text in the charset that is most likely by a sample of it. The
// library names charsets that are as likely as each other in any order; here the
// same text is always the same.
func detectIn(b, sample []byte) (string, bool) {
	guesses, err := chardet.NewTextDetector().DetectAll(sample)
	if err != nil {
		return "", false
	}
	slices.SortStableFunc(guesses, func(a, b chardet.Result) int {
		return cmp.Or(b.Confidence-a.Confidence, common(a.Charset)-common(b.Charset), strings.Compare(a.Charset, b.Charset))
	})
	for _, g := range guesses {
		label := normalLabel(g.Charset)
		if g.Confidence < vague || g.Confidence == vague && !mostlyHigh(sample) || label == "utf-8" {
			break
		}
		if s, ok := decodeLabel(b, label); ok && !strings.ContainsRune(s, utf8.RuneError) {
			return s, true
		}
	}
	return "", false
}

// common ranks charsets that look alike by how common they are in mail.
func common(charset string) int {
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

func brokenBytes(b []byte) (n int) {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && size == 1 {
			n++
		}
		b = b[size:]
	}
	return n
}

// decodeUTF7 decodes UTF-7 (RFC 2152).
func decodeUTF7(s string) string {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "+")
		out.WriteString(strings.ToValidUTF8(before, "\ufffd"))
		if !ok {
			return out.String()
		}
		n := 0
		for n < len(rest) && isBase64(rest[n]) {
			n++
		}
		if n == 0 {
			out.WriteByte('+')
			s = strings.TrimPrefix(rest, "-")
			continue
		}
		out.WriteString(utf16Base64(rest[:n]))
		s = strings.TrimPrefix(rest[n:], "-")
	}
}

func utf16Base64(s string) string {
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return s
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	return string(utf16.Decode(units))
}
