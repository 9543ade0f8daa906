package message

import (
	"strings"
	"unicode/utf8"
)

// DecodeWords decodes the encoded words in a header's value (RFC 2047), with
// the breakages that are common: characters split between words, spaces within
// words, words glued to text, and 8-bit bytes that are not encoded at all. Text
// that needs no decoding is returned as it is, without allocation.
func DecodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return decodeRaw(s)
	}
	var out strings.Builder
	var run wordRun
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		charset, text, rest, ok := nextWord(s[i:])
		if !ok {
			run.flush(&out)
			out.WriteString(decodeRaw(s[:i+2]))
			s = s[i+2:]
			continue
		}
		if between := s[:i]; strings.TrimSpace(between) != "" || !run.open {
			run.flush(&out)
			out.WriteString(decodeRaw(between))
		}
		run.add(charset, text, &out)
		s = rest
	}
	run.flush(&out)
	out.WriteString(decodeRaw(s))
	return out.String()
}

// A wordRun is adjacent words of one charset: their bytes are joined before the
// charset is undone, as a character may be split between them.
type wordRun struct {
	open    bool
	charset string
	bytes   []byte
}

func (r *wordRun) add(charset string, b []byte, out *strings.Builder) {
	if r.open && !strings.EqualFold(r.charset, charset) {
		r.flush(out)
	}
	r.open, r.charset = true, charset
	r.bytes = append(r.bytes, b...)
}

func (r *wordRun) flush(out *strings.Builder) {
	if !r.open {
		return
	}
	s, _ := DecodeText(r.bytes, r.charset)
	out.WriteString(s)
	*r = wordRun{}
}

// nextWord reads the encoded word that s begins with.
func nextWord(s string) (charset string, text []byte, rest string, ok bool) {
	charset, s, ok = strings.Cut(s[2:], "?")
	if !ok || len(charset) > 64 || strings.ContainsAny(charset, " \t\"") {
		return "", nil, "", false
	}
	charset, _, _ = strings.Cut(charset, "*") // RFC 2231, section 5: a language
	if len(s) < 2 || s[1] != '?' {
		return "", nil, "", false
	}
	enc := s[0] | 0x20
	body := s[2:]
	n := strings.Index(body, "?=")
	if n < 0 {
		return "", nil, "", false
	}
	rest = body[n+2:]
	switch enc {
	case 'q':
		return charset, decodeQWord(body[:n]), rest, true
	case 'b':
		return charset, decodeBase64([]byte(body[:n])), rest, true
	}
	return "", nil, "", false
}

func decodeQWord(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			b = append(b, ' ')
		case s[i] == '=' && i+2 < len(s):
			if c, ok := unhex(s[i+1], s[i+2]); ok {
				b = append(b, c)
				i += 2
				continue
			}
			fallthrough
		default:
			b = append(b, s[i])
		}
	}
	return b
}

// decodeRaw returns text that is UTF-8 as it is, and guesses the charset of
// other.
func decodeRaw(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] == 0x1b {
			if s[i] != 0x1b && utf8.ValidString(s) {
				return s
			}
			t, _ := DecodeText([]byte(s), "")
			return t
		}
	}
	return s
}
