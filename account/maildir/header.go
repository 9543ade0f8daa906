package maildir

import (
	"bytes"
	"io"
	"os"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

const (
	firstRead = 64 << 10 // holds most messages whole, and every reasonable header
	maxHeader = 8 << 20  // bounds what is read of a header
)

// header reads a message as a list shows it.
func (b *box) header(uid mail.UID) (h mail.Header, err error) {
	err = b.with(uid, func(f file) error {
		r, err := os.Open(b.path(f))
		if os.IsPermission(err) {
			h = mail.Header{UID: uid, Flags: f.flags()}
			return nil
		}
		if err != nil {
			return err
		}
		defer r.Close()
		h, err = readHeader(r)
		h.UID, h.Flags = uid, f.flags()
		return err
	})
	return h, err
}

// readHeader reads a message's header, and as much of the rest as it takes to
// tell its structure.
func readHeader(f *os.File) (mail.Header, error) {
	info, err := f.Stat()
	if err != nil {
		return mail.Header{}, err
	}
	h := mail.Header{Received: info.ModTime(), Size: info.Size()}
	raw, err := extend(f, nil, int(min(info.Size(), firstRead)))
	if err != nil {
		return h, err
	}
	whole := int64(len(raw)) >= info.Size()
	if headerEnd(raw) < 0 && !whole {
		if raw, err = extend(f, raw, int(min(info.Size(), maxHeader))); err != nil {
			return h, err
		}
		whole = int64(len(raw)) >= info.Size()
	}
	if end := headerEnd(raw); end >= 0 && !whole {
		raw = raw[:end]
	}
	m := message.Assemble(raw, nil, nil)
	if whole {
		m = message.Parse(raw)
	}
	if !whole && strings.HasPrefix(contentType(m), "multipart/") { // only all of it tells the structure
		whole = true
		if m, err = message.Read(f, info.Size()); err != nil {
			return h, err
		}
	}
	h.Envelope = m.Envelope
	switch {
	case whole:
		h.Structure = m.Root
	case m.Root.Type == contentType(m) && m.Root.Type != "message/rfc822":
		h.Structure = m.Root
		m.Root.Size = max(0, info.Size()-int64(len(raw)))
	}
	return h, nil
}

func contentType(m *message.Message) string {
	kind, _ := message.ParseParams(m.Header.Raw("Content-Type"))
	return kind
}

// extend reads on until there are n bytes, or no more.
func extend(r io.Reader, have []byte, n int) ([]byte, error) {
	b := make([]byte, n)
	m := copy(b, have)
	k, err := io.ReadFull(r, b[m:])
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return b[:m+k], err
}

// headerEnd returns where the body begins, -1 where the header does not end.
func headerEnd(raw []byte) int {
	lf, crlf := bytes.Index(raw, []byte("\n\n")), bytes.Index(raw, []byte("\n\r\n"))
	switch {
	case lf >= 0 && (crlf < 0 || lf < crlf):
		return lf + 2
	case crlf >= 0:
		return crlf + 3
	}
	return -1
}

// bodyText returns the text in a message, as far as a search looks into it.
func bodyText(m *message.Message) string {
	var b strings.Builder
	for p, use := range m.Root.Uses(nil) {
		if use == mail.Shown && p.IsText() {
			b.WriteString(m.Text(p.Path))
			b.WriteByte('\n')
		}
	}
	return b.String()
}
