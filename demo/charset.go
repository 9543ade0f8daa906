package demo

import (
	"encoding/base64"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// encode writes text in a charset, by the name that MIME has for it. What the
// charset lacks is an error of whoever wrote the sample.
func encode(text, charset string) ([]byte, error) {
	e, err := htmlindex.Get(charset)
	if err != nil {
		return nil, fmt.Errorf("charset %q: %w", charset, err)
	}
	b, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("write %.40q in %s: %w", text, charset, err)
	}
	if strings.EqualFold(charset, "iso-2022-jp") {
		b = append(b, "\x1b(B"...) // back to ASCII, which the encoder leaves to us
	}
	return b, nil
}

// maxWord bounds the text in one encoded word, in octets of its charset, so that
// the word has less than 75 characters (RFC 2047, section 2).
const maxWord = 24

// header writes a header's text in a charset as encoded words, or as it is where
// it is ASCII. Samples whose text is not in the charset come out in UTF-8.
func header(text, charset string) string {
	if isASCII(text) {
		return text
	}
	var list []string
	for text != "" {
		n := 0
		for i, r := range text {
			if i+len(string(r)) > maxWord {
				break
			}
			n = i + len(string(r))
		}
		list = append(list, encodedWord(text[:n], charset))
		text = text[n:]
	}
	return strings.Join(list, "\r\n ")
}

func encodedWord(text, charset string) string {
	b, err := encode(text, charset)
	if err != nil {
		return mime.BEncoding.Encode("utf-8", text)
	}
	if strings.HasPrefix(strings.ToLower(charset), "iso-8859") {
		return "=?" + charset + "?Q?" + quoted(b) + "?="
	}
	return "=?" + charset + "?B?" + base64.StdEncoding.EncodeToString(b) + "?="
}

// quoted is the Q encoding.
func quoted(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case c == ' ':
			s.WriteByte('_')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			s.WriteByte(c)
		default:
			fmt.Fprintf(&s, "=%02X", c)
		}
	}
	return s.String()
}

// transfer encodes a body: base64, quoted-printable, or as it is.
func transfer(b []byte, encoding string) []byte {
	switch encoding {
	case "base64":
		return []byte(wrapped(b))
	case "quoted-printable":
		var s strings.Builder
		w := quotedprintable.NewWriter(&s)
		w.Write(b)
		w.Close()
		return []byte(s.String())
	}
	return b
}

func wrapped(b []byte) string {
	s := base64.StdEncoding.EncodeToString(b)
	var out strings.Builder
	for len(s) > 76 {
		out.WriteString(s[:76] + "\r\n")
		s = s[76:]
	}
	out.WriteString(s + "\r\n")
	return out.String()
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f })
}
