package discover

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"posthorn/account"
)

const (
	// glance bounds a look at a server.
	glance = 3 * time.Second
	// headStart is how long the expected way is alone. Only a server that says
	// nothing takes that long on most lines.
	headStart = 500 * time.Millisecond
)

// An Endpoint is what listens at a host and port.
type Endpoint struct {
	Addr     string   // the address that the name led to, with the port
	TLS      bool     // from the first octet
	StartTLS bool     // it offers to begin TLS
	Protocol Protocol // by its greeting; empty: none that is known
	Greeting string   // its first line
	Version  string   // of TLS, as "TLS 1.3"; empty without it

	Certificates []*x509.Certificate // its own first; none where TLS was not begun
	Untrusted    error               // why they are not trusted, of type [*account.Error]
}

// answer is what looking at an endpoint in one way came to.
type answer struct {
	Endpoint
	sure bool // this is the way to speak with it
	err  error
}

// look connects to a server and returns what it says. It begins in the way that
// the server's settings name, and tries the other one as well when that fails or
// takes long.
func (f *Finder) look(ctx context.Context, p Protocol, s account.Server) (Endpoint, error) {
	ctx, cancel := context.WithTimeout(ctx, glance)
	listen := func(_ context.Context, s account.Server, conn net.Conn) answer { return listen(p, s, conn) }
	ways := []func(context.Context, account.Server, net.Conn) answer{listen, f.hello}
	if s.TLS == account.Implicit {
		ways[0], ways[1] = ways[1], ways[0]
	}
	answers := make(chan answer, len(ways))
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	begin := func() {
		way := ways[0]
		ways = ways[1:]
		running.Go(func() { answers <- f.ask(ctx, s, way) })
	}
	begin()
	late := time.NewTimer(headStart)
	defer late.Stop()
	var best answer
	for pending := 1; pending > 0; {
		select {
		case a := <-answers:
			if pending--; a.sure || unreached(a.err) {
				return a.Endpoint, a.err
			}
			if best.Greeting == "" && !best.TLS {
				best = a
			}
		case <-late.C:
		}
		if len(ways) > 0 {
			begin()
			pending++
		}
	}
	return best.Endpoint, best.err
}

// unreached reports whether there was no connection, so that it does not matter
// what would have been said.
func unreached(err error) bool {
	var e *account.Error
	return errors.As(err, &e) && e.Op == "connect"
}

// ask connects and speaks in one way.
func (f *Finder) ask(ctx context.Context, s account.Server, way func(context.Context, account.Server, net.Conn) answer) answer {
	conn, err := f.dial(ctx, s)
	if err != nil {
		return answer{err: account.Fail("connect", s, err)}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	a := way(ctx, s, conn)
	a.Addr = conn.RemoteAddr().String()
	if a.err != nil && ctx.Err() != nil {
		a.err = account.Fail("wait for the greeting", s, os.ErrDeadlineExceeded)
	}
	return a
}

// listen waits for a greeting without TLS. A server of the protocol that is wanted
// is asked whether TLS can be begun.
func listen(p Protocol, s account.Server, conn net.Conn) answer {
	t := newTalk(conn)
	greeting, err := t.greeting()
	if isTLS([]byte(greeting)) { // some servers send an alert to who says nothing
		return answer{Endpoint: Endpoint{TLS: true}}
	}
	if err != nil {
		return answer{err: account.Fail("wait for the greeting", s, err)}
	}
	e := Endpoint{Greeting: greeting, Protocol: protocolOf(greeting)}
	e.StartTLS = e.Protocol == p && t.offersTLS(p)
	return answer{Endpoint: e, sure: true}
}

// hello begins TLS, with whatever certificate there is, and waits for a greeting
// then. A server that does not speak TLS may answer with its greeting too.
func (f *Finder) hello(ctx context.Context, s account.Server, conn net.Conn) answer {
	cfg, err := s.TLSConfig()
	if err != nil {
		return answer{err: err}
	}
	if cfg.RootCAs == nil {
		cfg.RootCAs = f.Roots
	}
	heard := &recorder{Conn: conn}
	var e Endpoint
	open := cfg.Clone()
	open.InsecureSkipVerify = true // verify looks at it, after the greeting is read
	open.VerifyConnection = nil
	secured := tls.Client(heard, open)
	if err := secured.HandshakeContext(ctx); err != nil {
		return heard.instead(account.Fail("secure the connection", s, err))
	}
	state := secured.ConnectionState()
	e = Endpoint{TLS: true, Version: tls.VersionName(state.Version), Certificates: state.PeerCertificates}
	e.Untrusted = account.Fail("secure the connection", s, verify(cfg, state))
	e.Greeting, err = newTalk(secured).greeting()
	e.Protocol = protocolOf(e.Greeting)
	return answer{Endpoint: e, sure: true, err: account.Fail("wait for the greeting", s, err)}
}

// verify does what [tls.Client] does where it is not told to skip it.
func verify(cfg *tls.Config, state tls.ConnectionState) error {
	if cfg.VerifyConnection != nil {
		return cfg.VerifyConnection(state)
	}
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: cfg.ServerName, Roots: cfg.RootCAs, Intermediates: between})
	if err == nil {
		return nil
	}
	return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
}
