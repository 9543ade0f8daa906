package client

import (
	"strings"
	"time"
)

// Silence is how long a server may say nothing while an answer is awaited.
// Where a command makes it work through a mailbox, it may be so much longer.
const (
	Silence = 30 * time.Second
	working = 4 * Silence
)

// Parting is how long the line may last after a BYE: for the answers that are on their
// way.
const Parting = 5 * time.Second

// slowest is how long an octet of a response that has begun may take, on
// average: a slow line is waited for, one who sends an octet a second is not.
const slowest = 4 * time.Millisecond

// A line is the connection as it is read: every read has a deadline while an
// answer is awaited, and every response that has begun must go on.
type line struct {
	c     *Client
	began time.Time // when the first octets of the response came
	got   int64     // how many came
}

// Read reads from the connection.
func (l *line) Read(b []byte) (int, error) {
	partial := l.c.r.Buffered() > 0 || len(l.c.buf) > 0
	var most time.Time
	if partial {
		most = l.began.Add(2*Silence + time.Duration(l.got)*slowest)
	}
	l.c.await(most)
	n, err := l.c.conn.Read(b)
	if !partial {
		l.began, l.got = time.Now(), 0
	}
	l.got += int64(n)
	return n, err
}

// await sets how long the next octets may take, and not longer than most.
func (c *Client) await(most time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := time.Now().Add(c.patience())
	switch {
	case c.bye != nil:
		t = c.leaving
	case c.idle, len(c.pending) == 0 && c.greeting.Kind != "":
		t = time.Time{}
	case !most.IsZero() && most.Before(t):
		t = most
	}
	c.conn.SetReadDeadline(t)
}

// patience returns how long the server may say nothing, for who holds mu.
func (c *Client) patience() time.Duration {
	if len(c.pending) == 0 {
		return Silence
	}
	switch strings.TrimPrefix(c.pending[0].name, "UID ") {
	case "SELECT", "EXAMINE", "SEARCH", "COPY", "MOVE", "STORE", "EXPUNGE", "APPEND", "DELETE", "RENAME":
		return working
	}
	return Silence
}
