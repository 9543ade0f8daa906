package pop3

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"posthorn/account"
	"posthorn/internal/lab"
)

// certificate makes a certificate for 127.0.0.1, and a file with it.
func certificate(t testing.TB) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file
}

// stls serves one connection: a plain part, in one write that may hold more than
// belongs there, and then a script under TLS.
func stls(t testing.TB, cert tls.Certificate, answer, script string) account.Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			ended <- nil
			return
		}
		defer conn.Close()
		io.WriteString(conn, "+OK\r\n")
		r := bufio.NewReader(conn)
		r.ReadString('\n')
		io.WriteString(conn, "+OK\r\nSTLS\r\nSASL PLAIN\r\n.\r\n")
		r.ReadString('\n')
		io.WriteString(conn, answer)
		if script == "" {
			rest, _ := io.ReadAll(r)
			if strings.Contains(string(rest), "AUTH") {
				t.Error("the password was sent without TLS")
			}
			ended <- nil
			return
		}
		ended <- play(once{tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{cert}})}, script)
	}()
	t.Cleanup(func() {
		l.Close()
		if err := <-ended; err != nil {
			t.Error("server:", err)
		}
	})
	return account.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: account.StartTLS}
}

// once is a listener for a connection that is there already.
type once struct{ conn net.Conn }

func (o once) Accept() (net.Conn, error) { return o.conn, nil }
func (o once) Close() error              { return nil }
func (o once) Addr() net.Addr            { return o.conn.LocalAddr() }

func TestSTLS(t *testing.T) {
	cert, file := certificate(t)
	const secured = "C: CAPA\nS: +OK\nS: USER\nS: .\nC: USER ann\nS: +OK\nC: PASS secret\nS: +OK\nC: QUIT\nS: +OK\n"
	tests := []struct{ name, answer string }{
		{"as it should be", "+OK go\r\n"},
		{"with an answer put in", "+OK go\r\n+OK\r\nSASL LOGIN\r\n.\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := stls(t, cert, tt.answer, secured)
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
		s := stls(t, cert, "-ERR not today\r\n", "")
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
	if m := lab.Missing(lab.Options{}); len(m) > 0 {
		t.Skip("left out: no mail server can be started here: missing:", strings.Join(m, ", "))
	}
	srv, err := lab.Start(t.TempDir(), lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Stop()
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
