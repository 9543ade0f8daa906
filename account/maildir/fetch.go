package maildir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/mail/message"
)

// Fetch writes a message or a part of it. Line ends are as they are in the file,
// which by custom is LF.
func (s *Source) Fetch(ctx context.Context, at mail.Place, part string, w io.Writer) error {
	op := "read message " + string(at.UID) + " in " + at.Mailbox
	b, err := s.find(op, at.Mailbox)
	if err != nil {
		return err
	}
	err = b.with(at.UID, func(f file) error {
		r, err := os.Open(b.path(f))
		if err != nil {
			return err
		}
		defer r.Close()
		return section(r, part, w)
	})
	var e *account.Error
	if errors.Is(err, fs.ErrNotExist) && !errors.As(err, &e) {
		return missing(op, "the message")
	}
	return errors.Join(failed(op, err), ctx.Err())
}

// section writes a section (RFC 9051, section 6.4.5.1) of a message.
func section(r *os.File, part string, w io.Writer) error {
	if part == "" {
		_, err := io.Copy(w, r)
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	end := headerEnd(raw)
	if end < 0 {
		end = len(raw)
	}
	body := raw[end:]
	switch part {
	case "HEADER":
		body = raw[:end]
	case "TEXT":
	default:
		m := message.Parse(raw)
		if !m.Has(part) {
			return missing("read part "+part, "the part")
		}
		body = m.Raw(part)
	}
	_, err = w.Write(body)
	return err
}
