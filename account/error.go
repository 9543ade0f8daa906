package account

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
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
)

// An Error is a failed conversation with a server.
type Error struct {
	Kind   Kind
	Op     string // what was being done: "log in", "fetch message 12"
	Server string // with whom: host and port
	Said   string // the server's own words, where it said any
	Advice string // what the person can do about it
	Err    error  // the cause below, or nil
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

// Temporary reports whether trying again later may help without anyone doing
// anything.
func Temporary(err error) bool {
	switch KindOf(err) {
	case NoSuchHost, Refused, TimedOut, Unreachable, Lost:
		return true
	}
	var said interface{ Temporary() bool }
	return errors.As(err, &said) && said.Temporary()
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

func classify(err error) Kind {
	var (
		dns     *net.DNSError
		verify  *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		record  tls.RecordHeaderError
		timeout net.Error
	)
	switch {
	case err == nil:
		return Other
	case errors.As(err, &dns) && dns.IsNotFound:
		return NoSuchHost
	case errors.As(err, &verify), errors.As(err, &unknown), errors.As(err, &name):
		return Untrusted
	case errors.As(err, &record):
		return NoTLS
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH), errors.As(err, &dns):
		return Unreachable
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	case errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Lost
	}
	return Other
}

// explain puts the cause into words that need no knowledge of Go.
func explain(k Kind, s Server, err error) error {
	words := map[Kind]string{
		NoSuchHost:  "name not found: " + s.Host,
		Refused:     "connection refused",
		TimedOut:    "no answer in time",
		Unreachable: "network not reachable",
		NoTLS:       "the server does not speak TLS on this port",
		Lost:        "the server closed the connection",
	}[k]
	if k == Untrusted {
		words = "TLS verify: " + certificate(err)
	}
	if words == "" {
		return err
	}
	return &explained{words, err}
}

type explained struct {
	words string
	err   error
}

func (e *explained) Error() string { return e.words }
func (e *explained) Unwrap() error { return e.err }

func certificate(err error) string {
	var verify *tls.CertificateVerificationError
	if errors.As(err, &verify) {
		return verify.Err.Error()
	}
	return err.Error()
}

func advice(k Kind, s Server) string {
	switch k {
	case NoSuchHost:
		return "check the server's name for a typing mistake, and that this machine is online"
	case Refused:
		return fmt.Sprintf("check the port: nothing listens on %d there", s.Port)
	case TimedOut, Unreachable:
		return "check that this machine is online and that no firewall is in the way"
	case Untrusted:
		return "the certificate cannot be trusted: check the server's name, or name its issuer with --ca-file"
	case NoTLS:
		return "try --tls starttls, or another port"
	case BadLogin:
		return "check user name and password; some providers want an app password"
	}
	return ""
}
