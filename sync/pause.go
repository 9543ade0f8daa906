package sync

import (
	"math/rand/v2"
	"time"

	"posthorn/account"
)

// The shortest and the longest pause after a failure, and the one after a
// refused login, which only time or the user can mend: servers lock out who
// knocks too often.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
	loginPause = 15 * time.Minute
)

// A pause grows with every failure. It is no promise to be quiet: the user's
// actions end it.
type pause struct {
	failures int
	until    time.Time
	reason   error
}

// fail begins a pause.
func (p *pause) fail(err error) {
	d := growing(p.failures)
	if account.KindOf(err) == account.BadLogin {
		d = jitter(loginPause)
	}
	p.failures++
	p.until, p.reason = time.Now().Add(d), err
}

// over reports whether it is time to try again.
func (p *pause) over() bool { return !time.Now().Before(p.until) }

// login reports whether a refused login is the reason.
func (p *pause) login() bool {
	return !p.over() && account.KindOf(p.reason) == account.BadLogin
}

// growing returns the pause after a number of failures.
func growing(failures int) time.Duration {
	return jitter(min(firstPause<<min(failures, 10), lastPause))
}

// jitter returns something between half of d and d and a half, so that not
// everybody comes back at once when a server does.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }
