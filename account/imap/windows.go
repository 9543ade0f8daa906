package imap

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"posthorn/account/imap/client"
	"posthorn/mail"
	"posthorn/mail/message"
)

// What is asked of the messages of a window. Where a server refuses that, as for
// a message whose structure it cannot make out, the next is tried: what is in
// the mailbox is shown, even if little is known of it.
const (
	headerItems = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES)])"
	plainItems  = "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])"
	briefItems  = "(UID FLAGS INTERNALDATE RFC822.SIZE)"
	flagItems   = "(UID FLAGS)"
)

// A plan tells which messages to ask for next, newest first, and at most n: a
// set, how many they are at most, and whether a message is one of them.
type plan func(n int) (ask, bool)

type ask struct {
	set  goimap.NumSet
	most int
	mine func(*client.Message) bool
	low  uint32   // the first sequence number, where the set is one of those
	uids []uint32 // what the set names, where it is one of UIDs
}

// bySequence asks for all messages up to a sequence number. These have no gaps,
// and as they are asked for newest first, a message that is expunged meanwhile
// makes others come twice at worst.
func bySequence(top uint32) plan {
	return func(n int) (ask, bool) {
		if top == 0 {
			return ask{}, false
		}
		low, high := uint32(1), top
		if top > uint32(n) {
			low = top - uint32(n) + 1
		}
		top = low - 1
		var set goimap.SeqSet
		set.AddRange(low, high)
		mine := func(m *client.Message) bool { return m.Seq >= low && m.Seq <= high }
		return ask{set: set, most: int(high - low + 1), mine: mine, low: low}, true
	}
}

// byUID asks for messages by their UIDs, which are in ascending order.
func byUID(uids []uint32) plan {
	return func(size int) (ask, bool) {
		if len(uids) == 0 {
			return ask{}, false
		}
		n := max(0, len(uids)-size)
		some := uids[n:]
		uids = uids[:n]
		return these(some), true
	}
}

// these asks for messages by their UIDs, which are in ascending order.
func these(uids []uint32) ask {
	return ask{set: compact(uids), most: len(uids), uids: uids, mine: func(m *client.Message) bool {
		_, ok := slices.BinarySearch(uids, m.UID)
		return ok
	}}
}

// windows reads one window after the other, and has some under way meanwhile.
type windows struct {
	c     *client.Client
	items string
	next  plan
	pace  pace
	sent  []*flight
}

// all calls f with each window, the newest first. It stops at the first error: one
// of a window is given to f with what came of it before.
func (w *windows) all(ctx context.Context, f func(fl *flight, err error) error) error {
	defer w.abandon()
	if err := w.fill(ctx); err != nil {
		return err
	}
	for len(w.sent) > 0 {
		fl := w.sent[0]
		w.sent = w.sent[1:]
		err := fl.land(ctx, w.c, w.items)
		if err == nil {
			w.pace.landed(fl)
			err = w.fill(ctx) // before the line is idle
		}
		if err := errors.Join(f(fl, err), err); err != nil {
			return err
		}
	}
	return nil
}

// fill has as much under way as the line can take.
func (w *windows) fill(ctx context.Context) error {
	for w.pace.room() {
		a, ok := w.next(w.pace.window())
		if !ok {
			return nil
		}
		fl := newFlight(a)
		if err := fl.send(ctx, w.c, w.items); err != nil {
			return err
		}
		w.pace.sent(fl)
		w.sent = append(w.sent, fl)
	}
	return nil
}

// abandon leaves what is under way to itself.
func (w *windows) abandon() {
	for _, fl := range w.sent {
		fl.cmd.Abandon()
	}
}

// fill adds to a header what FETCH said.
func fill(h *mail.Header, m *client.Message) {
	if m.Has&client.HasFlags != 0 {
		h.Flags, h.Keywords = m.Flags, m.Keywords
	}
	if m.Has&client.HasReceived != 0 {
		h.Received = m.Received
	}
	if m.Has&client.HasSize != 0 {
		h.Size = m.Size
	}
	if m.Has&client.HasEnvelope != 0 {
		refs := h.References
		h.Envelope = m.Envelope
		h.References = refs
	}
	if m.Has&client.HasStructure != 0 {
		h.Structure = m.Structure
	}
	for _, s := range m.Sections {
		fillSection(h, s)
	}
}

func fillSection(h *mail.Header, s client.Section) {
	if s.Name == "HEADER" {
		h.Envelope = message.Parse([]byte(s.Text)).Envelope
		return
	}
	if name, refs, ok := strings.Cut(s.Text, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "References") {
		h.References = message.MessageIDs(refs)
	}
}

// uidOf returns a UID as the vocabulary has it.
func uidOf(u uint32) mail.UID { return mail.UID(strconv.FormatUint(uint64(u), 10)) }

// number returns a UID as IMAP has it, 0 for one that is none.
func number(u mail.UID) uint32 {
	n, err := strconv.ParseUint(string(u), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// compact makes a set of UIDs that are in ascending order.
func compact(uids []uint32) (set goimap.UIDSet) {
	for i := 0; i < len(uids); {
		j := i
		for j+1 < len(uids) && uids[j+1] == uids[j]+1 {
			j++
		}
		set.AddRange(goimap.UID(uids[i]), goimap.UID(uids[j]))
		i = j + 1
	}
	return set
}
