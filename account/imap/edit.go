package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	goimap "github.com/emersion/go-imap/v2"

	"posthorn/account"
	"posthorn/account/imap/client"
	"posthorn/mail"
)

// at selects the mailbox of places, and returns their UIDs in ascending order. A
// UID means nothing once the mailbox was numbered anew.
func (s *Source) at(ctx context.Context, places []mail.Place) ([]uint32, error) {
	if len(places) == 0 {
		return nil, nil
	}
	sel, err := s.open(ctx, places[0].Mailbox)
	if err != nil {
		return nil, err
	}
	uids := make([]uint32, 0, len(places))
	for _, p := range places {
		if p.Mailbox != places[0].Mailbox {
			return nil, fmt.Errorf("the messages of one change lie in %s and %s", places[0].Mailbox, p.Mailbox)
		}
		if p.Validity != 0 && p.Validity != sel.Validity {
			return nil, &account.Error{Kind: account.Renumbered, Op: "find messages in " + p.Mailbox, Server: s.o.Server.Addr(),
				Err: errors.New("the server has numbered the mailbox anew")}
		}
		if n := number(p.UID); n != 0 {
			uids = append(uids, n)
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

// maxRanges bounds the ranges of a set: servers bound the length of a line.
const maxRanges = 250

// sets makes sets that are short enough for a command, of UIDs in ascending
// order.
func sets(uids []uint32) (list []goimap.UIDSet) {
	for some := range slices.Chunk(compact(uids), maxRanges) {
		list = append(list, some)
	}
	return list
}

// SetFlags adds and removes flags.
func (s *Source) SetFlags(ctx context.Context, places []mail.Place, add, remove mail.Flags) error {
	uids, err := s.at(ctx, places)
	if err != nil {
		return err
	}
	for _, set := range sets(uids) {
		if err := s.store(ctx, set, true, add); err != nil {
			return s.fail("set flags in "+s.mailbox, err)
		}
		if err := s.store(ctx, set, false, remove); err != nil {
			return s.fail("clear flags in "+s.mailbox, err)
		}
	}
	if lost := (add | remove) & system &^ s.kept(add|remove); lost != 0 && len(uids) > 0 {
		return s.denied("set flags in "+s.mailbox, fmt.Errorf("the server keeps no flag %q there", lost.String()))
	}
	return nil
}

// system are the flags that a mailbox is expected to keep. Many keep no keyword,
// and nobody misses those.
const system = mail.Seen | mail.Answered | mail.Flagged | mail.Deleted | mail.Draft

// store adds or removes flags, as far as the mailbox can keep them. One that it
// cannot keep must not cost the others.
func (s *Source) store(ctx context.Context, set goimap.UIDSet, add bool, flags mail.Flags) error {
	if flags = s.kept(flags); flags == 0 {
		return nil
	}
	return s.c.Store(ctx, set, add, flags)
}

// denied is the error for what the server has said it would not do.
func (s *Source) denied(op string, why error) error {
	return &account.Error{Kind: account.Denied, Op: op, Server: s.o.Server.Addr(), Err: why,
		Advice: "ask who owns the mailbox for the right to it"}
}

// deletable fails where messages of the selected mailbox cannot be deleted.
// Servers may answer OK all the same.
func (s *Source) deletable() error {
	if s.kept(mail.Deleted) != 0 {
		return nil
	}
	return s.denied("delete messages in "+s.mailbox, errors.New("they cannot be deleted there"))
}

// kept returns those of some flags that the selected mailbox can keep.
func (s *Source) kept(flags mail.Flags) (can mail.Flags) {
	permanent := s.selected.Permanent
	switch {
	case s.selected.ReadOnly:
		return 0
	case permanent == nil, slices.Contains(permanent, `\*`):
		return flags
	}
	for f := mail.Seen; f <= flags && f != 0; f <<= 1 {
		if flags&f != 0 && slices.Contains(permanent, strings.ToLower(client.FlagNames(f)[0])) {
			can |= f
		}
	}
	return can
}

// Move moves messages: by MOVE (RFC 6851), or by copying, marking and expunging.
func (s *Source) Move(ctx context.Context, places []mail.Place, to string) ([]mail.Place, error) {
	if len(places) > 0 {
		if _, err := s.open(ctx, places[0].Mailbox); err != nil {
			return nil, err
		}
		if err := s.deletable(); err != nil {
			return nil, err
		}
	}
	if s.c.Has("MOVE") || s.c.Has("IMAP4REV2") {
		return s.transfer(ctx, s.c.Move, places, to)
	}
	moved, err := s.transfer(ctx, s.c.Copy, places, to)
	if err != nil {
		return nil, err
	}
	return moved, s.Expunge(ctx, places)
}

// Copy copies messages.
func (s *Source) Copy(ctx context.Context, places []mail.Place, to string) ([]mail.Place, error) {
	return s.transfer(ctx, s.c.Copy, places, to)
}

// transfer copies or moves messages, and says where they lie then.
func (s *Source) transfer(ctx context.Context, command func(context.Context, goimap.UIDSet, string) (*client.Copied, error), places []mail.Place, to string) ([]mail.Place, error) {
	uids, err := s.at(ctx, places)
	if err == nil {
		err = s.know(ctx, to)
	}
	if err != nil {
		return nil, err
	}
	went := map[uint32]mail.Place{}
	for _, set := range sets(uids) {
		copied, err := command(ctx, set, to)
		if err != nil {
			return nil, s.fail("bring messages to "+to, err)
		}
		for i, u := range copied.From {
			went[u] = mail.Place{Mailbox: to, Validity: copied.Validity, UID: uidOf(copied.To[i])}
		}
	}
	list := make([]mail.Place, len(places))
	for i, p := range places {
		list[i] = mail.Place{Mailbox: to}
		if w, ok := went[number(p.UID)]; ok {
			list[i] = w
		}
	}
	return list, nil
}

// Expunge deletes messages for good. Where the server cannot delete some without
// others (no UIDPLUS), those that others have marked are unmarked meanwhile.
func (s *Source) Expunge(ctx context.Context, places []mail.Place) error {
	uids, err := s.at(ctx, places)
	if err != nil || len(uids) == 0 {
		return err
	}
	if err := s.deletable(); err != nil {
		return err
	}
	if !s.c.CanExpungeUIDs() {
		return s.expungeAll(ctx, uids)
	}
	for _, set := range sets(uids) {
		if err := s.c.Store(ctx, set, true, mail.Deleted); err != nil {
			return s.fail("mark messages in "+s.mailbox, err)
		}
		if err := s.c.ExpungeUIDs(ctx, set); err != nil {
			return s.fail("delete messages in "+s.mailbox, err)
		}
	}
	return nil
}

func (s *Source) expungeAll(ctx context.Context, uids []uint32) error {
	marked, err := s.c.Search(ctx, client.Marked(mail.Deleted))
	slices.Sort(marked)
	if err != nil {
		return s.fail("look for marked messages in "+s.mailbox, err)
	}
	others := slices.DeleteFunc(marked, func(u uint32) bool { _, ok := slices.BinarySearch(uids, u); return ok })
	mark := func(list []uint32, add bool) error {
		for _, set := range sets(list) {
			if err := s.c.Store(ctx, set, add, mail.Deleted); err != nil {
				return s.fail("mark messages in "+s.mailbox, err)
			}
		}
		return nil
	}
	if err := errors.Join(mark(others, false), mark(uids, true)); err != nil {
		return err
	}
	err = s.fail("delete messages in "+s.mailbox, s.c.Expunge(ctx))
	return errors.Join(err, mark(others, true))
}

// Append stores a message.
func (s *Source) Append(ctx context.Context, mailbox string, flags mail.Flags, date time.Time, raw []byte) (mail.Place, error) {
	if err := s.know(ctx, mailbox); err != nil {
		return mail.Place{}, err
	}
	validity, uid, err := s.c.Append(ctx, mailbox, flags, date, raw)
	if err != nil {
		return mail.Place{}, s.fail("store a message in "+mailbox, err)
	}
	p := mail.Place{Mailbox: mailbox, Validity: validity}
	if uid != 0 {
		p.UID = uidOf(uid)
	}
	return p, nil
}

// Fetch writes a part of a message as the server keeps it, as it comes in,
// without setting Seen.
func (s *Source) Fetch(ctx context.Context, at mail.Place, part string, w io.Writer) error {
	return s.fetch(ctx, at, func(uid uint32) (bool, error) { return s.c.FetchSection(ctx, uid, part, w) })
}

// FetchPiece is Fetch for as many octets at most, from an offset on. It writes fewer
// where the part ends.
func (s *Source) FetchPiece(ctx context.Context, at mail.Place, part string, from, most int64, w io.Writer) error {
	return s.fetch(ctx, at, func(uid uint32) (bool, error) { return s.c.FetchPiece(ctx, uid, part, from, most, w) })
}

func (s *Source) fetch(ctx context.Context, at mail.Place, get func(uid uint32) (bool, error)) error {
	uids, err := s.at(ctx, []mail.Place{at})
	if err != nil {
		return err
	}
	found := false
	if len(uids) > 0 {
		found, err = get(uids[0])
	}
	switch {
	case err != nil:
		return s.fail("fetch a message of "+at.Mailbox, err)
	case !found:
		return &account.Error{Kind: account.NotFound, Op: "fetch a message of " + at.Mailbox, Server: s.o.Server.Addr(),
			Err: errors.New("the message is not there any more")}
	}
	return nil
}
