package imap

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	flagItems   = "(UID FLAGS)"
)

// A plan tells which messages to ask for next, newest first, and at most n: a
// set, how many they are at most, and whether a message is one of them.
type plan func(n int) (ask, bool)

type ask struct {
	set  goimap.NumSet
	most int
	mine func(*client.Message) bool
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
		return ask{set, int(high - low + 1), func(m *client.Message) bool { return m.Seq >= low && m.Seq <= high }}, true
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
		return ask{compact(some), len(some), func(m *client.Message) bool {
			_, ok := slices.BinarySearch(some, m.UID)
			return ok
		}}, true
	}
}

// windows reads one window after the other, and has some under way meanwhile.
type windows struct {
	c     *client.Client
	items string
	next  plan
	pace  pace
	sent  []*flight
}

// all calls f with each window's messages, the newest first, and whether these
// are all that there are. It stops at the first error.
func (w *windows) all(ctx context.Context, f func(list []mail.Header, whole bool) error) error {
	defer w.abandon()
	if err := w.fill(ctx); err != nil {
		return err
	}
	for len(w.sent) > 0 {
		fl := w.sent[0]
		w.sent = w.sent[1:]
		whole, err := fl.land(ctx, w.c, w.items)
		if err != nil {
			return err
		}
		w.pace.landed(fl)
		if err := w.fill(ctx); err != nil { // before the line is idle
			return err
		}
		if err := f(fl.newest(), whole); err != nil {
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

// A flight is a window that is under way. What the server tells of a message, in
// however many responses, is put together.
type flight struct {
	ask
	cmd  *client.Command
	list []mail.Header
	uids []uint32
	at   map[uint32]int // where in the list a UID is

	sent, began, ended time.Time // when it was asked for, and its first and last message came
}

func newFlight(a ask) *flight {
	return &flight{ask: a, list: make([]mail.Header, 0, a.most), uids: make([]uint32, 0, a.most), at: make(map[uint32]int, a.most)}
}

func (f *flight) send(ctx context.Context, c *client.Client, items string) (err error) {
	f.sent = time.Now()
	f.cmd, err = c.Fetch(ctx, f.set, items, f.take)
	return err
}

// land waits for the end of a flight. Where the server refuses it, less is asked
// for; whole says that it has told all that was asked for at first.
func (f *flight) land(ctx context.Context, c *client.Client, items string) (whole bool, err error) {
	err = f.cmd.Wait(ctx)
	for _, less := range [...]string{plainItems, flagItems} {
		var refused *client.Error
		if !errors.As(err, &refused) || less == items || items == flagItems {
			break
		}
		if err = f.send(ctx, c, less); err == nil {
			err = f.cmd.Wait(ctx)
		}
	}
	var refused *client.Error
	if errors.As(err, &refused) && len(f.list) > 0 {
		return false, nil // some of them were gone
	}
	return err == nil, err
}

// take takes a message, or what else the server tells of it.
func (f *flight) take(m *client.Message) bool {
	if m.Has&client.HasUID == 0 || !f.mine(m) {
		return false
	}
	i, known := f.at[m.UID]
	if !known {
		if len(f.list) == 2*f.most {
			return false
		}
		i = len(f.list)
		f.list, f.uids, f.at[m.UID] = append(f.list, mail.Header{UID: uidOf(m.UID)}), append(f.uids, m.UID), i
	}
	if f.ended = time.Now(); f.began.IsZero() {
		f.began = f.ended
	}
	fill(&f.list[i], m)
	return true
}

// newest returns the messages, the newest first.
func (f *flight) newest() []mail.Header {
	if slices.IsSorted(f.uids) {
		slices.Reverse(f.list)
		return f.list
	}
	slices.SortFunc(f.list, func(a, b mail.Header) int { return cmp.Compare(number(b.UID), number(a.UID)) })
	return f.list
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

// between writes a range of UIDs as a criterion of a search.
func between(first, last uint32) string { return fmt.Sprintf("UID %d:%d", first, last) }
