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
	info, err := r.Stat()
	if err != nil {
		return err
	}
	var body io.Reader
	switch part {
	case "HEADER", "TEXT":
		end, err := bodyStart(r, info.Size())
		if err != nil {
			return err
		}
		body = io.NewSectionReader(r, 0, end)
		if part == "TEXT" {
			body = io.NewSectionReader(r, end, info.Size()-end)
		}
	default:
		m, err := message.Read(r, info.Size())
		if err != nil {
			return err
		}
		if !m.Has(part) {
			return missing("read part "+part, "the part")
		}
		body = m.Raw(part)
	}
	_, err = io.Copy(w, body)
	return err
}

// bodyStart returns where the body begins. A header that is longer than any may be
// is cut there.
func bodyStart(r io.ReaderAt, size int64) (int64, error) {
	for n := min(size, firstRead); ; n = min(size, 4*n, maxHeader) {
		head, err := extend(io.NewSectionReader(r, 0, n), nil, int(n))
		if err != nil {
			return 0, err
		}
		switch end := headerEnd(head); {
		case end >= 0:
			return int64(end), nil
		case n == size || n == maxHeader:
			return n, nil
		}
	}
}
