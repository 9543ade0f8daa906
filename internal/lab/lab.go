// Package lab runs private mail servers for tests and benchmarks: a Dovecot
// (IMAP, POP3, LMTP, SASL) and a Postfix (submission with STARTTLS and with
// implicit TLS, SASL by Dovecot, delivery by LMTP), with a certificate authority
// of their own, on free loopback ports and below one folder.
//
// They never touch a system instance and need no init system. They need root,
// as the servers do. Every user has the password [Password]; [Users] can
// receive mail.
package lab

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Password is every user's password.
const Password = "secret"

// Domain is where the users receive mail.
const Domain = "example.org"

// Users returns the users that Postfix accepts mail for.
func Users() []string { return []string{"ann", "ben", "cleo"} }

// Servers are running servers.
type Servers struct {
	Dir string
	CA  string // PEM file of the authority that signed the servers' certificate

	IMAP, IMAPS, POP3, POP3S, LMTP int // Dovecot's ports; IMAP and POP3 offer STARTTLS
	Submission, Submissions        int // Postfix's ports; 0 without it
}

// Options choose what runs.
type Options struct {
	Postfix bool
}

// Missing returns what is wanting on this machine to start the servers, empty
// if nothing is.
func Missing(o Options) []string {
	var list []string
	if os.Getuid() != 0 {
		list = append(list, "root")
	}
	want := []string{"dovecot"}
	if o.Postfix {
		want = append(want, "postfix")
	}
	for _, name := range want {
		if program(name) == "" {
			list = append(list, name)
		}
	}
	for _, lib := range []string{"imap", "pop3", "lmtp"} {
		if program("dovecot") != "" && !exists("/usr/lib/dovecot/"+lib) && !exists("/usr/libexec/dovecot/"+lib) {
			list = append(list, "dovecot's "+lib)
		}
	}
	return list
}

func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if path := "/usr/sbin/" + name; exists(path) {
		return path
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Start starts the servers below dir, which must not have been used before, and
// returns once they answer.
func Start(dir string, o Options) (*Servers, error) {
	if m := Missing(o); len(m) > 0 {
		return nil, fmt.Errorf("start the mail servers: missing: %s", strings.Join(m, ", "))
	}
	// Servers that drop root must be able to reach what is theirs.
	for p := dir; len(p) > 1; p = filepath.Dir(p) {
		if info, err := os.Stat(p); err == nil && info.Mode().Perm()&0o011 != 0o011 {
			if err := os.Chmod(p, info.Mode().Perm()|0o011); err != nil {
				return nil, err
			}
		}
	}
	s := &Servers{Dir: dir}
	ports := []*int{&s.IMAP, &s.IMAPS, &s.POP3, &s.POP3S, &s.LMTP}
	if o.Postfix {
		ports = append(ports, &s.Submission, &s.Submissions)
	}
	if err := freePorts(ports); err != nil {
		return nil, err
	}
	if err := s.certificates(); err != nil {
		return nil, fmt.Errorf("make certificates: %w", err)
	}
	if err := s.startDovecot(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if o.Postfix {
		if err := s.startPostfix(); err != nil {
			return nil, errors.Join(err, s.Stop())
		}
	}
	return s, nil
}

// Stop takes the servers down and returns when they are gone.
func (s *Servers) Stop() error {
	var err error
	if s.Submission != 0 {
		err = s.postfix("stop")
	}
	return errors.Join(err, s.StopDovecot())
}

// Maildir returns the folder of a user's mail. Its owner is the user nobody.
func (s *Servers) Maildir(user string) string { return filepath.Join(s.Dir, "mail", user) }

// freePorts finds ports that nobody listens on.
func freePorts(ports []*int) error {
	for _, p := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		*p = l.Addr().(*net.TCPAddr).Port
	}
	return nil
}

// answers waits until somebody greets on a port.
func answers(port int) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		conn, err := net.DialTimeout("tcp", "127.0.0.1:"+strconv.Itoa(port), time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("nobody answers on port %d: %w", port, err)
		}
		time.Sleep(20 * time.Millisecond) // there is no event to wait for
	}
}

// ids returns the numeric user and group that own the mail.
func ids() (uid, gid int, err error) {
	u, err := user.Lookup("nobody")
	if err != nil {
		return 0, 0, err
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(u.Gid)
	return uid, gid, err
}

// run runs a program to its end. Its output goes to a file and not to a pipe:
// the daemons that it leaves behind would keep a pipe open.
func run(name string, args ...string) error {
	out, err := os.CreateTemp("", "posthorn-lab-")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd := exec.Command(program(name), args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, said)
	}
	return nil
}
