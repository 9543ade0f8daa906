package maildir

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/query"
)

// maxSearched bounds how much of a message is searched.
const maxSearched = 64 << 20

// Search reads the messages of a mailbox, and returns those that match.
func (s *Source) Search(ctx context.Context, mailbox string, q mail.Query) ([]mail.UID, uint32, error) {
	op := "search folder " + mailbox
	b, err := s.open(op, mailbox)
	if err != nil {
		return nil, 0, err
	}
	var found []mail.UID
	for uid := range b.files {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		ok, err := b.matches(uid, q)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, 0, failed(op, err)
		}
		if ok {
			found = append(found, uid)
		}
	}
	slices.Sort(found)
	return found, 0, nil
}

func (b *box) matches(uid mail.UID, q mail.Query) (bool, error) {
	h, err := b.header(uid)
	if err != nil {
		return false, err
	}
	s := &mail.Summary{Received: h.Received, Size: h.Size, Flags: h.Flags, Envelope: h.Envelope,
		Attachment: h.Structure.HasAttachment()}
	text := func() string {
		var s string
		s, err = b.text(uid)
		return s
	}
	ok := query.Match(q, s, text)
	return ok, err
}

// text reads the text of a message, from the beginning of one that is very large.
func (b *box) text(uid mail.UID) (text string, err error) {
	err = b.with(uid, func(f file) error {
		r, err := os.Open(b.path(f))
		if err != nil {
			return err
		}
		defer r.Close()
		info, err := r.Stat()
		if err != nil {
			return err
		}
		m, err := message.Read(r, min(info.Size(), maxSearched))
		if err == nil {
			text = bodyText(m)
		}
		return err
	})
	return text, err
}

// Headers reads the headers of messages. Those that are gone are left out.
func (s *Source) Headers(ctx context.Context, mailbox string, uids []mail.UID) ([]mail.Header, error) {
	op := "read folder " + mailbox
	b, err := s.open(op, mailbox)
	if err != nil {
		return nil, err
	}
	var list []mail.Header
	for _, uid := range uids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		h, err := b.header(uid)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, failed(op, err)
		}
		list = append(list, h)
	}
	return list, nil
}
