package lab

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
)

// Start returns only when both servers greet, and Stop leaves none behind.
func TestStart(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: starts servers, with -short")
	}
	if m := Missing(Options{Postfix: true}); len(m) > 0 {
		if os.Getenv("POSTHORN_E2E") == "required" {
			t.Fatalf("missing here: %s", strings.Join(m, ", "))
		}
		t.Skipf("left out: missing here: %s", strings.Join(m, ", "))
	}
	s, err := Start(t.TempDir(), Options{Postfix: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []struct {
		port int
		tls  bool
		says string
	}{
		{s.IMAP, false, "* OK"}, {s.IMAPS, true, "* OK"},
		{s.POP3, false, "+OK"}, {s.POP3S, true, "+OK"}, {s.LMTP, false, "220 "},
		{s.Submission, false, "220 "}, {s.Submissions, true, "220 "},
	} {
		if got := greeting(t, s, p.port, p.tls); !strings.HasPrefix(got, p.says) {
			t.Errorf("port %d greets %q, want %q", p.port, got, p.says)
		}
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", s.IMAP)); err == nil {
		c.Close()
		t.Error("Dovecot still answers after Stop")
	}
}

func greeting(t *testing.T, s *Servers, port int, secure bool) string {
	t.Helper()
	addr := fmt.Sprint("127.0.0.1:", port)
	var conn net.Conn
	var err error
	if secure {
		pem, readErr := os.ReadFile(s.CA)
		if readErr != nil {
			t.Fatal(readErr)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		conn, err = tls.Dial("tcp", addr, &tls.Config{RootCAs: pool, ServerName: "localhost"})
	} else {
		conn, err = net.Dial("tcp", addr)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}
