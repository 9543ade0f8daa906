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

// decodeName decodes modified UTF-7, and reports whether the name is written as
// it should be. One that is not stays as it is.
func decodeName(s string) (name string, ok bool) {
	var b strings.Builder
	for rest := s; ; {
		before, after, coded := strings.Cut(rest, "&")
		b.WriteString(before)
		if !coded {
			break
		}
		code, next, closed := strings.Cut(after, "-")
		text, valid := decodeRun(code)
		if !closed || !valid {
			return s, false
		}
		b.WriteString(text)
		rest = next
	}
	if out := b.String(); utf8.ValidString(out) && encodeName(out) == s {
		return out, true
	}
	return s, false
}

// decodeRun decodes what stands between & and -.
func decodeRun(code string) (string, bool) {
	if code == "" {
		return "&", true
	}
	raw, err := modified().DecodeString(code)
	if err != nil || len(raw)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = uint16(raw[2*i])<<8 | uint16(raw[2*i+1])
	}
	return string(utf16.Decode(units)), true
}

// readName reads a mailbox's name. Servers send names as they should not be: in
// UTF-8 or another charset, in a UTF-7 that is none. Such a name is taken as it
// is, and kept, as it must be sent back so.
func (c *Client) readName(r *Response) string {
	r.space()
	s, ok := r.text()
	if !ok && r.i >= 3 && strings.EqualFold(r.s[r.i-3:r.i], "NIL") {
		s = r.s[r.i-3 : r.i] // a mailbox may be called so
	}
	if strings.EqualFold(s, "INBOX") {
		return "INBOX"
	}
	if c.UTF8() {
		return s
	}
	name, ok := decodeName(s)
	if !ok {
		name = strings.ToValidUTF8(name, "\uFFFD")
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.wire) < maxMailboxes {
			c.wire[name] = s
		}
	}
	return name
}

// Name returns a mailbox's name as an argument (RFC 9051, section 5.1, and RFC
// 3501, section 5.1.3). A name that the server does not write as it should is
// known after [Client.List].
func (c *Client) Name(mailbox string) any {
	if strings.EqualFold(mailbox, "INBOX") {
		return "INBOX"
	}
	c.mu.Lock()
	raw, odd := c.wire[mailbox]
	utf8 := c.utf8
	c.mu.Unlock()
	switch {
	case odd:
		return Quoted(raw)
	case utf8:
		return quotedUTF8(mailbox)
	}
	return Quoted(encodeName(mailbox))
}

// quotedUTF8 quotes text that may be in UTF-8 (RFC 6855, section 3).
func quotedUTF8(s string) any {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Literal(s)
	}
	return `"` + escaper(s) + `"`
}
