// Package pop3 takes mail out of a POP3 maildrop (RFC 1939), with the extensions
// of RFC 2449 (CAPA, response codes), RFC 2595 (STLS), RFC 3206 (AUTH and SYS
// response codes) and RFC 5034 (SASL).
//
// A [Drop] is one session, from [Dial] to [Drop.Quit]. What it deletes is gone
// only after QUIT was answered; a session that breaks leaves the maildrop as it
// was. A message that comes shorter than LIST said is told from a whole one
// (size.go). A server's answers are bounded in length and time, but for messages, which
// are written on as they come in.
package pop3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"posthorn/account"
	"posthorn/account/trace"
)

// Options say where and as whom mail is fetched.
type Options struct {
	Server account.Server
	Login  account.Login
	Log    *slog.Logger // nil: nothing is logged; secrets never are
	Trace  *trace.Trace // nil: the dialogue is not written down
}

// A Drop is a session with a maildrop. It is used by one goroutine at a time.
type Drop struct {
	server   account.Server
	log      *slog.Logger
	dialogue *trace.Dialogue
	conn     net.Conn // as the TLS handshake needs it, without deadlines
	r        *bufio.Reader
	w        io.Writer
	caps     capabilities
	out      *bufio.Writer // towards who takes a message

	retrieved, deleted int   // messages
	octets             int64 // of those retrieved
	count              count // how the server counts octets
	topless            bool  // the server refused TOP
	broken             error // why nothing more can be said
}

const (
	// silence bounds how long a server may say nothing.
	silence = 2 * time.Minute
	// maxLine bounds an answer, and a line of a list. RFC 2449 has 512 octets.
	maxLine = 16 << 10
)

// Dial connects, secures the connection as the server's settings ask, and logs
// in. When ctx ends, the connection is closed; it may end once Dial returned.
func Dial(ctx context.Context, o Options) (*Drop, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	conn, err := o.Server.Dial(ctx)
	if err != nil {
		return nil, err
	}
	d := &Drop{server: o.Server, log: o.Log.With("server", o.Server.Addr()), dialogue: o.Trace.Open(trace.POP3, o.Server.Addr())}
	d.log.Info("connected", "tls", account.Protection(conn))
	d.use(conn)
	err = d.within(ctx, func() error { return d.begin(ctx, o.Login) })
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// use speaks over a connection from now on. What was read ahead from the one
// before is forgotten: it may have been put there by somebody else.
func (d *Drop) use(conn net.Conn) {
	d.conn = conn
	d.dialogue.Note("TLS: " + account.Protection(conn))
	p := d.dialogue.Conn(account.Patient(conn, silence))
	d.r, d.w = bufio.NewReaderSize(p, maxLine), p
}

// begin goes from the greeting to where mail can be fetched.
func (d *Drop) begin(ctx context.Context, l account.Login) error {
	if _, err := d.answer("greet"); err != nil {
		return err
	}
	if err := d.learn(); err != nil {
		return err
	}
	if d.server.TLS == account.StartTLS {
		if err := d.secure(ctx); err != nil {
			return err
		}
	}
	if err := d.login(ctx, l); err != nil {
		return err
	}
	return d.relearn()
}

// secure upgrades the connection (RFC 2595, section 4), or fails.
func (d *Drop) secure(ctx context.Context) error {
	const op = "secure the connection"
	if !d.caps.has("STLS") {
		return &account.Error{Kind: account.NoTLS, Op: op, Server: d.server.Addr(),
			Err:    errors.New("the server does not offer STLS"),
			Advice: "try --tls implicit; somebody may be tampering with the connection"}
	}
	if _, err := d.command(op, "STLS"); err != nil {
		var e *account.Error
		if errors.As(err, &e) && e.Said != "" {
			e.Kind, e.Advice = account.NoTLS, "try --tls implicit; somebody may be tampering with the connection"
		}
		return err
	}
	conn, err := d.server.Upgrade(ctx, d.conn)
	if err != nil {
		return d.fail(op, err)
	}
	d.log.Info("secured", "tls", account.Protection(conn))
	d.use(conn)
	return d.learn()
}

// Close ends the session without QUIT: what was deleted in it is not.
func (d *Drop) Close() error {
	if d.broken == nil {
		d.broken = net.ErrClosed
	}
	err := d.conn.Close()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Quit ends the session and makes its deletions final. They are not, or perhaps
// not all, when it fails.
func (d *Drop) Quit(ctx context.Context) error {
	err := d.within(ctx, func() error {
		reply, err := d.command("finish", "QUIT")
		if err == nil {
			d.log.Info("session finished", "retrieved", d.retrieved, "octets", d.octets, "deleted", d.deleted, "reply", reply)
		}
		return err
	})
	return errors.Join(err, d.Close())
}

// within runs talk. When ctx ends meanwhile, the connection is closed, and the
// error says so.
func (d *Drop) within(ctx context.Context, talk func() error) error {
	if d.broken != nil {
		return account.Fail("go on", d.server, d.broken)
	}
	stop := context.AfterFunc(ctx, func() { d.conn.Close() })
	defer stop()
	err := talk()
	if cause := ctx.Err(); err != nil && cause != nil {
		d.broken = cause
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// fail wraps an error of the connection, which cannot be used any more.
func (d *Drop) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	err = account.Fail(op, d.server, err)
	d.broken = err
	d.conn.Close()
	return err
}

// garbled says that an answer makes no sense, so that nothing after it can be
// relied upon.
func (d *Drop) garbled(op, format string, args ...any) error {
	return d.fail(op, &account.Error{Kind: account.Garbled, Op: op, Server: d.server.Addr(), Err: fmt.Errorf(format, args...)})
}
