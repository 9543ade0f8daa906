package pop3

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"posthorn/account"
	"posthorn/internal/dialogue"
	"posthorn/internal/lab"
)

// stls serves a plain part, in one write that may hold more than belongs there,
// and then another dialogue.
func stls(t testing.TB, answer, then string) account.Server {
	t.Helper()
	s := serve(t, "S: +OK\nC: CAPA\nS: +OK\nS: STLS\nS: SASL PLAIN\nS: .\nC: STLS\nS= "+strconv.Quote(answer)+"\n"+then)
	s.TLS = account.StartTLS
	return s
}

func TestSTLS(t *testing.T) {
	file := dialogue.Certificate(t)
	const secured = "TLS\nC: CAPA\nS: +OK\nS: USER\nS: .\nC: USER ann\nS: +OK\nC: PASS secret\nS: +OK\nC: QUIT\nS: +OK\n"
	tests := []struct{ name, answer string }{
		{"as it should be", "+OK go\r\n"},
		{"with an answer put in", "+OK go\r\n+OK\r\nSASL LOGIN\r\n.\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stls(t, tt.answer, secured)
			s.CAFile = file
			d, err := Dial(t.Context(), Options{Server: s, Login: login()})
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Quit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		s := stls(t, "-ERR not today\r\n", "")
		if _, err := Dial(t.Context(), Options{Server: s, Login: login()}); account.KindOf(err) != account.NoTLS {
			t.Error(err)
		}
	})
	t.Run("not offered", func(t *testing.T) {
		s := serve(t, greeting)
		s.TLS = account.StartTLS
		if _, err := Dial(t.Context(), Options{Server: s, Login: login()}); account.KindOf(err) != account.NoTLS {
			t.Error(err)
		}
	})
}

// TestDovecot fetches from a real server.
func TestDovecot(t *testing.T) {
	srv := lab.Need(t, lab.Options{})
	const text = "Subject: one\n\n.\n..dots\nend\n"
	deliver(t, srv.LMTP, text)
	for _, s := range []account.Server{
		{Host: "127.0.0.1", Port: srv.POP3, TLS: account.Plain},
		{Host: "127.0.0.1", Port: srv.POP3, TLS: account.StartTLS, CAFile: srv.CA},
		{Host: "127.0.0.1", Port: srv.POP3S, TLS: account.Implicit, CAFile: srv.CA},
	} {
		for _, mech := range []string{"", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"} {
			fetchAndKeep(t, s, mech, text)
		}
	}
	wrong := login()
	wrong.Password = func(context.Context) (string, error) { return "wrong", nil }
	if _, err := Dial(t.Context(), Options{Server: account.Server{Host: "127.0.0.1", Port: srv.POP3, TLS: account.Plain}, Login: wrong}); account.KindOf(err) != account.BadLogin {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := Dial(t.Context(), Options{Server: account.Server{Host: "127.0.0.1", Port: srv.POP3S, TLS: account.Implicit}, Login: login()}); account.KindOf(err) != account.Untrusted {
		t.Errorf("unknown issuer: %v", err)
	}
}

func fetchAndKeep(t *testing.T, s account.Server, mech, text string) {
	t.Helper()
	l := login()
	l.Mechanism = mech
	d, err := Dial(t.Context(), Options{Server: s, Login: l})
	if err != nil {
		t.Errorf("%s, %s: %v", s.TLS, mech, err)
		return
	}
	defer d.Close()
	list, err := d.List(t.Context())
	if err != nil || len(list) != 1 || list[0].UIDL == "" {
		t.Fatalf("%v, %v", list, err)
	}
	var b strings.Builder
	if err := d.Retrieve(t.Context(), list[0], &b); err != nil || !strings.HasSuffix(b.String(), text) || strings.Contains(b.String(), "\r") {
		t.Errorf("%q, %v", b.String(), err)
	}
	if err := d.Delete(t.Context(), list[0]); err != nil {
		t.Error(err)
	}
}

func deliver(t *testing.T, port int, text string) {
	t.Helper()
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	c := smtp.NewClientLMTP(conn)
	defer c.Close()
	if err := c.SendMail("ben@example.org", []string{"ann@example.org"}, strings.NewReader(strings.ReplaceAll(text, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
}
