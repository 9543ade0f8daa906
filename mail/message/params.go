package message

import (
	"slices"
	"strconv"
	"strings"

	"posthorn/mail"
)

// maxParams bounds the parameters of one field.
const maxParams = 100000

// newPart returns the part that a header describes, and how many parameters of
// it were left out.
func newPart(h Header, byDefault string, d *decoder) (p *mail.Part, left int) {
	p = &mail.Part{Type: byDefault, Encoding: TransferEncoding(h.Raw("Content-Transfer-Encoding"))}
	if ct := h.Raw("Content-Type"); ct != "" {
		kind, params, more := parseParams(ct, d)
		p.Params, left = params, more
		if isMediaType(kind) {
			p.Type = kind
		}
	}
	disposition, dparams, more := parseParams(h.Raw("Content-Disposition"), d)
	p.Disposition = disposition
	p.Name = fileNameOf(dparams, p.Params, d)
	p.ContentID = MessageID(h.Raw("Content-ID"))
	p.Description = d.words(h.Raw("Content-Description"))
	return p, left + more
}

// FileNameOf returns the name that the parameters of Content-Disposition or
// else of Content-Type give a part.
func FileNameOf(disposition, kind map[string]string) string {
	return fileNameOf(disposition, kind, new(decoder))
}

func fileNameOf(disposition, kind map[string]string, d *decoder) string {
	name := disposition["filename"]
	if name == "" {
		name = kind["name"]
	}
	return d.words(name)
}

func isMediaType(s string) bool {
	main, sub, ok := strings.Cut(s, "/")
	return ok && main != "" && sub != "" && !strings.ContainsAny(s, " \t;,")
}

// ParseParams reads a value with parameters (RFC 2045, section 5.1), those of
// RFC 2231 joined and decoded under their plain names. The value and the names
// come back in lower case. A field that a program made encoded words of as a
// whole is decoded first.
func ParseParams(s string) (value string, params map[string]string) {
	value, params, _ = parseParams(s, new(decoder))
	return value, params
}

// parseParams also returns how many parameters were left out.
func parseParams(s string, d *decoder) (value string, params map[string]string, left int) {
	if s = strings.TrimSpace(s); wordLength(s) > 0 {
		s = strings.NewReplacer("\r", "", "\n", " ").Replace(d.words(s))
	}
	value, rest, _ := strings.Cut(s, ";")
	value = strings.ToLower(strings.Trim(strings.TrimSpace(stripComments(value)), `"`))
	var list []param
	for len(rest) > 0 {
		var p param
		switch p, rest = nextParam(rest); {
		case p.name == "":
		case len(list) >= maxParams:
			left++
		default:
			list = append(list, p)
		}
	}
	return value, joinParams(list, d), left
}

// TransferEncoding returns the name in a Content-Transfer-Encoding field (RFC
// 2045, section 6.1) in lower case: without the comments, quotes and parameters
// that some programs write there.
func TransferEncoding(s string) string {
	s, _, _ = strings.Cut(s, ";")
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "(") {
		_, s, _ = strings.Cut(s, ")")
	}
	s = strings.Trim(strings.TrimSpace(stripComments(s)), `"' `)
	if strings.HasPrefix(s, "=?") {
		s = strings.TrimSpace(DecodeWords(s))
	}
	return strings.ToLower(s)
}

func stripComments(s string) string {
	before, _, _ := strings.Cut(s, "(")
	return before
}

type param struct{ name, value string }

// nextParam reads one parameter. A value may be quoted, and may hold spaces
// where its writer forgot to quote it. A quote that does not close ends with
// the parameter.
func nextParam(s string) (param, string) {
	s = strings.TrimLeft(s, " \t;")
	n := strings.IndexAny(s, "=;")
	if n < 0 || s[n] == ';' {
		if n < 0 {
			n = len(s)
		}
		return param{}, s[n:]
	}
	p := param{name: strings.ToLower(strings.TrimSpace(s[:n]))}
	s = strings.TrimLeft(s[n+1:], " \t")
	if strings.HasPrefix(s, `"`) {
		if value, rest, closed := quotedString(s[1:]); closed {
			p.value = value
			_, rest, _ = strings.Cut(rest, ";")
			return p, rest
		}
		s = s[1:]
	}
	n = 0
	for n < len(s) && s[n] != ';' {
		n += max(1, wordLength(s[n:]))
	}
	p.value = strings.TrimSpace(s[:n])
	if p.name != "filename" && p.name != "name" { // which may hold parentheses
		if before, _, ok := strings.Cut(p.value, " ("); ok {
			p.value = strings.TrimSpace(before)
		}
	}
	return p, s[n:]
}

// quotedString reads up to the closing quote, if there is one, and undoes
// quoted pairs.
func quotedString(s string) (value, rest string, closed bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), "", false
}

// joinParams joins the continuations of RFC 2231 and decodes its values.
func joinParams(list []param, d *decoder) map[string]string {
	params := make(map[string]string, len(list))
	pieces := map[string][]piece{}
	for _, p := range list {
		name, star, extended := strings.Cut(p.name, "*")
		if !extended {
			if _, ok := params[name]; !ok {
				params[name] = p.value
			}
			continue
		}
		number, encoded := strings.CutSuffix(star, "*")
		n, err := strconv.Atoi(number)
		if err != nil {
			n, encoded = 0, true
		}
		pieces[name] = append(pieces[name], piece{n, encoded, p.value})
	}
	for name, list := range pieces {
		params[name] = joinPieces(list, d)
	}
	return params
}

type piece struct {
	n       int
	encoded bool
	value   string
}

func joinPieces(list []piece, d *decoder) string {
	slices.SortStableFunc(list, func(a, b piece) int { return a.n - b.n })
	label := ""
	var b []byte
	for i, p := range list {
		if !p.encoded {
			b = append(b, p.value...)
			continue
		}
		v := p.value
		if i == 0 {
			if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
				label, v = parts[0], parts[2]
			}
		}
		b = append(b, unpercent(v)...)
	}
	return d.text(b, label)
}

func unpercent(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, ok := unhex(s[i+1], s[i+2]); ok {
				b = append(b, c)
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return b
}

func unhex(a, b byte) (byte, bool) {
	x, ok1 := hexDigit(a)
	y, ok2 := hexDigit(b)
	return x<<4 | y, ok1 && ok2
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
