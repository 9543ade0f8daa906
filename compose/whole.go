package compose

import (
	"bytes"
	"errors"

	"posthorn/mail"
)

// Whole makes what is sent of a message that was written elsewhere: line ends
// become CRLF, Bcc goes, everything else stays. Each recipient gets it once.
func Whole(raw []byte, account, from string, rcpt []mail.Address) (mail.Outgoing, error) {
	list := unique(rcpt)
	if len(list) == 0 {
		return mail.Outgoing{}, errors.New("nobody is named to send this to")
	}
	out := mail.Outgoing{Account: account, From: from}
	for _, a := range list {
		if !validAddress(a.Address) {
			return mail.Outgoing{}, errors.New(a.Address + " is not an address")
		}
		out.Rcpt = append(out.Rcpt, a.Address)
	}
	out.Raw = withoutBcc([]byte(crlf(dropFromLine(string(raw)))))
	return out, nil
}

// withoutBcc drops the Bcc fields of a header.
func withoutBcc(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	dropping := false
	for len(raw) > 0 {
		line := raw
		if i := bytes.IndexByte(raw, '\n'); i >= 0 {
			line = raw[:i+1]
		}
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := bytes.Cut(line, []byte(":"))
			dropping = bytes.EqualFold(bytes.TrimSpace(name), []byte("Bcc"))
		}
		if !dropping {
			out = append(out, line...)
		}
		raw = raw[len(line):]
	}
	return append(out, raw...)
}
