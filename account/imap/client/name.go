package client

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// modified is the base64 of modified UTF-7 (RFC 3501, section 5.1.3).
func modified() *base64.Encoding {
	return base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)
}

// encodeName encodes a mailbox's name in modified UTF-7.
func encodeName(s string) string {
	var b strings.Builder
	var run []uint16
	flush := func() {
		if len(run) == 0 {
			return
		}
		raw := make([]byte, 0, 2*len(run))
		for _, u := range run {
			raw = append(raw, byte(u>>8), byte(u))
		}
		b.WriteString("&" + modified().EncodeToString(raw) + "-")
		run = run[:0]
	}
	for _, r := range s {
		switch {
		case r == '&':
			flush()
			b.WriteString("&-")
		case r >= ' ' && r < 0x7f:
			flush()
			b.WriteRune(r)
		default:
			run = utf16.AppendRune(run, r)
		}
	}
	flush()
	return b.String()
}

// decodeName decodes modified UTF-7. What is none, as UTF-8 that a server sends
// as it is, stays, so that the name can still be sent back.
func decodeName(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	var b strings.Builder
	rest := s
	for {
		before, after, ok := strings.Cut(rest, "&")
		b.WriteString(before)
		if !ok {
			break
		}
		code, next, ok := strings.Cut(after, "-")
		if !ok {
			return s
		}
		if code == "" {
			b.WriteByte('&')
		} else {
			raw, err := modified().DecodeString(code)
			if err != nil || len(raw)%2 != 0 {
				return s
			}
			units := make([]uint16, len(raw)/2)
			for i := range units {
				units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
			}
			b.WriteString(string(utf16.Decode(units)))
		}
		rest = next
	}
	// Only a name that comes out the same when it is sent back can be used.
	if out := b.String(); utf8.ValidString(out) && encodeName(out) == s {
		return out
	}
	return s
}
