package sync

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"posthorn/mail"
	"posthorn/mail/message"
)

// maxKept bounds the whole messages that go into the cache, in octets. Larger ones
// are fetched again when all of them is asked for.
const maxKept = 16 << 20

// Whole calls use with a message that has all its parts. Of a large one most is in a
// temporary file until use returns. As by Open, pieces of a message are put together.
func (e *Engine) Whole(ctx context.Context, id mail.ID, use func(*message.Message) error) error {
	return e.spooled(ctx, id, func(s *spool) error {
		m, err := message.Read(s, s.size)
		if err != nil {
			return fmt.Errorf("open message %s: %w", id, err)
		}
		return use(e.joined(ctx, id, m))
	})
}

// Copy writes a whole message to out, as its source keeps it. Nothing is written
// before all of it is there.
func (e *Engine) Copy(ctx context.Context, id mail.ID, out io.Writer) error {
	return e.spooled(ctx, id, func(s *spool) error { return s.CopyTo(out) })
}

// spooled calls use with a whole message.
func (e *Engine) spooled(ctx context.Context, id mail.ID, use func(*spool) error) error {
	w, err := e.of(id.Slot())
	if err != nil {
		return err
	}
	var s spool
	defer func() { s.Close() }() // what it held is not needed any more
	if err := w.fill(ctx, id, &s); err != nil {
		return fmt.Errorf("open message %s: %w", id, err)
	}
	return use(&s)
}

// fill puts a whole message into a spool.
func (w *worker) fill(ctx context.Context, id mail.ID, s *spool) error {
	raw, cached, err := w.DB.Part(ctx, id, "")
	if err != nil {
		return err
	}
	if cached {
		s.hold(raw)
		return nil
	}
	err = w.haul(ctx, id, []haulage{{"", s}})
	if err != nil || w.Receive != "imap" || s.size > maxKept {
		return err
	}
	var b bytes.Buffer
	if err := s.CopyTo(&b); err != nil {
		return err
	}
	w.keepPart(ctx, id, "", b.Bytes())
	return nil
}
