package message

import (
	"bytes"
	"encoding/base64"
	"io"
)

// The transfer encodings (RFC 2045, section 6) by the names that are in use.
func isBase64Name(encoding string) bool { return encoding == "base64" || encoding == "base-64" }

func isQuotedName(encoding string) bool {
	return encoding == "quoted-printable" || encoding == "quoted-printeable"
}

func isUUName(encoding string) bool {
	switch encoding {
	case "x-uuencode", "uuencode", "x-uue", "uue":
		return true
	}
	return false
}

// identity reports whether an encoding leaves a body as it is, as an unknown one
// does.
func identity(encoding string) bool {
	return !isBase64Name(encoding) && !isQuotedName(encoding) && !isUUName(encoding)
}

// decodeTransfer undoes a Content-Transfer-Encoding as far as it can be done.
func decodeTransfer(b []byte, encoding string) []byte {
	switch {
	case isBase64Name(encoding):
		block, _ := body{text: b}.cutBase64()
		return decodeBase64(block.text)
	case isQuotedName(encoding):
		return decodeQuotedPrintable(b)
	case isUUName(encoding):
		return decodeUU(b)
	}
	return b
}

// newDecoder undoes a transfer encoding while it is read.
func newDecoder(b body, encoding string) io.Reader {
	switch {
	case isBase64Name(encoding):
		block, _ := b.cutBase64()
		return &base64Reader{feed: block.feed()}
	case isQuotedName(encoding):
		return &lineReader{feed: b.feed(), line: appendQPLine}
	case isUUName(encoding):
		return &lineReader{feed: b.feed(), line: uuLineByLine()}
	}
	return b.reader()
}

// decodeBase64 decodes what is base64 in b, and passes over the rest: line
// ends, stray characters, padding in the middle, a missing end.
func decodeBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)/4*3+3)
	for r := (base64Reader{feed: feed{in: b}}); ; {
		piece, more := r.next()
		if out = append(out, piece...); !more {
			return out
		}
	}
}

// A base64Reader decodes a piece at a time.
type base64Reader struct {
	feed
	clean [4096]byte // letters of the piece; a multiple of four
	out   [3072]byte
	ready []byte
}

func (r *base64Reader) Read(p []byte) (int, error) {
	for len(r.ready) == 0 {
		piece, more := r.next()
		if r.ready = piece; !more && len(piece) == 0 {
			return 0, r.end()
		}
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

// next decodes the next piece, and reports whether there may be more. A piece
// ends where it is full and at padding, after which the letters begin anew.
func (r *base64Reader) next() (piece []byte, more bool) {
	n, i := 0, 0
scan:
	for ; n < len(r.clean); i++ {
		if i == len(r.in) {
			r.in, i = nil, 0
			if !r.need(1) {
				break
			}
		}
		switch c := r.in[i]; {
		case isBase64(c):
			r.clean[n] = c
			n++
		case c == '-':
			r.clean[n] = '+'
			n++
		case c == '_':
			r.clean[n] = '/'
			n++
		case c == '=' && n%4 != 0:
			break scan
		}
	}
	r.in = r.in[i:]
	if n%4 == 1 {
		n--
	}
	m, _ := base64.RawStdEncoding.Decode(r.out[:], r.clean[:n])
	return r.out[:m], r.need(1)
}

// base64Size counts what decodeBase64 returns.
func base64Size(b body) (size int64) {
	var letters [256]int // which octets are counted: a table, as there may be many millions
	for c := range letters {
		if isBase64(byte(c)) || c == '-' || c == '_' {
			letters[c] = 1
		}
	}
	n := 0
	for f := b.feed(); f.need(1); f.in = nil {
		for _, c := range f.in {
			n += letters[c]
			if c == '=' && n%4 != 0 {
				size += lettersSize(n)
				n = 0
			}
		}
	}
	return size + lettersSize(n)
}

// lettersSize returns how many octets letters of base64 stand for.
func lettersSize(n int) int64 {
	size := int64(n) / 4 * 3
	if rest := int64(n) % 4; rest > 1 {
		size += rest - 1
	}
	return size
}

// isBase64 reports whether an octet is a letter of base64.
func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// maxFooter bounds what is looked at below base64, in octets.
const maxFooter = 64 << 10

// cutBase64 cuts off the text that stands below base64 in clear, as mailing lists
// put it there: lines that are no base64 after the line that ended it, by padding,
// by its length, or by being the last one.
func (b body) cutBase64() (block body, below []byte) {
	tail := b.tail(maxFooter)
	if int64(len(tail)) < b.size() {
		if i := bytes.IndexByte(tail, '\n'); i >= 0 {
			tail = tail[i+1:]
		}
	}
	end, below := footer(tail)
	return b.cut(b.size() - int64(len(tail)-end)), below
}

// footer returns where base64 ends in its last lines, and the text below.
func footer(b []byte) (end int, below []byte) {
	ended, good, width := -1, 0, 0 // where base64 ended; lines of it, and their length
	for pos := 0; pos < len(b); {
		next := pos + lineLength(b[pos:])
		line := bytes.TrimSpace(b[pos:next])
		switch {
		case len(line) == 0:
			if good > 0 && ended < 0 {
				ended = pos
			}
		case base64Line(line):
			if full := len(line) >= width && len(line) >= minWidth; ended < 0 || full || line[len(line)-1] == '=' {
				ended, good = -1, good+1
				if width = max(width, len(line)); len(line) < width || line[len(line)-1] == '=' {
					ended = next
				}
			}
		case good > 0 && prose(line):
			if ended < 0 {
				ended = pos
			}
			return ended, bytes.TrimLeft(b[ended:], "\r\n")
		}
		pos = next
	}
	return len(b), nil
}

// minWidth is the length from which a line of letters is base64 rather than a
// word.
const minWidth = 40

// base64Line reports whether a line is nothing but base64.
func base64Line(line []byte) bool {
	letters := bytes.TrimRight(line, "=")
	if len(line)-len(letters) > 2 || len(letters) == 0 {
		return false
	}
	for _, c := range letters {
		if !isBase64(c) {
			return false
		}
	}
	return true
}

// prose reports whether a line that is no base64 is text, rather than base64 with
// something wrong in it: words, or a rule.
func prose(line []byte) bool {
	good := 0
	for _, c := range line {
		if isBase64(c) {
			good++
		}
	}
	return bytes.ContainsAny(line, " \t") || good*4 < len(line)*3
}

// clearBelow returns the text in clear below a body in base64.
func clearBelow(b body, encoding string) []byte {
	if !isBase64Name(encoding) {
		return nil
	}
	_, below := b.cutBase64()
	return below
}

// A lineReader decodes line by line.
type lineReader struct {
	feed
	line  func(out, line []byte) []byte
	out   []byte
	ready []byte
}

// maxLine bounds what is decoded at once, in octets.
const maxLine = 64 << 10

func (r *lineReader) Read(p []byte) (int, error) {
	for len(r.ready) == 0 {
		if !r.need(maxLine) {
			return 0, r.end()
		}
		r.out = r.line(r.out[:0], r.next())
		r.ready = r.out
	}
	n := copy(p, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

// next takes a line with its end. One without end is cut where no escape and no
// run of blanks is torn.
func (r *lineReader) next() []byte {
	n := min(lineLength(r.in[:min(len(r.in), maxLine)]), len(r.in))
	if n == maxLine && r.in[n-1] != '\n' {
		if i := bytes.LastIndexAny(r.in[:n], "= \t\r"); i > n/2 {
			n = i
		}
	}
	line := r.in[:n]
	r.in = r.in[n:]
	return line
}

// decodeQuotedPrintable undoes quoted-printable (RFC 2045, section 6.7). What is
// no valid escape stays as it is.
func decodeQuotedPrintable(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		n := lineLength(b)
		out = appendQPLine(out, b[:n])
		b = b[n:]
	}
	return out
}

// appendQPLine decodes a line with its end.
func appendQPLine(out, line []byte) []byte {
	var end []byte
	if n := len(line); n > 0 && line[n-1] == '\n' {
		if line, end = line[:n-1], line[n-1:]; n > 1 && line[n-2] == '\r' {
			line, end = line[:n-2], []byte("\r\n")
		}
	}
	line = bytes.TrimRight(line, " \t")
	if n := len(line); n > 0 && line[n-1] == '=' {
		line, end = line[:n-1], nil
	}
	return append(appendQP(out, line), end...)
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
