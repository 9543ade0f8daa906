package carrier

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strings"

	"posthorn/account"
	"posthorn/mail"
)

// serverFields returns the names of fields that servers write into messages that
// they keep, in lower case: they are another message's the next time.
func serverFields() map[string]bool {
	return map[string]bool{"status": true, "x-status": true, "x-uid": true, "x-uidl": true, "x-keywords": true,
		"x-imap": true, "x-imapbase": true, "x-mozilla-status": true, "x-mozilla-status2": true, "x-mozilla-keys": true,
		"content-length": true, "lines": true}
}

// maxName bounds the name of a field that is looked at.
const maxName = 64

// A digest is what a message is known by: hashes of its header and of all of it,
// without the fields that servers write. It is written to with LF for line ends,
// in pieces of any size.
type digest struct {
	all, head, raw hash.Hash
	without        map[string]bool
	size, lines    int64

	line   []byte // the beginning of a line of the header, until its name is known
	known  bool   // the name is, and the rest of the line goes where it does
	drop   bool   // the field is one of the server's
	body   bool   // the header has ended
	unique bool   // a field of the header is in no other message
}

func newDigest() *digest {
	return &digest{all: sha256.New(), head: sha256.New(), raw: sha256.New(), without: serverFields()}
}

// Write adds to the message. It does not fail.
func (d *digest) Write(b []byte) (int, error) {
	d.raw.Write(b)
	d.size += int64(len(b))
	d.lines += int64(bytes.Count(b, []byte("\n")))
	for rest := b; len(rest) > 0; {
		if d.body {
			d.all.Write(rest)
			break
		}
		piece := rest
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			piece = rest[:i+1]
		}
		rest = rest[len(piece):]
		d.field(piece)
	}
	return len(b), nil
}

// field adds a piece of a line of the header.
func (d *digest) field(piece []byte) {
	ends := piece[len(piece)-1] == '\n'
	if d.known {
		d.keep(piece)
	} else if d.line = append(d.line, piece...); ends || len(d.line) > maxName || bytes.IndexByte(d.line, ':') >= 0 {
		d.begin(d.line)
	}
	if ends {
		d.known, d.line = false, d.line[:0]
	}
}

// begin takes in the beginning of a line, of which the name of the field is known.
func (d *digest) begin(line []byte) {
	d.known = true
	switch {
	case line[0] == '\n':
		d.body = true
		d.all.Write(line)
		return
	case line[0] != ' ' && line[0] != '\t': // else it goes on with the field before
		name, _, _ := bytes.Cut(line, []byte(":"))
		field := strings.ToLower(strings.TrimSpace(string(name)))
		d.drop = d.without[field]
		d.unique = d.unique || field == "message-id" || field == "received"
	}
	d.keep(line)
}

func (d *digest) keep(piece []byte) {
	if !d.drop {
		d.all.Write(piece)
		d.head.Write(piece)
	}
}

// settled takes in what is left of a header that has no end.
func (d *digest) settled() *digest {
	if !d.body && !d.known && len(d.line) > 0 {
		d.begin(d.line)
	}
	return d
}

// header returns a hash of the header.
func (d *digest) header() string { return sum(d.settled().head) }

// content returns a hash of the message.
func (d *digest) content() string { return sum(d.settled().all) }

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)[:sha256.Size/2]) }

// mark writes a field that says how much of a message is missing behind it. What
// reads messages shows it ([mail.IncompleteField]).
func mark(w io.Writer, m account.Waiting, d *digest) error {
	_, err := fmt.Fprintf(w, "%s: %d of %d octets\n", mail.IncompleteField, d.size+d.lines, m.Size)
	return err
}
