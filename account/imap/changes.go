package imap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// The windows in which headers are fetched. The first is small, so that a first
// page is there at once; some are under way while one is stored.
const (
	firstWindow = 100
	window      = 500
	inFlight    = 4
	flagWindow  = 10000
)

const headerItems = "(UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES)])"

const wantHeader = client.HasUID | client.HasFlags | client.HasEnvelope

// Changes reports what happened in a mailbox since a cursor: first what changed
// of the messages that are known, then new ones, then the older ones that were
// never fetched.
func (s *Source) Changes(ctx context.Context, mailbox string, since mail.Cursor) iter.Seq2[mail.Delta, error] {
	return func(yield func(mail.Delta, error) bool) {
		p := &pull{s: s, ctx: ctx, at: decode(since), yield: yield}
		if err := p.run(mailbox); err != nil && !errors.Is(err, errStopped) {
			yield(mail.Delta{}, s.fail("read the mailbox "+mailbox, err))
		}
	}
}

// errStopped says that who listens has had enough.
var errStopped = errors.New("stopped")

// pull is one run through the changes of a mailbox.
type pull struct {
	s      *Source
	ctx    context.Context
	sel    *client.Selected
	at     cursor
	reset  bool
	yield  func(mail.Delta, error) bool
	done   int
	of     int
	unread int // -1 until it is known
}

// give hands over a delta, and the cursor to go on from.
func (p *pull) give(d mail.Delta) error {
	d.Validity, d.Cursor, d.Reset = p.sel.Validity, p.at.encode(), p.reset
	d.Counts = mail.Counts{Total: int(p.sel.Exists), Unread: p.unread}
	d.Done, d.Of = p.done, p.of
	p.reset = false
	if !p.yield(d, nil) {
		return errStopped
	}
	return p.ctx.Err()
}

func (p *pull) run(mailbox string) (err error) {
	var known *client.Selected
	if p.s.qresync && p.at.modseq > 0 {
		known = &client.Selected{Validity: p.at.validity, ModSeq: p.at.modseq}
	}
	if p.sel, err = p.s.reopen(p.ctx, mailbox, known); err != nil {
		return err
	}
	p.unread = -1
	if p.at.validity != p.sel.Validity || p.at.next == 0 {
		p.reset = p.at.next != 0
		p.at = cursor{validity: p.sel.Validity, low: p.sel.UIDNext, next: p.sel.UIDNext, modseq: p.sel.ModSeq}
		known = nil
	} else if err := p.refresh(known != nil); err != nil {
		return err
	}
	if err := p.fresh(); err != nil {
		return err
	}
	return p.older()
}

// refresh tells what changed of the messages that are known.
func (p *pull) refresh(resynced bool) error {
	switch {
	case resynced:
		return p.resynced()
	case p.at.modseq > 0 && p.at.modseq == p.sel.ModSeq && p.at.next == p.sel.UIDNext:
		return nil // nothing was changed, came or went
	case p.at.next <= p.at.low:
		return nil
	}
	for last := p.at.next - 1; ; {
		first := p.at.low
		if last-first >= flagWindow {
			first = last - flagWindow + 1
		}
		d := mail.Delta{Whole: &mail.Range{First: first, Last: last}}
		if err := p.flags(&d, client.Range{First: first, Last: last}); err != nil {
			return err
		}
		if err := p.give(d); err != nil {
			return err
		}
		if first == p.at.low {
			return nil
		}
		last = first - 1
	}
}

// resynced tells what SELECT told (RFC 7162).
func (p *pull) resynced() error {
	d := mail.Delta{}
	for _, m := range p.sel.Changed {
		if m.Has&client.HasUID != 0 && m.Has&client.HasFlags != 0 && m.UID >= p.at.low && m.UID < p.at.next {
			d.Flags = append(d.Flags, mail.FlagChange{UID: uidOf(m.UID), Flags: m.Flags, Keywords: m.Keywords})
		}
	}
	gone := 0
	for _, r := range p.sel.Vanished {
		for u := max(r.First, p.at.low); u <= min(r.Last, p.at.next-1) && u >= r.First; u++ {
			d.Gone = append(d.Gone, uidOf(u))
			if gone++; gone > 1<<20 {
				return fmt.Errorf("the server says that more than a million messages are gone")
			}
		}
	}
	if len(d.Flags)+len(d.Gone) == 0 {
		return nil
	}
	return p.give(d)
}

// flags adds the flags of all messages of a range.
func (p *pull) flags(d *mail.Delta, r client.Range) error {
	f, err := p.s.c.Fetch(p.ctx, true, set(r.First, r.Last), "(UID FLAGS)", client.HasUID|client.HasFlags, func(m *client.Message) bool {
		if m.UID < r.First || m.UID > r.Last {
			return false
		}
		d.Flags = append(d.Flags, mail.FlagChange{UID: uidOf(m.UID), Flags: m.Flags, Keywords: m.Keywords})
		return true
	})
	if err != nil {
		return err
	}
	return f.Wait(p.ctx)
}

// fresh fetches the messages that came since, newest first. The cursor moves on
// when all are there: what is known has no gap then.
func (p *pull) fresh() error {
	var uids []uint32
	if p.at.next < p.sel.UIDNext || p.sel.UIDNext == 0 {
		var err error
		uids, err = p.s.c.Search(p.ctx, "UID", strconv.FormatUint(uint64(max(p.at.next, 1)), 10)+":*")
		if err != nil {
			return err
		}
	}
	news := uids[:0]
	for _, u := range uids {
		if u >= p.at.next { // "9:*" names the last message even if it is 5
			news = append(news, u)
		}
	}
	p.of = len(news) + p.left()
	for len(news) > 0 {
		n := max(0, len(news)-window)
		headers, err := p.headers(compact(news[n:]))
		if err != nil {
			return err
		}
		p.done += len(news) - n
		if news = news[:n]; n == 0 {
			p.advance(headers)
		}
		if err := p.give(mail.Delta{New: headers}); err != nil {
			return err
		}
	}
	p.advance(nil)
	return nil
}

// advance notes that everything up to what SELECT said is known.
func (p *pull) advance(headers []mail.Header) {
	p.at.next, p.at.modseq = max(p.at.next, p.sel.UIDNext), p.sel.ModSeq
	for i := range headers {
		if n, err := strconv.ParseUint(string(headers[i].UID), 10, 32); err == nil {
			p.at.next = max(p.at.next, uint32(n)+1)
		}
	}
	p.at.count += len(headers)
}

// left estimates how many older messages are to be fetched.
func (p *pull) left() int {
	if p.at.low <= 1 {
		return 0
	}
	return max(int(p.sel.Exists)-p.at.count, 0)
}

// headers fetches the headers of a set of UIDs, newest first.
func (p *pull) headers(set string) ([]mail.Header, error) {
	var list []mail.Header
	f, err := p.s.c.Fetch(p.ctx, true, set, headerItems, wantHeader, func(m *client.Message) bool { list = append(list, headerOf(m)); return true })
	if err != nil {
		return nil, err
	}
	err = f.Wait(p.ctx)
	slices.Reverse(list)
	return list, err
}

// uidOf returns a UID as the vocabulary has it.
func uidOf(u uint32) mail.UID { return mail.UID(strconv.FormatUint(uint64(u), 10)) }

func set(first, last uint32) string {
	return strconv.FormatUint(uint64(first), 10) + ":" + strconv.FormatUint(uint64(last), 10)
}
