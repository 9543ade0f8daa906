// Package imap is an account's mail on an IMAP server. [Dial] logs in; the
// [Source] it returns lists mailboxes, tells what changed in one, fetches what is
// opened, and changes what the user changes.
//
// The protocol is spoken by [posthorn/account/imap/client]; here is what a mail
// client wants of it. Only headers are fetched to list a mailbox: envelope,
// flags, structure.
package imap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"posthorn/account"
	"posthorn/account/auth"
	"posthorn/account/imap/client"
)

// Options say where and as whom to log in.
type Options struct {
	Server account.Server
	Login  account.Login
}

// A Source is a connection to an account's server. Its methods are not called by
// several goroutines at once.
type Source struct {
	o       Options
	c       *client.Client
	qresync bool

	selected *client.Selected
	mailbox  string // that is selected

	mu      sync.Mutex
	changed func() // called when the selected mailbox may have changed
	alerts  []string
}

// Dial connects and logs in.
func Dial(ctx context.Context, o Options) (*Source, error) {
	s := &Source{o: o}
	if err := s.connect(ctx); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { go s.c.Close() }) // one who gives up waits for no server
	defer stop()
	if err := s.login(ctx); err != nil {
		s.c.Close()
		return nil, err
	}
	return s, nil
}

func (s *Source) connect(ctx context.Context) error {
	conn, err := s.o.Server.Dial(ctx)
	if err != nil {
		return err
	}
	if s.o.Server.TLS != account.StartTLS {
		s.c = client.New(conn)
		return nil
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err = client.StartTLS(conn)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		if errors.Is(err, client.ErrNoStartTLS) {
			return &account.Error{Kind: account.NoTLS, Op: "secure the connection", Server: s.o.Server.Addr(), Err: err,
				Advice: "try --tls implicit; somebody may be tampering with the connection"}
		}
		return s.fail("secure the connection", err)
	}
	if conn, err = s.o.Server.Upgrade(ctx, conn); err != nil {
		return err
	}
	s.c = client.NewSecured(conn)
	return nil
}

func (s *Source) login(ctx context.Context) error {
	preauth, err := s.c.Greeting(ctx)
	if err != nil {
		return s.fail("connect", err)
	}
	if !s.c.Has("IMAP4REV1") && !s.c.Has("IMAP4REV2") || s.o.Server.TLS == account.StartTLS {
		if err := s.c.Capability(ctx); err != nil {
			return s.fail("ask what the server can do", err)
		}
	}
	if !preauth {
		if err := s.authenticate(ctx); err != nil {
			return err
		}
	}
	if err := s.c.Capability(ctx); err != nil {
		return s.fail("ask what the server can do", err)
	}
	s.c.Notify(s.event)
	if s.c.Has("ENABLE") && s.c.Has("QRESYNC") {
		enabled, err := s.c.Enable(ctx, "QRESYNC")
		s.qresync = err == nil && strings.Contains(strings.ToUpper(enabled), "QRESYNC")
	}
	return nil
}

func (s *Source) authenticate(ctx context.Context) error {
	pass, err := s.o.Login.Password(ctx)
	if err != nil {
		return err
	}
	mech, err := auth.Choose(s.c.Mechanisms(), s.o.Login, pass)
	switch {
	case err == nil:
		err = s.c.Authenticate(ctx, mech)
	case s.o.Login.Mechanism == "" && !s.c.Has("LOGINDISABLED"):
		err = s.c.Login(ctx, s.o.Login.User, pass)
	}
	if err != nil {
		return s.fail("log in as "+s.o.Login.User, err)
	}
	return nil
}

// Close logs out and closes the connection.
func (s *Source) Close() error { return s.c.Close() }

// Alerts returns what the server wants its users to be told (RFC 9051, section
// 7.1), and forgets it.
func (s *Source) Alerts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.alerts
	s.alerts = nil
	return list
}

// event takes the server's own news.
func (s *Source) event(e client.Event) {
	s.mu.Lock()
	f := s.changed
	if e.Kind == "ALERT" && len(s.alerts) < 20 {
		s.alerts = append(s.alerts, e.Text)
	}
	s.mu.Unlock()
	if f != nil && e.Kind != "ALERT" {
		f()
	}
}

// fail says what was tried, with whom, and what came back.
func (s *Source) fail(op string, err error) error {
	var said *client.Error
	var known *account.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &known) && known.Server != "":
		return err
	case errors.As(err, &known):
		known.Server = s.o.Server.Addr()
		return err
	case errors.Is(err, client.ErrBye):
		return &account.Error{Kind: account.Lost, Op: op, Server: s.o.Server.Addr(), Err: err}
	case !errors.As(err, &said):
		return account.Fail(op, s.o.Server, err)
	}
	e := &account.Error{Kind: account.Denied, Op: op, Server: s.o.Server.Addr(), Said: said.Text, Err: fmt.Errorf("%w", said)}
	code, _, _ := strings.Cut(strings.ToUpper(said.Code), " ")
	switch {
	case code == "UNAVAILABLE" || code == "INUSE" || code == "LIMIT":
		e.Kind, e.Advice = account.TimedOut, "the server asks to try again later"
	case strings.HasPrefix(op, "log in"), code == "AUTHENTICATIONFAILED", code == "AUTHORIZATIONFAILED", code == "EXPIRED":
		e.Kind, e.Advice = account.BadLogin, "check user name and password; some providers want an app password"
	case code == "NONEXISTENT", code == "TRYCREATE":
		e.Kind = account.NotFound
	case code == "OVERQUOTA":
		e.Advice = "the mailbox is full"
	}
	return e
}
