package carrier

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"

	"posthorn/account"
	"posthorn/store"
)

// A ledger has the notes of what was delivered.
type ledger struct {
	notes     []*note // that were there when the session began
	byUIDL    map[string]*note
	bySize    map[int64][]*note
	byContent map[string][]*note
	pending   []*note        // have come further than the store knows
	shared    map[string]int // how many messages of the session have a UIDL
	mute      bool           // UIDLs do not say which message is which
}

// A note stands for one message in the drop.
type note struct {
	store.Delivery
	claimed bool // by a message of this session
}

// newName returns a name for the note of a message, and for the message in the
// mailroom.
func newName() string { return rand.Text() }

// settle reads the notes and finds out about messages that were about to be
// delivered: one that is not in the mailroom was not.
func (l *ledger) settle(ctx context.Context, notes Notes, room Mailroom) error {
	list, err := notes.Deliveries(ctx)
	if err != nil {
		return err
	}
	l.byUIDL, l.bySize, l.byContent = map[string]*note{}, map[int64][]*note{}, map[string][]*note{}
	var vain []string
	for _, d := range list {
		n := &note{Delivery: d}
		if d.State == store.Delivering {
			here, err := room.Delivered(d.Name)
			if err != nil {
				return err
			}
			if !here {
				vain = append(vain, d.Name)
				continue
			}
			l.arrived(n, store.Delivered)
		}
		l.enter(n)
	}
	if len(vain) > 0 {
		if err := notes.ForgetDeliveries(ctx, vain...); err != nil {
			return err
		}
	}
	return l.flush(ctx, notes)
}

func (l *ledger) enter(n *note) {
	l.notes = append(l.notes, n)
	if n.UIDL != "" {
		l.byUIDL[n.UIDL] = n
	}
	l.bySize[n.Size] = append(l.bySize[n.Size], n)
	l.byContent[n.Content] = append(l.byContent[n.Content], n)
}

// arrived says that a message is in the mailroom.
func (l *ledger) arrived(n *note, s store.DeliveryState) {
	n.State = s
	l.pending = append(l.pending, n)
}

// flush writes to the store what it does not know, and more notes with it.
func (l *ledger) flush(ctx context.Context, notes Notes, more ...*note) error {
	var list []store.Delivery
	for _, n := range append(l.pending, more...) {
		list = append(list, n.Delivery)
	}
	if len(list) == 0 {
		return nil
	}
	err := notes.NoteDeliveries(ctx, list...)
	if err == nil {
		l.pending = nil
	}
	return err
}

// gone returns the names of the notes that no message of the session claimed. Where
// some were not read they might have: then it is those whose UIDL is not there.
func (l *ledger) gone(unread bool) (names []string) {
	for _, n := range l.notes {
		if !n.claimed && (!unread || l.tells(n.UIDL) && l.shared[n.UIDL] == 0) {
			names = append(names, n.Name)
		}
	}
	return names
}

// incompletes returns how many messages came incomplete in earlier sessions.
func (l *ledger) incompletes() (n int) {
	for _, one := range l.notes {
		if one.State == store.Incomplete {
			n++
		}
	}
	return n
}

// judge finds out whether the UIDLs of a list can be relied upon at all. Those of
// some servers are the numbers of the messages, which are others' the next time.
func (l *ledger) judge(list []account.Waiting) {
	l.shared = make(map[string]int, len(list))
	l.mute = true
	for _, m := range list {
		l.shared[m.UIDL]++
		l.mute = l.mute && m.UIDL == strconv.Itoa(m.Number)
	}
}

// tells reports whether a UIDL says which message it is.
func (l *ledger) tells(uidl string) bool {
	return uidl != "" && l.shared[uidl] <= 1 && !l.mute
}

// inOrder returns a list with those messages first whose UIDL is noted: they show
// whether the server gives a UIDL to another message.
func (l *ledger) inOrder(list []account.Waiting) []account.Waiting {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b account.Waiting) int { return l.rank(a) - l.rank(b) })
	return list
}

func (l *ledger) rank(m account.Waiting) int {
	if l.tells(m.UIDL) && l.byUIDL[m.UIDL] != nil {
		return 0
	}
	return 1
}

// candidates returns the notes of which one may be proved to be a message by its
// size and header.
func (l *ledger) candidates(m account.Waiting) (list []*note) {
	among := l.bySize[m.Size]
	if l.tells(m.UIDL) {
		among = nil
		if n := l.byUIDL[m.UIDL]; n != nil && n.Size == m.Size {
			among = []*note{n}
		}
	}
	for _, n := range among {
		if !n.claimed && n.Header != "" && m.Size > 0 {
			list = append(list, n)
		}
	}
	return list
}

// alike returns the first of the notes with a header, if all that have it are alike.
func alike(list []*note, header string) (first *note) {
	for _, n := range list {
		switch {
		case n.Header != header:
		case first == nil:
			first = n
		case n.Content != first.Content:
			return nil
		}
	}
	return first
}

// same claims the note of a message that was retrieved, if there is one.
func (l *ledger) same(m account.Waiting, d *digest, room Mailroom) (*note, error) {
	var known *note
	if l.tells(m.UIDL) {
		known = l.byUIDL[m.UIDL]
	}
	if known != nil && known.Content == "" && !known.claimed {
		here, err := room.Delivered(earlierName(m, d))
		if err != nil || here {
			known.claimed = here
			return known, err
		}
	}
	if known != nil && known.Content != d.content() && known.State != store.Incomplete {
		l.mute = true // the server gave its UIDL to another message
	}
	for _, n := range l.byContent[d.content()] {
		if n.claimed || l.tells(m.UIDL) && n != known && n.UIDL != "" {
			continue // with a UIDL of its own it is a message of its own
		}
		n.claimed = true
		return n, nil
	}
	return nil, nil
}

// earlierName returns the name that an earlier version of Posthorn, which noted the
// UIDL alone, gave to a message in the mailroom.
func earlierName(m account.Waiting, d *digest) string { return m.UIDL + " " + sum(d.raw) }
