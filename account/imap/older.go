package imap

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"posthorn/account/imap/client"
	"posthorn/mail"
	"posthorn/mail/message"
)

// older fetches the messages that were never fetched, newest first, by sequence
// numbers: these have no gaps. A server may not renumber while it answers a
// FETCH (RFC 9051, section 7.5.1), and one is under way until the end.
func (p *pull) older() error {
	top, err := p.top()
	if err != nil {
		return err
	}
	p.of = p.done + top
	w := &windows{p: p, top: uint32(top), size: firstWindow}
	defer w.abandon()
	for first := true; ; first = false {
		headers, more, err := w.next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		p.note(headers)
		if err := p.give(mail.Delta{New: headers}); err != nil {
			return err
		}
		if first {
			if p.unread, err = p.s.c.Count(p.ctx, "UNSEEN"); err != nil {
				return err
			}
		}
	}
	p.at.low = 1
	if p.unread < 0 {
		if p.unread, err = p.s.c.Count(p.ctx, "UNSEEN"); err != nil {
			return err
		}
	}
	p.done = max(p.of, 1)
	p.of = p.done
	return p.give(mail.Delta{})
}

// top returns the sequence number of the newest message that was never fetched.
func (p *pull) top() (int, error) {
	switch {
	case p.at.low == p.at.next && p.at.count == 0:
		return int(p.sel.Exists), nil
	case p.at.low <= 1:
		return 0, nil
	}
	uids, err := p.s.c.Search(p.ctx, "UID", set(1, p.at.low-1))
	return len(uids), err
}

func number(u mail.UID) uint64 {
	n, _ := strconv.ParseUint(string(u), 10, 32)
	return n
}

// note moves the cursor past headers.
func (p *pull) note(headers []mail.Header) {
	for i := range headers {
		n, err := strconv.ParseUint(string(headers[i].UID), 10, 32)
		if err != nil {
			continue
		}
		if u := uint32(n); p.at.low == 0 || u < p.at.low {
			p.at.low = u
		}
		p.at.next = max(p.at.next, uint32(n)+1)
	}
	p.at.count += len(headers)
	p.done += len(headers)
}

// windows fetches one window after the other, some ahead.
type windows struct {
	p    *pull
	top  uint32 // nothing above it is left to be asked for
	size uint32
	sent []*flight
}

// flight is a window that is under way.
type flight struct {
	cmd  *client.FetchCommand
	list []mail.Header
}

// next returns the next window, newest message first, and whether there was one.
func (w *windows) next() ([]mail.Header, bool, error) {
	for len(w.sent) < inFlight && w.top > 0 {
		if err := w.send(); err != nil {
			return nil, false, err
		}
	}
	if len(w.sent) == 0 {
		return nil, false, nil
	}
	f := w.sent[0]
	w.sent = w.sent[1:]
	if err := f.cmd.Wait(w.p.ctx); err != nil {
		return nil, false, err
	}
	slices.SortFunc(f.list, func(a, b mail.Header) int { return cmp.Compare(number(b.UID), number(a.UID)) })
	return f.list, true, nil
}

func (w *windows) send() (err error) {
	first := uint32(1)
	if w.top > w.size {
		first = w.top - w.size + 1
	}
	f, last := &flight{list: make([]mail.Header, 0, w.top-first+1)}, w.top
	f.cmd, err = w.p.s.c.Fetch(w.p.ctx, false, set(first, w.top), headerItems, wantHeader, func(m *client.Message) bool {
		if m.Seq < first || m.Seq > last || len(f.list) == cap(f.list) {
			return false
		}
		f.list = append(f.list, headerOf(m))
		return true
	})
	if err != nil {
		return err
	}
	w.sent = append(w.sent, f)
	w.top, w.size = first-1, window
	return nil
}

// abandon leaves what is under way to itself.
func (w *windows) abandon() {
	for _, f := range w.sent {
		f.cmd.Abandon()
	}
}

// headerOf makes a header of what FETCH said.
func headerOf(m *client.Message) mail.Header {
	h := mail.Header{UID: uidOf(m.UID), Received: m.Received, Size: m.Size, Flags: m.Flags, Keywords: m.Keywords, Envelope: m.Envelope, Structure: m.Structure}
	if text, ok := m.Section("HEADER.FIELDS (REFERENCES)"); ok && len(text) > 14 {
		if _, refs, ok := strings.Cut(text, ":"); ok {
			h.References = message.MessageIDs(refs)
		}
	}
	return h
}
