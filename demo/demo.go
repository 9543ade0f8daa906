// Package demo runs mail servers with sample mail inside the program: IMAP, POP3
// and SMTP submission, on free loopback ports, without TLS.
//
// There are two people. Ann's mail is on the IMAP server, which is go-imap's own
// one in memory; Ben's waits in the POP3 drop, which is ours. Both submit over
// SMTP, and what they send to each other arrives at once. There is no world
// outside: a message to anyone else comes back with a delivery report, and one to
// an address of the demo's domain that nobody has is refused.
//
// The sample mail is the same every time, but for its dates, which are counted
// back from now. The people and firms in it do not exist.
package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-smtp"
)

// The demo's domain, its two people, and the password of both.
const (
	domain   = "example.org"
	annName  = "Ann Lindqvist"
	annAddr  = "ann@" + domain
	benName  = "Ben Okafor"
	benAddr  = "ben@" + domain
	password = "posthorn"
)

// Options choose the mail.
type Options struct {
	// Messages, when it is not 0, is how many generated messages Ann's inbox
	// gets instead of the sample mail.
	Messages int
	// Now is the time from which dates are counted back; zero: now.
	Now time.Time
	// Password is that of both; empty: "posthorn".
	Password string
}

// An Account is how a client reaches the mail of one person.
type Account struct {
	Name     string `json:"name"`
	Address  string `json:"address"`
	Receive  string `json:"receive"` // "imap" or "pop3"
	IMAP     string `json:"imap"`    // host and port, or empty
	POP3     string `json:"pop3"`
	SMTP     string `json:"smtp"`
	TLS      string `json:"tls"`
	User     string `json:"user"`
	Password string `json:"password"`
	FullName string `json:"-"`
}

// Servers are running servers.
type Servers struct {
	accounts []Account
	post     *postOffice
	imap     *imapserver.Server
	pop3     *pop3Server
	smtp     *smtp.Server
	running  sync.WaitGroup
	once     sync.Once
	closed   error
}

// Start starts the servers. They run until ctx ends or they are closed.
func Start(ctx context.Context, o Options) (*Servers, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.Password == "" {
		o.Password = password
	}
	users := newIMAPUser(annAddr, o.Password)
	waiting := &drop{}
	s := &Servers{post: newPostOffice(o.Password, map[string]mailbox{annAddr: users, benAddr: waiting})}
	if err := fill(users, waiting, o); err != nil {
		return nil, fmt.Errorf("make the sample mail: %w", err)
	}
	s.imap, s.smtp = newIMAPServer(users), newSMTPServer(s.post)
	s.pop3 = newPOP3Server(waiting, benAddr, o.Password)
	var ports [3]string
	for i, serve := range []func(net.Listener) error{s.imap.Serve, s.pop3.serve, s.smtp.Serve} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start the demo's servers: %w", err), s.Close())
		}
		ports[i] = l.Addr().String()
		s.running.Go(func() { // ends when the server is closed
			defer l.Close()
			serve(l)
		})
	}
	s.accounts = []Account{
		{Name: "Ann", Address: annAddr, FullName: annName, Receive: "imap", IMAP: ports[0], SMTP: ports[2], TLS: "none", User: annAddr, Password: o.Password},
		{Name: "Ben", Address: benAddr, FullName: benName, Receive: "pop3", POP3: ports[1], SMTP: ports[2], TLS: "none", User: benAddr, Password: o.Password},
	}
	context.AfterFunc(ctx, func() { s.Close() })
	return s, nil
}

// Accounts returns the accounts, with the addresses of their servers.
func (s *Servers) Accounts() []Account { return s.accounts }

// Close ends the servers and all connections to them, and returns when they have
// ended.
func (s *Servers) Close() error {
	s.once.Do(func() {
		s.closed = errors.Join(s.imap.Close(), s.pop3.close(), s.smtp.Close())
		s.running.Wait()
	})
	return s.closed
}
