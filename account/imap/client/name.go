package client

import (
	"strings"
	"unicode/utf8"

	"posthorn/mail/utf7"
)

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
	name, ok := utf7.DecodeName(s, "")
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
	return Quoted(utf7.EncodeName(mailbox, ""))
}

// quotedUTF8 quotes text that may be in UTF-8 (RFC 6855, section 3).
func quotedUTF8(s string) any {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return Literal(s)
	}
	return `"` + escaper(s) + `"`
}
