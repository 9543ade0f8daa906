//go:build unix

package cli

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"posthorn/account"
	"posthorn/account/discover"
	"posthorn/config"
	"posthorn/demo"
)

// A person sits at a terminal: reads until something is asked, and answers.
type person struct {
	t    *testing.T
	pty  *os.File
	mu   sync.Mutex
	seen bytes.Buffer // all of it
	read int          // how much of that was looked at
	more chan struct{}
}

func sit(t *testing.T) (p *person, tty *os.File) {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skip("there is no pseudo terminal here: ", err)
	}
	// Whoever reads from it is to be stopped by closing it.
	fd, err := syscall.Dup(int(master.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	master.Close()
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	master = os.NewFile(uintptr(fd), "terminal")
	p = &person{t: t, pty: master, more: make(chan struct{}, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			p.mu.Lock()
			p.seen.Write(b[:n])
			p.mu.Unlock()
			select {
			case p.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { tty.Close(); master.Close(); <-ended })
	return p, tty
}

// sees waits until a text is on the screen, behind what it waited for before.
func (p *person) sees(text string) {
	p.t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		p.mu.Lock()
		rest := p.seen.String()[p.read:]
		if i := strings.Index(rest, text); i >= 0 {
			p.read += i + len(text)
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		select {
		case <-p.more:
		case <-timeout:
			p.t.Fatalf("%q is not there, but %q", text, rest)
		}
	}
}

func (p *person) types(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.pty, text); err != nil {
		p.t.Fatal(err)
	}
}

// answers waits for questions and answers each.
func (p *person) answers(pairs ...string) {
	p.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		p.sees(pairs[i])
		p.types(pairs[i+1] + "\n")
	}
}

func (p *person) screen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.String()
}

// zone is a resolver that knows SRV records.
type zone map[string]*net.SRV

func (zone) LookupHost(context.Context, string) ([]string, error) { return nil, nil }
func (zone) LookupMX(context.Context, string) ([]*net.MX, error)  { return nil, nil }
func (z zone) LookupSRV(_ context.Context, service, _, _ string) (string, []*net.SRV, error) {
	if r := z[service]; r != nil {
		return "", []*net.SRV{r}, nil
	}
	return "", nil, &net.DNSError{IsNotFound: true}
}

// a record says that a service is at HOST:PORT.
func record(t *testing.T, addr string) *net.SRV {
	t.Helper()
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	port, err := net.LookupPort("tcp", addr[len(host)+1:])
	if err != nil {
		t.Fatal(err)
	}
	return &net.SRV{Target: host + ".", Port: uint16(port)}
}

// onlyHere connects to this machine alone.
func onlyHere(ctx context.Context, network, addr string) (net.Conn, error) {
	if !strings.HasPrefix(addr, "127.") {
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	}
	return new(net.Dialer).DialContext(ctx, network, addr)
}

// adds runs account add at a terminal. What it returns waits for its end.
func adds(t *testing.T, f addFlags, address string, z zone) (p *person, e *env, end func() error) {
	t.Helper()
	p, tty := sit(t)
	e = &env{in: tty, out: tty, errs: tty, profile: t.TempDir()}
	e.finder = &discover.Finder{Resolver: z}
	e.finder.Dial = onlyHere
	e.secrets.keyring = fixedSecret("")
	if err := e.locate(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- e.accountAdd(t.Context(), f, address) }()
	return p, e, func() error { return <-ended }
}

func servers(t *testing.T) (ann demo.Account) {
	t.Helper()
	s, err := demo.Start(t.Context(), demo.Options{Messages: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Accounts()[0]
}

// saved returns the account that was saved.
func saved(t *testing.T, e *env) config.Account {
	t.Helper()
	cfg, err := config.Load(e.paths.Config)
	if err != nil || len(cfg.Accounts) != 1 {
		t.Fatalf("%+v, %v", cfg, err)
	}
	return cfg.Accounts[0]
}

// An address, a yes and a password are asked for, and then what fails, each at its
// field and once.
func TestAddAsks(t *testing.T) {
	ann := servers(t)
	p, e, end := adds(t, addFlags{}, "", zone{"imap": record(t, ann.IMAP), "submission": record(t, ann.SMTP)})
	p.answers("Address: ", "ann", "is not an address", "", "Address: ", "Ann Lindqvist <ann@example.org>")
	p.sees("Looking for the servers of example.org")
	p.sees(ann.IMAP + ", STARTTLS, as ann@example.org (SRV records of example.org)")
	p.answers("Is this right? [Y/n] ", "y", "Password for ann@example.org: ", "wrong")
	p.sees("IMAP: connect: connected to " + ann.IMAP)
	p.answers("TLS for receiving [starttls]: ", "no", "TLS is implicit, starttls or none", "none", "TLS for sending [starttls]: ", "none")
	p.sees("receiving by IMAP does not work: log in as ann@example.org")
	p.answers("Password for ann@example.org: ", ann.Password)
	p.sees("IMAP: log in: logged in as ann@example.org")
	p.sees("SMTP: sending: ")
	if err := end(); err != nil {
		t.Fatal(err)
	}
	a := saved(t, e)
	if a.Name != "ann" || a.FullName != "Ann Lindqvist" || a.IMAP.TLS != "none" || a.SMTP.TLS != "none" || a.IMAP.User != "" {
		t.Errorf("%+v", a)
	}
	screen := p.screen()
	for question, times := range map[string]int{"Is this right?": 1, "Password for": 2, "Looking for": 1, "Server for": 0} {
		if n := strings.Count(screen, question); n != times {
			t.Errorf("%q is there %d times, not %d:\n%s", question, n, times, screen)
		}
	}
}

// Servers that are swapped are put right by one key.
func TestAddSwapped(t *testing.T) {
	ann := servers(t)
	p, e, end := adds(t, addFlags{imap: ann.SMTP, smtp: ann.IMAP, tls: "none"}, "ann@example.org", nil)
	p.answers("Password for", ann.Password)
	p.sees("an SMTP server answers there, not an IMAP server")
	p.answers("Shall Posthorn swap the servers for receiving and sending? [Y/n] ", "")
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if a := saved(t, e); net.JoinHostPort(a.IMAP.Host, "") != "127.0.0.1:" || record(t, ann.IMAP).Port != uint16(a.IMAP.Port) {
		t.Errorf("%+v", a)
	}
}

// secured puts TLS before a server, with a certificate that nobody has signed.
func secured(t *testing.T, addr string, cfg *tls.Config) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				to, err := net.Dial("tcp", addr)
				if err != nil {
					return
				}
				defer to.Close()
				serving.Go(func() { io.Copy(conn, to); conn.Close() })
				io.Copy(to, conn)
			})
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return l.Addr().String()
}

// selfSigned returns a certificate, and the fingerprint of its key.
func selfSigned(t *testing.T) (*tls.Config, string) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates}, account.Fingerprint(s.Certificate())
}

// A certificate that is refused is shown, and its key trusted after a yes.
func TestAddTrusts(t *testing.T) {
	ann := servers(t)
	cfg, key := selfSigned(t)
	p, e, end := adds(t, addFlags{}, "ann@example.org", zone{"imaps": record(t, secured(t, ann.IMAP, cfg)), "submissions": record(t, secured(t, ann.SMTP, cfg))})
	p.answers("Is this right?", "", "Password for", ann.Password)
	for range 2 {
		p.sees("The certificate is of example.com, signed by itself, valid until ")
		p.sees("127.0.0.1, ::1")
		p.sees("Its key: " + key)
		p.answers("Shall Posthorn trust this key, "+key+", for this account? [y/N] ", "y")
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	if a := saved(t, e); a.IMAP.Fingerprint != key || a.SMTP.Fingerprint != key {
		t.Errorf("%+v", a)
	}
}

// Without a terminal what is found is used with --yes. A certificate that is
// refused is told with its key, which --fingerprint trusts.
func TestAddYes(t *testing.T) {
	ann := servers(t)
	cfg, key := selfSigned(t)
	z := zone{"imaps": record(t, secured(t, ann.IMAP, cfg)), "submissions": record(t, secured(t, ann.SMTP, cfg))}
	add := func(f addFlags) (*env, string, error) {
		var errs bytes.Buffer
		e := &env{in: strings.NewReader(ann.Password + "\n"), errs: &errs, profile: t.TempDir(), finder: &discover.Finder{Resolver: z, Dial: onlyHere}}
		e.secrets.keyring = fixedSecret("")
		if err := e.locate(); err != nil {
			t.Fatal(err)
		}
		err := e.accountAdd(t.Context(), f, "ann@example.org")
		if err != nil {
			e.warn(err)
		}
		return e, errs.String(), err
	}
	if _, _, err := add(addFlags{stdin: true}); !strings.Contains(fmt.Sprint(err), "--imap HOST:PORT or --pop3 HOST:PORT, or --yes") {
		t.Errorf("the error is %v", err)
	}
	if _, told, err := add(addFlags{stdin: true, yes: true}); err == nil || !strings.Contains(told, "its key is "+key) || !strings.Contains(told, "--fingerprint") {
		t.Errorf("it told %s", told)
	}
	e, told, err := add(addFlags{stdin: true, yes: true, key: key})
	if err != nil {
		t.Fatal(told, err)
	}
	if a := saved(t, e); a.IMAP.Fingerprint != key || a.SMTP.Fingerprint != key || !strings.Contains(told, "(SRV records of example.org)") {
		t.Errorf("%+v\n%s", a, told)
	}
}

// What was found can be changed, and what is not found is asked for. Who gives no
// answer leaves, and nothing is saved.
func TestAddChanges(t *testing.T) {
	ann := servers(t)
	p, e, end := adds(t, addFlags{}, "ann@example.org", zone{"imap": record(t, ann.IMAP)})
	p.answers("Server for sending: ", "localhost:abc", "is not HOST:PORT", ann.SMTP, "Is this right? [Y/n] ", "n", "Which one", "99", "Which one", "7", "User for receiving [ann@example.org]: ", "ann")
	p.sees("as ann (SRV records")
	p.sees("Is this right?")
	p.types("\x04")
	if err := end(); !errors.Is(err, errNoAnswer) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(e.paths.Config); err == nil {
		t.Error("the account is saved")
	}
}

// program returns the test as the program, on a terminal.
func program(t *testing.T, tty *os.File, shell string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "posthorn")); err != nil {
		t.Skip(err)
	}
	c := exec.Command("/bin/sh", "-c", shell)
	c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "HOME="+dir, "POSTHORN_PROFILE="+dir, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(dir, "none"))
	c.Stdin, c.Stdout, c.Stderr = tty, tty, tty
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true} // the terminal is its own
	return c
}

// What is typed ahead is not for the shell, when the command fails.
func TestAddTypedAhead(t *testing.T) {
	p, tty := sit(t)
	c := program(t, tty, `printf "now? "; read now; posthorn account add ann@example.org --tls maybe; printf "then? "; read then; echo "the shell got <$then>"`)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p.sees("now? ")
	p.types("go\nsecret\n")
	p.sees("not \"maybe\"")
	p.answers("then? ", "fine")
	p.sees("the shell got <fine>")
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
}

// ctrl+c ends a question, also one whose answer is not shown, and leaves the
// terminal as it was.
func TestAddInterrupted(t *testing.T) {
	p, tty := sit(t)
	c := program(t, tty, `exec posthorn account add ann@example.org --imap 127.0.0.1:1 --smtp 127.0.0.1:1`)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	p.sees("Password for ann@example.org: ")
	p.types("half a pass\x03")
	p.sees("posthorn: interrupted")
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != failed {
		t.Errorf("it ended with %v", err)
	}
	p.types("shown\n")
	p.sees("shown")
}
