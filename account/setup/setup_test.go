package setup

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
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/discover"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const password = "correct horse"

// server is one that answers commands by how they begin, as often as it is
// connected to. Its tls is begun from the first octet, or where it is asked for.
type server struct {
	greeting string
	answers  [][2]string
	cfg      *tls.Config
	implicit bool
}

func imapServer() server {
	return server{greeting: "* OK ready", answers: [][2]string{
		{"CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\n%t OK"}, {"STARTTLS", "%t OK begin"},
		{`LOGIN "ann@example.org" "` + password + `"`, "%t OK in"}, {`LOGIN "ann" "` + password + `"`, "%t OK in"}, {"LOGIN", "%t NO [AUTHENTICATIONFAILED] who are you"},
		{"LIST", "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Sent\r\n%t OK"}, {"", "%t OK"}}}
}

func smtpServer() server {
	return server{greeting: "220 ready", answers: [][2]string{{"EHLO", "250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN"}, {"STARTTLS", "220 begin"}, {"AUTH", "235 in"}, {"QUIT", "221 bye"}, {"", "500 what"}}}
}

func pop3Server() server {
	return server{greeting: "+OK ready", answers: [][2]string{{"CAPA", "+OK\r\nUSER\r\nUIDL\r\nSTLS\r\n."}, {"STLS", "+OK begin"}, {"STAT", "+OK 1 5"}, {"LIST", "+OK\r\n1 5\r\n."}, {"UIDL", "+OK\r\n1 a\r\n."}, {"", "+OK"}}}
}

// listen serves until the test ends, and returns HOST:PORT.
func (s server) listen(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.talk(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return l.Addr().String()
}

func (s server) talk(conn net.Conn) {
	defer conn.Close()
	if s.implicit {
		conn = tls.Server(conn, s.cfg)
	}
	r := bufio.NewReader(conn)
	fmt.Fprintf(conn, "%s\r\n", s.greeting)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		tag, command := "", strings.TrimSpace(line)
		if strings.HasPrefix(s.greeting, "*") {
			tag, command, _ = strings.Cut(command, " ")
		}
		i := slices.IndexFunc(s.answers, func(a [2]string) bool { return strings.HasPrefix(command, a[0]) })
		fmt.Fprintf(conn, "%s\r\n", strings.ReplaceAll(s.answers[i][1], "%t", tag))
		if (command == "STARTTLS" || command == "STLS") && s.cfg != nil {
			conn = tls.Server(conn, s.cfg)
			r = bufio.NewReader(conn)
		}
	}
}

// certificate returns how a server on this machine does TLS, and a file that
// makes it trusted.
func certificate(t testing.TB) (cfg *tls.Config, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "box"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	must(t, err)
	file = filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, file
}

// filled is a setup in which fields are set.
func filled(t testing.TB, fields ...string) *Setup {
	t.Helper()
	s := New(Options{})
	set(t, s, string(Address), "ann@example.org", string(Password), password)
	set(t, s, fields...)
	return s
}

func set(t testing.TB, s *Setup, fields ...string) {
	t.Helper()
	for pair := range slices.Chunk(fields, 2) {
		must(t, s.Set(Field(pair[0]), pair[1]))
	}
}

// plain sets both servers up without TLS.
func plain(in, out string) []string {
	return []string{string(Incoming), in, string(IncomingTLS), "none", string(Outgoing), out, string(OutgoingTLS), "none"}
}

// test returns the steps that were reported.
func test(t testing.TB, s *Setup) (steps []string) {
	t.Helper()
	if step, f := s.Next(); step != Test {
		t.Fatalf("the step is %d for %q", step, f)
	}
	must(t, s.Test(t.Context(), func(l Line) {
		switch {
		case l.Step != "":
			steps = append(steps, string(l.Protocol)+" "+l.Step+": "+l.Text)
		case l.Err == nil:
			steps = append(steps, string(l.Protocol)+" works")
		default:
			steps = append(steps, string(l.Protocol)+" fails")
		}
	}))
	return steps
}

func next(t testing.TB, s *Setup, want Step, field Field) {
	t.Helper()
	if step, f := s.Next(); step != want || f != field {
		t.Fatalf("the step is %d for %q, not %d for %q", step, f, want, field)
	}
}

// Each step is reported, of both servers.
func TestTest(t *testing.T) {
	cfg, file := certificate(t)
	for _, tt := range []struct {
		name     string
		in       server
		receive  string
		implicit bool
		want     []string
	}{
		{"IMAP", imapServer(), "imap", true, []string{"log in: logged in as ann@example.org", "folders: 2 folders, none for drafts, archive, trash, junk"}},
		{"IMAP and STARTTLS", imapServer(), "imap", false, []string{"log in: logged in as ann@example.org", "folders: 2 folders, none for drafts, archive, trash, junk"}},
		{"POP3", pop3Server(), "pop3", false, []string{"log in: logged in as ann@example.org", "folders: 1 message waits"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out := smtpServer()
			mode := "starttls"
			if tt.implicit {
				mode = "implicit"
			}
			tt.in.cfg, tt.in.implicit, out.cfg, out.implicit = cfg, tt.implicit, cfg, tt.implicit
			s := filled(t, string(Receive), tt.receive, string(Incoming), tt.in.listen(t), string(IncomingTLS), mode, string(Outgoing), out.listen(t), string(OutgoingTLS), mode, string(CAFile), file)
			var want []string
			for _, side := range []struct {
				protocol, addr string
				rest           []string
			}{{tt.receive, s.Get(Incoming), tt.want}, {"smtp", s.Get(Outgoing), []string{"log in: logged in as ann@example.org", "sending: messages are taken"}}} {
				lines := []string{"look up: 127.0.0.1 is 127.0.0.1", "connect: connected to " + side.addr}
				if tt.implicit {
					lines = append(lines, "TLS: TLS 1.3", "certificate: of box, signed by itself, valid until "+time.Now().AddDate(1, 0, 0).UTC().Format(time.DateOnly))
				}
				for _, l := range append(lines, side.rest...) {
					want = append(want, side.protocol+" "+l)
				}
				want = append(want, side.protocol+" works")
			}
			if got := test(t, s); !slices.Equal(got, want) {
				t.Errorf("the steps are\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			next(t, s, Done, "")
		})
	}
}

// A failure is named at its field, in the server's words, and nothing but that
// field is asked for again.
func TestFailures(t *testing.T) {
	s := filled(t, append(plain(imapServer().listen(t), smtpServer().listen(t)), string(Password), "wrong")...)
	test(t, s)
	next(t, s, Mend, Password)
	f := s.Failures()
	var e *account.Error
	if len(f) != 1 || !errors.As(f[0].Err, &e) || !strings.Contains(e.Said, "who are you") || e.Hint() == "" {
		t.Fatalf("%+v", f)
	}
	set(t, s, string(Password), password)
	next(t, s, Test, "")
	test(t, s)
	next(t, s, Done, "")

	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, nobody.Close())
	for _, tt := range []struct {
		name   string
		fields []string
		want   Field
	}{
		{"nothing listens", []string{string(Incoming), nobody.Addr().String()}, Incoming},
		{"a mechanism that is not offered", []string{string(OutgoingAuth), "SCRAM-SHA-256"}, OutgoingAuth},
		{"without TLS to afar", []string{string(Outgoing), "smtp.example.org:587"}, OutgoingTLS},
		{"no password", []string{string(PasswordCommand), "exit 1"}, PasswordCommand},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := filled(t, plain(imapServer().listen(t), smtpServer().listen(t))...)
			set(t, s, tt.fields...)
			test(t, s)
			next(t, s, Mend, tt.want)
		})
	}
}

// What would be right is offered, and is.
func TestFixes(t *testing.T) {
	cfg, _ := certificate(t)
	secured := func(s server, implicit bool) server { s.cfg, s.implicit = cfg, implicit; return s }
	for _, tt := range []struct {
		name          string
		in, out       server
		inTLS, outTLS string
		asks          string
		field         Field
		thenWorks     bool
	}{
		{name: "no TLS from the first octet", in: imapServer(), out: smtpServer(), inTLS: "implicit", outTLS: "none", asks: "with STARTTLS", field: IncomingTLS},
		{name: "a certificate of its own", in: secured(imapServer(), true), out: smtpServer(), inTLS: "implicit", outTLS: "none", asks: "trust this key, sha256:", field: IncomingKey, thenWorks: true},
		{name: "the same, after STARTTLS", in: secured(imapServer(), false), out: smtpServer(), inTLS: "starttls", outTLS: "none", asks: "trust this key, sha256:", field: IncomingKey, thenWorks: true},
		{name: "swapped", in: smtpServer(), out: imapServer(), inTLS: "none", outTLS: "none", asks: "swap the servers", field: Incoming, thenWorks: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := filled(t, string(Incoming), tt.in.listen(t), string(IncomingTLS), tt.inTLS, string(Outgoing), tt.out.listen(t), string(OutgoingTLS), tt.outTLS)
			test(t, s)
			next(t, s, Mend, tt.field)
			f := s.Failures()[0]
			if len(f.Fixes) != 1 || !strings.Contains(f.Fixes[0].Question, tt.asks) {
				t.Fatalf("%+v", f)
			}
			must(t, s.Apply(f.Fixes[0]))
			next(t, s, Test, "")
			if tt.thenWorks {
				test(t, s)
				next(t, s, Done, "")
			}
		})
	}
}

// Another key than the one that was trusted is an alarm, and no button trusts it.
func TestAlarm(t *testing.T) {
	cfg, _ := certificate(t)
	in := imapServer()
	in.cfg, in.implicit = cfg, true
	s := filled(t, append(plain(in.listen(t), smtpServer().listen(t)), string(IncomingTLS), "implicit", string(IncomingKey), strings.Repeat("00", 32))...)
	test(t, s)
	if f := s.Failures()[0]; !f.Alarm || len(f.Fixes) > 0 || len(f.Certificates) != 1 || account.KindOf(f.Err) != account.Untrusted {
		t.Errorf("%+v", f)
	}
}

// A field that makes no sense is refused alone, and what it had stays.
func TestSet(t *testing.T) {
	for _, tt := range []struct {
		field      Field
		text, want string
	}{
		{Address, "Ann Lind <ann@example.org>", "ann@example.org"}, {Address, "ann", ""}, {Address, "a@b.c, d@e.f", ""},
		{Receive, "pop3", "pop3"}, {Receive, "uucp", ""},
		{Incoming, "imap.example.org", "imap.example.org:993"}, {Incoming, " h:1 ", "h:1"}, {Incoming, "h:abc", ""}, {Incoming, "h:0", ""}, {Incoming, ":1", ""}, {Incoming, "[::1]:143", "[::1]:143"}, {Incoming, "ann@h:1", ""},
		{Outgoing, "h", "h:465"}, {IncomingTLS, "starttls", "starttls"}, {IncomingTLS, "ssl", ""}, {OutgoingKey, "00", ""}, {Password, "two\nlines", ""}, {Password, " blanks ", " blanks "},
	} {
		s := New(Options{})
		err := s.Set(tt.field, tt.text)
		if got := s.values[tt.field].text; got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s %q: %q, %v", tt.field, tt.text, got, err)
		}
	}
	s := New(Options{})
	set(t, s, string(Address), "Ann Lind <ann@example.org>", string(Incoming), "h:143", string(Outgoing), "h:2525")
	for f, want := range map[Field]string{FullName: "Ann Lind", Name: "ann", IncomingUser: "ann@example.org", IncomingTLS: "starttls", OutgoingTLS: "implicit", Receive: "imap"} {
		if got := s.Get(f); got != want {
			t.Errorf("%s is %q, not %q", f, got, want)
		}
	}
}

// zone is a resolver that knows SRV records.
type zone map[string]*net.SRV

func (zone) LookupHost(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
func (zone) LookupMX(context.Context, string) ([]*net.MX, error)  { return nil, nil }
func (z zone) LookupSRV(_ context.Context, service, _, name string) (string, []*net.SRV, error) {
	if r := z[service+" "+name]; r != nil {
		return name, []*net.SRV{r}, nil
	}
	return "", nil, &net.DNSError{IsNotFound: true}
}

// What is found fills the fields that were not given; another address is searched
// anew, and only what was found for the old one is forgotten.
func TestFind(t *testing.T) {
	refused := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("nobody") }
	s := New(Options{Finder: &discover.Finder{Dial: refused, Resolver: zone{
		"imaps example.org.": {Target: "imap.example.org.", Port: 993}, "pop3s example.org.": {Target: "pop.example.org.", Port: 995}, "submission example.org.": {Target: "smtp.example.org.", Port: 587}}}})
	next(t, s, Ask, Address)
	set(t, s, string(Address), "ann@example.org", string(OutgoingUser), "sender")
	next(t, s, Search, "")
	must(t, s.Find(t.Context()))
	next(t, s, Confirm, "")
	for f, want := range map[Field]string{Incoming: "imap.example.org:993", IncomingTLS: "implicit", IncomingUser: "ann@example.org", Outgoing: "smtp.example.org:587", OutgoingTLS: "starttls", OutgoingUser: "sender"} {
		if got := s.Get(f); got != want {
			t.Errorf("%s is %q, not %q", f, got, want)
		}
	}
	if s.Found(Incoming) != "SRV records of example.org" || s.Found(OutgoingUser) != "" {
		t.Errorf("found by %q and %q", s.Found(Incoming), s.Found(OutgoingUser))
	}
	set(t, s, string(Receive), "pop3")
	if s.Get(Incoming) != "pop.example.org:995" {
		t.Errorf("by POP3 from %q", s.Get(Incoming))
	}
	s.Confirm()
	next(t, s, Ask, Password)
	set(t, s, string(Password), password, string(Address), "ann@example.net")
	next(t, s, Search, "")
	must(t, s.Find(t.Context()))
	next(t, s, Ask, Incoming)
	set(t, s, string(Incoming), "mail.example.net:110")
	next(t, s, Ask, Outgoing)
	set(t, s, string(Outgoing), "mail.example.net:25")
	next(t, s, Test, "") // the password is there
	if s.Get(IncomingTLS) != "starttls" || s.Get(OutgoingUser) != "sender" {
		t.Errorf("%s, %s", s.Get(IncomingTLS), s.Get(OutgoingUser))
	}
}

// The table of providers needs no network.
func TestProvider(t *testing.T) {
	s := New(Options{})
	set(t, s, string(Address), "ann@gmail.com")
	must(t, s.Find(t.Context()))
	if p := s.Provider(); p == nil || p.Name != "Gmail" || p.Page == "" {
		t.Errorf("%+v", p)
	}
	set(t, s, string(Incoming), "imap.example.org")
	if p := s.Provider(); p != nil {
		t.Errorf("another server is still %s's", p.Name)
	}
}

// Who gives up ends a test.
func TestCancel(t *testing.T) {
	mute := server{greeting: "", answers: [][2]string{{"", ""}}}
	s := filled(t, plain(mute.listen(t), smtpServer().listen(t))...)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Test(ctx, func(Line) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	next(t, s, Test, "")
}
