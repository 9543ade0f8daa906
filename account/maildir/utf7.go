package maildir

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// utf7 is the base64 of modified UTF-7 (RFC 3501, section 5.1.3).
var utf7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// direct reports whether a character stands for itself. A dot does not: it
// separates the levels of a folder's name on disk.
func direct(r rune) bool { return r >= ' ' && r <= '~' && r != '.' && r != '/' }

// encodeUTF7 writes one level of a folder's name as it stands on disk.
func encodeUTF7(s string) string {
	var b strings.Builder
	for s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return !direct(r) || r == '&' })
		if n < 0 {
			n = len(s)
		}
		b.WriteString(s[:n])
		if s = s[n:]; s == "" {
			break
		}
		if s[0] == '&' {
			b.WriteString("&-")
			s = s[1:]
			continue
		}
		if n = strings.IndexFunc(s, direct); n < 0 {
			n = len(s)
		}
		b.WriteString("&" + utf7.EncodeToString(bigEndian(s[:n])) + "-")
		s = s[n:]
	}
	return b.String()
}

func bigEndian(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u>>8), byte(u))
	}
	return b
}

// decodeUTF7 reads what encodeUTF7 writes. A name that is no modified UTF-7 was
// made by a program that does not know it, and stands for itself.
func decodeUTF7(s string) string {
	if d, ok := tryUTF7(s); ok && encodeUTF7(d) == s {
		return d
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func tryUTF7(s string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "&")
		b.WriteString(before)
		if !found {
			return b.String(), utf8.ValidString(b.String())
		}
		code, rest, found := strings.Cut(rest, "-")
		if !found {
			return "", false
		}
		s = rest
		if code == "" {
			b.WriteByte('&')
			continue
		}
		raw, err := utf7.DecodeString(code)
		if err != nil || len(raw)%2 != 0 {
			return "", false
		}
		u := make([]uint16, len(raw)/2)
		for i := range u {
			u[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
		}
		b.WriteString(string(utf16.Decode(u)))
	}
}
