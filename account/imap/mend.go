package imap

import (
	"errors"
	"fmt"
	"slices"
	"time"

	goimap "github.com/emersion/go-imap/v2"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// Where a server fails at a message, by NO or by hanging up, what it told before
// is kept, and the cursor notes the rest as holes. They are mended here: the
// suspects are halved until the message is found, which is asked for alone, for
// less and less. It is shown with what came of that, and asked for again later.

// stages are what is asked of the message at which the server failed, one after
// the other.
func stages() []string { return []string{headerItems, plainItems, briefItems} }

const (
	mendAtOnce = 500 // messages of a window
	maxInARow  = 20  // messages that are refused, after which it is the mailbox
	maxIll     = 500 // messages that are remembered to be asked for again
	maxBarren  = 2   // breaks before anything came, until it counts as a failure at a message
)

// The first and the longest time after which a message is asked for again.
const (
	firstRetry = time.Hour
	lastRetry  = 7 * 24 * time.Hour
)

// errTooMany says that a server refuses one message after the other.
var errTooMany = errors.New("the server refuses every message")

// Why a message cannot be read, where the server does not say it.
const (
	unclear = "what the server says of it cannot be read"
	breaks  = "the server breaks the line when it is asked for"
)

// cut reports whether an error is a line that broke by itself.
func (p *pull) cut(err error) bool { return err != nil && !refused(err) && p.ctx.Err() == nil }

// mend asks for what lies in the holes.
func (p *pull) mend() error {
	if len(p.holes.ranges) == 0 {
		return nil
	}
	var all goimap.UIDSet
	for _, r := range p.holes.ranges {
		all.AddRange(goimap.UID(r.First), goimap.UID(r.Last))
	}
	uids, err := p.c.Search(p.ctx, client.UIDs(all))
	if err != nil {
		return err
	}
	slices.Sort(uids)
	m := &mender{pull: p, uids: slices.DeleteFunc(slices.Compact(uids), func(u uint32) bool { return !p.holes.has(u) })}
	for inARow := 0; len(m.uids) > 0; {
		ill, err := m.window()
		if err != nil {
			return err
		}
		if inARow++; !ill {
			inARow = 0
		}
		if inARow == maxInARow {
			return fmt.Errorf("%w, with %w", errTooMany, m.said)
		}
	}
	p.holes.ranges, p.holes.suspect, p.holes.stage = nil, client.Range{}, 0
	return p.give(mail.Delta{})
}

// A mender asks for the messages of the holes.
type mender struct {
	*pull
	uids []uint32 // that are not had yet, in ascending order
	said error    // the last refusal
}

// choose returns which messages to ask for: of several suspects the older half,
// otherwise the newest.
func (m *mender) choose() []uint32 {
	from, _ := slices.BinarySearch(m.uids, m.holes.suspect.First)
	to, _ := slices.BinarySearch(m.uids, m.holes.suspect.Last+1)
	if n := to - from; n > 0 {
		return slices.Clone(m.uids[from : from+(n+1)/2])
	}
	m.holes.suspect, m.holes.stage = client.Range{}, 0
	return slices.Clone(m.uids[max(0, len(m.uids)-mendAtOnce):])
}

// window asks for some messages once, and reports whether the server would not
// give one of them alone.
func (m *mender) window() (ill bool, err error) {
	some := m.choose()
	fl := newFlight(these(some))
	items := headerItems
	if len(some) == 1 {
		items = stages()[m.holes.stage]
	}
	agreed, err := fl.try(m.ctx, m.c, fl.ask, items)
	if err == nil && agreed && items == headerItems {
		err = fl.complete(m.ctx, m.c, true)
	}
	if m.cut(err) {
		fl.said = nil
	} else if err != nil {
		return false, err
	}
	if fl.said != nil {
		m.said = fl.said
	}
	had := fl.headers(true)
	d := mail.Delta{New: had}
	m.drop(had)
	switch {
	case len(had) == len(some):
		m.holes.stage = 0
	case len(some) == 1:
		ill = m.alone(fl, &d, err)
	case err != nil || !agreed || fl.said != nil:
		m.suspect(some, had)
	default: // all was answered, so what was not named is gone
		m.show(fl, &d, unclear)
		m.forget(some)
	}
	m.move(d.New)
	m.holes.ranges = nil
	m.holes.addAll(m.uids)
	return ill, errors.Join(m.give(d), err)
}

// alone goes on to the next stage with a message that did not come, or gives it
// up.
func (m *mender) alone(fl *flight, d *mail.Delta, err error) (ill bool) {
	u := fl.uids[0]
	why := unclear
	switch {
	case err != nil:
		why = breaks
	case fl.said != nil:
		why = words(fl.said)
	}
	last := m.holes.stage == len(stages())-1
	if m.holes.suspect = (client.Range{First: u, Last: u}); !last && !fl.final && !(err == nil && fl.said == nil && len(fl.marks) == 0) {
		m.holes.why = why
		m.holes.stage++
		return false
	}
	if err != nil || fl.said != nil { // not even that
		fl.name(u)
	}
	switch {
	case m.holes.why != "":
		why = m.holes.why
	case m.holes.stage > 0: // it began on a line that broke
		why = breaks
	}
	m.holes.suspect, m.holes.stage, m.holes.why = client.Range{}, 0, ""
	m.show(fl, d, why)
	m.forget(fl.uids)
	return fl.said != nil || err != nil
}

// suspect notes where the server failed: servers tell of messages in their order,
// so it is after the last one that came, or anywhere.
func (m *mender) suspect(some []uint32, had []mail.Header) {
	m.holes.stage = 0
	m.holes.suspect = client.Range{First: some[0], Last: some[len(some)-1]}
	if len(had) == 0 {
		return
	}
	newest := number(had[0].UID)
	for _, u := range some {
		if u > newest {
			m.holes.suspect = client.Range{First: u, Last: u}
			return
		}
	}
}

// show adds the messages of a flight of which the headers did not come to a
// delta, with what is known of them.
func (p *pull) show(fl *flight, d *mail.Delta, why string) {
	list := fl.headers(false)
	for i := range list {
		h := &list[i]
		if h.Envelope.Subject == "" {
			h.Subject = "(cannot be read: " + why + ")"
		}
		if len(p.holes.ill) < maxIll {
			p.holes.ill = append(p.holes.ill, illness{uid: number(h.UID), tried: p.s.now().Unix()})
		}
	}
	d.New = append(d.New, list...)
	slices.SortFunc(d.New, func(a, b mail.Header) int { return int(int64(number(b.UID)) - int64(number(a.UID))) })
	if d.Unreadable += len(list); len(list) > 0 {
		d.Why = why
	}
}

func (m *mender) drop(had []mail.Header) {
	uids := make([]uint32, len(had))
	for i := range had {
		uids[len(had)-1-i] = number(had[i].UID)
	}
	m.forget(uids)
}

// forget takes UIDs, in ascending order, off those that are to be had.
func (m *mender) forget(uids []uint32) {
	m.uids = slices.DeleteFunc(m.uids, func(u uint32) bool {
		_, found := slices.BinarySearch(uids, u)
		return found
	})
}

// words returns what the server said when it refused something.
func words(err error) string {
	var no *client.Error
	if errors.As(err, &no) && no.Text != "" {
		return "the server says: " + no.Text
	}
	return "the server refuses it"
}

// again asks for messages that could not be had before, each alone, when it is
// time.
func (p *pull) again() error {
	now := p.s.now()
	for n, i := 0, 0; i < len(p.holes.ill) && n < maxInARow; n++ {
		ill := &p.holes.ill[i]
		if now.Sub(time.Unix(ill.tried, 0)) < min(firstRetry<<min(ill.tries, 10), lastRetry) {
			i++
			continue
		}
		ill.tries++
		ill.tried = now.Unix()
		fl := newFlight(these([]uint32{ill.uid}))
		agreed, err := fl.try(p.ctx, p.c, fl.ask, headerItems)
		if err == nil && !agreed {
			_, err = fl.try(p.ctx, p.c, fl.ask, plainItems)
		}
		if err != nil && !p.cut(err) {
			return err
		}
		d := mail.Delta{Better: fl.headers(true)}
		gone := err == nil && fl.said == nil && len(fl.marks) == 0
		if len(d.Better) > 0 || gone {
			p.holes.ill = slices.Delete(p.holes.ill, i, i+1)
		} else {
			i++
		}
		if err := errors.Join(p.give(d), err); err != nil {
			return err
		}
	}
	return nil
}
