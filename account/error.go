package account

import (
	"context"
	"errors"
	"time"
)

// A Kind is what went wrong, as far as someone decides by it.
type Kind uint8

// The kinds of failure.
const (
	Other       Kind = iota
	NoSuchHost       // the name has no address
	Refused          // nobody listens there
	TimedOut         // no answer
	Unreachable      // no network, or no route
	Untrusted        // the certificate is not for this server, or not to be trusted
	NoTLS            // the server does not offer the protection that was asked for
	BadLogin         // user or password were refused
	Denied           // the server understood and said no
	Garbled          // the server's answer made no sense
	Lost             // the connection broke
	Renumbered       // the mailbox's UIDVALIDITY is not the expected one
	NotFound         // the mailbox or the message is not there
	Uncertain        // a message was handed over, and the answer was lost
	Busy             // the server asks to come back later
	Incomplete       // a message came shorter than the server had said
)

// An Error is a failed conversation with a server.
type Error struct {
	Kind   Kind
	About  Scope         // what else it concerns; zero: what the kind implies
	Retry  Retry         // when to try again; zero: what the kind implies
	Wait   time.Duration // how long the server wants to be left alone, if it said so
	Op     string        // what was being done: "log in", "fetch message 12"
	Server string        // with whom: host and port
	Said   string        // the server's own words, where it said any
	Advice string        // what the person can do about it
	Err    error         // the cause below, or nil
}

// Error returns one sentence: what was tried, with whom, what came back.
func (e *Error) Error() string {
	s := e.Op
	if e.Server != "" {
		s += " at " + e.Server
	}
	switch {
	case e.Said != "":
		s += ": the server said: " + e.Said
	case e.Err != nil:
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns the advice, so that the interface can show it through
// errors.As on interface{ Hint() string }.
func (e *Error) Hint() string { return e.Advice }

// KindOf returns the kind of the first [Error] in err's chain, or what the
// error of the standard library says of itself.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) && e.Kind != Other {
		return e.Kind
	}
	return classify(err)
}

// Fail wraps an error of the network or of TLS as an [Error], with its kind and
// what can be done about it. An err that is one already, or that says only that
// ctx ended, is returned as it is; nil gives nil.
func Fail(op string, s Server, err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return err
	}
	k := classify(err)
	return &Error{Kind: k, Op: op, Server: s.Addr(), Err: explain(k, s, err), Advice: advice(k, s)}
}
