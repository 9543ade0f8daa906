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
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"posthorn/account"
	"posthorn/account/auth"
	"posthorn/account/imap/client"
	"posthorn/account/trace"
	"posthorn/mail"
)

// Options say where and as whom to log in.
type Options struct {
	Server account.Server
	Login  account.Login
	Log    *slog.Logger // nil: nothing is logged
	Trace  *trace.Trace // nil: the dialogue is not written down

	Roles    map[mail.Role]string // the mailboxes that have roles by the user's wish
	Without  []string             // capabilities that are not to be used, whatever the server offers
	Compress bool                 // also towards this machine
}

// A Source is a connection to an account's server. Its methods are not called by
// several goroutines at once.
type Source struct {
	o        Options
	log      *slog.Logger
	dialogue *trace.Dialogue
	c        *client.Client
	qresync  bool
	notified bool                  // NOTIFY was sent
	enabling *client.EnableCommand // whose answer is not there yet
	listed   bool                  // so that the client knows names that are not as they should be

	now func() time.Time // for what is tried again after a time

	selected *client.Selected
	mailbox  string                   // that is selected
	status   map[string]client.Status // what the server said last of the others
	told     sighting                 // of what it was last told that it is not as before

	mu      sync.Mutex
	changed func(mailbox string) // called when a mailbox may have changed
	watched string               // the one that is watched

	announce func(text string)
	alerts   []string // that nobody has announced
}

// Dial connects and logs in.
func Dial(ctx context.Context, o Options) (*Source, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Source{o: o, now: time.Now, status: map[string]client.Status{}, log: o.Log.With("server", o.Server.Addr())}
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

const securing = "secure the connection"

func (s *Source) connect(ctx context.Context) error {
	conn, err := s.o.Server.Dial(ctx)
	if err != nil {
		return err
	}
	s.dialogue = s.o.Trace.Open(trace.IMAP, s.o.Server.Addr())
	if s.o.Server.TLS != account.StartTLS {
		s.connected(conn)
		s.begin(client.Tapped(conn, s.dialogue))
		return nil
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err = client.StartTLS(s.dialogue.Conn(conn))
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return s.fail(securing, err)
	}
	if conn, err = s.o.Server.Upgrade(ctx, conn); err != nil {
		return err
	}
	s.connected(conn)
	s.begin(client.NewSecured(conn, s.dialogue))
	return nil
}

// connected notes that a connection is there to be logged in on.
func (s *Source) connected(conn net.Conn) {
	s.log.Info("connected", "tls", account.Protection(conn))
	s.dialogue.Note("TLS: " + account.Protection(conn))
}

func (s *Source) begin(c *client.Client) {
	s.c = c
	c.Without(s.o.Without...)
	c.Notify(s.event)
}

func (s *Source) login(ctx context.Context) error {
	preauth, err := s.c.Greeting(ctx)
	if err != nil {
		return s.fail("connect", err)
	}
	if err := s.capability(ctx); err != nil {
		return err
	}
	if preauth {
		s.log.Info("logged in", "mechanism", "none: the server takes us for logged in")
	} else {
		if err := s.authenticate(ctx); err != nil {
			return err
		}
	}
	if err := s.capability(ctx); err != nil {
		return err
	}
	s.log.Debug("the server can do", "capabilities", s.c.Capabilities())
	return s.introduce(ctx)
}

// capability asks what the server can do, unless it has said so.
func (s *Source) capability(ctx context.Context) error {
	if s.c.Announced() {
		return nil
	}
	return s.fail("ask what the server can do", s.c.Capability(ctx))
}

func (s *Source) authenticate(ctx context.Context) error {
	pass, err := s.o.Login.Password(ctx)
	if err != nil {
		return err
	}
	name := "LOGIN command"
	mech, err := auth.Choose(s.c.Mechanisms(), s.o.Login, pass)
	switch {
	case err == nil:
		name = auth.Name(mech)
		err = s.c.Authenticate(ctx, mech)
	case s.o.Login.Mechanism == "" && !s.c.Has("LOGINDISABLED"):
		err = s.c.Login(ctx, s.o.Login.User, pass)
	}
	if err == nil {
		s.log.Info("logged in", "mechanism", name)
	} else {
		s.log.Warn("login failed", "mechanism", name, "err", err)
		return s.fail("log in as "+s.o.Login.User, err)
	}
	return nil
}

// Close closes the connection.
func (s *Source) Close() error {
	err := s.c.Leave()
	s.dialogue.Note("closed")
	return err
}

// Done is closed when the line is of no use any more.
func (s *Source) Done() <-chan struct{} { return s.c.Done() }

// maxAlerts bounds what waits for somebody to announce it.
const maxAlerts = 20

// Announce has f called with what the server wants its users to be told (RFC
// 9051, section 7.1: ALERT), beginning with what it said so far. It may be called
// while another method runs, and must not wait for one.
func (s *Source) Announce(f func(text string)) {
	s.mu.Lock()
	early := s.alerts
	s.announce, s.alerts = f, nil
	s.mu.Unlock()
	for _, text := range early {
		f(text)
	}
}

func (s *Source) alert(text string) {
	s.log.Warn("the server alerts", "text", text)
	s.mu.Lock()
	f := s.announce
	if f == nil && len(s.alerts) < maxAlerts {
		s.alerts = append(s.alerts, text)
	}
	s.mu.Unlock()
	if f != nil {
		f(text)
	}
}

// event takes the server's own news.
func (s *Source) event(r *client.Response) {
	switch r.Name {
	case "EXISTS", "EXPUNGE", "FETCH", "VANISHED":
		s.news(s.watching())
	case "LIST": // a mailbox was made, renamed or deleted
		s.news("")
	case "STATUS":
		if mailbox, _ := s.c.StatusOf(r); mailbox != "" {
			s.news(mailbox)
		}
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		s.log.Debug("the server says", "kind", r.Name, "code", r.Reply.Code, "text", r.Reply.Text)
		if strings.EqualFold(r.Reply.Code, "ALERT") {
			s.alert(r.Reply.Text)
		}
	}
}
