package message

import "bytes"

// decodeUU decodes the first uuencoded file in b. Programs drop blanks at the ends
// of lines, which stand for zeros; a file is not let grow by that without end.
func decodeUU(b []byte) (out []byte) {
	most := 2*len(b) + 1<<16
	for b = uuLines(b); len(b) > 0 && len(out) < most; {
		n := lineLength(b)
		out = appendUULine(out, b[:n])
		b = b[n:]
	}
	return out
}

// uuLines returns the lines of the first uuencoded file in b.
func uuLines(b []byte) []byte {
	for begun, start := false, 0; start < len(b); {
		line, rest := cutLine(b[start:])
		switch {
		case !begun:
			if begun = bytes.HasPrefix(line, []byte("begin ")); begun {
				b, start = rest, 0
				continue
			}
		case bytes.Equal(line, []byte("end")) || len(line) == 0:
			return b[:start]
		}
		if rest == nil {
			if begun {
				return b
			}
			return nil
		}
		start = len(b) - len(rest)
	}
	return nil
}

// uuLineByLine returns what decodes the first uuencoded file in lines that it is
// called with.
func uuLineByLine() func(out, line []byte) []byte {
	begun, ended := false, false
	return func(out, line []byte) []byte {
		switch line := bytes.TrimRight(line, "\r\n"); {
		case ended:
		case !begun:
			begun = bytes.HasPrefix(line, []byte("begin "))
		case len(line) == 0 || string(line) == "end":
			ended = true
		default:
			return appendUULine(out, line)
		}
		return out
	}
}

// appendUULine decodes a line; its end may still be there.
func appendUULine(out, line []byte) []byte {
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		return out
	}
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

// uuSize counts what lines of uuencode stand for.
func uuSize(b []byte) (size int64) {
	for len(b) > 0 {
		if b[0] != '\r' && b[0] != '\n' {
			size += int64(b[0]-' ') & 63
		}
		b = b[lineLength(b):]
	}
	return size
}
