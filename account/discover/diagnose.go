package discover

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"posthorn/account"
)

// A Problem is what is wrong with a server's settings.
type Problem uint8

// The problems.
const (
	NoProblem     Problem = iota
	NotReached            // there is no such host, nothing listens there, or there is no way to it
	Mute                  // it says nothing, in neither way
	SpeaksPlain           // a port without TLS is set up with it
	SpeaksTLS             // a port with TLS from the first octet is set up without
	NoStartTLS            // TLS cannot be begun there
	OtherProtocol         // a server of another kind answers
	Untrusted             // its certificate is not trusted
	Broken                // TLS fails for another reason
)

// A Diagnosis is what was found out about a server.
type Diagnosis struct {
	Problem  Problem
	Endpoint Endpoint
	Err      error           // the problem in words, of type [*account.Error]
	Right    *account.Server // what would work; nil where that is not known
}

// Diagnose says within three seconds what is wrong with a server's settings, and
// what would be right: in the host's other usual port, or with TLS done the other
// way. Nobody logs in.
func (f *Finder) Diagnose(ctx context.Context, p Protocol, s account.Server) Diagnosis {
	limited, cancel := context.WithTimeout(ctx, glance)
	defer cancel()
	e, err := f.look(limited, p, s)
	d := Diagnosis{Endpoint: e}
	d.Problem, d.Err = judge(p, s, e, err)
	switch {
	case ctx.Err() != nil || d.Problem == NoProblem || d.Problem == Untrusted || d.Problem == Broken:
	case e.Protocol == p && e.TLS:
		d.Right = with(s, s.Port, account.Implicit)
	case e.Protocol == p && e.StartTLS:
		d.Right = with(s, s.Port, account.StartTLS)
	case account.KindOf(d.Err) != account.NoSuchHost:
		d.Right = f.usual(limited, p, s)
	}
	return d
}

// judge compares what listens somewhere with what is wanted.
func judge(p Protocol, s account.Server, e Endpoint, err error) (Problem, error) {
	wrong := func(problem Problem, kind account.Kind, advice, format string, args ...any) (Problem, error) {
		return problem, &account.Error{Kind: kind, Op: "connect", Server: s.Addr(), Err: fmt.Errorf(format, args...), Advice: advice}
	}
	switch {
	case unreached(err):
		return NotReached, err
	case e.Greeting != "" && e.Protocol != p:
		return wrong(OtherProtocol, account.Garbled, "check the port", "%s answers there, not %s", named(e.Protocol), named(p))
	case e.TLS && s.TLS != account.Implicit:
		return wrong(SpeaksTLS, account.NoTLS, "use --tls implicit", "the server speaks TLS from the first octet on this port")
	case !e.TLS && e.Greeting != "" && s.TLS == account.Implicit:
		return wrong(SpeaksPlain, account.NoTLS, "use --tls starttls, or another port", "the server does not speak TLS on this port")
	case e.Untrusted != nil:
		return Untrusted, e.Untrusted
	case err != nil && e.TLS && e.Version == "":
		return Broken, err
	case err != nil && errors.Is(err, os.ErrDeadlineExceeded):
		return wrong(Mute, account.TimedOut, "check the port, or wait: the server may be slow", "the server says nothing")
	case err != nil:
		return Mute, err
	case s.TLS == account.StartTLS && !e.StartTLS:
		return wrong(NoStartTLS, account.NoTLS, "use --tls implicit on another port; somebody may be tampering with the connection", "the server does not offer to begin TLS")
	}
	return NoProblem, nil
}

func named(p Protocol) string {
	if p == "" {
		return "something else than a mail server"
	}
	if p == POP3 {
		return "a POP3 server"
	}
	return "an " + strings.ToUpper(string(p)) + " server"
}

func with(s account.Server, port int, tls account.TLS) *account.Server {
	s.Port, s.TLS = port, tls
	return &s
}

// Ports returns the usual ports of a protocol with how TLS is done there, the best
// first. Nothing else is set in them.
func Ports(p Protocol) []account.Server {
	numbers := map[Protocol][2]int{IMAP: {993, 143}, POP3: {995, 110}, SMTP: {465, 587}}[p]
	return []account.Server{{Port: numbers[0], TLS: account.Implicit}, {Port: numbers[1], TLS: account.StartTLS}}
}

// usual looks at a host's usual ports and returns the best one that works.
func (f *Finder) usual(ctx context.Context, p Protocol, s account.Server) *account.Server {
	var tries []account.Server
	for _, u := range Ports(p) {
		if t := with(s, u.Port, u.TLS); *t != s {
			tries = append(tries, *t)
		}
	}
	for i, e := range f.lookAll(ctx, p, tries) {
		if e != nil {
			return &tries[i]
		}
	}
	return nil
}
