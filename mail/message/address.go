package message

import (
	"strings"

	"posthorn/mail"
)

// maxAddresses bounds the addresses of one field.
const maxAddresses = 100000

// ParseAddressList reads a list of addresses (RFC 5322, section 3.4) as mail
// really writes them. Groups are flattened, comments stand in for a missing
// name, and what is no address at all becomes a name without one.
func ParseAddressList(s string) []mail.Address {
	list, _ := parseAddressList(s, maxAddresses, new(decoder))
	return list
}

// parseAddressList reads at most so many addresses, and returns how many more
// there are.
func parseAddressList(s string, most int, d *decoder) (list []mail.Address, left int) {
	p := addressParser{s: s, d: d, most: most, odd: unescapedQuotes(s)%2 == 1}
	for p.i < len(p.s) {
		p.next()
	}
	return p.list, p.left
}

func unescapedQuotes(s string) (n int) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			n++
		}
	}
	return n
}

type addressParser struct {
	s    string
	d    *decoder
	i    int
	odd  bool // a quote does not close
	list []mail.Address
	most int
	left int

	openComment bool // a comment does not close; parentheses are not matched any more
}

// An entry is what stands between two commas.
type entry struct {
	words, comment strings.Builder
	addr           string
	angle          bool // there were angle brackets
	at             bool // an @ stands outside of quotes, words and comments
	quoted         bool
}

// next reads up to the comma or semicolon that ends an address, or to the colon
// that ends a group's name. Encoded words are recognised before any of these is
// looked at, as some programs write them without encoding such characters.
func (p *addressParser) next() {
	var e entry
	for p.i < len(p.s) {
		if n := wordLength(p.s[p.i:]); n > 0 {
			e.words.WriteString(p.s[p.i : p.i+n])
			p.i += n
			continue
		}
		c := p.s[p.i]
		p.i++
		switch {
		case c == '"':
			p.quote(&e)
		case c == '(':
			p.comment(&e.comment)
		case c == '<':
			p.angle(&e)
		case c == ',' || c == ';':
			p.add(&e)
			return
		case c == ':' && !e.angle && !e.at:
			e = entry{} // that was the name of a group
		default:
			e.at = e.at || c == '@'
			e.words.WriteByte(c)
		}
	}
	p.add(&e)
}

// quote reads a quoted string. That of a local part keeps its quotes, as they
// belong to the address. A quote that does not close is passed over.
func (p *addressParser) quote(e *entry) {
	text, rest, closed := quotedString(p.s[p.i:])
	if !closed || p.odd && holdsAddress(text) {
		p.odd = false
		return
	}
	p.i = len(p.s) - len(rest)
	if strings.HasPrefix(rest, "@") {
		e.words.WriteString(QuoteLocal(text))
		return
	}
	e.quoted = true
	e.words.WriteString(text)
}

// holdsAddress reports whether a quoted string holds a whole address and the
// comma after it: its quote is one that was forgotten to be closed.
func holdsAddress(s string) bool {
	i := strings.IndexByte(s, '<')
	j := strings.IndexByte(s, '>')
	return i >= 0 && i < j && strings.Contains(s[i:j], "@") && strings.HasPrefix(strings.TrimLeft(s[j+1:], " \t"), ",")
}

// QuoteLocal quotes a local part that is no dot-atom (RFC 5322, section 3.4.1).
func QuoteLocal(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\"(),:;<>@[\\]") && s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..") {
		return s
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// comment reads a comment, whose parentheses may nest. One that does not close
// ends with the address.
func (p *addressParser) comment(b *strings.Builder) {
	start, depth := p.i, 1
	for ; p.i < len(p.s) && !p.openComment; p.i++ {
		if n := wordLength(p.s[p.i:]); n > 0 {
			b.WriteString(p.s[p.i : p.i+n])
			p.i += n - 1
			continue
		}
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
	p.openComment, p.i = true, start
	n := strings.IndexAny(p.s[start:], "),;")
	if n < 0 {
		n = len(p.s) - start
	}
	b.Reset()
	b.WriteString(p.s[start : start+n])
	if p.i = start + n; p.i < len(p.s) && p.s[p.i] == ')' {
		p.i++
	}
}

// angle reads what stands in angle brackets, without a route. Brackets that do
// not close end with the address.
func (p *addressParser) angle(e *entry) {
	e.angle = true
	s := p.s[p.i:]
	end := angleEnd(s)
	p.i += end
	if p.i < len(p.s) && p.s[p.i] == '>' {
		p.i++
	}
	s = s[:end]
	if strings.HasPrefix(s, "@") {
		if _, after, ok := strings.Cut(s, ":"); ok {
			s = after
		}
	}
	e.addr = closeUp(s)
}

// angleEnd returns where angle brackets end.
func angleEnd(s string) int {
	route := strings.HasPrefix(s, "@")
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '>', (c == ',' || c == ';') && !route, c == '<':
			return i
		case c == ':':
			route = false
		case c == '"':
			if _, rest, closed := quotedString(s[i+1:]); closed && strings.HasPrefix(rest, "@") {
				i = len(s) - len(rest) - 1
			}
		}
	}
	return len(s)
}

// closeUp takes the blanks out of an address, except those in quotes.
func closeUp(s string) string {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, `"`) {
		if text, rest, closed := quotedString(s[1:]); closed {
			return QuoteLocal(text) + strings.Join(strings.Fields(rest), "")
		}
	}
	return strings.Join(strings.Fields(s), "")
}

// add takes what an entry says into the list.
func (p *addressParser) add(e *entry) {
	words := strings.Join(strings.Fields(e.words.String()), " ")
	comment := strings.TrimSpace(e.comment.String())
	switch {
	case e.addr != "":
		if words == "" {
			words = comment
		}
		p.put(mail.Address{Name: bare(p.d.words(words)), Address: p.d.rawToUTF8(e.addr, "")})
	case words == "":
	case e.at, e.quoted && strings.Contains(words, "@") && !strings.Contains(words, " "):
		p.specs(words, comment)
	default:
		p.name(words)
	}
}

// bare takes off blanks, and the quotes that some programs encode with the name.
func bare(name string) string {
	name = strings.TrimSpace(name)
	if n := len(name); n > 2 && name[0] == '"' && name[n-1] == '"' {
		return name[1 : n-1]
	}
	return name
}

// specs takes addresses that stand without brackets, after a name perhaps, or
// with blanks around their signs.
func (p *addressParser) specs(words, comment string) {
	if strings.HasPrefix(words, `"`) {
		p.put(mail.Address{Name: p.d.words(comment), Address: strings.TrimRight(closeUp(words), ">")})
		return
	}
	if !strings.Contains(words, " ") {
		p.put(mail.Address{Name: p.d.words(comment), Address: p.d.rawToUTF8(strings.TrimRight(words, ">"), "")})
		return
	}
	words = strings.NewReplacer(" @ ", "@", " @", "@", "@ ", "@", " . ", ".", " .", ".").Replace(words)
	var name []string
	for w := range strings.FieldsSeq(words) {
		if !strings.Contains(w, "@") {
			name = append(name, w)
			continue
		}
		if len(name) == 0 {
			name = append(name, comment)
		}
		p.put(mail.Address{Name: p.d.words(strings.Join(name, " ")), Address: p.d.rawToUTF8(strings.TrimRight(w, ">"), "")})
		name, comment = nil, ""
	}
	if n := len(p.list); len(name) > 0 && n > 0 && p.list[n-1].Name == "" {
		p.list[n-1].Name = p.d.words(strings.Join(name, " "))
	}
}

// name takes a name without an address, or an address that was encoded with its
// name as one word.
func (p *addressParser) name(words string) {
	name := p.d.words(words)
	if wordLength(words) == len(words) && strings.Contains(name, "<") && strings.Contains(name, "@") && !strings.Contains(name, "=?") {
		if list, _ := parseAddressList(name, 1, p.d); len(list) == 1 && list[0].Address != "" {
			p.put(list[0])
			return
		}
	}
	p.put(mail.Address{Name: name})
}

func (p *addressParser) put(a mail.Address) {
	if len(p.list) >= p.most {
		p.left++
		return
	}
	p.list = append(p.list, a)
}
