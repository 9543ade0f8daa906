package imap

import "time"

// A pace decides how much is asked for at once, by what the line turns out to
// carry. The first window is small, so that a first page is there at once. After
// it, as much is under way as keeps a line with a long way busy; but on a slow
// one no more than comes in a moment, so that what the user asks for meanwhile
// need not wait long behind it.
type pace struct {
	first, least, most int // messages of the first window, and of any other

	under   int           // messages that are under way
	trip    time.Duration // from the first question to the first answer
	began   time.Time     // when the first message came
	arrived int
	rate    float64 // messages in a second
}

// moment is how long what is under way may take to come, beyond the trip.
const moment = 500 * time.Millisecond

// maxHere bounds the messages that came and wait to be stored, which are in
// memory, and maxAway those that are still on a long line.
const (
	maxHere = 4000
	maxAway = 16000
)

// headerPace and flagPace are the paces for what is large and what is small.
func headerPace() pace { return pace{first: 100, least: 50, most: 500} }
func flagPace() pace   { return pace{first: 2500, least: 500, most: 2500} }

// room reports whether another window may be asked for.
func (p *pace) room() bool {
	if p.rate == 0 { // nothing is known of the line
		return p.under < p.first+p.most
	}
	target := int(p.rate * (p.trip + moment).Seconds())
	away := min(int(p.rate*p.trip.Seconds()), maxAway)
	return p.under < min(max(target, 2*p.least), maxHere+away)
}

// window returns how many messages the next window is to have.
func (p *pace) window() int {
	switch {
	case p.under == 0 && p.rate == 0:
		return p.first
	case p.rate == 0:
		return p.most
	}
	return min(max(int(p.rate*moment.Seconds()/2), p.least), p.most)
}

func (p *pace) sent(f *flight) { p.under += f.most }

// landed learns from a window that has come.
func (p *pace) landed(f *flight) {
	p.under -= f.most
	if f.began.IsZero() {
		return
	}
	if p.began.IsZero() {
		p.began, p.trip = f.began, f.began.Sub(f.sent)
	}
	p.arrived += len(f.list)
	took := max(f.ended.Sub(p.began), time.Millisecond)
	p.rate = float64(p.arrived) / took.Seconds()
}
