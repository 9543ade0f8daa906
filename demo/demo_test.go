package demo

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var now = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func start(t testing.TB, messages int) *Servers {
	t.Helper()
	s, err := Start(t.Context(), Options{Messages: messages, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A line is a connection on which a test speaks by hand.
type line struct {
	t    testing.TB
	conn net.Conn
	r    *bufio.Reader
}

func call(t testing.TB, addr string) *line {
	t.Helper()
	l := dial(t, addr)
	l.read()
	return l
}

// dial connects without waiting for the greeting.
func dial(t testing.TB, addr string) *line {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(2 * time.Minute))
	return &line{t, conn, bufio.NewReader(conn)}
}

func (l *line) read() string {
	l.t.Helper()
	s, err := l.r.ReadString('\n')
	if err != nil {
		l.t.Fatalf("after %q: %v", s, err)
	}
	return strings.TrimRight(s, "\r\n")
}

func (l *line) send(s string) {
	l.t.Helper()
	if _, err := io.WriteString(l.conn, s+"\r\n"); err != nil {
		l.t.Fatal(err)
	}
}

// imap sends a command and returns what comes up to its tagged answer, which must
// be OK.
func (l *line) imap(command string) string {
	l.t.Helper()
	l.send("t " + command)
	var b strings.Builder
	for {
		s := l.read()
		b.WriteString(s + "\n")
		if strings.HasPrefix(s, "t ") {
			if !strings.HasPrefix(s, "t OK") {
				l.t.Fatalf("%s: %s", command, s)
			}
			return b.String()
		}
	}
}

// pop3 sends a command, which must be answered by +OK, and returns what comes with
// it: up to a dot, if it is a list.
func (l *line) pop3(command string, list bool) string {
	l.t.Helper()
	l.send(command)
	s := l.read()
	if !strings.HasPrefix(s, "+OK") {
		l.t.Fatalf("%s: %s", command, s)
	}
	for list {
		next := l.read()
		if next == "." {
			break
		}
		s += "\n" + next
	}
	return s
}

func imapLogin(t testing.TB, s *Servers) *line {
	t.Helper()
	a := s.Accounts()[0]
	l := call(t, a.IMAP)
	l.imap(fmt.Sprintf("LOGIN %s %s", a.User, a.Password))
	return l
}

func pop3Login(t testing.TB, s *Servers) *line {
	t.Helper()
	a := s.Accounts()[1]
	l := call(t, a.POP3)
	l.pop3("USER "+a.User, false)
	l.pop3("PASS "+a.Password, false)
	return l
}

func contains(t testing.TB, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("%q is missing in\n%.2000s", w, got)
		}
	}
}

func TestIMAP(t *testing.T) {
	l := imapLogin(t, start(t, 20))
	contains(t, l.imap(`LIST "" *`), `\Sent) "/" "Sent"`, `\Drafts) "/" "Drafts"`, `\Trash) "/" "Trash"`, `\Junk) "/" "Junk"`, `\Archive) "/" "Archive"`)
	contains(t, l.imap(`LIST "" * RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))`), "STATUS INBOX (MESSAGES 20")
	contains(t, l.imap("SELECT INBOX"), "* 20 EXISTS")
	contains(t, l.imap("UID FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)"), "* 20 FETCH (UID 20")
}

// TestIMAPMove looks for the answers that clients count by.
func TestIMAPMove(t *testing.T) {
	s := start(t, 20)
	l, other := imapLogin(t, s), imapLogin(t, s)
	l.imap("SELECT INBOX")
	other.imap("SELECT INBOX")
	got := l.imap("UID MOVE 3,5 Archive")
	contains(t, got, "COPYUID 4 3,5 1:2", "* 5 EXPUNGE", "* 3 EXPUNGE")
	if strings.Count(got, "EXPUNGE") != 2 {
		t.Error(got)
	}
	contains(t, other.imap("NOOP"), "* 5 EXPUNGE", "* 3 EXPUNGE")
	contains(t, l.imap("UID MOVE 3 Archive"), "t OK")
	contains(t, l.imap("UID COPY 3 Archive"), "t OK")
	contains(t, l.imap("STATUS Archive (MESSAGES)"), "MESSAGES 2")
}

// TestIMAPAppend stores a message that would break the server in memory.
func TestIMAPAppend(t *testing.T) {
	l := imapLogin(t, start(t, 1))
	for raw, want := range map[string]string{
		"Subject: good\r\n\r\nx":                            "t OK [APPENDUID ",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n": "t NO [CANNOT]",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n\r\n--b--": "t NO [CANNOT]",
	} {
		l.send(fmt.Sprintf("t APPEND Drafts {%d+}\r\n%s", len(raw), raw))
		if got := l.read(); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s", raw, got)
		}
	}
}

func TestIMAPFolders(t *testing.T) {
	l := imapLogin(t, start(t, 1))
	l.imap("CREATE A/B/C")
	l.imap("RENAME A/B D")
	got := l.imap(`LIST "" *`)
	contains(t, got, `"/" "A"`, `"/" "D"`, `"/" "D/C"`)
	if strings.Contains(got, "A/B") {
		t.Error(got)
	}
	l.imap("DELETE D/C")
	if got := l.imap(`LIST "" D/*`); strings.Contains(got, `"D/C"`) {
		t.Error(got)
	}
}

func TestPOP3(t *testing.T) {
	s := start(t, 3)
	l := pop3Login(t, s)
	contains(t, l.pop3("CAPA", true), "UIDL", "TOP", "USER")
	contains(t, l.pop3("STAT", false), "+OK 3 ")
	contains(t, l.pop3("UIDL", true), "\n1 demo.00000001", "\n3 demo.00000003")
	contains(t, l.pop3("UIDL 2", false), "2 demo.00000002")
	contains(t, l.pop3("LIST", true), "\n1 ", "\n3 ")
	contains(t, l.pop3("RETR 1", true), "Message-ID: <gen.0@example.com>")
	if got := l.pop3("TOP 1 0", true); !strings.HasSuffix(got, "\n") || strings.Count(got, "\n\n") != 0 {
		t.Errorf("TOP 1 0: %q", got)
	}
	l.pop3("DELE 2", false)
	for _, gone := range []string{"RETR 2", "DELE 2", "LIST 2", "RETR 0", "RETR x", "TOP 1", "XYZZY"} {
		if l.send(gone); !strings.HasPrefix(l.read(), "-ERR") {
			t.Error(gone)
		}
	}
	l.pop3("RSET", false)
	l.pop3("NOOP", false)
	l.pop3("DELE 1", false)

	second := call(t, s.Accounts()[1].POP3)
	second.pop3("USER "+benAddr, false)
	if second.send("PASS " + password); !strings.HasPrefix(second.read(), "-ERR [IN-USE]") {
		t.Error("two sessions have the drop")
	}
	l.conn.Close() // without QUIT nothing is deleted
	for {
		second.send("PASS " + password)
		if strings.HasPrefix(second.read(), "+OK") {
			break
		}
		runtime.Gosched()
	}
	contains(t, second.pop3("STAT", false), "+OK 3 ")
	second.pop3("DELE 1", false)
	second.pop3("QUIT", false)
	contains(t, pop3Login(t, s).pop3("UIDL", true), "+OK 2 messages\n1 demo.00000002\n2 demo.00000003")
}

func TestWrongPassword(t *testing.T) {
	s := start(t, 1)
	l := call(t, s.Accounts()[0].IMAP)
	if l.send("t LOGIN ann wrong"); !strings.HasPrefix(l.read(), "t NO") {
		t.Error("IMAP took a wrong password")
	}
	l = call(t, s.Accounts()[1].POP3)
	l.pop3("USER "+benAddr, false)
	if l.send("PASS wrong"); !strings.HasPrefix(l.read(), "-ERR [AUTH]") {
		t.Error("POP3 took a wrong password")
	}
	err := smtp.SendMail(s.Accounts()[0].SMTP, smtp.PlainAuth("", annAddr, "wrong", "127.0.0.1"), annAddr, []string{benAddr}, []byte("x\r\n"))
	if err == nil || !strings.Contains(err.Error(), "535") {
		t.Errorf("SMTP: %v", err)
	}
	err = smtp.SendMail(s.Accounts()[0].SMTP, nil, annAddr, []string{benAddr}, []byte("x\r\n"))
	if err == nil || !strings.Contains(err.Error(), "authenticate first") {
		t.Errorf("SMTP without login: %v", err)
	}
}

func send(t testing.TB, s *Servers, from, subject string, to ...string) error {
	t.Helper()
	msg := fmt.Sprintf("From: <%s>\r\nTo: %s\r\nSubject: %s\r\n\r\nHello\r\n", from, strings.Join(to, ", "), subject)
	return smtp.SendMail(s.Accounts()[0].SMTP, smtp.PlainAuth("", from, password, "127.0.0.1"), from, to, []byte(msg))
}

func TestSend(t *testing.T) {
	s := start(t, 2)
	l := imapLogin(t, s)
	l.imap("SELECT INBOX")
	l.send("t IDLE")
	l.read()
	if err := send(t, s, benAddr, "to Ann", annAddr, "Ann+tag@example.org"); err != nil {
		t.Fatal(err)
	}
	if got := l.read(); got != "* 3 EXISTS" {
		t.Errorf("while idle: %q", got)
	}
	l.read() // the second one
	l.send("DONE")
	l.read()
	contains(t, l.imap("FETCH 3 BODY.PEEK[]"), "Subject: to Ann", "Return-Path: <ben@example.org>")

	if err := send(t, s, annAddr, "to Ben", benAddr); err != nil {
		t.Fatal(err)
	}
	contains(t, pop3Login(t, s).pop3("RETR 3", true), "Subject: to Ben")

	if err := send(t, s, annAddr, "to nobody", "nobody@example.org"); err == nil || !strings.Contains(err.Error(), "550") {
		t.Errorf("to nobody: %v", err)
	}
	if err := send(t, s, annAddr, "far away", "mira@example.com"); err != nil {
		t.Fatal(err)
	}
	contains(t, l.imap("NOOP"), "* 5 EXISTS")
	contains(t, l.imap("FETCH 5 BODY.PEEK[]"), "Final-Recipient: rfc822; mira@example.com", "Subject: far away")
	if err := send(t, s, annAddr, "thanks", "postmaster@example.org"); err != nil {
		t.Fatal(err)
	}
	contains(t, l.imap("NOOP"), "* 6 EXISTS")
	contains(t, l.imap("FETCH 6 BODY.PEEK[]"), "Final-Recipient: rfc822; postmaster@example.org", "Subject: thanks")
}

func TestSMTPLogin(t *testing.T) {
	l := call(t, start(t, 1).Accounts()[1].SMTP)
	for _, step := range [][2]string{{"EHLO x", "250"}, {"AUTH LOGIN", "334 VXNlcm5hbWU6"}, {"YmVuQGV4YW1wbGUub3Jn", "334 UGFzc3dvcmQ6"}, {"cG9zdGhvcm4=", "235"}} {
		l.send(step[0])
		got := l.read()
		for regexp.MustCompile(`^\d\d\d-`).MatchString(got) {
			got = l.read()
		}
		if !strings.HasPrefix(got, step[1]) {
			t.Fatalf("%s: %s", step[0], got)
		}
	}
}

// The servers end whenever they are closed, also before they have begun to
// listen, and nothing of them stays.
func TestClose(t *testing.T) {
	ended := func(t *testing.T) context.Context {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return ctx
	}
	for _, c := range []struct {
		name string
		ctx  func(*testing.T) context.Context
		use  func(t *testing.T, s *Servers)
	}{
		{"at once", (*testing.T).Context, func(*testing.T, *Servers) {}},
		{"with a context that has ended", ended, func(*testing.T, *Servers) {}},
		{"twice at the same time", (*testing.T).Context, func(t *testing.T, s *Servers) {
			var both sync.WaitGroup
			defer both.Wait()
			for range 2 {
				both.Go(func() { s.Close() })
			}
		}},
		{"with clients who have heard nothing yet", (*testing.T).Context, func(t *testing.T, s *Servers) {
			for _, addr := range ports(s) {
				dial(t, addr)
			}
		}},
		{"with clients", (*testing.T).Context, func(t *testing.T, s *Servers) {
			for _, addr := range ports(s) {
				call(t, addr)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 20 {
				before := goleak.IgnoreCurrent()
				s, err := Start(c.ctx(t), Options{Messages: 1})
				if err != nil {
					t.Fatal(err)
				}
				c.use(t, s)
				for range 2 {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				}
				goleak.VerifyNone(t, before)
			}
		})
	}
}

// ports returns the addresses of all servers.
func ports(s *Servers) []string {
	a := s.Accounts()
	return []string{a[0].IMAP, a[1].POP3, a[0].SMTP}
}

// The end of the context breaks the connections.
func TestContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := Start(ctx, Options{Messages: 1})
	if err != nil {
		t.Fatal(err)
	}
	var lines []*line
	for _, addr := range ports(s) {
		lines = append(lines, call(t, addr))
	}
	cancel()
	for _, l := range lines {
		io.Copy(io.Discard, l.r) // ends when the line breaks
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
