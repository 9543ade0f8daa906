package account_test

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
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/account/pop3"
	"posthorn/account/smtp"
	"posthorn/mail"
)

// secret is the password of all logins here: no text for people may hold it.
const secret = "correct horse battery"

func login() account.Login {
	return account.Login{User: "ann", Password: func(context.Context) (string, error) { return secret, nil }}
}

// An authority issues certificates to the servers of these tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // with its own certificate
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, KeyUsage: x509.KeyUsageCertSign,
		NotBefore: time.Now().AddDate(-9, 0, 0), NotAfter: time.Now().AddDate(9, 0, 0), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	must(t, err)
	a := &authority{key: key, file: filepath.Join(t.TempDir(), "ca.pem")}
	a.cert, err = x509.ParseCertificate(der)
	must(t, err)
	must(t, os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return a
}

// issue makes a certificate for a name or an address, from a number of years ago
// to another.
func (a *authority) issue(t testing.TB, host string, from, to int) *tls.Config {
	t.Helper()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotBefore: time.Now().AddDate(from, 0, 0), NotAfter: time.Now().AddDate(to, 0, 0)}
	if ip := net.ParseIP(host); ip != nil {
		tmpl.IPAddresses = []net.IP{ip}
	} else {
		tmpl.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &a.key.PublicKey, a.key)
	must(t, err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: a.key}}}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// serve plays the server's side of a dialogue, once, and reports what went
// otherwise. Lines of the server begin with "S: ", those of the client with
// "C: "; where the client's end in "*", only the beginning counts. At "TLS" the
// handshake is done, and may fail; at "C: hello" the client begins one; at "X"
// the server hangs up, and at "..." it listens to whatever comes until the client
// goes. After the end it listens, too, and the client may say nothing more.
func serve(t testing.TB, cfg *tls.Config, dialogue ...string) account.Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ended := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			ended <- nil // nobody came, as some tests want it
			return
		}
		defer conn.Close()
		ended <- play(conn, cfg, dialogue)
	}()
	t.Cleanup(func() {
		l.Close()
		if err := <-ended; err != nil {
			t.Error("server:", err)
		}
	})
	return account.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: account.Plain}
}

func play(conn net.Conn, cfg *tls.Config, dialogue []string) error {
	r := bufio.NewReader(conn)
	for _, line := range dialogue {
		switch {
		case line == "X":
			return nil
		case line == "...":
			io.Copy(io.Discard, r)
			return nil
		case line == "C: hello":
			if err := hello(r); err != nil {
				return err
			}
		case line == "TLS":
			secured := tls.Server(conn, cfg)
			if secured.Handshake() != nil {
				return nil // the client says why
			}
			conn, r = secured, bufio.NewReader(secured)
		case strings.HasPrefix(line, "S: "):
			if _, err := io.WriteString(conn, line[3:]+"\r\n"); err != nil {
				return err
			}
		default:
			want, open := strings.CutSuffix(strings.TrimPrefix(line, "C: "), "*")
			got, err := r.ReadString('\n')
			if got = strings.TrimRight(got, "\r\n"); err != nil || got != want && !(open && strings.HasPrefix(got, want)) {
				return fmt.Errorf("the client said %q, %v, not %q", got, err, line)
			}
		}
	}
	if rest, _ := io.ReadAll(r); len(rest) > 0 {
		return fmt.Errorf("the client said %q after the end", rest)
	}
	return nil
}

// hello reads the record with which a client begins a handshake (RFC 8446,
// section 5.1).
func hello(r io.Reader) error {
	head := make([]byte, 5)
	if _, err := io.ReadFull(r, head); err != nil || head[0] != 22 {
		return fmt.Errorf("the client began the handshake with %x, %v", head, err)
	}
	_, err := io.CopyN(io.Discard, r, int64(head[3])<<8|int64(head[4]))
	return err
}

// failure is what a person and a program learn of an error.
type failure struct {
	kind      account.Kind
	text      string // %s stands for the server
	hint      string
	temporary bool
}

// check compares an error with what it should be.
func check(t testing.TB, err error, s account.Server, want failure) {
	t.Helper()
	var e *account.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *account.Error", err)
	}
	if e.Kind != want.kind || account.KindOf(fmt.Errorf("wrapped: %w", err)) != want.kind {
		t.Errorf("the kind is %d, want %d: %v", e.Kind, want.kind, err)
	}
	if text := strings.ReplaceAll(want.text, "%s", s.Addr()); err.Error() != text {
		t.Errorf("the text is\n%s, want\n%s", err, text)
	}
	if e.Hint() != want.hint {
		t.Errorf("the hint is\n%s, want\n%s", e.Hint(), want.hint)
	}
	if got := account.RetryOf(err) == account.RetryLater; got != want.temporary {
		t.Errorf("it may help to try again: %v", got)
	}
	tidy(t, err)
}

// tidy checks what holds for every text: one line, with no secret in it.
func tidy(t testing.TB, err error) {
	t.Helper()
	shown := err.Error()
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		shown += h.Hint()
	}
	if strings.ContainsAny(shown, "\r\n") {
		t.Errorf("more than one line: %q", shown)
	}
	if all := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(all, secret) {
		t.Errorf("the password is in %s", all)
	}
}

const (
	tampering  = "try --tls implicit; somebody may be tampering with the connection"
	firewall   = "check that this machine is online and that no firewall is in the way"
	distrusted = "the certificate cannot be trusted: check the server's name, name its issuer with --ca-file, or trust its key alone with --fingerprint"
)

func TestDial(t *testing.T) {
	s := serve(t, nil, "S: * OK hello", "C: a LOGOUT")
	conn, err := s.Dial(t.Context())
	must(t, err)
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if line != "* OK hello\r\n" || err != nil {
		t.Errorf("the server said %q, %v", line, err)
	}
	_, err = io.WriteString(conn, "a LOGOUT\r\n")
	must(t, err)
}

func TestDialTLS(t *testing.T) {
	a := newAuthority(t)
	s := serve(t, a.issue(t, "127.0.0.1", -1, 1), "TLS", "S: * OK hello")
	s.TLS, s.CAFile = account.Implicit, a.file
	conn, err := s.Dial(t.Context())
	must(t, err)
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if line != "* OK hello\r\n" || err != nil {
		t.Errorf("the server said %q, %v", line, err)
	}
}

// The name is one that can never exist (RFC 2606): some resolvers say so, others
// do not answer without a network.
func TestNameNotFound(t *testing.T) {
	s := account.Server{Host: "imap.example.invalid", Port: 993, TLS: account.Implicit}
	_, err := s.Dial(t.Context())
	var dns *net.DNSError
	if errors.As(err, &dns) && !dns.IsNotFound {
		check(t, err, s, failure{account.Unreachable, "connect at %s: network not reachable", firewall, true})
		return
	}
	check(t, err, s, failure{account.NoSuchHost, "connect at %s: name not found: imap.example.invalid",
		"check the server's name for a typing mistake, and that this machine is online", true})
}

func TestRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := account.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: account.Plain}
	must(t, l.Close()) // nobody else is given the port that soon
	_, err = s.Dial(t.Context())
	check(t, err, s, failure{account.Refused, "connect at %s: connection refused", fmt.Sprintf("check the port: nothing listens on %d there", s.Port), true})
}

// A server that takes the connection and says nothing. The time is up before the
// look: no test waits for it.
func TestTimeout(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	s := serve(t, nil)
	_, err := s.Dial(ctx)
	check(t, err, s, failure{account.TimedOut, "connect at %s: no answer in time", firewall, true})

	s = serve(t, nil, "...")
	conn, err := s.Dial(t.Context())
	must(t, err)
	s.TLS = account.StartTLS
	_, err = s.Upgrade(ctx, conn)
	check(t, err, s, failure{account.TimedOut, "secure the connection at %s: no answer in time", firewall, true})
	if _, err := conn.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the connection is left open: %v", err)
	}
}

// A line that went dead in the middle is noticed, reading and writing.
func TestPatient(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	p := account.Patient(here, time.Nanosecond)
	for name, f := range map[string]func([]byte) (int, error){"read": p.Read, "write": p.Write} {
		_, err := f(make([]byte, 1))
		s := account.Server{Host: "mail.example.org", Port: 143}
		check(t, account.Fail(name, s, err), s, failure{account.TimedOut, name + " at %s: no answer in time", firewall, true})
	}
	here.Close()
	if _, err := p.Read(make([]byte, 1)); err == nil {
		t.Error("a closed connection is read")
	}
	if _, err := p.Write(make([]byte, 1)); err == nil {
		t.Error("a closed connection is written to")
	}
}

func TestCertificates(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	const host = "127.0.0.1"
	for _, tt := range []struct {
		name, ca, text string
		cfg            *tls.Config
	}{
		{"unknown issuer", other.file, "certificate signed by unknown authority", a.issue(t, host, -1, 1)},
		{"expired", a.file, "certificate has expired or is not yet valid", a.issue(t, host, -2, -1)},
		{"not yet valid", a.file, "certificate has expired or is not yet valid", a.issue(t, host, 1, 2)},
		{"another address", a.file, "certificate is valid for 127.0.0.2, not 127.0.0.1", a.issue(t, "127.0.0.2", -1, 1)},
		{"a name", a.file, "cannot validate certificate for 127.0.0.1", a.issue(t, "mail.example.org", -1, 1)},
		{"the system's trust", "", "certificate signed by unknown authority", a.issue(t, host, -1, 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, tt.cfg, "TLS", "S: * OK hello")
			s.TLS, s.CAFile = account.Implicit, tt.ca
			_, err := s.Dial(t.Context())
			if err == nil {
				t.Fatal("the certificate is trusted")
			}
			// Go's words follow, with dates in them.
			if begin := "secure the connection at " + s.Addr() + ": TLS verify: x509: "; !strings.HasPrefix(err.Error(), begin) || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("the text is %s", err)
			}
			check(t, err, s, failure{account.Untrusted, err.Error(), distrusted, false})
		})
	}
}

// A server that does not speak TLS where it should, and one that hangs up.
func TestNotTLS(t *testing.T) {
	s := serve(t, nil, "S: 220 mail.example.org ESMTP", "...")
	s.TLS = account.Implicit
	_, err := s.Dial(t.Context())
	check(t, err, s, failure{account.NoTLS, "secure the connection at %s: the server does not speak TLS on this port", "try --tls starttls, or another port", false})

	s = serve(t, nil, "X")
	s.TLS = account.Implicit
	_, err = s.Dial(t.Context())
	check(t, err, s, failure{account.Lost, "secure the connection at %s: the server closed the connection", "", true})
}

// Each protocol insists on STARTTLS: what is taken out of a server's answer, and
// what is refused, ends the conversation before the password.
func TestStartTLSStripped(t *testing.T) {
	open := map[string]func(context.Context, account.Server) error{
		"IMAP": func(ctx context.Context, s account.Server) error {
			_, err := imap.Dial(ctx, imap.Options{Server: s, Login: login()})
			return err
		},
		"POP3": func(ctx context.Context, s account.Server) error {
			_, err := pop3.Dial(ctx, pop3.Options{Server: s, Login: login()})
			return err
		},
		"SMTP": func(ctx context.Context, s account.Server) error {
			_, err := smtp.New(smtp.Options{Server: s, Login: login()}).Send(ctx, mail.Outgoing{From: "a@b.c", Rcpt: []string{"d@e.f"}, Raw: []byte("\r\n")}, func([]mail.Result) error { return nil })
			return err
		},
	}
	none := func(text string) failure {
		return failure{account.NoTLS, "secure the connection at %s: " + text, tampering, false}
	}
	for _, tt := range []struct {
		protocol, how string
		dialogue      []string
		want          failure
	}{
		{"IMAP", "stripped", []string{"S: * OK hello", "C: s1 CAPABILITY", "S: * CAPABILITY IMAP4rev1 AUTH=PLAIN", "S: s1 OK"}, none("the server does not offer STARTTLS")},
		{"IMAP", "refused", []string{"S: * OK hello", "C: s1 CAPABILITY", "S: * CAPABILITY IMAP4rev1 STARTTLS", "S: s1 OK", "C: s2 STARTTLS", "S: s2 NO not today"}, none("the server said: not today")},
		{"POP3", "stripped", []string{"S: +OK hello", "C: CAPA", "S: +OK", "S: USER", "S: SASL PLAIN", "S: ."}, none("the server does not offer STLS")},
		{"POP3", "refused", []string{"S: +OK hello", "C: CAPA", "S: +OK", "S: STLS", "S: .", "C: STLS", "S: -ERR not today"}, none("the server said: not today")},
		{"SMTP", "stripped", []string{"S: 220 hello", "C: EHLO *", "S: 250-mail.example.org", "S: 250 AUTH PLAIN"}, none("the server does not offer STARTTLS")},
		{"SMTP", "refused", []string{"S: 220 hello", "C: EHLO *", "S: 250-mail.example.org", "S: 250 STARTTLS", "C: STARTTLS", "S: 454 not today"},
			failure{account.Busy, "secure the connection at %s: the server said: 454 not today", "the server asks to try again later", true}}, // RFC 3207, section 4
	} {
		t.Run(tt.protocol+" "+tt.how, func(t *testing.T) {
			s := serve(t, nil, tt.dialogue...)
			s.TLS = account.StartTLS
			err := open[tt.protocol](t.Context(), s)
			if err == nil {
				t.Fatal("no error")
			}
			check(t, err, s, tt.want)
		})
	}
	// Plain text where the handshake should begin is no handshake.
	for protocol, dialogue := range map[string][]string{
		"IMAP": {"S: * OK hello", "C: s1 CAPABILITY", "S: * CAPABILITY IMAP4rev1 STARTTLS", "S: s1 OK", "C: s2 STARTTLS", "S: s2 OK go", "C: hello", "S: * CAPABILITY IMAP4rev1", "..."},
		"POP3": {"S: +OK hello", "C: CAPA", "S: +OK", "S: STLS", "S: .", "C: STLS", "S: +OK go", "C: hello", "S: +OK hello again", "..."},
		"SMTP": {"S: 220 hello", "C: EHLO *", "S: 250-mail.example.org", "S: 250 STARTTLS", "C: STARTTLS", "S: 220 go", "C: hello", "S: 250 mail.example.org", "..."},
	} {
		t.Run(protocol+" plain after all", func(t *testing.T) {
			s := serve(t, nil, dialogue...)
			s.TLS = account.StartTLS
			err := open[protocol](t.Context(), s)
			if account.KindOf(err) != account.NoTLS {
				t.Errorf("the kind is %d: %v", account.KindOf(err), err)
			}
			tidy(t, err)
		})
	}
}

// A password is not sent in clear over a network: the connection is not even
// made, unless the person insists.
func TestPlain(t *testing.T) {
	for host, loopback := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"192.0.2.1": false, "localhost.example.org": false, "mail.example.org": false, "0.0.0.0": false, "::": false, "": false, "2130706433": false,
	} {
		s := account.Server{Host: host, Port: 143, TLS: account.Plain}
		if s.Loopback() != loopback {
			t.Errorf("%q is this machine: %v", host, s.Loopback())
		}
		// The context ended: what is not refused gets no further than that.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := s.Dial(ctx)
		if loopback {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%q: %v", host, err)
			}
			continue
		}
		check(t, err, s, failure{account.NoTLS, "connect at %s: a connection without TLS would show the password to everyone on the way", "use --tls implicit or --tls starttls", false})
		s.Insecure = true
		if _, err := s.Dial(ctx); account.KindOf(err) == account.NoTLS { // it failed to look the name up, or was not even begun
			t.Errorf("%q, where it is allowed: %v", host, err)
		}
	}
}

// One who gives up is told nothing of servers.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := serve(t, nil)
	_, err := s.Dial(ctx)
	given(t, err)

	// In the middle of a handshake that the server does not go on with.
	s = serve(t, nil, "C: hello")
	conn, err := s.Dial(t.Context())
	must(t, err)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	_, err = s.Upgrade(ctx, &tripwire{conn, cancel})
	given(t, err)
}

// tripwire calls a function when something was written.
type tripwire struct {
	net.Conn
	wrote func()
}

func (c *tripwire) Write(b []byte) (int, error) {
	defer c.wrote()
	return c.Conn.Write(b)
}

func given(t testing.TB, err error) {
	t.Helper()
	var e *account.Error
	if !errors.Is(err, context.Canceled) || errors.As(err, &e) || account.RetryOf(err) == account.RetryLater {
		t.Errorf("one who gave up is told %v", err)
	}
}

// What the person named as certificates is read, or told about.
func TestCAFile(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	must(t, os.WriteFile(empty, []byte("no certificate"), 0o600))
	for file, text := range map[string]string{empty: "holds no PEM certificate", empty + ".not": "no such file"} {
		s := serve(t, nil)
		s.TLS, s.CAFile = account.Implicit, file
		_, err := s.Dial(t.Context())
		if err == nil || !strings.Contains(err.Error(), "read the certificates to trust") || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), file) {
			t.Errorf("%v", err)
		}
		if account.RetryOf(err) == account.RetryLater {
			t.Errorf("it is tried again: %v", err)
		}
	}
}

func TestAddr(t *testing.T) {
	for want, s := range map[string]account.Server{
		"mail.example.org:993": {Host: "mail.example.org", Port: 993},
		"[::1]:143":            {Host: "::1", Port: 143},
	} {
		if s.Addr() != want {
			t.Errorf("%+v is at %s", s, s.Addr())
		}
	}
}
