package account

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"time"
)

// DialTimeout bounds the name look-up, the connection and the TLS handshake,
// each.
const DialTimeout = 20 * time.Second

// Dial connects to the server and, with [Implicit], does the TLS handshake. A
// [Plain] connection to anything but a loopback address is refused before a
// byte is sent, unless Insecure is set. Errors are of type [*Error].
func (s Server) Dial(ctx context.Context) (net.Conn, error) {
	if s.TLS == Plain && !s.Loopback() && !s.Insecure {
		return nil, &Error{Kind: NoTLS, Op: "connect", Server: s.Addr(),
			Err:    errors.New("a connection without TLS would show the password to everyone on the way"),
			Advice: "use --tls implicit or --tls starttls"}
	}
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	conn, err := dialer().DialContext(ctx, "tcp", s.Addr())
	if err != nil {
		return nil, Fail("connect", s, err)
	}
	if s.TLS != Implicit {
		return conn, nil
	}
	return s.Upgrade(ctx, conn)
}

// On a line that rests the system asks after the other side, so that a dead one is
// told from a server that works long, or has nothing to say, in [deadAfter].
const (
	askAfter   = 20 * time.Second
	askAgain   = 4 * time.Second
	askTwice   = 2
	deadAfter  = askAfter + askTwice*askAgain
	unanswered = 25 * time.Second // of what was sent, where the system can be told
)

func dialer() *net.Dialer {
	return &net.Dialer{Control: giveUp,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: askAfter, Interval: askAgain, Count: askTwice}}
}

// Upgrade does the TLS handshake on a connection, as after STARTTLS. It closes
// conn when that fails.
func (s Server) Upgrade(ctx context.Context, conn net.Conn) (net.Conn, error) {
	cfg, err := s.TLSConfig()
	if err != nil {
		conn.Close()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	t := tls.Client(conn, cfg)
	if err := t.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, Fail("secure the connection", s, err)
	}
	return t, nil
}

// TLSConfig returns how TLS with the server is done: its name, and whom to trust.
func (s Server) TLSConfig() (*tls.Config, error) {
	cfg := &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12}
	if s.Fingerprint != "" {
		pinned(cfg, s.Fingerprint)
		return cfg, nil
	}
	if s.CAFile == "" {
		return cfg, nil
	}
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificates to trust: %w", err)
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("read the certificates to trust: %s holds no PEM certificate", s.CAFile)
	}
	return cfg, nil
}

// Protection returns how a connection is protected: the version of TLS, or
// "none".
func Protection(conn net.Conn) string {
	if t, ok := conn.(*tls.Conn); ok {
		return tls.VersionName(t.ConnectionState().Version)
	}
	return "none"
}

// Patient returns conn with a deadline for every single read and write, so that
// a line that went dead is noticed.
func Patient(conn net.Conn, d time.Duration) net.Conn { return &patient{conn, d} }

type patient struct {
	net.Conn
	d time.Duration
}

func (p *patient) Read(b []byte) (int, error) {
	if err := p.SetReadDeadline(time.Now().Add(p.d)); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

func (p *patient) Write(b []byte) (int, error) {
	if err := p.SetWriteDeadline(time.Now().Add(p.d)); err != nil {
		return 0, err
	}
	return p.Conn.Write(b)
}
