// Package e2e tests the built program as its users run it: against a private
// Dovecot and Postfix, and through a terminal. It has tests only.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/internal/lab"
	"posthorn/mail"
)

// binary builds the program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "posthorn-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "posthorn")
	out, err := exec.Command("go", "build", "-o", path, "posthorn").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// The tests that run in parallel wait for other programs more than they compute.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// servers starts private servers, or says that the test is left out.
func servers(t *testing.T) *lab.Servers {
	t.Helper()
	return lab.Need(t, lab.Options{Postfix: true})
}

// user runs the program with a profile of its own.
type user struct {
	t       *testing.T
	profile string
	stdin   string
}

func newUser(t *testing.T) *user { return &user{t: t, profile: t.TempDir()} }

// result is what became of a run.
type result struct {
	out, errs string
	code      int
}

func (u *user) command(args ...string) *exec.Cmd {
	u.t.Helper()
	path, err := binary()
	if err != nil {
		u.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // no command takes as long
	u.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "POSTHORN_PROFILE="+u.profile, "POSTHORN_PASSPHRASE=open", "TZ=UTC", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent")
	cmd.Stdin = strings.NewReader(u.stdin)
	return cmd
}

func (u *user) run(args ...string) result {
	u.t.Helper()
	cmd := u.command(args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		u.t.Fatal(err)
	}
	r := result{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
	if strings.Contains(r.errs, "goroutine ") || strings.Contains(r.errs, lab.Password) && !strings.Contains(strings.Join(args, " "), lab.Password) {
		u.t.Errorf("posthorn %s says %s", strings.Join(args, " "), r.errs)
	}
	return r
}

// does runs a command that must succeed, and returns what it printed.
func (u *user) does(args ...string) string {
	u.t.Helper()
	r := u.run(args...)
	if r.code != 0 {
		u.t.Fatalf("posthorn %s ends with %d: %s", strings.Join(args, " "), r.code, r.errs)
	}
	return r.out
}

// fails runs a command that must fail with a status, and say something.
func (u *user) fails(code int, says string, args ...string) {
	u.t.Helper()
	r := u.run(args...)
	if r.code != code || !strings.Contains(r.errs, says) {
		u.t.Errorf("posthorn %s ends with %d and says %q; want %d and %q", strings.Join(args, " "), r.code, r.errs, code, says)
	}
}

// row is a line of list --json.
type row struct {
	ID, Subject, Folder string
	Flags               []string
	From                []mail.Address
}

func (u *user) rows(args ...string) (list []row) {
	u.t.Helper()
	r := u.run(append(args, "--json")...)
	if r.code == 3 {
		return nil
	}
	if r.code != 0 {
		u.t.Fatalf("posthorn %s ends with %d: %s", strings.Join(args, " "), r.code, r.errs)
	}
	dec := json.NewDecoder(strings.NewReader(r.out))
	for {
		var x row
		if err := dec.Decode(&x); err == io.EOF {
			return list
		} else if err != nil {
			u.t.Fatalf("posthorn %s prints %s: %v", strings.Join(args, " "), r.out, err)
		}
		list = append(list, x)
	}
}

// subjects returns the subjects of a list, newest first.
func (u *user) subjects(args ...string) string {
	u.t.Helper()
	var list []string
	for _, r := range u.rows(args...) {
		list = append(list, r.Subject)
	}
	return strings.Join(list, "|")
}

func port(n int) string { return fmt.Sprintf("localhost:%d", n) }

// addIMAP sets up ann's account, over implicit TLS.
func (u *user) addIMAP(s *lab.Servers, name string, extra ...string) {
	u.t.Helper()
	u.stdin = lab.Password + "\n"
	u.does(append([]string{"account", "add", name + "@" + lab.Domain, "--imap", port(s.IMAPS), "--smtp", port(s.Submissions), "--tls", "implicit",
		"--ca-file", s.CA, "--password-stdin", "--full-name", strings.ToUpper(name[:1]) + name[1:]}, extra...)...)
	u.stdin = ""
}

// letter makes a message.
func letter(n int) []byte {
	return fmt.Appendf(nil, "From: Cleo <cleo@example.org>\r\nTo: ann@example.org\r\nSubject: Letter %d\r\nMessage-ID: <l%d@example.org>\r\n"+
		"Date: %s\r\n\r\nbody number %d\r\n", n, n, time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC).Format(time.RFC1123Z), n)
}

// source logs in to a user's mailbox beside the program.
func source(t *testing.T, s *lab.Servers, name string) *imap.Source {
	t.Helper()
	src, err := imap.Dial(context.Background(), imap.Options{Server: account.Server{Host: "localhost", Port: s.IMAP, TLS: account.Plain},
		Login: account.Login{User: name, Password: func(context.Context) (string, error) { return lab.Password, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

func fill(t *testing.T, src *imap.Source, mailbox string, n int) {
	t.Helper()
	for i := 1; i <= n; i++ {
		if _, err := src.Append(context.Background(), mailbox, 0, time.Date(2026, 1, 1, 0, i, 0, 0, time.UTC), letter(i)); err != nil {
			t.Fatal(err)
		}
	}
}

// flags returns what the server has in a mailbox: flags by subject.
func flags(t *testing.T, src *imap.Source, mailbox string) map[string]mail.Flags {
	t.Helper()
	got := map[string]mail.Flags{}
	for d, err := range src.Changes(context.Background(), mailbox, "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range d.New {
			got[h.Subject] = h.Flags
		}
	}
	return got
}

// eventually waits until a condition that other processes bring about holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to pass that %s", what)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// cutter is a line to a server that breaks after a number of octets.
func cutter(t *testing.T, to int, after int64) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", to))
			if err != nil {
				c.Close()
				continue
			}
			go io.Copy(s, c)
			go func() {
				io.CopyN(c, s, after)
				c.Close()
				s.Close()
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}
