package sync

import (
	"math/rand/v2"
	"time"

	"posthorn/account"
)

// The shortest and the longest pause after a failure; the shortest one where the
// server asked to be left alone; and the one after a refused login, which only
// time or the user can mend: servers lock out who knocks too often.
const (
	firstPause = time.Second
	lastPause  = 5 * time.Minute
	busyPause  = 30 * time.Second
	loginPause = 15 * time.Minute
)

// A pause grows with every failure. The user's actions end the one of a line, but
// not one after a refused login. Its zero value is over.
type pause struct {
	failures int
	until    time.Time
	reason   error
}

// fail begins a pause.
func (p *pause) fail(err error) {
	d := growing(p.failures)
	switch {
	case refusedLogin(err):
		d = jitter(loginPause)
	case account.KindOf(err) == account.Busy:
		d = max(d, jitter(busyPause))
	}
	p.failures++
	p.until, p.reason = time.Now().Add(max(d, account.WaitOf(err))), err
}

// over reports whether it is time to try again.
func (p *pause) over() bool { return !time.Now().Before(p.until) }

// login reports whether a refused login is the reason.
func (p *pause) login() bool {
	return !p.over() && refusedLogin(p.reason)
}

// refusedLogin reports whether nothing will do before the user has changed
// something about the login.
func refusedLogin(err error) bool {
	return account.ScopeOf(err) == account.AboutAccount && account.RetryOf(err) == account.RetryAfterUser
}

// growing returns the pause after a number of failures.
func growing(failures int) time.Duration {
	return jitter(min(firstPause<<min(failures, 10), lastPause))
}

// jitter returns something between half of d and d and a half, so that not
// everybody comes back at once when a server does.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d) }
