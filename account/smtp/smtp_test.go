package smtp

import (
	"context"
	"errors"
	"strings"
	"testing"

	"posthorn/account"
	"posthorn/internal/dialogue"
	"posthorn/mail"
)

// serve plays a dialogue.
func serve(t *testing.T, script string) account.Server {
	t.Helper()
	return account.Server{Host: "127.0.0.1", Port: dialogue.Listen(t, script).Port, TLS: account.Plain}
}

func sender(s account.Server, mech string) *Sender {
	return New(Options{Server: s, Login: account.Login{User: "ann", Mechanism: mech, Password: func(context.Context) (string, error) { return "secret", nil }}})
}

const hello = `
	S: 220 mail.example.org ESMTP
	C: EHLO localhost
	S: 250-mail.example.org
	S: 250-AUTH PLAIN LOGIN
	S: 250-8BITMIME
	S: 250 SIZE 1000
	C: AUTH PLAIN AGFubgBzZWNyZXQ=
	S: 235 2.7.0 welcome
`

func outgoing() mail.Outgoing {
	return mail.Outgoing{From: "ann@example.org", Rcpt: []string{"ben@example.org", "nobody@example.org"}, Raw: []byte("Subject: x\r\n\r\nhello\r\n")}
}

func TestSend(t *testing.T) {
	s := serve(t, hello+`
		C: MAIL FROM:<ann@example.org>*
		S: 250 2.1.0 ok
		C: RCPT TO:<ben@example.org>
		S: 250 2.1.5 ok
		C: RCPT TO:<nobody@example.org>
		S: 550 5.1.1 no such user
		C: DATA
		S: 354 go on
		C.
		S: 250 2.0.0 queued
		C: QUIT
		S: 221 bye`)
	results, err := sender(s, "").Send(context.Background(), outgoing(), handing)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 || results[0].Err != nil || account.KindOf(results[1].Err) != account.Denied {
		t.Errorf("the results are %+v", results)
	}
	if want := "send to nobody@example.org at " + s.Addr() + ": the server said: 550 5.1.1 no such user"; results[1].Err.Error() != want {
		t.Errorf("the refusal reads %q, want %q", results[1].Err, want)
	}
}

func TestLoginMechanism(t *testing.T) {
	s := serve(t, `
		S: 220 hello
		C: EHLO localhost
		S: 250-x
		S: 250 AUTH PLAIN LOGIN
		C: AUTH LOGIN
		S: 334 VXNlcm5hbWU6
		C: YW5u
		S: 334 UGFzc3dvcmQ6
		C: c2VjcmV0
		S: 235 ok
		C: QUIT
		S: 221 bye`)
	if err := sender(s, "LOGIN").Test(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// What fails is told by its kind, and by whether trying again may help.
func TestFailures(t *testing.T) {
	const upToData = hello + `
		C: MAIL FROM:<ann@example.org>*
		S: 250 ok
		C: RCPT TO:<ben@example.org>
		S: 250 ok
		C: RCPT TO:<nobody@example.org>
		S: 250 ok
		C: DATA
		S: 354 go on
	`
	for name, tt := range map[string]struct {
		script    string
		kind      account.Kind
		temporary bool
		says      string
	}{
		"wrong password": {strings.Replace(hello, "235 2.7.0 welcome", "535 5.7.8 no\nC: *\nS: 501 5.5.2 what?", 1), account.BadLogin, false, "535 5.7.8 no"},
		"busy":           {"S: 421 4.3.2 too busy", account.Busy, true, "too busy"},
		"no recipient": {hello + `
			C: MAIL FROM:<ann@example.org>*
			S: 250 ok
			C: RCPT TO:<ben@example.org>
			S: 450 4.2.1 greylisted
			C: RCPT TO:<nobody@example.org>
			S: 451 4.2.1 greylisted
			`, account.Busy, true, "greylisted"},
		"refused after the dot": {upToData + "C.\nS: 554 5.7.1 spam", account.Denied, false, "spam"},
		"lost before the dot":   {hello + "C: MAIL FROM:*\nX", account.Lost, true, "closed"},
		"lost after the dot":    {upToData + "C.\nX", account.Uncertain, false, "answer was lost"},
		"no mechanism":          {"S: 220 x\nC: EHLO localhost\nS: 250-x\nS: 250 AUTH GSSAPI", account.BadLogin, false, "GSSAPI"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sender(serve(t, tt.script), "").Send(context.Background(), outgoing(), handing)
			if account.KindOf(err) != tt.kind || (account.RetryOf(err) == account.RetryLater) != tt.temporary || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v: kind %d, temporary %v", err, account.KindOf(err), account.RetryOf(err) == account.RetryLater)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("%v tells the password", err)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	m := outgoing()
	m.Raw = append(m.Raw, strings.Repeat("x", 2000)...)
	_, err := sender(serve(t, hello), "").Send(context.Background(), m, handing)
	if account.KindOf(err) != account.Denied || !strings.Contains(err.Error(), "no more than 1000") {
		t.Errorf("got %v", err)
	}
}

// A server, or somebody in between, that takes STARTTLS away gets no password.
func TestStripped(t *testing.T) {
	s := serve(t, "S: 220 x\nC: EHLO localhost\nS: 250-x\nS: 250 AUTH PLAIN")
	s.TLS = account.StartTLS
	if _, err := sender(s, "").Send(context.Background(), outgoing(), handing); account.KindOf(err) != account.NoTLS {
		t.Errorf("got %v", err)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := sender(serve(t, "S: 220 x\nC: EHLO localhost\nS: 250 AUTH PLAIN"), "")
	s.o.Login.Password = func(context.Context) (string, error) { cancel(); return "secret", nil }
	if _, err := s.Send(ctx, outgoing(), handing); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCRLF(t *testing.T) {
	for in, want := range map[string]string{
		"A: b\n\nc\n":                "A: b\r\n\r\nc\r\n",
		"A: b\r\n\r\nc\rd\ne":        "A: b\r\n\r\nc\r\nd\r\ne\r\n",
		"Bcc: x\n y\nA: b\n\nBcc: c": "A: b\r\n\r\nBcc: c\r\n",
	} {
		if got := string(crlf([]byte(in))); got != want {
			t.Errorf("%q is sent as %q, want %q", in, got, want)
		}
	}
}

// handing lets everything be sent.
func handing([]mail.Result) error { return nil }
