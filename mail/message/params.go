package message

import (
	"slices"
	"strconv"
	"strings"

	"posthorn/mail"
)

// maxParams bounds the parameters of one field.
const maxParams = 100

// newPart returns the part that a header describes.
func newPart(h Header, byDefault string) *mail.Part {
	p := &mail.Part{Type: byDefault, Encoding: strings.ToLower(strings.TrimSpace(h.Raw("Content-Transfer-Encoding")))}
	if ct := h.Raw("Content-Type"); ct != "" {
		kind, params := ParseParams(ct)
		p.Params = params
		if isMediaType(kind) {
			p.Type = kind
		}
	}
	disposition, dparams := ParseParams(h.Raw("Content-Disposition"))
	p.Disposition = disposition
	p.Name = FileNameOf(dparams, p.Params)
	p.ContentID = firstID(h.Raw("Content-ID"))
	p.Description = h.Get("Content-Description")
	return p
}

// FileNameOf returns the name that the parameters of Content-Disposition or
// else of Content-Type give a part.
func FileNameOf(disposition, kind map[string]string) string {
	name := disposition["filename"]
	if name == "" {
		name = kind["name"]
	}
	return DecodeWords(name)
}

func isMediaType(s string) bool {
	main, sub, ok := strings.Cut(s, "/")
	return ok && main != "" && sub != "" && !strings.ContainsAny(s, " \t;,")
}

// ParseParams reads a value with parameters (RFC 2045, section 5.1), those of
// RFC 2231 joined and decoded under their plain names. The value and the names
// come back in lower case.
func ParseParams(s string) (value string, params map[string]string) {
	value, rest, _ := strings.Cut(s, ";")
	value = strings.ToLower(strings.TrimSpace(stripComments(value)))
	var list []param
	for len(rest) > 0 && len(list) < maxParams {
		var p param
		if p, rest = nextParam(rest); p.name != "" {
			list = append(list, p)
		}
	}
	return value, joinParams(list)
}

func stripComments(s string) string {
	before, _, _ := strings.Cut(s, "(")
	return before
}

type param struct{ name, value string }

// nextParam reads one parameter. A value may be quoted, and may hold spaces
// where its writer forgot to quote it.
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
		p.value, s = quotedString(s[1:])
		if n := strings.IndexByte(s, ';'); n >= 0 {
			return p, s[n:]
		}
		return p, ""
	}
	n = strings.IndexByte(s, ';')
	if n < 0 {
		n = len(s)
	}
	p.value = strings.TrimSpace(s[:n])
	return p, s[n:]
}

// quotedString reads up to the closing quote and undoes quoted pairs.
func quotedString(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// joinParams joins the continuations of RFC 2231 and decodes its values.
func joinParams(list []param) map[string]string {
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
		params[name] = joinPieces(list)
	}
	return params
}

type piece struct {
	n       int
	encoded bool
	value   string
}

func joinPieces(list []piece) string {
	slices.SortStableFunc(list, func(a, b piece) int { return a.n - b.n })
	charset := ""
	var b []byte
	for i, p := range list {
		if !p.encoded {
			b = append(b, p.value...)
			continue
		}
		v := p.value
		if i == 0 {
			if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
				charset, v = parts[0], parts[2]
			}
		}
		b = append(b, unpercent(v)...)
	}
	s, _ := DecodeText(b, charset)
	return s
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
