// Package utf7 reads and writes UTF-7 (RFC 2152) and the modified UTF-7 of
// mailbox names (RFC 3501, section 5.1.3).
package utf7

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	letters  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"
	modified = letters + ","
	plain    = letters + "/"
)

// EncodeName writes a mailbox's name in modified UTF-7. The characters of also
// are encoded although they need not be.
func EncodeName(s, also string) string {
	var b strings.Builder
	var run []byte
	flush := func() {
		if len(run) > 0 {
			b.WriteString("&" + base64.NewEncoding(modified).WithPadding(base64.NoPadding).EncodeToString(run) + "-")
			run = run[:0]
		}
	}
	for _, r := range s {
		if r < ' ' || r > '~' || strings.ContainsRune(also, r) {
			for _, u := range utf16.AppendRune(nil, r) {
				run = append(run, byte(u>>8), byte(u))
			}
			continue
		}
		flush()
		if b.WriteRune(r); r == '&' {
			b.WriteByte('-')
		}
	}
	flush()
	return b.String()
}

// DecodeName reads a name in modified UTF-7, and reports whether it is written as
// [EncodeName] writes it: in one way only. A name that is not is returned as it
// is.
func DecodeName(s, also string) (name string, ok bool) {
	var b strings.Builder
	for rest := s; ; {
		before, after, coded := strings.Cut(rest, "&")
		b.WriteString(before)
		if !coded {
			break
		}
		code, next, closed := strings.Cut(after, "-")
		if code == "" && closed {
			b.WriteByte('&')
		} else if text, valid := decodeRun(code, modified); closed && valid {
			b.WriteString(text)
		} else {
			return s, false
		}
		rest = next
	}
	if out := b.String(); utf8.ValidString(out) && EncodeName(out, also) == s {
		return out, true
	}
	return s, false
}

// Decode reads text in UTF-7, and reports whether all of it is. What is not comes
// back as it stands, and octets beyond ASCII as U+FFFD.
func Decode(s string) (text string, ok bool) {
	var b strings.Builder
	ok = true
	for {
		before, rest, coded := strings.Cut(s, "+")
		b.WriteString(ascii(before, &ok))
		if !coded {
			return b.String(), ok
		}
		n := 0
		for n < len(rest) && strings.IndexByte(plain, rest[n]) >= 0 {
			n++
		}
		run, valid := decodeRun(rest[:n], plain)
		closed := n < len(rest) && rest[n] == '-'
		switch {
		case n == 0 && closed:
			b.WriteByte('+')
		case n > 0 && valid:
			b.WriteString(run)
		default: // a plus that means itself
			ok = false
			b.WriteString("+" + rest[:n])
			closed = false
		}
		if s = rest[n:]; closed {
			s = s[1:]
		}
	}
}

// ascii returns text in which only ASCII stands for itself.
func ascii(s string, ok *bool) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			*ok = false
			return utf8.RuneError
		}
		return r
	}, s)
}

// decodeRun decodes UTF-16 in base64, whose last bits must be zero.
func decodeRun(code, alphabet string) (string, bool) {
	raw, err := base64.NewEncoding(alphabet).WithPadding(base64.NoPadding).Strict().DecodeString(code)
	if err != nil || len(raw) == 0 || len(raw)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units)), true
}
