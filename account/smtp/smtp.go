// Package smtp submits messages (RFC 6409): over implicit TLS or STARTTLS, with
// the login of the account. The protocol is emersion/go-smtp's; here are who is
// trusted, what is refused, and what an answer means.
package smtp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"posthorn/account"
	"posthorn/account/auth"
	"posthorn/account/trace"
	"posthorn/mail"
)

// Options say where and as whom messages are submitted.
type Options struct {
	Server account.Server
	Login  account.Login // without a user, nobody logs in
	Hello  string        // the name said in EHLO; empty: "localhost", which tells nothing
	Log    *slog.Logger  // nil: nothing is logged
	Trace  *trace.Trace  // nil: the dialogue is not written down
}

// A Sender submits messages. It connects anew for each, so it can be used by
// several goroutines.
type Sender struct {
	o   Options
	log *slog.Logger
}

// New returns a sender. It does nothing until it is asked.
func New(o Options) *Sender {
	if o.Hello == "" {
		o.Hello = "localhost"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Sender{o, o.Log.With("server", o.Server.Addr())}
}

// silence bounds how long a server may say nothing; RFC 5321, section 4.5.3.2,
// asks for five minutes, and for ten after the final dot, which go-smtp keeps.
const silence = 5 * time.Minute

// Test connects, logs in and leaves.
func (s *Sender) Test(ctx context.Context) error {
	return s.session(ctx, func(c *gosmtp.Client) error { return nil })
}

// Send submits one message. The results are in the order of m.Rcpt. The error is
// set when no recipient was accepted, or when the message was not; one of the kind
// [account.Uncertain] says that the server may have taken it.
//
// Handing is called with the results so far when all but the end of the message is at
// the server: from then on it may have it. The message is not handed over if handing fails; Send
// fails with that error then.
func (s *Sender) Send(ctx context.Context, m mail.Outgoing, handing func([]mail.Result) error) (results []mail.Result, err error) {
	err = s.session(ctx, func(c *gosmtp.Client) error {
		results, err = s.submit(c, m, handing)
		return err
	})
	if err != nil {
		s.log.Warn("message not submitted", "err", err)
	}
	return results, err
}

// session runs talk on a connection that is logged in. When ctx ends, the
// connection is closed, as the library knows no other way to stop.
func (s *Sender) session(ctx context.Context, talk func(*gosmtp.Client) error) error {
	conn, err := s.o.Server.Dial(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	mute := time.AfterFunc(account.DialTimeout, func() { conn.Close() })
	c, err := s.greet(ctx, conn)
	if !mute.Stop() && err != nil {
		err = account.Fail("wait for the greeting", s.o.Server, os.ErrDeadlineExceeded)
	}
	if err == nil {
		defer c.Close()
		if err = s.login(ctx, c); err == nil {
			if err = talk(c); err == nil {
				c.Quit() // the message is taken; what is said after that changes nothing
			}
		}
	}
	if err != nil && ctx.Err() != nil && account.KindOf(err) != account.Uncertain {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// greet reads the greeting, secures the connection and introduces us.
func (s *Sender) greet(ctx context.Context, conn net.Conn) (*gosmtp.Client, error) {
	dialogue := s.o.Trace.Open(trace.SMTP, s.o.Server.Addr())
	secured := s.o.Server.TLS == account.StartTLS
	if secured {
		if err := startTLS(dialogue.Conn(account.Patient(conn, silence)), s.o.Hello); err != nil {
			conn.Close()
			return nil, s.insecure(err)
		}
		var err error
		if conn, err = s.o.Server.Upgrade(ctx, conn); err != nil {
			return nil, err
		}
	}
	s.log.Info("connected", "tls", account.Protection(conn))
	dialogue.Note("TLS: " + account.Protection(conn))
	conn = &lines{Conn: dialogue.Conn(account.Patient(conn, silence))}
	if secured {
		conn = &greeted{Conn: conn}
	}
	c := gosmtp.NewClient(conn)
	if err := c.Hello(s.o.Hello); err != nil {
		c.Close()
		return nil, s.fail("greet", err)
	}
	return c, ctx.Err()
}

// insecure says why the connection could not be secured.
func (s *Sender) insecure(err error) error {
	const op = "secure the connection"
	err = s.fail(op, err)
	var e *account.Error
	switch {
	case !errors.As(err, &e) || account.KindOf(err) != account.Other && e.Said == "" || e.About == account.AboutLine:
		return err
	case e.Kind == account.Busy: // RFC 3207, section 4: 454
		return err
	}
	e.Kind, e.About, e.Advice = account.NoTLS, account.AboutLine, "try --tls implicit; somebody may be tampering with the connection"
	return e
}

func (s *Sender) login(ctx context.Context, c *gosmtp.Client) error {
	if s.o.Login.User == "" {
		return nil
	}
	_, offered := c.Extension("AUTH")
	pass, err := s.o.Login.Password(ctx)
	if err != nil {
		return err
	}
	mech, err := auth.Choose(strings.Fields(offered), s.o.Login, pass)
	if err != nil {
		return s.fail("log in", err)
	}
	name := auth.Name(mech)
	if err := c.Auth(mech); err != nil {
		err = refusedLogin(s.fail("log in as "+s.o.Login.User, err))
		s.log.Warn("login failed", "mechanism", name, "err", err)
		return err
	}
	s.log.Info("logged in", "mechanism", name)
	return nil
}

// submit sends one message on a connection that is logged in.
func (s *Sender) submit(c *gosmtp.Client, m mail.Outgoing, handing func([]mail.Result) error) ([]mail.Result, error) {
	raw := crlf(m.Raw)
	if err := s.checkSize(c, len(raw)); err != nil {
		return nil, err
	}
	opts := &gosmtp.MailOptions{Size: int64(len(raw)), UTF8: needsUTF8(m)}
	if opts.UTF8 {
		if ok, _ := c.Extension("SMTPUTF8"); !ok {
			return nil, &account.Error{Kind: account.Denied, Op: "send", Server: s.o.Server.Addr(),
				Err: errors.New("the server takes no addresses with other than ASCII letters"), Advice: "use an address in ASCII, or another server"}
		}
	}
	if err := c.Mail(m.From, opts); err != nil {
		return nil, s.fail("send from "+m.From, err)
	}
	results, err := s.recipients(c, m.Rcpt)
	if err != nil {
		return results, err
	}
	reply, err := s.data(c, raw, func() error { return handing(results) })
	if err != nil {
		return results, err
	}
	accepted := 0
	for _, r := range results {
		if r.Err == nil {
			accepted++
		}
	}
	s.log.Info("message submitted", "octets", len(raw), "recipients", len(m.Rcpt), "accepted", accepted, "reply", reply)
	return results, nil
}

// recipients names each recipient. It fails when none is accepted.
func (s *Sender) recipients(c *gosmtp.Client, rcpt []string) (results []mail.Result, last error) {
	accepted := 0
	for _, to := range rcpt {
		err := c.Rcpt(to, nil)
		if err != nil {
			err = s.fail("send to "+to, err)
			if account.ScopeOf(err) == account.AboutLine {
				return results, err
			}
			last = err
		} else {
			accepted++
		}
		results = append(results, mail.Result{Rcpt: to, Err: err})
	}
	if accepted == 0 {
		return results, last
	}
	return results, nil
}

// data sends the message itself. From the moment the final dot may have left,
// only the server's answer tells whether it has the message: the words of it are
// returned.
func (s *Sender) data(c *gosmtp.Client, raw []byte, handing func() error) (reply string, err error) {
	w, err := c.Data()
	if err != nil {
		return "", s.fail("send", err)
	}
	if _, err := w.Write(raw); err != nil {
		return "", s.fail("send the text", err)
	}
	if err := handing(); err != nil {
		return "", err
	}
	r, err := w.CloseWithResponse()
	var said *gosmtp.SMTPError
	switch {
	case err == nil:
		return r.StatusText, nil
	case errors.As(err, &said):
		return "", s.fail("send", err)
	}
	return "", &account.Error{Kind: account.Uncertain, Op: "send", Server: s.o.Server.Addr(),
		Err:    fmt.Errorf("the message was handed over, and the answer was lost: %w", err),
		Advice: "look into Sent, or ask the recipient, before it is sent again"}
}

// checkSize refuses a message that the server said it would not take (RFC 1870).
func (s *Sender) checkSize(c *gosmtp.Client, size int) error {
	limit, ok := c.MaxMessageSize()
	if !ok || limit == 0 || size <= limit {
		return nil
	}
	return &account.Error{Kind: account.Denied, Op: "send", Server: s.o.Server.Addr(),
		Err:    fmt.Errorf("the message has %d octets, and the server takes no more than %d", size, limit),
		Advice: "send large files another way"}
}

// needsUTF8 reports whether an address or the header can only be sent with
// SMTPUTF8 (RFC 6531).
func needsUTF8(m mail.Outgoing) bool {
	high := func(s string) bool { return strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) }
	header, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
	return high(m.From) || slices.ContainsFunc(m.Rcpt, high) || high(string(header))
}

// crlf makes every line end CRLF and drops Bcc fields, should there be any: a
// bare CR or LF could smuggle in commands of its own.
func crlf(raw []byte) []byte {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	out := make([]byte, 0, len(raw)+len(raw)/30+2)
	header, dropping := true, false
	for line := range bytes.Lines(raw) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		switch {
		case !header:
		case len(line) == 0:
			header, dropping = false, false
		case line[0] != ' ' && line[0] != '\t':
			name, _, _ := bytes.Cut(line, []byte(":"))
			dropping = bytes.EqualFold(bytes.TrimSpace(name), []byte("Bcc"))
		}
		if !dropping {
			out = append(append(out, line...), '\r', '\n')
		}
	}
	return out
}
