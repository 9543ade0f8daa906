// Package account is what an account's backends have in common: how a server is
// reached and logged in to, and how a failure to do so is told.
//
// The backends are folders of this one. [posthorn/account/imap] and
// [posthorn/account/maildir] are sources of mail, [posthorn/account/pop3] is a
// drop that is emptied into a Maildir, [posthorn/account/smtp] sends.
// [posthorn/account/auth] speaks SASL and [posthorn/account/secret] keeps
// passwords. None of them knows the cache or the interface; the interfaces they
// satisfy are declared by their user, package sync.
package account

import (
	"context"
	"net"
	"net/netip"
	"strconv"
)

// TLS says how a connection is protected.
type TLS string

// The ways to protect a connection (RFC 8314).
const (
	Implicit TLS = "implicit" // TLS from the first byte
	StartTLS TLS = "starttls" // an upgrade, required
	Plain    TLS = "none"     // only towards a loopback address, or with Insecure
)

// A Server is where a service of an account is reached.
type Server struct {
	Host     string
	Port     int
	TLS      TLS
	CAFile   string // PEM certificates to trust instead of the system's
	Insecure bool   // allows [Plain] towards any address

	// Fingerprint is the one key to trust, as [Fingerprint] returns it; empty
	// trusts the certificates that an authority has signed.
	Fingerprint string
}

// Addr returns host and port as net.Dial takes them.
func (s Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Loopback reports whether the host is this machine by its address or by the
// name localhost.
func (s Server) Loopback() bool {
	if s.Host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(s.Host)
	return err == nil && ip.Unmap().IsLoopback()
}

// A Login is who logs in, and how.
type Login struct {
	User      string
	Mechanism string // a SASL mechanism; empty chooses the best that is offered
	// Password returns the secret. It may ask a keyring or run a command, and
	// is called anew for every login, so that a changed password is seen.
	Password func(context.Context) (string, error)
}

// Waiting is a message in a drop.
type Waiting struct {
	Number int    // within this session
	UIDL   string // unique over all sessions (RFC 1939, section 7); empty where the server has none
	Size   int64  // octets; an estimate
}
