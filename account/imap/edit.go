package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
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
		if n, err := strconv.ParseUint(string(p.UID), 10, 32); err == nil {
			uids = append(uids, uint32(n))
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

// maxSet bounds the length of a set: servers bound the length of a line.
const maxSet = 6000

// compact writes UIDs in ascending order as a set.
func compact(uids []uint32) string {
	var set goimap.UIDSet
	for i := 0; i < len(uids); {
		j := i
		for j+1 < len(uids) && uids[j+1] == uids[j]+1 {
			j++
		}
		set.AddRange(goimap.UID(uids[i]), goimap.UID(uids[j]))
		i = j + 1
	}
	return set.String()
}

// sets writes UIDs as sets that are short enough for a command.
func sets(uids []uint32) (list []string) {
	text := compact(uids)
	for len(text) > maxSet {
		n := strings.LastIndexByte(text[:maxSet], ',')
		if n < 0 {
			break
		}
		list = append(list, text[:n])
		text = text[n+1:]
	}
	if text == "" {
		return list
	}
	return append(list, text)
}

// SetFlags adds and removes flags.
func (s *Source) SetFlags(ctx context.Context, places []mail.Place, add, remove mail.Flags) error {
	uids, err := s.at(ctx, places)
	if err != nil {
		return err
	}
	for _, set := range sets(uids) {
		if add != 0 {
			if err := s.c.Store(ctx, set, true, client.FlagNames(add)); err != nil {
				return s.fail("set flags in "+s.mailbox, err)
			}
		}
		if remove != 0 {
			if err := s.c.Store(ctx, set, false, client.FlagNames(remove)); err != nil {
				return s.fail("clear flags in "+s.mailbox, err)
			}
		}
	}
	return nil
}

// Move moves messages: by MOVE (RFC 6851), or by copying, marking and expunging.
func (s *Source) Move(ctx context.Context, places []mail.Place, to string) ([]mail.Place, error) {
	if s.c.Has("MOVE") || s.c.Has("IMAP4REV2") {
		return s.transfer(ctx, "MOVE", places, to)
	}
	moved, err := s.transfer(ctx, "COPY", places, to)
	if err != nil {
		return nil, err
	}
	return moved, s.Expunge(ctx, places)
}

// Copy copies messages.
func (s *Source) Copy(ctx context.Context, places []mail.Place, to string) ([]mail.Place, error) {
	return s.transfer(ctx, "COPY", places, to)
}

func (s *Source) transfer(ctx context.Context, command string, places []mail.Place, to string) ([]mail.Place, error) {
	uids, err := s.at(ctx, places)
	if err != nil {
		return nil, err
	}
	went := map[uint32]mail.Place{}
	for _, set := range sets(uids) {
		copied, err := s.c.Copy(ctx, command, set, to)
		if err != nil {
			return nil, s.fail(strings.ToLower(command)+" messages to "+to, err)
		}
		for i, u := range copied.From {
			went[u] = mail.Place{Mailbox: to, Validity: copied.Validity, UID: uidOf(copied.To[i])}
		}
	}
	list := make([]mail.Place, len(places))
	for i, p := range places {
		n, _ := strconv.ParseUint(string(p.UID), 10, 32)
		list[i] = mail.Place{Mailbox: to}
		if w, ok := went[uint32(n)]; ok {
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
	if !s.c.Has("UIDPLUS") && !s.c.Has("IMAP4REV2") {
		return s.expungeAll(ctx, uids)
	}
	for _, set := range sets(uids) {
		if err := s.c.Store(ctx, set, true, `(\Deleted)`); err != nil {
			return s.fail("mark messages in "+s.mailbox, err)
		}
		if err := s.c.Expunge(ctx, set); err != nil {
			return s.fail("delete messages in "+s.mailbox, err)
		}
	}
	return nil
}

func (s *Source) expungeAll(ctx context.Context, uids []uint32) error {
	marked, err := s.c.Search(ctx, "DELETED")
	if err != nil {
		return s.fail("look for marked messages in "+s.mailbox, err)
	}
	others := slices.DeleteFunc(marked, func(u uint32) bool { _, ok := slices.BinarySearch(uids, u); return ok })
	mark := func(list []uint32, add bool) error {
		for _, set := range sets(list) {
			if err := s.c.Store(ctx, set, add, `(\Deleted)`); err != nil {
				return s.fail("mark messages in "+s.mailbox, err)
			}
		}
		return nil
	}
	if err := errors.Join(mark(others, false), mark(uids, true)); err != nil {
		return err
	}
	err = s.fail("delete messages in "+s.mailbox, s.c.Expunge(ctx, ""))
	return errors.Join(err, mark(others, true))
}

// Append stores a message.
func (s *Source) Append(ctx context.Context, mailbox string, flags mail.Flags, date time.Time, raw []byte) (mail.Place, error) {
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

// Fetch writes a part of a message as the server keeps it, without setting Seen.
func (s *Source) Fetch(ctx context.Context, at mail.Place, part string, w io.Writer) error {
	uids, err := s.at(ctx, []mail.Place{at})
	if err != nil || len(uids) == 0 {
		return err
	}
	found, text := false, ""
	f, err := s.c.Fetch(ctx, true, compact(uids), "(UID BODY.PEEK["+part+"])", client.HasUID, func(m *client.Message) bool {
		t, ok := m.Section(part)
		if !ok || m.UID != uids[0] {
			return false
		}
		found, text = true, t
		return true
	})
	if err == nil {
		err = f.Wait(ctx)
	}
	if err != nil {
		return s.fail("fetch a message of "+at.Mailbox, err)
	}
	if !found {
		return &account.Error{Kind: account.NotFound, Op: "fetch a message of " + at.Mailbox, Server: s.o.Server.Addr(),
			Err: errors.New("the message is not there any more")}
	}
	_, err = io.WriteString(w, text)
	return err
}
