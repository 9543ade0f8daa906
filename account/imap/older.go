package imap

import (
	"slices"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// older fetches the messages that were never fetched, newest first.
func (p *pull) older() error {
	top, err := p.top()
	if err != nil {
		return err
	}
	p.of = p.done + top
	p.above = uint32(top) + 1
	w := &windows{c: p.c, items: headerItems, next: bySequence(uint32(top)), pace: headerPace()}
	err = w.all(p.ctx, func(fl *flight, err error) error {
		if err != nil && !p.cut(err) {
			return nil
		}
		d := mail.Delta{New: fl.headers(true)}
		p.descend(fl, &d, err != nil)
		p.move(d.New)
		p.done = max(min(p.done+len(d.New), p.of-1), 0) // the last step is that it is whole
		if gave := p.give(d); gave != nil || err != nil {
			return gave
		}
		return p.countUnread(false)
	})
	if err != nil {
		return err
	}
	if p.above > 1 && p.at.low > 1 {
		p.holes.add(1, p.at.low-1)
	}
	p.at.low, p.at.next = 1, max(p.at.next, 1)
	return nil
}

// end says that all was read.
func (p *pull) end() error {
	if err := p.countUnread(true); err != nil {
		return err
	}
	p.done = max(p.of, 1)
	p.of = p.done
	return p.give(mail.Delta{})
}

// descend moves the cursor down to the oldest message of a window. What is lacking
// above it shows by the sequence numbers, and is a hole.
func (p *pull) descend(fl *flight, d *mail.Delta, cut bool) {
	if cut && len(d.New) == 0 {
		p.stuck()
		return
	}
	if fl.final {
		p.show(fl, d, unclear)
	}
	marks := slices.Clone(fl.marks)
	slices.SortFunc(marks, func(a, b named) int { return int(int64(b.uid) - int64(a.uid)) })
	for i, m := range marks {
		if p.at.low > 0 && m.uid >= p.at.low || !fl.whole && !m.had {
			continue
		}
		if fl.whole && !m.had && !fl.final {
			p.holes.add(m.uid, m.uid)
		}
		if (!fl.whole || i == 0) && m.seq+1 < p.above && p.at.low > 0 {
			p.holes.add(m.uid+1, p.at.low-1)
		}
		p.at.low, p.above = m.uid, m.seq
	}
	if fl.whole && (len(marks) > 0 || p.above <= fl.low+uint32(fl.most)) {
		p.above = fl.low
	}
}

// stuck notes that the line broke before anything came. When that happens again at
// the same place, a message is why, and all that is left is mended.
func (p *pull) stuck() {
	if p.holes.barren++; p.holes.barren < maxBarren || p.at.low <= 1 {
		return
	}
	p.holes.barren = 0
	p.holes.add(1, p.at.low-1)
	p.at.low = 1
}

// top returns the sequence number of the newest message that was never fetched.
func (p *pull) top() (int, error) {
	switch {
	case p.empty():
		return int(p.sel.Exists), nil
	case p.at.low <= 1:
		return 0, nil
	}
	return p.count(client.UIDRange(1, p.at.low-1))
}

// count counts the messages that match.
func (p *pull) count(keys ...client.Key) (int, error) {
	k, err := p.c.Count(p.ctx, keys...)
	if err != nil {
		return 0, err
	}
	return k.Wait(p.ctx)
}

// countUnread asks for the unread messages, once, and waits for the answer only
// if it is told to.
func (p *pull) countUnread(wait bool) (err error) {
	switch {
	case p.unread >= 0:
		return nil
	case p.sel.Exists == 0:
		p.unread = 0
		return nil
	case p.asked == nil:
		if p.asked, err = p.c.Count(p.ctx, client.Unseen()); err != nil {
			return err
		}
	}
	if !wait {
		select {
		case <-p.asked.Done():
		default:
			return nil
		}
	}
	n, err := p.asked.Wait(p.ctx)
	if err == nil {
		p.unread = n
	}
	return err
}

// move takes headers for known.
func (p *pull) move(list []mail.Header) {
	for i := range list {
		p.at.next = max(p.at.next, number(list[i].UID)+1)
	}
	if p.at.count += len(list); len(list) > 0 {
		p.holes.barren = 0
	}
}
