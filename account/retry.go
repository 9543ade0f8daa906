package account

import (
	"errors"
	"time"
)

// A Scope is what a failure is about: all that is within it waits with what
// failed, and the rest goes on.
type Scope uint8

// The scopes, from the narrowest to the widest.
const (
	AboutKind    Scope = iota // in an [Error]: what its kind implies
	AboutJob                  // what was tried, and nothing else
	AboutMessage              // one message, whatever is tried with it
	AboutMailbox              // one mailbox
	AboutAccount              // the login, and all that needs it
	AboutLine                 // the connection, or the way to the server
)

// A Retry says when it makes sense to try again.
type Retry uint8

// The times to try again.
const (
	RetryByKind    Retry = iota // in an [Error]: what its kind implies
	RetryNow                    // at once, with what is known by then
	RetryLater                  // after a pause, without anyone doing anything
	RetryAfterUser              // when the user did something about it
	RetryNever                  // the answer would be the same
)

// ScopeOf returns what an error is about. One that comes from no server is about
// what was tried.
func ScopeOf(err error) Scope {
	var e *Error
	if errors.As(err, &e) && e.About != AboutKind {
		return e.About
	}
	switch KindOf(err) {
	case NoSuchHost, Refused, TimedOut, Unreachable, Untrusted, NoTLS, Garbled, Lost:
		return AboutLine
	case BadLogin:
		return AboutAccount
	case Renumbered:
		return AboutMailbox
	case NotFound, Incomplete:
		return AboutMessage
	}
	return AboutJob
}

// RetryOf returns when to try again what failed with an error.
func RetryOf(err error) Retry {
	var e *Error
	if errors.As(err, &e) && e.Retry != RetryByKind {
		return e.Retry
	}
	switch KindOf(err) {
	case NoSuchHost, Refused, TimedOut, Unreachable, Garbled, Lost, Busy:
		return RetryLater
	case BadLogin, Untrusted, NoTLS, Uncertain:
		return RetryAfterUser
	case Renumbered:
		return RetryNow
	}
	return RetryNever
}

// WaitOf returns how long the server wants to be left alone, zero where it did
// not say.
func WaitOf(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) {
		return e.Wait
	}
	return 0
}

// same reports whether two errors tell a person the same.
func (e *Error) same(o *Error) bool {
	return e.Kind == o.Kind && e.Op == o.Op && e.Server == o.Server && e.Said == o.Said
}

// Same reports whether two errors are one failure that happened twice, so that
// it need not be told again.
func Same(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	var x, y *Error
	if errors.As(a, &x) && errors.As(b, &y) {
		return x.same(y)
	}
	return a.Error() == b.Error()
}
