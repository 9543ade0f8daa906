package sync

import (
	"context"
	"io"
	"time"

	"posthorn/mail"
)

// What is long is fetched in pieces of so many octets at first, and then as many as
// come in about the time that somebody may wait for something else.
const (
	firstPiece    = 256 << 10
	smallestPiece = 32 << 10
	largestPiece  = 8 << 20
	tooSmall      = 250 * time.Millisecond
	tooLarge      = time.Second
)

// A haul fetches parts of a message. It can be left and gone on with at any octet, as
// when the line broke.
type haul struct {
	parts []haulage // those that are not all there
	got   int64     // octets of the first
	piece int64
}

// A haulage is a part of a message, and where it goes.
type haulage struct {
	path string
	to   bin
}

// A bin is what a part is put in.
type bin interface {
	io.Writer
	Empty() error
}

// haul fetches parts of a message. Between two pieces everyone else gets a turn.
func (w *worker) haul(ctx context.Context, id mail.ID, parts []haulage) error {
	h := &haul{parts: parts, piece: firstPiece}
	for ask := w.ask; len(h.parts) > 0; ask = w.askOn {
		err := ask(ctx, func(ctx context.Context) error {
			return w.fetching(ctx, id, func(src Source, at mail.Place) (bool, error) {
				left, got := len(h.parts), h.got
				err := h.some(ctx, src, at)
				return len(h.parts) < left || h.got > got, err
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// some fetches the parts, until it has as many octets as a piece has.
func (h *haul) some(ctx context.Context, src Source, at mail.Place) error {
	begun, left := time.Now(), h.piece
	for len(h.parts) > 0 && left > 0 {
		came, err := h.next(ctx, src, at)
		if err != nil {
			h.piece = max(h.piece/2, smallestPiece)
			return err
		}
		left -= came
	}
	switch took := time.Since(begun); {
	case took < tooSmall:
		h.piece = min(2*h.piece, largestPiece)
	case took > tooLarge:
		h.piece = max(h.piece/2, smallestPiece)
	}
	return nil
}

// next fetches the next piece, and returns its octets.
func (h *haul) next(ctx context.Context, src Source, at mail.Place) (int64, error) {
	p, before := h.parts[0], h.got
	piecer, ok := src.(Piecer)
	if !ok {
		return h.all(ctx, src, at)
	}
	if err := piecer.FetchPiece(ctx, at, p.path, h.got, h.piece, h); err != nil {
		return 0, err
	}
	came := h.got - before
	if came != h.piece { // it ends here; more than that came where the server knows no pieces
		h.done()
	}
	return came, nil
}

// all fetches the next part whole.
func (h *haul) all(ctx context.Context, src Source, at mail.Place) (int64, error) {
	h.got = 0
	if err := h.parts[0].to.Empty(); err != nil {
		return 0, err
	}
	if err := src.Fetch(ctx, at, h.parts[0].path, h); err != nil {
		return 0, err
	}
	came := h.got
	h.done()
	return came, nil
}

func (h *haul) done() { h.parts, h.got = h.parts[1:], 0 }

// Write takes what comes of the next part.
func (h *haul) Write(b []byte) (int, error) {
	n, err := h.parts[0].to.Write(b)
	h.got += int64(n)
	return n, err
}
