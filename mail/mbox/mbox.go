// Package mbox writes messages one after the other, as programs that take several
// read them (RFC 4155, with the quoting of the form called mboxrd).
package mbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// Start adds a message: what is written to the writer it returns, until that is
// closed. Sender and date are for the line before it; a sender that such a line
// cannot hold is left out.
func Start(w io.Writer, sender string, date time.Time) io.WriteCloser {
	if sender == "" || strings.ContainsFunc(sender, func(r rune) bool { return r <= ' ' || r > '~' }) {
		sender = "MAILER-DAEMON"
	}
	m := &message{w: bufio.NewWriter(w)}
	fmt.Fprintf(m.w, "From %s %s\n", sender, date.UTC().Format(time.ANSIC)) // Close has the error
	return m
}

// mark begins a line that is to be quoted, as far as it is not a quoted one.
const mark = "From "

// A message is one on its way into an mbox.
type message struct {
	w     *bufio.Writer
	read  int  // octets of the mark that were read and not yet written; -1 behind it
	begun bool // something was read of the line
	cr    bool // a CR was read last, which is written unless LF follows
}

// Write adds to the message.
func (m *message) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; rest = rest[1:] {
		if m.read < 0 && !m.cr {
			n := bytes.IndexAny(rest, "\r\n")
			if n < 0 {
				n = len(rest)
			}
			if _, err := m.w.Write(rest[:n]); err != nil {
				return 0, err
			}
			if rest = rest[n:]; len(rest) == 0 {
				break
			}
		}
		m.octet(rest[0])
	}
	return len(b), nil
}

// octet adds an octet. Of a line that begins like the mark, that is held back.
func (m *message) octet(c byte) {
	if m.cr && c != '\n' {
		m.plain('\r')
	}
	m.cr = c == '\r'
	m.begun = c != '\n'
	switch {
	case m.cr:
	case c == '\n':
		m.plain(c)
		m.read = 0
	case m.read == 0 && c == '>':
		m.w.WriteByte(c)
	case m.read >= 0 && c == mark[m.read]:
		if m.read++; m.read == len(mark) {
			m.w.WriteString(">" + mark)
			m.read = -1
		}
	default:
		m.plain(c)
	}
}

// plain writes an octet behind which no mark can follow in this line.
func (m *message) plain(c byte) {
	m.w.WriteString(mark[:max(m.read, 0)])
	m.w.WriteByte(c)
	m.read = -1
}

// Close ends the message, with an empty line.
func (m *message) Close() error {
	if m.begun {
		m.plain('\n')
	}
	m.w.WriteByte('\n')
	return m.w.Flush()
}
