package sync

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"posthorn/mail"
	"posthorn/mail/message"
)

// maxJoined bounds the octets of the pieces that are put together.
const maxJoined = 64 << 20

// joined returns the message that m is a piece of, where all pieces lie in the same
// folder. Else it returns m, which then says what stands against it.
func (e *Engine) joined(ctx context.Context, id mail.ID, m *message.Message) *message.Message {
	const kind = "message/partial"
	if m.Root == nil || m.Root.Type != kind && m.Root.Opened != kind || m.Root.Params["id"] == "" {
		return m
	}
	w, err := e.of(id.Slot())
	if err != nil {
		return m
	}
	whole, err := w.join(ctx, id, m.Root.Params["id"])
	if err != nil {
		m.Warnings = append(m.Warnings, fmt.Sprintf("the message was not put together of its pieces: %v", err))
		return m
	}
	return whole
}

// join puts the pieces of a message together.
func (w *worker) join(ctx context.Context, id mail.ID, of string) (*message.Message, error) {
	ids, err := w.piecesOf(ctx, id, of)
	if err != nil {
		return nil, err
	}
	var pieces []*message.Message
	for _, id := range ids {
		parts, err := w.parts(ctx, id, []string{""})
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, message.Parse(parts[""]))
	}
	raw, missing, err := message.Join(pieces)
	switch {
	case err != nil:
		return nil, err
	case len(missing) > 0:
		return nil, fmt.Errorf("of %d, these are not in this folder: %s", len(missing)+len(pieces), numbers(missing))
	}
	m := message.Parse(raw)
	m.Warnings = append(m.Warnings, fmt.Sprintf("the message came in %d pieces, and was put together of them", len(pieces)))
	return m, nil
}

// piecesOf returns the messages that are pieces of one: of the same sender, as
// anyone may know its id. Of two copies of a message it returns one.
func (w *worker) piecesOf(ctx context.Context, id mail.ID, of string) (ids []mail.ID, err error) {
	if ids, err = w.DB.Pieces(ctx, id, of); err != nil {
		return nil, err
	}
	if !slices.Contains(ids, id) {
		ids = append(ids, id)
	}
	rows, err := w.DB.Rows(ctx, ids)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(rows, func(s mail.Summary) bool { return s.ID == id })
	if at < 0 {
		return nil, errGone
	}
	from, size, seen := sender(rows[at]), int64(0), map[string]bool{}
	ids = ids[:0]
	for _, s := range rows {
		if sender(s) != from || s.MessageID != "" && seen[s.MessageID] {
			continue
		}
		if size += s.Size; size > maxJoined {
			return nil, fmt.Errorf("they are larger than %d MB", maxJoined>>20)
		}
		seen[s.MessageID] = true
		ids = append(ids, s.ID)
	}
	return ids, nil
}

func sender(s mail.Summary) string {
	if len(s.From) == 0 {
		return ""
	}
	return strings.ToLower(s.From[0].Address)
}

// numbers lists numbers, if they are not too many.
func numbers(list []int) string {
	const most = 20
	var words []string
	for _, n := range list[:min(len(list), most)] {
		words = append(words, strconv.Itoa(n))
	}
	if len(list) > most {
		words = append(words, "…")
	}
	return strings.Join(words, ", ")
}
