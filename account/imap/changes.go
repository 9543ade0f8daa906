package imap

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	goimap "github.com/emersion/go-imap/v2"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// Changes reports what happened in a mailbox since a cursor: first what changed
// of the messages that are known, then new ones, then the older ones that were
// never fetched.
func (s *Source) Changes(ctx context.Context, mailbox string, since mail.Cursor) iter.Seq2[mail.Delta, error] {
	return func(yield func(mail.Delta, error) bool) {
		p := &pull{s: s, c: s.c, ctx: ctx, yield: yield, unread: -1}
		p.at, p.holes = decodeWith(since)
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
	c      *client.Client
	ctx    context.Context
	sel    *client.Selected
	at     cursor
	holes  holes
	above  uint32 // the sequence number of the oldest message that was looked at, from the newest on
	reset  bool
	yield  func(mail.Delta, error) bool
	done   int
	of     int
	unread int                  // -1 until it is known
	asked  *client.CountCommand // for that
}

// give hands over a delta, and the cursor to go on from.
func (p *pull) give(d mail.Delta) error {
	d.Validity, d.Cursor, d.Reset = p.sel.Validity, p.at.encodeWith(p.holes), p.reset
	d.Counts = mail.Counts{Total: int(p.sel.Exists), Unread: p.unread}
	d.Done, d.Of = p.done, p.of
	p.reset = false
	if !p.yield(d, nil) {
		return errStopped
	}
	return p.ctx.Err()
}

func (p *pull) run(mailbox string) (err error) {
	if err := p.s.settle(p.ctx); err != nil {
		return err
	}
	var o client.SelectOptions
	if p.s.qresync && p.at.next > 0 {
		o.Validity, o.ModSeq = p.at.validity, p.at.modseq
	}
	if p.sel, err = p.s.reopen(p.ctx, mailbox, o); err != nil {
		return err
	}
	if p.at.validity != p.sel.Validity || p.at.next == 0 {
		if p.at.validity != p.sel.Validity {
			p.holes = holes{}
		}
		p.reset = p.at.next != 0
		p.at = cursor{validity: p.sel.Validity, low: p.sel.UIDNext, next: p.sel.UIDNext, modseq: p.sel.ModSeq}
	} else if err := p.known(o.ModSeq > 0); err != nil {
		return err
	}
	for _, step := range []func() error{p.fresh, p.mend, p.older, p.mend, p.again} {
		if err := step(); err != nil {
			return err
		}
	}
	return p.end()
}

// known tells what changed of the messages that are known, by the cheapest way
// that the server offers. Resynced says that it was asked with SELECT.
func (p *pull) known(resynced bool) error {
	moved := p.sel.ModSeq < p.at.modseq || p.sel.UIDNext != 0 && p.sel.UIDNext < p.at.next
	switch {
	case p.at.next <= max(p.at.low, 1):
		return nil
	case moved || p.at.modseq == 0: // the server went back in time, or tells nothing
		return p.flags()
	case resynced && vanished(p.sel.Vanished, p.at.low, p.at.next) <= maxGone:
		return p.resynced()
	case resynced:
		return p.flags()
	}
	return p.changedSince()
}

// resynced tells what SELECT told (RFC 7162, section 3.2.5).
func (p *pull) resynced() error {
	var d mail.Delta
	for _, m := range p.sel.Changed {
		p.note(&d, m)
	}
	for _, r := range p.sel.Vanished {
		for u := uint64(max(r.First, p.at.low)); u <= uint64(r.Last) && u < uint64(p.at.next); u++ {
			d.Gone = append(d.Gone, uidOf(uint32(u)))
		}
	}
	p.at.count = max(p.at.count-len(d.Gone), 0)
	return p.changed(d)
}

// deltaSize bounds the messages of a delta.
const deltaSize = 2500

// changed gives flags and what is gone, in deltas of some thousands.
func (p *pull) changed(all mail.Delta) error {
	for some := range slices.Chunk(all.Flags, deltaSize) {
		if err := p.give(mail.Delta{Flags: some}); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(all.Gone, deltaSize) {
		if err := p.give(mail.Delta{Gone: some}); err != nil {
			return err
		}
	}
	return nil
}

// maxGone is up to how many UIDs a server may say to have vanished for them to
// be told one by one. It may name all that there ever were.
const maxGone = 100_000

func vanished(ranges []client.Range, low, next uint32) (n uint64) {
	for _, r := range ranges {
		if first, last := max(r.First, low), min(r.Last, next-1); first <= last {
			n += uint64(last-first) + 1
		}
	}
	return n
}

// note adds the flags of a message to a delta, if it is one that is known.
func (p *pull) note(d *mail.Delta, m client.Flagged) bool {
	if m.UID < p.at.low || m.UID >= p.at.next {
		return false
	}
	d.Flags = append(d.Flags, mail.FlagChange{UID: uidOf(m.UID), Flags: m.Flags, Keywords: m.Keywords})
	return true
}

// changedSince asks for the flags that changed (RFC 7162, section 3.1.4). That
// messages are gone shows in their number only.
func (p *pull) changedSince() error {
	if p.sel.ModSeq == p.at.modseq && p.sel.UIDNext == p.at.next && p.at.low <= 1 && int(p.sel.Exists) == p.at.count {
		return nil // nothing was changed, came or went
	}
	n, err := p.count(client.UIDRange(max(p.at.low, 1), p.at.next-1))
	if err != nil {
		return err
	}
	if n != p.at.count {
		return p.flags()
	}
	if p.sel.ModSeq == p.at.modseq {
		return nil
	}
	var d mail.Delta
	var all goimap.UIDSet
	all.AddRange(goimap.UID(max(p.at.low, 1)), goimap.UID(p.at.next-1))
	cmd, err := p.c.Fetch(p.ctx, all, fmt.Sprintf("%s (CHANGEDSINCE %d)", flagItems, p.at.modseq), func(m *client.Message) bool {
		return m.Has&wantFlags == wantFlags && p.note(&d, client.Flagged{UID: m.UID, Flags: m.Flags, Keywords: m.Keywords})
	})
	if err == nil {
		err = cmd.Wait(p.ctx)
	}
	if err != nil {
		return err
	}
	return p.changed(d)
}

const wantFlags = client.HasUID | client.HasFlags

// errEnough says that all that is wanted has come.
var errEnough = errors.New("enough")

// flags tells the flags of all messages that are known, in steps: who is not
// named in a step's range is gone.
func (p *pull) flags() error {
	low, last, gap := max(p.at.low, 1), p.at.next-1, false
	p.at.count = 0
	w := &windows{c: p.c, items: flagItems, next: bySequence(p.sel.Exists), pace: flagPace()}
	err := w.all(p.ctx, func(fl *flight, err error) error {
		if err != nil {
			return nil // all does not go on
		}
		list, whole := fl.headers(true), fl.whole
		flags := flagsBetween(list, low, last)
		gap = gap || !whole
		if len(flags) == 0 {
			return nil
		}
		d := mail.Delta{Flags: flags}
		first := number(flags[len(flags)-1].UID)
		if whole && gap { // what lies between may only not have been told
			last = number(flags[0].UID)
		}
		if gap = !whole; whole {
			d.Whole = &mail.Range{First: first, Last: last}
		}
		last = first - 1
		for _, f := range flags {
			if !p.holes.has(number(f.UID)) {
				p.at.count++
			}
		}
		if err := p.give(d); err != nil {
			return err
		}
		if number(list[len(list)-1].UID) <= low {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if last < low || gap {
		return nil
	}
	return p.give(mail.Delta{Whole: &mail.Range{First: low, Last: last}})
}

// flagsBetween returns the flags of the messages with UIDs in a range. They come
// newest first.
func flagsBetween(list []mail.Header, low, last uint32) (flags []mail.FlagChange) {
	for i := range list {
		if u := number(list[i].UID); u >= low && u <= last {
			flags = append(flags, mail.FlagChange{UID: list[i].UID, Flags: list[i].Flags, Keywords: list[i].Keywords})
		}
	}
	return flags
}

// fresh fetches the messages that came since, newest first. The cursor moves on
// when all are there: what is known has no gap then.
func (p *pull) fresh() error {
	if p.empty() { // all of them are older ones
		p.at.low, p.at.next, p.at.modseq = p.sel.UIDNext, p.sel.UIDNext, p.sel.ModSeq
		return nil
	}
	uids, err := p.arrived()
	if err != nil {
		return err
	}
	p.of = len(uids) + p.left()
	next, got := max(p.at.next, p.sel.UIDNext), 0
	if len(uids) > 0 {
		next = max(next, uids[len(uids)-1]+1)
	}
	lacking := uids
	w := &windows{c: p.c, items: headerItems, next: byUID(uids), pace: headerPace()}
	err = w.all(p.ctx, func(fl *flight, err error) error {
		if err != nil && !p.cut(err) {
			return nil
		}
		d := mail.Delta{New: fl.headers(true)}
		lacking = p.lack(lacking, fl, &d)
		got, p.done = got+len(d.New), p.done+len(d.New)
		if err != nil { // the rest is mended on the next line
			p.holes.addAll(lacking)
			lacking = nil
		}
		if len(lacking) == 0 {
			p.advance(next, got)
		}
		return p.give(d)
	})
	if err == nil && len(uids) == 0 {
		p.advance(next, got)
	}
	return err
}

// lack takes what came with a window, or is not there, off the UIDs that are
// lacking. What was refused is a hole.
func (p *pull) lack(uids []uint32, fl *flight, d *mail.Delta) []uint32 {
	if fl.final {
		p.show(fl, d, unclear)
	}
	return slices.DeleteFunc(slices.Clone(uids), func(u uint32) bool {
		i, named := fl.at[u]
		switch {
		case !fl.mine(&client.Message{UID: u}):
			return false
		case named && fl.marks[i].had, fl.final:
			return true
		case fl.whole && named, !fl.whole && fl.said != nil:
			p.holes.add(u, u)
			return true
		}
		return fl.whole
	})
}

// arrived returns the UIDs of messages that came since, in ascending order.
func (p *pull) arrived() ([]uint32, error) {
	switch {
	case p.sel.UIDNext != 0 && p.at.next > p.sel.UIDNext:
		return nil, p.stepBack()
	case p.at.next == p.sel.UIDNext:
		return nil, nil
	}
	uids, err := p.c.Search(p.ctx, client.UIDRange(max(p.at.next, 1), 0))
	// "9:*" names the last message even if that is 5.
	uids = slices.DeleteFunc(uids, func(u uint32) bool { return u < p.at.next })
	slices.Sort(uids)
	return slices.Compact(uids), err
}

// stepBack follows a server that gives UIDs again which it has given before, as
// after it was restored from a backup.
func (p *pull) stepBack() error {
	uids, err := p.c.Search(p.ctx, client.UIDRange(p.sel.UIDNext, 0))
	if err == nil && (len(uids) == 0 || slices.Max(uids) < p.sel.UIDNext) {
		p.at.next = max(p.sel.UIDNext, p.at.low)
	}
	return err
}

// empty reports whether no message is known.
func (p *pull) empty() bool { return p.at.count == 0 && p.at.low == p.at.next }

// advance notes that everything below a UID, and what SELECT said, is known.
func (p *pull) advance(next uint32, got int) {
	p.at.next, p.at.modseq, p.at.count = max(next, p.at.next), p.sel.ModSeq, p.at.count+got
}

// left estimates how many older messages are to be fetched.
func (p *pull) left() int {
	if p.at.low <= 1 {
		return 0
	}
	return max(int(p.sel.Exists)-p.at.count, 0)
}
