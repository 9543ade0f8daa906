package discover

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
)

// protocolOf tells a protocol by the first line that its server says (RFC 3501,
// section 7.1; RFC 1939, section 4; RFC 5321, section 4.2).
func protocolOf(greeting string) Protocol {
	first, rest, _ := strings.Cut(greeting, " ")
	switch {
	case first == "*":
		switch status, _, _ := strings.Cut(strings.ToUpper(rest), " "); status {
		case "OK", "PREAUTH", "BYE":
			return IMAP
		}
	case strings.HasPrefix(first, "+OK"), strings.HasPrefix(first, "-ERR"):
		return POP3
	case strings.Contains(strings.ToUpper(rest), "FTP") && !strings.Contains(strings.ToUpper(rest), "SMTP"):
		return "" // whose servers greet with 220 as well
	case len(first) >= 3 && (len(first) == 3 || first[3] == '-') && strings.Contains("220 421 554", first[:3]):
		return SMTP
	}
	return ""
}

// maxLine bounds a line, and maxLines an answer.
const maxLine, maxLines = 4 << 10, 100

// talk reads and writes lines.
type talk struct {
	conn net.Conn
	r    *bufio.Reader
}

func newTalk(conn net.Conn) *talk { return &talk{conn, bufio.NewReaderSize(conn, maxLine)} }

// line returns what there is of a line, without its end. One that is too long is
// cut off.
func (t *talk) line() (string, error) {
	b, err := t.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		err = nil
	}
	return string(bytes.TrimRight(b, "\r\n")), err
}

// greeting returns the first line of a greeting, and reads the others of SMTP.
func (t *talk) greeting() (string, error) {
	first, err := t.line()
	if err == nil && protocolOf(first) == SMTP {
		for line, n := first, 0; len(line) > 3 && line[3] == '-' && n < maxLines; n++ {
			line, _ = t.line()
		}
	}
	return first, err
}

// offersTLS asks a server whether TLS can be begun.
func (t *talk) offersTLS(p Protocol) bool {
	switch p {
	case IMAP:
		return t.offers("a CAPABILITY", "STARTTLS", func(l string) bool { return strings.HasPrefix(l, "a ") })
	case POP3:
		return t.offers("CAPA", "STLS", func(l string) bool { return l == "." || strings.HasPrefix(l, "-ERR") })
	case SMTP:
		return t.offers("EHLO localhost", "STARTTLS", func(l string) bool { return len(l) < 4 || l[3] != '-' })
	}
	return false
}

// offers sends a command and reports whether a word is in the answer.
func (t *talk) offers(command, word string, last func(string) bool) (found bool) {
	if _, err := io.WriteString(t.conn, command+"\r\n"); err != nil {
		return false
	}
	for range maxLines {
		line, err := t.line()
		if err != nil {
			return found
		}
		for f := range strings.FieldsFuncSeq(strings.ToUpper(line), func(r rune) bool { return r == ' ' || r == '-' }) {
			found = found || f == word
		}
		if last(line) {
			return found
		}
	}
	return found
}

// recorder keeps the first octets that are read from a connection.
type recorder struct {
	net.Conn
	first []byte
}

func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.Conn.Read(b)
	if len(r.first) < maxLine {
		r.first = append(r.first, b[:n]...)
	}
	return n, err
}

// instead says what was heard where there was no handshake.
func (r *recorder) instead(err error) answer {
	switch {
	case isTLS(r.first):
		return answer{Endpoint: Endpoint{TLS: true}, sure: true, err: err}
	case len(r.first) == 0:
		return answer{err: err}
	}
	line, _, _ := bytes.Cut(r.first, []byte("\n"))
	greeting := string(bytes.TrimRight(line, "\r"))
	return answer{Endpoint: Endpoint{Greeting: greeting, Protocol: protocolOf(greeting)}}
}

// isTLS reports whether octets begin a record of a handshake or an alert (RFC
// 8446, section 5.1).
func isTLS(b []byte) bool { return len(b) > 1 && (b[0] == 21 || b[0] == 22) && b[1] == 3 }
