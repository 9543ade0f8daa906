package message

import (
	"bytes"
	"encoding/base64"
)

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045, section 6) as
// far as it can be done. An unknown one leaves the body as it is.
func decodeTransfer(b []byte, encoding string) []byte {
	switch encoding {
	case "base64", "base-64":
		return decodeBase64(b)
	case "quoted-printable", "quoted-printeable":
		return decodeQuotedPrintable(b)
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return decodeUU(b)
	}
	return b
}

// decodeBase64 decodes what is base64 in b, and passes over the rest: line
// ends, stray characters, padding in the middle, a missing end.
func decodeBase64(b []byte) []byte {
	clean := make([]byte, 0, len(b))
	out := make([]byte, 0, len(b)*3/4)
	flush := func() {
		if len(clean)%4 == 1 {
			clean = clean[:len(clean)-1]
		}
		out, _ = base64.RawStdEncoding.AppendDecode(out, clean)
		clean = clean[:0]
	}
	for _, c := range b {
		switch {
		case isBase64(c):
			clean = append(clean, c)
		case c == '-':
			clean = append(clean, '+')
		case c == '_':
			clean = append(clean, '/')
		case c == '=' && len(clean)%4 != 0:
			flush() // what follows padding begins anew
		}
	}
	flush()
	return out
}

// decodeQuotedPrintable undoes quoted-printable (RFC 2045, section 6.7). What is
// no valid escape stays as it is.
func decodeQuotedPrintable(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		line, end := b, []byte(nil)
		if i >= 0 {
			line, end, b = b[:i], b[i:i+1], b[i+1:]
		} else {
			b = nil
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line, end = line[:n-1], []byte("\r\n")
		}
		line = bytes.TrimRight(line, " \t")
		if n := len(line); n > 0 && line[n-1] == '=' {
			line, end = line[:n-1], nil
		}
		out = appendQP(out, line)
		out = append(out, end...)
	}
	return out
}

func appendQP(out, line []byte) []byte {
	for i := 0; i < len(line); i++ {
		if line[i] == '=' && i+2 < len(line) {
			if c, ok := unhex(line[i+1], line[i+2]); ok {
				out = append(out, c)
				i += 2
				continue
			}
		}
		out = append(out, line[i])
	}
	return out
}

// decodeUU decodes the first uuencoded file in b.
func decodeUU(b []byte) []byte {
	var out []byte
	begun := false
	for len(b) > 0 {
		var line []byte
		line, b = cutLine(b)
		switch {
		case !begun:
			begun = bytes.HasPrefix(line, []byte("begin "))
			continue
		case bytes.Equal(line, []byte("end")) || len(line) == 0:
			return out
		}
		out = appendUULine(out, line)
	}
	return out
}

func appendUULine(out, line []byte) []byte {
	n := int(line[0]-' ') & 63
	at := func(i int) byte {
		if i < len(line) {
			return (line[i] - ' ') & 63
		}
		return 0
	}
	for i := 1; n > 0; i, n = i+4, n-3 {
		a, b, c, d := at(i), at(i+1), at(i+2), at(i+3)
		group := [3]byte{a<<2 | b>>4, b<<4 | c>>2, c<<6 | d}
		out = append(out, group[:min(n, 3)]...)
	}
	return out
}
