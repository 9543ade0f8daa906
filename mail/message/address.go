package message

import (
	"strings"

	"posthorn/mail"
)

// maxAddresses bounds the addresses of one field.
const maxAddresses = 10000

// ParseAddressList reads a list of addresses (RFC 5322, section 3.4) as mail
// really writes them. Groups are flattened, comments stand in for a missing
// name, and what is no address at all becomes a name without one.
func ParseAddressList(s string) (list []mail.Address) {
	p := addressParser{s: s}
	for p.i < len(p.s) && len(list) < maxAddresses {
		if a, ok := p.next(); ok {
			list = append(list, a)
		}
	}
	return list
}

type addressParser struct {
	s string
	i int
}

// next reads up to the comma or semicolon that ends an address, or to the colon
// that ends a group's name.
func (p *addressParser) next() (mail.Address, bool) {
	var words, comment, addr strings.Builder
	quoted := false
	for p.i < len(p.s) {
		c := p.s[p.i]
		p.i++
		switch {
		case c == '"':
			w, rest := quotedString(p.s[p.i:])
			p.i = len(p.s) - len(rest)
			words.WriteString(w)
			quoted = true
		case c == '(':
			p.comment(&comment)
		case c == '<':
			p.angle(&addr)
		case c == ',' || c == ';':
			return makeAddress(words.String(), comment.String(), addr.String(), quoted)
		case c == ':' && addr.Len() == 0 && !strings.Contains(words.String(), "@"):
			words.Reset() // the name of a group
		default:
			words.WriteByte(c)
		}
	}
	return makeAddress(words.String(), comment.String(), addr.String(), quoted)
}

// comment reads a comment, whose parentheses may nest.
func (p *addressParser) comment(b *strings.Builder) {
	for depth := 1; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.i++
				return
			}
		case '\\':
			continue
		}
		b.WriteByte(p.s[p.i])
	}
}

// angle reads what stands in angle brackets, without a route.
func (p *addressParser) angle(b *strings.Builder) {
	n := strings.IndexByte(p.s[p.i:], '>')
	end := p.i + n + 1
	if n < 0 {
		n, end = len(p.s)-p.i, len(p.s)
	}
	s := p.s[p.i : p.i+n]
	if strings.HasPrefix(s, "@") {
		if _, after, ok := strings.Cut(s, ":"); ok {
			s = after
		}
	}
	b.Reset()
	b.WriteString(strings.Join(strings.Fields(s), ""))
	p.i = end
}

func makeAddress(words, comment, addr string, quoted bool) (mail.Address, bool) {
	words = strings.Join(strings.Fields(words), " ")
	if addr == "" {
		if !strings.Contains(words, "@") || strings.Contains(words, " ") && quoted {
			return mail.Address{Name: DecodeWords(words)}, words != ""
		}
		return mail.Address{Name: DecodeWords(strings.TrimSpace(comment)), Address: strings.TrimRight(strings.ReplaceAll(words, " ", ""), ">")}, true
	}
	if words == "" {
		words = strings.TrimSpace(comment)
	}
	return mail.Address{Name: strings.TrimSpace(DecodeWords(words)), Address: decodeRaw(addr)}, true
}
