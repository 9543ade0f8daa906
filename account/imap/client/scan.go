package client

import (
	"strconv"
	"strings"
)

// A scanner reads a response from left to right. It never fails: where the text
// is not what was looked for, it returns nothing, and who asked goes on with
// what follows.
type scanner struct {
	s string
	i int
}

func (p *scanner) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// take passes over a character, if it is the next one.
func (p *scanner) take(c byte) bool {
	if p.i >= len(p.s) || p.s[p.i] != c {
		return false
	}
	p.i++
	return true
}

func (p *scanner) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\r' || p.s[p.i] == '\n') {
		p.i++
	}
}

// atom reads up to a space, a parenthesis, a bracket that closes or a quote.
// Brackets may stand within, as in BODY[HEADER].
func (p *scanner) atom() string {
	start, depth := p.i, 0
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '[':
			depth++
		case c == ']' && depth > 0:
			depth--
		case depth > 0:
		case c == ' ' || c == '(' || c == ')' || c == '"' || c == ']' || c == '\r' || c == '\n':
			return p.s[start:p.i]
		}
	}
	return p.s[start:p.i]
}

// text reads a string: quoted, a literal, an atom. NIL, in any case, is nothing.
func (p *scanner) text() (string, bool) {
	p.space()
	switch p.peek() {
	case '"':
		return p.quoted(), true
	case '{', '~':
		if s, ok := p.literal(); ok {
			return s, true
		}
	case '(', ')', 0:
		return "", false
	}
	s := p.atom()
	if s == "" {
		p.i++ // something that cannot be read; the next may be
		return "", false
	}
	if len(s) == 3 && strings.EqualFold(s, "NIL") {
		return "", false
	}
	return s, true
}

// quoted reads a quoted string. A quote within one that was not escaped, as some
// servers send it, ends it only where a delimiter follows.
func (p *scanner) quoted() string {
	p.i++
	start := p.i
	if n := strings.IndexByte(p.s[start:], '"'); n >= 0 && p.ends(start+n+1) && strings.IndexByte(p.s[start:start+n], '\\') < 0 {
		p.i = start + n + 1
		return p.s[start : start+n]
	}
	for ; p.i < len(p.s); p.i++ {
		switch p.s[p.i] {
		case '\\':
			p.i++
		case '"':
			if !p.ends(p.i + 1) {
				continue
			}
			p.i++
			return unescape(p.s[start : p.i-1])
		}
	}
	p.i = len(p.s)
	return unescape(p.s[min(start, len(p.s)):])
}

// ends reports whether a value may end before i.
func (p *scanner) ends(i int) bool {
	if i >= len(p.s) {
		return true
	}
	switch p.s[i] {
	case ' ', '(', ')', ']', '\r', '\n':
		return true
	}
	return false
}

func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// literal reads {n} and the n octets on the next line.
func (p *scanner) literal() (string, bool) {
	rest := strings.TrimPrefix(p.s[p.i:], "~")
	end := strings.IndexByte(rest[:min(len(rest), 24)], '}')
	if !strings.HasPrefix(rest, "{") || end < 0 {
		return "", false
	}
	n, err := strconv.Atoi(strings.TrimSuffix(rest[1:end], "+"))
	if err != nil || n < 0 {
		return "", false
	}
	body := strings.TrimPrefix(strings.TrimPrefix(rest[end+1:], "\r"), "\n")
	if n > len(body) {
		n = len(body)
	}
	p.i = len(p.s) - len(body) + n
	return body[:n], true
}

// number reads a number; what is none, or too large, is 0.
func (p *scanner) number() int64 {
	s, _ := p.text()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// list calls f for each item of a list in parentheses, and passes over its end.
// What f leaves of an item is passed over too.
func (p *scanner) list(f func()) bool {
	p.space()
	if !p.take('(') {
		return false
	}
	for {
		p.space()
		if p.i >= len(p.s) || p.take(')') {
			return true
		}
		at := p.i
		f()
		if p.i == at {
			p.skip()
		}
		if p.i == at {
			p.i++
		}
	}
}

// skip passes over one value, lists within lists included.
func (p *scanner) skip() {
	p.space()
	if p.peek() != '(' {
		p.text()
		return
	}
	depth := 0
	for p.i < len(p.s) {
		switch p.peek() {
		case '(':
			depth++
			p.i++
		case ')':
			depth--
			p.i++
			if depth == 0 {
				return
			}
		case ' ', '\r', '\n':
			p.i++
		default:
			at := p.i
			p.text()
			if p.i == at {
				p.i++
			}
		}
	}
}

// rest passes over what is left of a list whose beginning was read.
func (p *scanner) rest() {
	for p.i < len(p.s) {
		p.space()
		if p.take(')') {
			return
		}
		at := p.i
		p.skip()
		if p.i == at {
			p.i++
		}
	}
}
