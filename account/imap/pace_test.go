package imap

import (
	"testing"
	"time"

	"posthorn/mail"
)

// What a line carries decides how much is under way: all that a long one takes,
// and on a slow one not more than comes in a moment.
func TestPace(t *testing.T) {
	for _, test := range []struct {
		what          string
		trip          time.Duration
		each          time.Duration // from one message to the next
		window, under int           // of the windows after the first, and the most that may be under way then
	}{
		{"this machine", 100 * time.Microsecond, 10 * time.Microsecond, 500, 4500},
		{"a long line", 50 * time.Millisecond, 10 * time.Microsecond, 500, 9500},
		{"a very long one", time.Second, 10 * time.Microsecond, 500, 20500},
		{"a slow one", 50 * time.Millisecond, 10 * time.Millisecond, 50, 100},
		{"a very slow one", time.Second, time.Second, 50, 100},
	} {
		t.Run(test.what, func(t *testing.T) {
			p, now := headerPace(), time.Now()
			if n := p.window(); n != 100 {
				t.Errorf("the first window has %d", n)
			}
			first := &flight{ask: ask{most: 100}, list: make([]mail.Header, 100), sent: now, began: now.Add(test.trip)}
			first.ended = first.began.Add(100 * test.each)
			p.sent(first)
			if n := p.window(); n != 500 || !p.room() {
				t.Errorf("the second window has %d", n)
			}
			p.landed(first)
			if n := p.window(); n != test.window {
				t.Errorf("the next windows have %d, not %d", n, test.window)
			}
			for p.room() {
				p.sent(&flight{ask: ask{most: p.window()}})
			}
			if p.under > test.under || p.under < test.under/2 {
				t.Errorf("%d are under way, not about %d", p.under, test.under)
			}
		})
	}
}
