package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const sample = `# my mail
default = "work" # not home

[ui]
theme = "dark"

[[account]]
name = "home"
address = "ann@example.org"
receive = "pop3"
[account.pop3]
host = "pop.example.org"
[account.smtp]
host = "smtp.example.org"
port = 587

# the office
[[account]]
name = "work"
address = "ann@example.com"
[account.imap]
host = "localhost"
port = 1143
tls = "none"
`

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sub", "config.toml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	c, err := Load(write(t, sample))
	if err != nil {
		t.Fatal(err)
	}
	want := []Account{
		{Name: "home", Address: "ann@example.org", Receive: "pop3", POP3: Server{Host: "pop.example.org", Port: 995, TLS: "implicit"},
			SMTP: Server{Host: "smtp.example.org", Port: 587, TLS: "starttls"}},
		{Name: "work", Address: "ann@example.com", Receive: "imap", IMAP: Server{Host: "localhost", Port: 1143, TLS: "none"}},
	}
	if !reflect.DeepEqual(c.Accounts, want) || c.Default != "work" || c.UI.Theme != "dark" {
		t.Errorf("got %+v", c)
	}
}

func TestLoadNothing(t *testing.T) {
	c, err := Load(filepath.Join(t.TempDir(), "none"))
	if err != nil || len(c.Accounts) > 0 {
		t.Errorf("got %+v, %v", c, err)
	}
}

// A mistake is told with its line.
func TestMistakes(t *testing.T) {
	for name, tt := range map[string]struct {
		old, new string
		line     int
		says     string
	}{
		"unknown key":     {`theme = "dark"`, `colour = "dark"`, 5, "ui.colour"},
		"wrong type":      {`port = 587`, `port = "587"`, 15, ""},
		"not toml":        {`[ui]`, `[ui`, 4, ""},
		"wrong theme":     {`"dark"`, `"pink"`, 5, "pink"},
		"wrong after":     {`theme = "dark"`, `after = "up"`, 5, "next, previous or list"},
		"wrong mark_seen": {`theme = "dark"`, `mark_seen = "later"`, 5, "manual"},
		"seen too late":   {`theme = "dark"`, `mark_seen = "9h"`, 5, "up to an hour"},
		"no such default": {`default = "work"`, `default = "gone"`, 2, "gone"},
		"plain to afar":   {`host = "localhost"`, `host = "imap.example.com"`, 18, "insecure"},
		"no address":      {`"ann@example.com"`, `"ann"`, 18, "not an address"},
		"two of a name":   {`name = "work"`, `name = "home"`, 18, "two accounts"},
		"wrong receive":   {`"pop3"`, `"uucp"`, 7, "uucp"},
		"wrong tls":       {`tls = "none"`, `tls = "ssl"`, 18, "ssl"},
		"no host":         {`host = "pop.example.org"`, ``, 7, "pop3.host"},
		"no fingerprint":  {`port = 587`, `fingerprint = "sha256:0a"`, 7, "64 hex digits"},
		"key and issuer":  {`port = 587`, "ca_file = \"ca.pem\"\nfingerprint = \"sha256:" + strings.Repeat("0a", 32) + `"`, 7, "only one"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Load(write(t, strings.Replace(sample, tt.old, tt.new, 1)))
			var e *Error
			if !errors.As(err, &e) || e.Line != tt.line || !strings.Contains(e.Msg, tt.says) {
				t.Errorf("got %v, want line %d", err, tt.line)
			}
		})
	}
}

// An edit leaves what it does not change, comments included.
func TestEdits(t *testing.T) {
	path := write(t, sample)
	a := Account{Name: "third", Address: "x@example.net", Receive: "imap", IMAP: Server{Host: "imap.example.net", Port: 993, TLS: "implicit"}, Password: Password{Command: `pass "x"`}}
	if err := AddAccount(path, a); err != nil {
		t.Fatal(err)
	}
	if err := SetDefault(path, "third"); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil || len(c.Accounts) != 3 || !reflect.DeepEqual(c.Accounts[2], a) || c.Default != "third" {
		t.Fatalf("got %+v, %v", c, err)
	}
	if err := RemoveAccount(path, "third"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(sample, "default = \"work\" # not home\n", "", 1); strings.TrimSpace(string(text)) != strings.TrimSpace(want) {
		t.Errorf("the file became\n%s", text)
	}
	if err := RemoveAccount(path, "gone"); err == nil {
		t.Error("an account that is not there is removed")
	}
	if err := SetDefault(path, "gone"); err == nil {
		t.Error("an account that is not there is the default")
	}
}

func TestAddFirstAccount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "config.toml")
	a := Account{Name: "home", Address: "ann@example.org", Receive: "imap", IMAP: Server{Host: "h", Port: 993, TLS: "implicit"}}
	if err := AddAccount(path, a); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestDirs(t *testing.T) {
	p, err := Dirs("/tmp/p")
	if err != nil || p != (Paths{"/tmp/p/config.toml", "/tmp/p/data", "/tmp/p/state", "/tmp/p/cache"}) {
		t.Errorf("got %+v, %v", p, err)
	}
	if p, err := Dirs(""); err != nil || !filepath.IsAbs(p.Config) || !filepath.IsAbs(p.State) {
		t.Errorf("got %+v, %v", p, err)
	}
}

// A configuration that is a link to a file elsewhere stays one.
func TestEditLink(t *testing.T) {
	a := Account{Name: "third", Address: "ann@example.org", Receive: "imap", IMAP: Server{Host: "h", Port: 993, TLS: "implicit"}}
	real := write(t, sample)
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.Symlink(real, path); err != nil {
		t.Skip(err)
	}
	if err := AddAccount(path, a); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is replaced: %v, %v", info.Mode(), err)
	}
	if c, err := Load(real); err != nil || len(c.Accounts) != 3 {
		t.Errorf("the file holds %+v, %v", c, err)
	}
}
