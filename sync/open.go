package sync

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

// whole is the size up to which a message is fetched whole: a second round trip
// costs more than the octets that are perhaps not needed.
const whole = 64 << 10

// maxApart bounds the parts of a message that are fetched one by one. A message of
// more is fetched whole, unless it is very large: then the others are missing.
const maxApart = 50

// maxPart bounds what is fetched of one message.
const maxPart = 1 << 30

// errGone says that a message is not there any more.
var errGone = fmt.Errorf("the message is %w", mail.ErrGone)

// Open returns a message with the parts that are needed to show it with o. What
// is not in the cache is fetched, before everything else that is to be done. For a
// piece of a message that is the whole message, if the other pieces are there.
func (e *Engine) Open(ctx context.Context, id mail.ID, o render.Options) (*message.Message, error) {
	w, err := e.of(id.Slot())
	if err != nil {
		return nil, err
	}
	m, err := w.open(ctx, id, o)
	if err != nil {
		return nil, fmt.Errorf("open message %s: %w", id, err)
	}
	return e.joined(ctx, id, m), nil
}

func (w *worker) open(ctx context.Context, id mail.ID, o render.Options) (*message.Message, error) {
	rows, err := w.DB.Rows(ctx, []mail.ID{id})
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errGone
	}
	root, err := w.DB.Structure(ctx, id)
	if err != nil {
		return nil, err
	}
	raw, cached, err := w.DB.Part(ctx, id, "")
	if err != nil {
		return nil, err
	}
	if cached {
		return message.Parse(raw), nil
	}
	wanted := render.Wanted(root, o)
	if root == nil || rows[0].Size <= whole || len(wanted) > maxApart && rows[0].Size <= maxKept {
		parts, err := w.parts(ctx, id, []string{""})
		if err != nil {
			return nil, err
		}
		return w.indexed(ctx, id, message.Parse(parts[""])), nil
	}
	parts, err := w.parts(ctx, id, append([]string{header}, wanted[:min(len(wanted), maxApart)]...))
	if err != nil {
		return nil, err
	}
	m := message.Assemble(parts[header], root, parts)
	if n := len(wanted) - maxApart; n > 0 {
		m.Warnings = append(m.Warnings, fmt.Sprintf("of this large message %d parts were not fetched; \"posthorn show --raw %s | posthorn render -\" shows them all", n, id))
	}
	return w.indexed(ctx, id, m), nil
}

// header is the section of a message's header.
const header = "HEADER"

// indexed gives the text of a message that was fetched to the index.
func (w *worker) indexed(ctx context.Context, id mail.ID, m *message.Message) *message.Message {
	text := render.Message(m, render.Options{Width: 200, NoHeader: true}).Text()
	if err := w.DB.PutText(ctx, id, text); err != nil {
		w.log.Warn("index a text", "message", id, "err", err)
	}
	return m
}

// parts returns parts of a message by their paths, and has those fetched that
// are not in the cache.
func (w *worker) parts(ctx context.Context, id mail.ID, paths []string) (map[string][]byte, error) {
	have := make(map[string][]byte, len(paths))
	var missing []string
	for _, p := range paths {
		b, ok, err := w.DB.Part(ctx, id, p)
		if err != nil {
			return nil, err
		}
		if ok {
			have[p] = b
			continue
		}
		missing = append(missing, p)
	}
	if len(missing) == 0 {
		return have, nil
	}
	got, err := w.fetch(ctx, id, missing)
	if err != nil {
		return nil, err
	}
	for p, b := range got {
		have[p] = b
	}
	return have, nil
}

// fetch fetches parts of a message, and puts them into the cache if they came
// from afar.
func (w *worker) fetch(ctx context.Context, id mail.ID, paths []string) (map[string][]byte, error) {
	buffers := make(map[string]*bounded, len(paths))
	var wanted []haulage
	for _, p := range paths {
		buffers[p] = &bounded{left: maxPart}
		wanted = append(wanted, haulage{p, buffers[p]})
	}
	if err := w.haul(ctx, id, wanted); err != nil {
		return nil, err
	}
	got := make(map[string][]byte, len(paths))
	for p, b := range buffers {
		got[p] = b.Bytes()
	}
	if w.Receive != "imap" {
		return got, nil // they lie on this disk already
	}
	for p, b := range got {
		w.keepPart(ctx, id, p, b)
	}
	return got, nil
}

// keepPart puts a part into the cache, where that can be done.
func (w *worker) keepPart(ctx context.Context, id mail.ID, path string, b []byte) {
	if err := w.DB.PutPart(ctx, id, path, b); err != nil {
		w.log.Warn("keep a part", "message", id, "err", err)
	}
}

// fetching has get fetch of a message where it lies, which may be done again. Get
// says whether it came any further.
func (w *worker) fetching(ctx context.Context, id mail.ID, get func(Source, mail.Place) (moved bool, err error)) error {
	at, err := w.place(ctx, id)
	if err != nil {
		return err
	}
	try := func() error { return w.resuming(ctx, func(src Source) (bool, error) { return get(src, at) }) }
	err = try()
	if k := account.KindOf(err); k != account.Renumbered && k != account.NotFound {
		return err
	}
	// The cache is behind: look at the mailbox, and then once more.
	if err := w.catchUp(ctx, at.Mailbox); err != nil {
		return err
	}
	if at, err = w.place(ctx, id); err != nil {
		return err
	}
	return try()
}

// catchUp reads a mailbox now, if this process may.
func (w *worker) catchUp(ctx context.Context, mailbox string) error {
	if err := w.hold(ctx); err != nil {
		if errors.Is(err, errElsewhere) {
			return nil
		}
		return err
	}
	return w.pullNow(ctx, mailbox)
}

// place returns where a message lies on the server. Of a message that was moved
// here, the server must hear first.
func (w *worker) place(ctx context.Context, id mail.ID) (mail.Place, error) {
	for try := range 2 {
		at, err := w.DB.Places(ctx, []mail.ID{id})
		if err != nil {
			return mail.Place{}, err
		}
		if len(at) == 0 {
			return mail.Place{}, errGone
		}
		if at[0].UID != "" {
			return at[0], nil
		}
		if try > 0 {
			break
		}
		if err := w.settlePlace(ctx, at[0].Mailbox); err != nil {
			return mail.Place{}, err
		}
	}
	return mail.Place{}, fmt.Errorf("the server does not say where the message is: %w", ErrOffline)
}

// settlePlace plays the journal, and reads the mailbox that messages were moved
// to.
func (w *worker) settlePlace(ctx context.Context, mailbox string) error {
	if err := w.hold(ctx); err != nil {
		return err
	}
	if err := w.playAll(ctx); err != nil {
		return err
	}
	return w.pullNow(ctx, mailbox)
}

// A bounded buffer refuses to grow without end.
type bounded struct {
	bytes.Buffer
	left int
}

// Empty throws away what is there.
func (b *bounded) Empty() error {
	b.left += b.Len()
	b.Reset()
	return nil
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("the message is too large to be opened")
	}
	return b.Buffer.Write(p)
}
