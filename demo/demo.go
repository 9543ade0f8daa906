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
	doors    []*door
	running  sync.WaitGroup // the servers, each until its door is closed
	unlink   func() bool    // from the context
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
	post := newPostOffice(o.Password, map[string]mailbox{annAddr: users, benAddr: waiting})
	if err := fill(users, waiting, o); err != nil {
		return nil, fmt.Errorf("make the sample mail: %w", err)
	}
	s := &Servers{}
	pop3 := &pop3Server{drop: waiting, user: benAddr, pass: o.Password}
	var ports [3]string
	for i, serve := range []func(net.Listener) error{newIMAPServer(users).Serve, pop3.serve, newSMTPServer(post).Serve} {
		d, err := openDoor()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start the demo's servers: %w", err), s.Close())
		}
		s.doors = append(s.doors, d)
		ports[i] = d.Addr().String()
		s.running.Go(func() { serve(d) })
	}
	s.accounts = []Account{
		{Name: "Ann", Address: annAddr, FullName: annName, Receive: "imap", IMAP: ports[0], SMTP: ports[2], TLS: "none", User: annAddr, Password: o.Password},
		{Name: "Ben", Address: benAddr, FullName: benName, Receive: "pop3", POP3: ports[1], SMTP: ports[2], TLS: "none", User: benAddr, Password: o.Password},
	}
	s.unlink = context.AfterFunc(ctx, func() { s.close() })
	return s, nil
}

// Accounts returns the accounts, with the addresses of their servers.
func (s *Servers) Accounts() []Account { return s.accounts }

// Close ends the servers and all connections to them, and returns when they have
// ended. Closing again does nothing.
func (s *Servers) Close() error {
	if s.unlink != nil {
		s.unlink()
	}
	return s.close()
}

func (s *Servers) close() (err error) {
	for _, d := range s.doors {
		err = errors.Join(err, d.Close())
	}
	s.running.Wait()
	return err
}
