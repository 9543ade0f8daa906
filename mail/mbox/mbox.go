// Package mbox writes messages one after the other, as programs that take several
// read them (RFC 4155, with the quoting of the form called mboxrd).
package mbox

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
)

// Write adds a message. Sender and date are for the line before it; a sender that
// such a line cannot hold is left out.
func Write(w io.Writer, sender string, date time.Time, raw []byte) error {
	if sender == "" || strings.ContainsFunc(sender, func(r rune) bool { return r <= ' ' || r > '~' }) {
		sender = "MAILER-DAEMON"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "From %s %s\n", sender, date.UTC().Format(time.ANSIC))
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
		if bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte("From ")) {
			b.WriteByte('>')
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}
