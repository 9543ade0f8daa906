package imap

import "posthorn/mail"

// older fetches the messages that were never fetched, newest first.
func (p *pull) older() error {
	top, err := p.top()
	if err != nil {
		return err
	}
	p.of = p.done + top
	w := &windows{c: p.c, items: headerItems, next: bySequence(uint32(top)), pace: headerPace()}
	err = w.all(p.ctx, func(list []mail.Header, _ bool) error {
		p.move(list)
		if err := p.give(mail.Delta{New: list}); err != nil {
			return err
		}
		return p.countUnread(false)
	})
	if err == nil {
		err = p.countUnread(true)
	}
	if err != nil {
		return err
	}
	p.at.low, p.at.next = 1, max(p.at.next, 1)
	p.done = max(p.of, 1)
	p.of = p.done
	return p.give(mail.Delta{})
}

// top returns the sequence number of the newest message that was never fetched.
func (p *pull) top() (int, error) {
	switch {
	case p.empty():
		return int(p.sel.Exists), nil
	case p.at.low <= 1:
		return 0, nil
	}
	return p.count(between(1, p.at.low-1))
}

// count counts the messages that match.
func (p *pull) count(criteria ...any) (int, error) {
	k, err := p.c.Count(p.ctx, criteria...)
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
		if p.asked, err = p.c.Count(p.ctx, "UNSEEN"); err != nil {
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

// move moves the cursor past headers.
func (p *pull) move(list []mail.Header) {
	for i := range list {
		u := number(list[i].UID)
		if p.at.low == 0 || u < p.at.low {
			p.at.low = u
		}
		p.at.next = max(p.at.next, u+1)
	}
	p.at.count += len(list)
	p.done = min(p.done+len(list), p.of-1) // the last step is that it is whole
}
