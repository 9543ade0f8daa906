package setup

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"posthorn/account"
	"posthorn/account/discover"
	"posthorn/account/imap"
	"posthorn/account/pop3"
	"posthorn/account/smtp"
	"posthorn/mail"
)

// A Line reports one step of a test.
type Line struct {
	Protocol discover.Protocol // of the server it is about
	Step     string            // what was done: "look up", "connect", "TLS", "certificate", "log in", "folders", "sending"; empty for the last line of a server
	Text     string            // what came of it
	Err      error             // why it failed, nil where it did not
}

// patience bounds the test of a server after it was looked at. Some wait long
// before they refuse a login.
const patience = 40 * time.Second

// A service is one of the account's servers.
type service struct {
	protocol                    discover.Protocol
	field, user, auth, key, tls Field
	server                      account.Server
	diagnosis                   discover.Diagnosis
}

// services returns the account's servers, the one for receiving first.
func (s *Setup) services() []*service {
	return []*service{
		{protocol: discover.Protocol(s.Get(Receive)), field: Incoming, user: IncomingUser, auth: IncomingAuth, key: IncomingKey, tls: IncomingTLS, server: s.server(Incoming, IncomingTLS, IncomingKey)},
		{protocol: discover.SMTP, field: Outgoing, user: OutgoingUser, auth: OutgoingAuth, key: OutgoingKey, tls: OutgoingTLS, server: s.server(Outgoing, OutgoingTLS, OutgoingKey)},
	}
}

func (s *Setup) server(f, tls, key Field) account.Server {
	host, port, _ := net.SplitHostPort(s.Get(f)) // as it was checked
	n, _ := strconv.Atoi(port)
	return account.Server{Host: host, Port: n, TLS: account.TLS(s.Get(tls)), CAFile: s.Get(CAFile), Fingerprint: s.Get(key)}
}

// Test tries receiving and sending, and reports each step as it is done. It
// returns the failures, one for a server at most, which [Setup.Failures] returns
// too; an error only where ctx ended.
func (s *Setup) Test(ctx context.Context, report func(Line)) error {
	both := s.services()
	if err := s.diagnose(ctx, both); err != nil {
		return err
	}
	s.failures = nil
	for _, v := range both {
		err := s.try(ctx, v, report)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			f := s.failure(v, both, err)
			s.failures = append(s.failures, f)
			err = f.Err
		}
		report(Line{Protocol: v.protocol, Err: err})
	}
	s.tested = true
	return nil
}

// diagnose looks at the servers side by side.
func (s *Setup) diagnose(ctx context.Context, both []*service) error {
	done := make(chan struct{}, len(both))
	for _, v := range both {
		go func() {
			defer func() { done <- struct{}{} }()
			if v.server.TLS != account.Plain || v.server.Loopback() { // else it is refused before anything is sent
				v.diagnosis = s.o.Finder.Diagnose(ctx, v.protocol, v.server)
			}
		}()
	}
	for range both {
		<-done
	}
	return ctx.Err()
}

// try reports what was seen of a server, and logs in.
func (s *Setup) try(ctx context.Context, v *service, report func(Line)) error {
	say := func(step, format string, args ...any) {
		report(Line{Protocol: v.protocol, Step: step, Text: fmt.Sprintf(format, args...)})
	}
	d := v.diagnosis
	if d.Endpoint.Addr != "" {
		host, _, _ := net.SplitHostPort(d.Endpoint.Addr)
		say("look up", "%s is %s", v.server.Host, host)
		say("connect", "connected to %s", v.server.Addr())
	}
	if d.Endpoint.Version != "" {
		say("TLS", "%s", d.Endpoint.Version)
	}
	if d.Problem == discover.Mute && account.KindOf(d.Err) == account.TimedOut {
		say("connect", "the server says nothing yet; waiting for it")
	} else if d.Err != nil {
		return d.Err
	}
	if len(d.Endpoint.Certificates) > 0 {
		say("certificate", "%s", Describe(d.Endpoint.Certificates[0]))
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	switch v.protocol {
	case discover.POP3:
		return s.tryPOP3(ctx, v, say)
	case discover.SMTP:
		return s.trySMTP(ctx, v, say)
	}
	return s.tryIMAP(ctx, v, say)
}

// Describe says of a certificate whose it is, who signed it, and until when it
// is valid.
func Describe(c *x509.Certificate) string {
	who := c.Subject.CommonName
	if len(c.DNSNames) > 0 {
		who = c.DNSNames[0]
	}
	if who == "" && len(c.IPAddresses) > 0 {
		who = c.IPAddresses[0].String()
	}
	issuer := c.Issuer.CommonName
	if len(c.Issuer.Organization) > 0 {
		issuer = strings.TrimSpace(c.Issuer.Organization[0] + " " + issuer)
	}
	if c.Issuer.String() == c.Subject.String() {
		issuer = "itself"
	}
	return fmt.Sprintf("of %s, signed by %s, valid until %s", who, issuer, c.NotAfter.Format(time.DateOnly))
}

func (s *Setup) tryIMAP(ctx context.Context, v *service, say func(string, string, ...any)) error {
	source, err := imap.Dial(ctx, imap.Options{Server: v.server, Login: s.login(v.user, v.auth), Log: s.o.Log, Trace: s.o.Trace})
	if err != nil {
		return err
	}
	defer source.Close()
	say("log in", "logged in as %s", s.Get(v.user))
	list, err := source.Mailboxes(ctx)
	if err != nil {
		return err
	}
	say("folders", "%s", folders(list))
	return nil
}

// folders says how many there are, and which of the usual ones are not.
func folders(list []mail.Mailbox) string {
	var missing []string
	for _, r := range []mail.Role{mail.Drafts, mail.Sent, mail.Archive, mail.Trash, mail.JunkMail} {
		found := false
		for _, b := range list {
			found = found || b.Role == r
		}
		if !found {
			missing = append(missing, r.String())
		}
	}
	text := fmt.Sprintf("%d folders", len(list))
	if len(list) == 1 {
		text = "1 folder"
	}
	if len(missing) > 0 {
		text += ", none for " + strings.Join(missing, ", ")
	}
	return text
}

func (s *Setup) tryPOP3(ctx context.Context, v *service, say func(string, string, ...any)) error {
	drop, err := pop3.Dial(ctx, pop3.Options{Server: v.server, Login: s.login(v.user, v.auth), Log: s.o.Log, Trace: s.o.Trace})
	if err != nil {
		return err
	}
	defer drop.Close()
	say("log in", "logged in as %s", s.Get(v.user))
	list, err := drop.List(ctx)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%d messages wait", len(list))
	if len(list) == 1 {
		text = "1 message waits"
	}
	say("folders", "%s", text)
	return nil
}

// noAuth is the mechanism of a server that wants no login to send.
const noAuth = "none"

func (s *Setup) trySMTP(ctx context.Context, v *service, say func(string, string, ...any)) error {
	login := s.login(v.user, v.auth)
	if s.Get(v.auth) == noAuth {
		login = account.Login{}
	}
	if err := smtp.New(smtp.Options{Server: v.server, Login: login, Log: s.o.Log, Trace: s.o.Trace}).Test(ctx); err != nil {
		return err
	}
	if login.User != "" {
		say("log in", "logged in as %s", s.Get(v.user))
	}
	say("sending", "messages are taken")
	return nil
}
