package imap

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"posthorn/account"
	"posthorn/account/imap/client"
	"posthorn/mail"
)

// A flight is a window that is under way. What the server tells of a message, in
// however many responses, is put together.
type flight struct {
	ask
	cmd   *client.Command
	items string // that were asked for last
	list  []mail.Header
	marks []named        // of the same messages
	at    map[uint32]int // where in the list a UID is

	whole bool  // every message that is there was named
	final bool  // what is lacking now was asked for in every way, and nothing was refused
	said  error // what the server refused it with

	sent, began, ended time.Time // when it was asked for, and its first and last message came
}

// A named is a message of a flight, and whether what was asked for came.
type named struct {
	uid, seq uint32
	had      bool
}

func newFlight(a ask) *flight {
	return &flight{ask: a, list: make([]mail.Header, 0, a.most), marks: make([]named, 0, a.most), at: make(map[uint32]int, a.most)}
}

func (f *flight) send(ctx context.Context, c *client.Client, items string) (err error) {
	f.sent = time.Now()
	f.items = items
	f.cmd, err = c.Fetch(ctx, f.set, items, f.take)
	return err
}

// try asks for a set, which may be a part of the flight's, and waits for the
// answer. A refusal is no error, but noted.
func (f *flight) try(ctx context.Context, c *client.Client, a ask, items string) (agreed bool, err error) {
	f.items = items
	cmd, err := c.Fetch(ctx, a.set, items, f.take)
	if err == nil {
		err = cmd.Wait(ctx)
	}
	return f.agreed(err)
}

// agreed takes a refusal for an answer, unless the server wants to be asked again
// later.
func (f *flight) agreed(err error) (bool, error) {
	var no *client.Error
	if !refused(err) || !errors.As(err, &no) || refusal(no).Kind == account.Busy {
		return err == nil, err
	}
	f.said = err
	return false, nil
}

// land waits for the end of a flight. Where headers are refused or do not come,
// they are asked for in another way; what is lacking then is named at least.
func (f *flight) land(ctx context.Context, c *client.Client, items string) error {
	agreed, err := f.agreed(f.cmd.Wait(ctx))
	if items == flagItems {
		if f.whole = agreed; !agreed && err == nil && len(f.list) == 0 {
			err = f.said
		}
		return err
	}
	if err == nil && !agreed {
		agreed, err = f.try(ctx, c, f.ask, plainItems)
	}
	if err == nil {
		err = f.complete(ctx, c, agreed)
	}
	if err == nil && !f.whole && len(f.list) == 0 {
		err = f.said
	}
	return err
}

// complete finds out which messages are lacking in a flight, and asks for them
// again if nothing was refused.
func (f *flight) complete(ctx context.Context, c *client.Client, agreed bool) (err error) {
	f.whole = agreed
	if f.had() == f.most {
		return nil
	}
	if f.whole, err = f.try(ctx, c, f.ask, briefItems); err != nil || !agreed {
		return err
	}
	uids := f.lacking()
	if len(uids) == 0 {
		return nil
	}
	f.final, err = f.try(ctx, c, these(uids), plainItems)
	return err
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
		f.list, f.marks, f.at[m.UID] = append(f.list, mail.Header{UID: uidOf(m.UID)}), append(f.marks, named{uid: m.UID, seq: m.Seq}), i
	}
	if f.ended = time.Now(); f.began.IsZero() {
		f.began = f.ended
	}
	fill(&f.list[i], m)
	f.marks[i].had = f.marks[i].had || answers(m, f.items)
	return true
}

// answers reports whether a response tells what was asked for.
func answers(m *client.Message, items string) bool {
	switch items {
	case flagItems:
		return m.Has&client.HasFlags != 0
	case briefItems:
		return false // that is never enough
	}
	text, _ := m.Section("HEADER")
	return m.Has&client.HasEnvelope != 0 || text != ""
}

// had counts the messages of which came what was asked for.
func (f *flight) had() (n int) {
	for _, m := range f.marks {
		if m.had {
			n++
		}
	}
	return n
}

// lacking returns the UIDs of those that were only named, in ascending order.
func (f *flight) lacking() (uids []uint32) {
	for _, m := range f.marks {
		if !m.had {
			uids = append(uids, m.uid)
		}
	}
	slices.Sort(uids)
	return uids
}

// headers returns the messages that were had, or those that were not, the newest
// first.
func (f *flight) headers(had bool) []mail.Header {
	list := make([]mail.Header, 0, len(f.list))
	for i := len(f.list) - 1; i >= 0; i-- {
		if f.marks[i].had == had {
			list = append(list, f.list[i])
		}
	}
	if !slices.IsSortedFunc(f.marks, func(a, b named) int { return cmp.Compare(a.uid, b.uid) }) {
		slices.SortFunc(list, func(a, b mail.Header) int { return cmp.Compare(number(b.UID), number(a.UID)) })
	}
	return list
}

// name has a message in the list of which the server told nothing.
func (f *flight) name(uid uint32) {
	if _, known := f.at[uid]; !known {
		f.at[uid] = len(f.list)
		f.list, f.marks = append(f.list, mail.Header{UID: uidOf(uid)}), append(f.marks, named{uid: uid})
	}
}
