package charset

import (
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/simplifiedchinese"

	"posthorn/mail/utf7"
)

// A kind says what must be known of a charset to tell whether a label is right.
type kind int

const (
	single   kind = iota // one octet a letter, ASCII below
	double               // two octets for some letters, ASCII below
	stateful             // ASCII octets switch between charsets
	wide                 // octets of ASCII do not stand for ASCII: UTF-16
	other                // ASCII letters may stand for something else
	unicode8             // UTF-8 and ASCII
)

// A codec decodes a charset; what stands for nothing becomes U+FFFD.
type codec struct {
	name   string
	kind   kind
	decode func([]byte) string
}

// find returns the codec for a label. That of a label that says nothing is UTF-8's
// and not known.
func find(label string) (codec, bool) {
	name := normal(label)
	switch name {
	case "utf-8", "us-ascii":
		return codec{name, unicode8, patch}, true
	case "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be":
		return codec{name, wide, func(b []byte) string { return decodeWide(b, name) }}, true
	case "utf-7":
		return codec{name, other, func(b []byte) string { s, _ := utf7.Decode(string(b)); return s }}, true
	case "iso-2022-jp", "iso-2022-kr", "iso-2022-cn":
		return codec{name, stateful, func(b []byte) string { return decode2022(b, name) }}, true
	case "hz-gb-2312":
		return of(name, other, simplifiedchinese.HZGB2312), true
	case "euc-tw":
		return codec{name, double, decodeEUCTW}, true
	case "gb18030", "big5", "euc-jp", "euc-kr", "shift_jis":
		e, _ := htmlindex.Get(name)
		return of(name, double, e), true
	}
	if e, err := htmlindex.Get(name); err == nil && e != encoding.Replacement {
		return of(name, single, e), true
	}
	if upper, ok := tables()[name]; ok {
		return codec{name, single, func(b []byte) string { return decodeTable(b, name, upper) }}, true
	}
	if e, err := ianaindex.IANA.Encoding(name); err == nil && e != nil {
		return of(name, other, e), true
	}
	return codec{"", unicode8, patch}, false
}

func of(name string, k kind, e encoding.Encoding) codec {
	return codec{name, k, func(b []byte) string {
		s, err := e.NewDecoder().Bytes(b)
		if err != nil {
			return patch(b)
		}
		return string(s)
	}}
}

// decodeTable decodes a charset of which upper is the upper half.
func decodeTable(b []byte, name, upper string) string {
	half := []rune(upper)
	var out strings.Builder
	out.Grow(2 * len(b))
	for _, c := range b {
		switch {
		case c >= 0x80:
			out.WriteRune(half[c-0x80])
		case name == "viscii" && c < 0x20:
			out.WriteRune(visciiLow(c))
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// visciiLow returns the letters that VISCII has in place of control characters
// (RFC 1456).
func visciiLow(c byte) rune {
	if i := strings.IndexByte("\x02\x05\x06\x14\x19\x1e", c); i >= 0 {
		return []rune("ẲẴẪỶỸỴ")[i]
	}
	return rune(c)
}

// maxLabel bounds the name of a charset.
const maxLabel = 64

// normal returns the name by which a charset is found for one of those that are in
// use.
func normal(label string) string {
	if len(label) > maxLabel {
		return ""
	}
	s := strings.Trim(strings.ToLower(strings.TrimSpace(label)), `"' ;`)
	s, _, _ = strings.Cut(s, "*")
	if name, ok := alias(s); ok {
		return name
	}
	if e, err := htmlindex.Get(s); err == nil && e != encoding.Replacement {
		if name, err := htmlindex.Name(e); err == nil && name != "x-user-defined" {
			s = name
		}
	}
	s = strings.TrimPrefix(strings.TrimPrefix(s, "x-"), "cs")
	if name, ok := alias(s); ok {
		return name
	}
	compact := strings.NewReplacer("-", "", "_", "", " ", "", ".", "", ":", "").Replace(s)
	if name, ok := alias(compact); ok {
		return name
	}
	if name, ok := numbered(compact); ok {
		return name
	}
	if strings.HasPrefix(compact, "mac") {
		if name, ok := mac(strings.TrimPrefix(compact, "mac")); ok {
			return name
		}
	}
	return strings.TrimSpace(s)
}

// alias knows the names that neither the WHATWG nor IANA has, or under which they
// understand less than what is sent.
func alias(s string) (string, bool) {
	switch s {
	case "utf8", "unicode", "utf8mb4", "utf8n", "unicode11utf8", "unicode20utf8", "utf-8", "cesu8", "utf8mac", "utf8j":
		return "utf-8", true
	case "ascii", "usascii", "us-ascii", "ansix341968", "iso646us", "646", "us", "ansi_x3.4-1968", "iso-ir-6", "7bit", "cp20127":
		return "us-ascii", true
	case "gb2312", "gb231280", "gbk", "gb", "euccn", "chinese", "gb18030", "isoir58", "gb2312web", "gbkweb", "csgb2312":
		return "gb18030", true
	case "big5", "big5hkscs", "big5eten", "cnbig5", "xxbig5", "big5plus":
		return "big5", true
	case "euctw":
		return "euc-tw", true
	case "ksc5601", "ksc56011987", "ksc56011989", "ksc5861", "ksx1001", "uhc", "euckr", "korean", "isoir149", "ks5601":
		return "euc-kr", true
	case "shiftjis", "sjis", "windows31j", "mskanji", "shift_jis", "shiftjisx0213", "shiftjis2004":
		return "shift_jis", true
	case "eucjp", "ujis", "eucjpms", "eucjpwin", "eucpkdfmtjapanese":
		return "euc-jp", true
	case "iso2022jp", "iso2022jp1", "iso2022jp2", "iso2022jp3", "iso2022jp2004", "iso2022jpms", "iso2022", "jis", "jis7", "junet":
		return "iso-2022-jp", true
	case "iso2022kr":
		return "iso-2022-kr", true
	case "iso2022cn", "iso2022cnext":
		return "iso-2022-cn", true
	case "hz", "hzgb2312":
		return "hz-gb-2312", true
	case "utf7", "unicode11utf7", "utf7imap":
		return "utf-7", true
	case "utf16", "utf-16", "ucs2", "ucs-2", "iso10646ucs2", "iso-10646-ucs-2", "csunicode":
		return "utf-16", true
	case "utf16le", "ucs2le", "unicodefeff":
		return "utf-16le", true
	case "utf16be", "ucs2be", "unicodefffe":
		return "utf-16be", true
	case "utf32", "ucs4", "iso10646ucs4":
		return "utf-32", true
	case "utf32le", "ucs4le":
		return "utf-32le", true
	case "utf32be", "ucs4be":
		return "utf-32be", true
	case "koi8", "koi", "koi8r":
		return "koi8-r", true
	case "koi8u":
		return "koi8-u", true
	case "koi8ru":
		return "koi8-ru", true
	case "koi8t":
		return "koi8-t", true
	case "tis620", "tis62025330", "tis6202533", "isoir166", "iso885911":
		return "windows-874", true
	case "viscii11", "viscii111":
		return "viscii", true
	case "tcvn57121", "tcvn571211993", "tcvn5712":
		return "tcvn", true
	case "strk10482002", "rk1048":
		return "kz-1048", true
	case "hproman8", "roman8":
		return "hp-roman8", true
	case "ansi", "default", "unknown", "unknown8bit", "8bit", "userdefined", "none", "":
		return "", true
	}
	return "", false
}

// numbered knows the names that are a word and a number.
func numbered(s string) (string, bool) {
	word := strings.TrimRight(s, "0123456789")
	n, err := strconv.Atoi(s[len(word):])
	if err != nil {
		return "", false
	}
	switch word {
	case "pc8codepage", "cp", "ibm", "dos", "win", "windows", "ms", "codepage", "":
		return codePage(n)
	case "latin", "l":
		parts := []int{0, 1, 2, 3, 4, 9, 10, 13, 14, 15, 16}
		if n > 0 && n < len(parts) {
			return latin(parts[n])
		}
	case "iso":
		switch { // iso88591, and iso885915
		case n > 88590 && n < 88600:
			return latin(n - 88590)
		case n > 885909 && n < 885920:
			return latin(n - 885900)
		}
	}
	return "", false
}

// latin returns the name of a part of ISO 8859. Every program means windows-1252 by
// the first.
func latin(n int) (string, bool) {
	switch {
	case n == 1:
		return "windows-1252", true
	case n == 9:
		return "windows-1254", true
	case n == 11:
		return "windows-874", true
	case n >= 2 && n <= 16 && n != 12:
		return "iso-8859-" + strconv.Itoa(n), true
	}
	return "", false
}

// codePage returns the name of a code page of DOS or Windows.
func codePage(n int) (string, bool) {
	switch n {
	case 932, 943, 31:
		return "shift_jis", true
	case 936, 1386, 54936:
		return "gb18030", true
	case 949, 1363, 51949:
		return "euc-kr", true
	case 950, 1370, 951:
		return "big5", true
	case 874, 1162:
		return "windows-874", true
	case 65001:
		return "utf-8", true
	case 65000:
		return "utf-7", true
	case 1200:
		return "utf-16le", true
	case 1201:
		return "utf-16be", true
	case 20866, 878:
		return "koi8-r", true
	case 21866, 1168:
		return "koi8-u", true
	case 51932:
		return "euc-jp", true
	case 50220, 50221, 50222:
		return "iso-2022-jp", true
	case 50225:
		return "iso-2022-kr", true
	case 52936:
		return "hz-gb-2312", true
	case 10000:
		return "macintosh", true
	case 10007, 10017:
		return "x-mac-cyrillic", true
	case 10006:
		return "x-mac-greek", true
	case 10029:
		return "x-mac-ce", true
	case 10081:
		return "x-mac-turkish", true
	case 858:
		return "ibm00858", true
	case 819:
		return "windows-1252", true
	}
	switch {
	case n >= 1250 && n <= 1258:
		return "windows-" + strconv.Itoa(n), true
	case n >= 28591 && n <= 28606:
		return latin(n - 28590)
	case n > 88590 && n < 88600:
		return latin(n - 88590)
	case n >= 37 && n < 1150:
		name := "ibm" + strconv.Itoa(n)
		if n < 100 {
			name = "ibm0" + strconv.Itoa(n)
		}
		return name, true
	}
	return "", false
}

// mac returns the name of a charset of the Macintosh.
func mac(s string) (string, bool) {
	switch s {
	case "", "roman", "intosh":
		return "macintosh", true
	case "cyrillic", "ukrainian", "ukraine":
		return "x-mac-cyrillic", true
	case "ce", "centraleurope", "centraleurroman", "latin2":
		return "x-mac-ce", true
	case "greek", "turkish", "romanian", "croatian":
		return "x-mac-" + s, true
	case "romania":
		return "x-mac-romanian", true
	case "iceland", "icelandic":
		return "x-mac-icelandic", true
	}
	return "", false
}
