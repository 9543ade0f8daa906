package e2e

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"posthorn/internal/corpus"
	"posthorn/internal/dialogue"
)

// A server that wants to do harm gets an error for people to read, never the
// terminal, never the password in clear, and not much time.
func TestHostileServers(t *testing.T) {
	for _, s := range corpus.Lines[dialogue.Script](t, "servers/generated/scripts.jsonl") {
		if s.ID == "imap-slow" {
			continue // it says nothing for longer than a command may take; see TestSlowServer
		}
		t.Run(s.ID, func(t *testing.T) {
			t.Parallel()
			h, u := s.Serve(t), newUser(t)
			u.meets(s, h.Addr)
			var all strings.Builder
			failed := 0
			for _, args := range hostileCommands(s.Proto) {
				u.stdin = "hello\n"
				r := u.run(args...)
				all.WriteString(r.out + r.errs)
				if r.code < 0 {
					t.Errorf("posthorn %s did not end by itself", strings.Join(args, " "))
				}
				if r.code == 1 && args[0] != "account" && args[0] != "doctor" { // these two try the other server too
					failed++
				}
				if r.code != 0 && r.code != 3 && strings.TrimSpace(r.errs) == "" {
					t.Errorf("posthorn %s fails with %d and says nothing", strings.Join(args, " "), r.code)
				}
			}
			if s.Must.ErrorShown && failed == 0 {
				t.Errorf("nothing failed:\n%s", all.String())
			}
			if i := strings.IndexFunc(all.String(), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 }); i >= 0 {
				t.Errorf("what is printed holds a control character: %q", all.String()[max(0, i-30):])
			}
			if said := h.Clear(); strings.HasPrefix(s.ID, s.Proto+"-starttls") {
				for _, secret := range []string{"s3cret", base64.StdEncoding.EncodeToString([]byte("s3cret")), base64.StdEncoding.EncodeToString([]byte("\x00ann\x00s3cret")), "PWNED"} {
					if strings.Contains(said, secret) {
						t.Errorf("said in clear was %q", said)
					}
				}
			}
		})
	}
}

func hostileCommands(proto string) [][]string {
	if proto == "smtp" {
		return [][]string{{"send", "--to", "good@example.org", "--to", "bad@example.org", "-s", "x"}, {"outbox", "list"}, {"account", "test"}}
	}
	return [][]string{{"account", "test"}, {"sync", "--bodies"}, {"folders"}, {"list"}, {"search", "x"}, {"show", "a1"}, {"doctor"}}
}

// meets configures an account at a server that is not what it should be.
func (u *user) meets(s dialogue.Script, addr *net.TCPAddr) {
	u.t.Helper()
	receive, tls, auth := s.Proto, "none", ""
	if receive == "smtp" {
		receive = "maildir"
	}
	if s.ID == "smtp-partial-rcpt" { // it lets anybody send
		auth = "none"
	}
	if strings.Contains(s.ID, "starttls") {
		tls = "starttls"
	}
	conf := fmt.Sprintf("[[account]]\nname = \"ann\"\naddress = \"ann@example.org\"\nreceive = %q\nmaildir = %q\n[account.password]\ncommand = \"echo s3cret\"\n"+
		"[account.%s]\nhost = \"127.0.0.1\"\nport = %d\ntls = %q\nuser = \"ann\"\nauth = %q\nca_file = %q\n", receive, filepath.Join(u.profile, "mail"), s.Proto, addr.Port, tls, auth, dialogue.Certificate(u.t))
	if s.Proto != "smtp" {
		conf += "[account.smtp]\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\n"
	}
	if err := os.WriteFile(filepath.Join(u.profile, "config.toml"), []byte(conf), 0o600); err != nil {
		u.t.Fatal(err)
	}
}

// While a server says an octet a second, the keys do what they do.
func TestSlowServer(t *testing.T) {
	s := dialogue.Script{ID: "slow", Proto: "imap", Steps: []dialogue.Step{{Drip: "* OK slow"}}}
	h, u := s.Serve(t), newUser(t)
	u.meets(s, h.Addr)
	x := u.open(100, 30, nil)
	x.shows("ann")
	x.types("?")
	x.shows("Keys · list")
	x.types("q")
	x.hides("Keys · list")
	x.quits()
}
