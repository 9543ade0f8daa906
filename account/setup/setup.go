// Package setup adds an account, step by step and without a screen: who shows it
// asks [Setup.Next] what comes next, and does that. What was given once stays; a
// field that is changed later is checked by itself and leaves the others alone.
package setup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"

	"posthorn/account"
	"posthorn/account/discover"
	"posthorn/account/secret"
	"posthorn/account/trace"
	"posthorn/mail"
)

// A Field is one thing to know about an account.
type Field string

// The fields. Those of a server are there twice. None but the first and those of
// the servers' hosts and the password is needed.
const (
	Address         Field = "address" // an address, or a name with one
	FullName        Field = "full name"
	Name            Field = "name"    // of the account; without it, what is before the @
	Receive         Field = "receive" // imap or pop3
	Password        Field = "password"
	PasswordCommand Field = "password command" // that prints the password
	CAFile          Field = "certificates"     // a PEM file to trust, for both servers

	Incoming     Field = "server for receiving" // HOST:PORT, or HOST
	IncomingTLS  Field = "TLS for receiving"    // implicit, starttls or none; without it, by the port
	IncomingUser Field = "user for receiving"   // without it, the address
	IncomingAuth Field = "login for receiving"  // a SASL mechanism; without it, the best
	IncomingKey  Field = "key for receiving"    // the fingerprint of the one key to trust

	Outgoing     Field = "server for sending"
	OutgoingTLS  Field = "TLS for sending"
	OutgoingUser Field = "user for sending"
	OutgoingAuth Field = "login for sending" // also none
	OutgoingKey  Field = "key for sending"
)

// A Step is what comes next.
type Step uint8

// The steps.
const (
	Ask     Step = iota // for the field that comes with it: [Setup.Set]
	Search              // [Setup.Find]
	Confirm             // show what was found: [Setup.Confirm], or change it
	Test                // [Setup.Test]
	Mend                // the field that comes with it, as [Setup.Failures] says: [Setup.Set], or a [Fix]
	Done                // [Setup.Account] works
)

// Options say how servers are spoken to.
type Options struct {
	Finder *discover.Finder
	Log    *slog.Logger // nil: nothing is logged
	Trace  *trace.Trace // nil: the dialogues are not written down

	// Hide is told each password before it is used, to keep it out of logs; nil:
	// nobody is.
	Hide func(secret string)
}

// hide tells whoever keeps passwords out of logs.
func (o Options) hide(secret string) string {
	if o.Hide != nil {
		o.Hide(secret)
	}
	return secret
}

// A Setup is an account on its way. It is used by one goroutine at a time.
type Setup struct {
	o         Options
	values    map[Field]value
	searched  string // the address that was searched for
	found     discover.Result
	confirmed bool
	failures  []Failure
	tested    bool
}

// A value is what a field has, and where that comes from.
type value struct {
	text  string
	found string // where it was found; empty: it was given
}

// New returns a setup of which nothing is known.
func New(o Options) *Setup {
	if o.Finder == nil {
		o.Finder = new(discover.Finder)
	}
	return &Setup{o: o, values: map[Field]value{}}
}

// Next returns what to do, and for [Ask] and [Mend] with which field.
func (s *Setup) Next() (Step, Field) {
	missing := s.Get(Incoming) == "" || s.Get(Outgoing) == ""
	switch {
	case s.Get(Address) == "":
		return Ask, Address
	case missing && s.searched != s.Get(Address):
		return Search, ""
	case s.Get(Incoming) == "":
		return Ask, Incoming
	case s.Get(Outgoing) == "":
		return Ask, Outgoing
	case !s.confirmed && s.anyFound():
		return Confirm, ""
	case s.Get(Password) == "" && s.Get(PasswordCommand) == "":
		return Ask, Password
	case len(s.failures) > 0:
		return Mend, s.failures[0].Field
	case !s.tested:
		return Test, ""
	}
	return Done, ""
}

func (s *Setup) anyFound() bool {
	for _, v := range s.values {
		if v.found != "" {
			return true
		}
	}
	return false
}

// Get returns what a field has: what was given or found, or what follows from
// other fields; empty where there is nothing.
func (s *Setup) Get(f Field) string {
	if v, ok := s.values[f]; ok {
		return v.text
	}
	switch f {
	case Receive:
		return string(discover.IMAP)
	case Name:
		local, _, _ := strings.Cut(s.Get(Address), "@")
		return local
	case IncomingUser, OutgoingUser:
		return s.Get(Address)
	case IncomingTLS, OutgoingTLS:
		return string(s.byPort(f))
	}
	return ""
}

// Found returns where the value of a field was found; empty where nobody found it.
func (s *Setup) Found(f Field) string { return s.values[f].found }

// Confirm says that what was found is right.
func (s *Setup) Confirm() { s.confirmed = true }

// Again takes back the failures, so that the same is tested once more.
func (s *Setup) Again() { s.failures, s.tested = nil, false }

// Failures returns what went wrong in the last test, of the fields that were not
// changed since.
func (s *Setup) Failures() []Failure { return s.failures }

// Set gives a field a value; an empty one takes it back. Where the text cannot be
// one, it fails and nothing changes.
func (s *Setup) Set(f Field, text string) error {
	if f != Password {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		delete(s.values, f)
		s.changed(f)
		return nil
	}
	text, err := s.check(f, text)
	if err != nil {
		return err
	}
	before := s.Get(f)
	s.values[f] = value{text: text}
	if before != text {
		s.follow(f)
	}
	s.changed(f)
	return nil
}

// follow forgets what was true only with a field's old value.
func (s *Setup) follow(f Field) {
	switch f {
	case Address:
		for other, v := range s.values { // what was found was for another one
			if v.found != "" {
				delete(s.values, other)
			}
		}
		s.confirmed = false
	case Receive:
		s.forgetFound(Incoming, IncomingTLS, IncomingUser)
		s.choose(s.found.Receiving, Incoming)
	case Incoming:
		s.forgetFound(IncomingTLS)
		delete(s.values, IncomingKey)
	case Outgoing:
		s.forgetFound(OutgoingTLS)
		delete(s.values, OutgoingKey)
	}
}

func (s *Setup) forgetFound(fields ...Field) {
	for _, f := range fields {
		if s.values[f].found != "" {
			delete(s.values, f)
		}
	}
}

// changed takes back the failures that a change of a field may have mended.
func (s *Setup) changed(f Field) {
	if f == Name || f == FullName {
		return // which no server hears of
	}
	s.tested = false
	s.failures = slices.DeleteFunc(s.failures, func(x Failure) bool {
		return side(f) == "" || side(x.Field) == "" || side(f) == side(x.Field)
	})
}

// side returns the server that a field is about: [Incoming], [Outgoing], or both.
func side(f Field) Field {
	switch f {
	case Incoming, IncomingTLS, IncomingUser, IncomingAuth, IncomingKey, Receive:
		return Incoming
	case Outgoing, OutgoingTLS, OutgoingUser, OutgoingAuth, OutgoingKey:
		return Outgoing
	}
	return ""
}

// check returns a value in the form in which it is kept.
func (s *Setup) check(f Field, text string) (string, error) {
	switch f {
	case Address:
		list, err := mail.ParseAddresses(text)
		if err != nil || len(list) != 1 || list[0].Address == "" {
			return "", fmt.Errorf("%q is not an address", text)
		}
		if _, named := s.values[FullName]; !named && list[0].Name != "" {
			s.values[FullName] = value{text: list[0].Name}
		}
		return list[0].Address, nil
	case Receive:
		if text != string(discover.IMAP) && text != string(discover.POP3) {
			return "", fmt.Errorf("mail is received by imap or pop3, not %q", text)
		}
	case Incoming, Outgoing:
		return hostPort(text, s.ports(f))
	case IncomingTLS, OutgoingTLS:
		switch account.TLS(text) {
		case account.Implicit, account.StartTLS, account.Plain:
		default:
			return "", fmt.Errorf("TLS is implicit, starttls or none, not %q", text)
		}
	case IncomingKey, OutgoingKey:
		return account.ParseFingerprint(text)
	case Password:
		if strings.ContainsAny(text, "\r\n\x00") {
			return "", errors.New("a password is one line")
		}
	}
	return text, nil
}

// hostPort reads HOST:PORT, or HOST with the first of the usual ports.
func hostPort(text string, usual []account.Server) (string, error) {
	host, port, err := net.SplitHostPort(text)
	if err != nil && !strings.Contains(text, ":") {
		host, port, err = text, strconv.Itoa(usual[0].Port), nil
	}
	n, bad := strconv.Atoi(port)
	if err != nil || bad != nil || n < 1 || n > 65535 || host == "" || strings.ContainsAny(host, " /@") {
		return "", fmt.Errorf("%q is not HOST:PORT", text)
	}
	return net.JoinHostPort(host, port), nil
}

// ports are the usual ones of a server, with how TLS is done there.
func (s *Setup) ports(f Field) []account.Server {
	p := discover.SMTP
	if side(f) == Incoming {
		p = discover.Protocol(s.Get(Receive))
	}
	list := discover.Ports(p)
	if p == discover.SMTP {
		list = append(list, account.Server{Port: 25, TLS: account.StartTLS})
	}
	return list
}

// byPort returns how TLS is done where nobody said so.
func (s *Setup) byPort(f Field) account.TLS {
	_, port, _ := net.SplitHostPort(s.Get(side(f)))
	for _, u := range s.ports(f) {
		if strconv.Itoa(u.Port) == port {
			return u.TLS
		}
	}
	return account.Implicit
}

// login returns who logs in at one of the servers.
func (s *Setup) login(user, auth Field) account.Login {
	l := account.Login{User: s.Get(user), Mechanism: s.Get(auth)}
	l.Password = func(ctx context.Context) (string, error) {
		if line := s.Get(PasswordCommand); line != "" {
			pass, err := secret.Command{Line: line}.Get(ctx, s.Get(Name), string(Password))
			if err != nil {
				return "", passwordError{fmt.Errorf("get the password of %s: %w", s.Get(Name), err)}
			}
			return s.o.hide(pass), nil
		}
		return s.o.hide(s.Get(Password)), nil
	}
	return l
}

// passwordError says that there was no password to log in with.
type passwordError struct{ error }

func (p passwordError) Unwrap() error { return p.error }
