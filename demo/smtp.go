package demo

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// maxMessage bounds a message that is sent.
const maxMessage = 64 << 20

// newSMTPServer serves submission (RFC 6409) to those who have a mailbox at a
// post office.
func newSMTPServer(p *postOffice) *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &smtpSession{post: p}, nil }))
	s.Domain = domain
	s.AllowInsecureAuth = true // only loopback can reach it
	s.MaxMessageBytes = maxMessage
	s.MaxRecipients = 100
	s.ReadTimeout, s.WriteTimeout = 5*time.Minute, 5*time.Minute
	s.EnableSMTPUTF8 = true
	s.ErrorLog = log.New(io.Discard, "", 0)
	return s
}

// An smtpSession is a connection.
type smtpSession struct {
	post *postOffice
	user string // who logged in
	from string
	rcpt []string
}

func (s *smtpSession) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

func (s *smtpSession) Auth(mech string) (sasl.Server, error) {
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, pass string) error { return s.login(user, pass) }), nil
	case sasl.Login:
		return &loginServer{login: s.login}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *smtpSession) login(user, pass string) error {
	if s.post.boxes[user] == nil || subtle.ConstantTimeCompare([]byte(pass), []byte(s.post.password)) != 1 {
		return smtp.ErrAuthFailed
	}
	s.user = user
	return nil
}

// A loginServer is the server's side of LOGIN, which go-sasl lacks.
type loginServer struct {
	login func(user, pass string) error
	user  string
	step  int
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if l.step == 0 && response == nil {
		l.step = 1
		return []byte("Username:"), false, nil
	}
	switch l.step {
	case 0, 1:
		l.user, l.step = string(response), 2
		return []byte("Password:"), false, nil
	case 2:
		l.step = 3
		return nil, true, l.login(l.user, string(response))
	}
	return nil, false, sasl.ErrUnexpectedClientResponse
}

func (s *smtpSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *smtpSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.user == "" {
		return smtp.ErrAuthRequired
	}
	if !s.post.knows(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody here has the address " + to}
	}
	s.rcpt = append(s.rcpt, to)
	return nil
}

func (s *smtpSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return s.post.send(s.from, s.rcpt, raw)
}

func (s *smtpSession) Reset()        { s.from, s.rcpt = "", nil }
func (s *smtpSession) Logout() error { return nil }

// A mailbox is where a person's mail arrives.
type mailbox interface{ deliver(raw []byte) error }

// A postOffice delivers between the mailboxes, by address.
type postOffice struct {
	password string // of everybody
	boxes    map[string]mailbox
}

func newPostOffice(password string, boxes map[string]mailbox) *postOffice {
	return &postOffice{password, boxes}
}

// box returns the mailbox with an address, or nil. What follows a + in the local
// part is passed over.
func (p *postOffice) box(address string) mailbox {
	local, dom, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	return p.boxes[local+"@"+dom]
}

// knows reports whether an address may be written to: everyone outside may, and the
// postmaster, as everywhere (RFC 5321, section 4.5.1).
func (p *postOffice) knows(address string) bool {
	local, dom, ok := strings.Cut(strings.ToLower(address), "@")
	return ok && (dom != domain || local == "postmaster" || p.box(address) != nil)
}

// send delivers a message. For those who have no mailbox here, the sender gets a
// report.
func (p *postOffice) send(from string, rcpt []string, raw []byte) error {
	now := time.Now()
	stamp := fmt.Appendf(nil, "Return-Path: <%s>\r\nReceived: from localhost by %s (Posthorn demo) with ESMTPA;\r\n\t%s\r\n",
		from, domain, now.Format(time.RFC1123Z))
	stamped := append(stamp, raw...)
	var outside []string
	var err error
	for _, to := range rcpt {
		if b := p.box(to); b != nil {
			err = errors.Join(err, b.deliver(bytes.Clone(stamped)))
		} else {
			outside = append(outside, to)
		}
	}
	if back := p.box(from); len(outside) > 0 && back != nil {
		err = errors.Join(err, back.deliver(report(from, outside, raw, now)))
	}
	return err
}

// report is a delivery report (RFC 3464) on recipients who have no mailbox in the
// demo.
func report(to string, rcpt []string, raw []byte, now time.Time) []byte {
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	var b bytes.Buffer
	boundary := fmt.Sprintf("report-%d", now.UnixNano())
	fmt.Fprintf(&b, "From: Posthorn demo <postmaster@%s>\r\nTo: <%s>\r\nSubject: Not delivered: there is no world outside the demo\r\n", domain, to)
	fmt.Fprintf(&b, "Date: %s\r\nMessage-ID: <%d.report@%s>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n", now.Format(time.RFC1123Z), now.UnixNano(), domain)
	fmt.Fprintf(&b, "Content-Type: multipart/report; report-type=delivery-status; boundary=%q\r\n\r\n", boundary)
	fmt.Fprintf(&b, "--%s\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", boundary)
	fmt.Fprintf(&b, "This is the demo of Posthorn. It delivers mail between %s\r\nand %s, and nowhere else, so your message did not reach:\r\n\r\n", annAddr, benAddr)
	for _, r := range rcpt {
		fmt.Fprintf(&b, "    %s\r\n", r)
	}
	fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; %s\r\n", boundary, domain)
	for _, r := range rcpt {
		fmt.Fprintf(&b, "\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.4.4\r\nDiagnostic-Code: smtp; 550 5.4.4 the demo delivers to nobody else\r\n", r)
	}
	fmt.Fprintf(&b, "\r\n--%s\r\nContent-Type: text/rfc822-headers\r\n\r\n%s\r\n\r\n--%s--\r\n", boundary, header, boundary)
	return b.Bytes()
}
