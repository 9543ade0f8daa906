// Package config reads and writes the configuration: one TOML file that people
// edit. Every key has a default, and a wrong one is an error with its line. No
// secret ever stands in it.
package config

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/adrg/xdg"
	"github.com/pelletier/go-toml/v2"

	"posthorn/internal/disk"
)

// Paths are where things lie.
type Paths struct {
	Config string // the file
	Data   string // the folder of mail that exists nowhere else: Maildirs, the outbox
	State  string // the folder of what is known of servers, and of changes not yet played to them
	Cache  string // the folder of what can be made again
}

// Dirs returns the paths of a profile, all below one folder, or for the empty
// name those of the XDG base directories. It makes none of them.
func Dirs(profile string) (Paths, error) {
	if profile == "" {
		return Paths{
			Config: filepath.Join(xdg.ConfigHome, "posthorn", "config.toml"),
			Data:   filepath.Join(xdg.DataHome, "posthorn"),
			State:  filepath.Join(xdg.StateHome, "posthorn"),
			Cache:  filepath.Join(xdg.CacheHome, "posthorn"),
		}, nil
	}
	dir, err := filepath.Abs(profile)
	if err != nil {
		return Paths{}, fmt.Errorf("find the profile: %w", err)
	}
	return Paths{
		Config: filepath.Join(dir, "config.toml"), Data: filepath.Join(dir, "data"),
		State: filepath.Join(dir, "state"), Cache: filepath.Join(dir, "cache"),
	}, nil
}

// A Config is the file.
type Config struct {
	Default  string              `toml:"default,omitempty"`
	UI       UI                  `toml:"ui,omitempty"`
	Log      Log                 `toml:"log,omitempty"`
	Keys     map[string][]string `toml:"keys,omitempty"`
	Binds    map[string]Bind     `toml:"bind,omitempty"`
	Accounts []Account           `toml:"account,omitempty"`
}

// UI is how the interface looks.
type UI struct {
	Theme string `toml:"theme,omitempty"`
	Width int    `toml:"width,omitempty"`
	After string `toml:"after,omitempty"`

	MarkSeen      string `toml:"mark_seen,omitempty"`
	KeepSelection bool   `toml:"keep_selection,omitempty"`
}

// SeenAfter returns how long a message is shown until it counts as read, negative
// if it never does so by itself.
func (u UI) SeenAfter() (time.Duration, error) {
	switch u.MarkSeen {
	case "", "open":
		return 0, nil
	case "manual":
		return -1, nil
	}
	d, err := time.ParseDuration(u.MarkSeen)
	if err != nil || d <= 0 || d > time.Hour {
		return 0, fmt.Errorf("mark_seen is open, manual, or a time up to an hour as in 2s, not %q", u.MarkSeen)
	}
	return d, nil
}

// A Bind is what keys of the user's own do: commands one after the other, or a
// program with messages on its input.
type Bind struct {
	Keys  []string `toml:"keys"`
	Do    []string `toml:"do,omitempty"`
	Run   string   `toml:"run,omitempty"`
	Input string   `toml:"input,omitempty"`
	Help  string   `toml:"help,omitempty"`
}

// Log is what is logged.
type Log struct {
	Level string `toml:"level,omitempty"`
}

// An Account is one account of the file.
type Account struct {
	Name      string   `toml:"name"`
	Address   string   `toml:"address"`
	FullName  string   `toml:"full_name,omitempty"`
	Aliases   []string `toml:"aliases,omitempty"`
	Signature string   `toml:"signature,omitempty"`
	Receive   string   `toml:"receive"`
	Maildir   string   `toml:"maildir,omitempty"`
	Password  Password `toml:"password,omitempty"`

	Roles map[string]string `toml:"roles,omitempty"`

	IMAP Server `toml:"imap,omitempty"`
	POP3 Server `toml:"pop3,omitempty"`
	SMTP Server `toml:"smtp,omitempty"`
}

// Password says where an account's password is kept.
type Password struct {
	Command string `toml:"command,omitempty"`
	Store   string `toml:"store,omitempty"`
}

// NoAuth is the mechanism of a submission server that wants no login.
const NoAuth = "none"

// A Server is how one service of an account is reached.
type Server struct {
	Host     string `toml:"host,omitempty"`
	Port     int    `toml:"port,omitempty"`
	TLS      string `toml:"tls,omitempty"`
	User     string `toml:"user,omitempty"`
	Auth     string `toml:"auth,omitempty"`
	CAFile   string `toml:"ca_file,omitempty"`
	Insecure bool   `toml:"insecure,omitempty"`

	Fingerprint string `toml:"fingerprint,omitempty"`

	Without []string `toml:"without,omitempty"`
}

// An Error is a mistake in the file, with its place.
type Error struct {
	File string
	Line int // from 1; 0 where it is not known
	Msg  string
}

// Error returns file, line and what is wrong, as compilers say it.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// Load reads the file and fills in the defaults. A file that is not there is an
// empty configuration.
func Load(path string) (*Config, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Config{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", disk.Explain(path, err))
	}
	return parse(path, text)
}

func parse(path string, text []byte) (*Config, error) {
	c := new(Config)
	if err := toml.NewDecoder(strings.NewReader(string(text))).DisallowUnknownFields().Decode(c); err != nil {
		return nil, placed(path, err)
	}
	c.defaults()
	if err := c.validate(path, string(text)); err != nil {
		return nil, err
	}
	return c, nil
}

// placed gives an error of the library its place in the file.
func placed(path string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		e := strict.Errors[0]
		line, _ := e.Position()
		return &Error{path, line, fmt.Sprintf("there is no key %q", strings.Join(e.Key(), "."))}
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, _ := bad.Position()
		return &Error{path, line, strings.TrimPrefix(bad.Error(), "toml: ")}
	}
	return &Error{path, 0, err.Error()}
}

func (c *Config) defaults() {
	for i := range c.Accounts {
		a := &c.Accounts[i]
		if a.Receive == "" {
			a.Receive = "imap"
		}
		a.IMAP.defaults(993, 143)
		a.POP3.defaults(995, 110)
		a.SMTP.defaults(465, 587)
	}
}

func (s *Server) defaults(implicit, plain int) {
	if s.Host == "" {
		return
	}
	if s.TLS == "" {
		s.TLS = "implicit"
		if s.Port == plain {
			s.TLS = "starttls"
		}
	}
	if s.Port == 0 {
		s.Port = implicit
		if s.TLS != "implicit" {
			s.Port = plain
		}
	}
}

// validate finds what makes no sense, and where it stands.
func (c *Config) validate(path, text string) error {
	names := map[string]bool{}
	for i, a := range c.Accounts {
		at := accountLine(text, i)
		if err := a.check(); err != nil {
			return &Error{path, at, err.Error()}
		}
		if names[a.Name] {
			return &Error{path, at, fmt.Sprintf("there are two accounts of the name %q", a.Name)}
		}
		names[a.Name] = true
	}
	if c.Default != "" && !names[c.Default] {
		return &Error{path, keyLine(text, "default"), fmt.Sprintf("default names the account %q, which there is not", c.Default)}
	}
	switch c.UI.Theme {
	case "", "auto", "dark", "light":
	default:
		return &Error{path, keyLine(text, "theme"), fmt.Sprintf("theme is auto, dark or light, not %q", c.UI.Theme)}
	}
	switch c.UI.After {
	case "", "next", "previous", "list":
	default:
		return &Error{path, keyLine(text, "after"), fmt.Sprintf("after is next, previous or list, not %q", c.UI.After)}
	}
	if _, err := c.UI.SeenAfter(); err != nil {
		return &Error{path, keyLine(text, "mark_seen"), err.Error()}
	}
	switch c.Log.Level {
	case "", "error", "warn", "info", "debug":
	default:
		return &Error{path, keyLine(text, "level"), fmt.Sprintf("log.level is error, warn, info or debug, not %q", c.Log.Level)}
	}
	return nil
}

func (a *Account) check() error {
	if strings.TrimSpace(a.Name) == "" {
		return errors.New("this account has no name")
	}
	if p, err := mail.ParseAddress(a.Address); err != nil || p.Address != a.Address {
		return fmt.Errorf("%q is not an address", a.Address)
	}
	switch a.Password.Store {
	case "", "keyring", "file":
	default:
		return fmt.Errorf("password.store is keyring or file, not %q", a.Password.Store)
	}
	for name := range a.Roles {
		if !slices.Contains([]string{"drafts", "sent", "archive", "trash", "junk"}, name) {
			return fmt.Errorf("roles: %q is none; there are drafts, sent, archive, trash and junk", name)
		}
	}
	servers := map[string]Server{"smtp": a.SMTP}
	switch a.Receive {
	case "imap":
		servers["imap"] = a.IMAP
	case "pop3":
		servers["pop3"] = a.POP3
	case "maildir":
		if a.Maildir == "" {
			return errors.New("an account that receives by maildir needs its folder, maildir")
		}
	default:
		return fmt.Errorf("receive is imap, pop3 or maildir, not %q", a.Receive)
	}
	for name, s := range servers {
		if s.Host == "" && name == "smtp" {
			continue // an account to read with only
		}
		if err := s.check(name); err != nil {
			return err
		}
	}
	return nil
}

func (s Server) check(name string) error {
	switch {
	case s.Host == "":
		return fmt.Errorf("%s.host is missing", name)
	case s.Port < 1 || s.Port > 65535:
		return fmt.Errorf("%s.port is %d, which is no port", name, s.Port)
	case s.Fingerprint != "" && !fingerprint(s.Fingerprint):
		return fmt.Errorf("%s.fingerprint is sha256: and 64 hex digits, not %q", name, s.Fingerprint)
	case s.Fingerprint != "" && s.CAFile != "":
		return fmt.Errorf("%s.fingerprint trusts one key and %s.ca_file an issuer; only one of them can be set", name, name)
	}
	switch s.TLS {
	case "implicit", "starttls":
		return nil
	case "none":
		if s.Insecure || loopback(s.Host) {
			return nil
		}
		return fmt.Errorf("%s.tls is none, which would show the password to everyone on the way; set insecure = true to allow that", name)
	}
	return fmt.Errorf("%s.tls is implicit, starttls or none, not %q", name, s.TLS)
}

func fingerprint(s string) bool {
	digits, ok := strings.CutPrefix(s, "sha256:")
	b, err := hex.DecodeString(digits)
	return ok && err == nil && len(b) == 32
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// accountLine returns the line on which the table of an account begins.
func accountLine(text string, n int) int {
	line := 0
	for l := range strings.Lines(text) {
		line++
		if strings.ReplaceAll(strings.TrimSpace(l), " ", "") == "[[account]]" {
			if n--; n < 0 {
				return line
			}
		}
	}
	return 0
}

func keyLine(text, key string) int {
	line := 0
	for l := range strings.Lines(text) {
		line++
		if name, _, ok := strings.Cut(l, "="); ok && strings.TrimSpace(name) == key {
			return line
		}
	}
	return 0
}
