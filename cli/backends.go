package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/account/maildir"
	"posthorn/account/pop3"
	"posthorn/account/smtp"
	"posthorn/config"
	"posthorn/internal/disk"
	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/sync"
)

// What the engine may ask a backend for beyond the least is found by type
// assertion; here the compiler holds the backends to it.
var (
	_ sync.Source    = (*imap.Source)(nil)
	_ sync.Editor    = (*imap.Source)(nil)
	_ sync.Organizer = (*imap.Source)(nil)
	_ sync.Watcher   = (*imap.Source)(nil)
	_ sync.Searcher  = (*imap.Source)(nil)
	_ sync.Counter   = (*imap.Source)(nil)
	_ sync.Announcer = (*imap.Source)(nil)
	_ sync.Source    = (*maildir.Source)(nil)
	_ sync.Editor    = (*maildir.Source)(nil)
	_ sync.Organizer = (*maildir.Source)(nil)
	_ sync.Watcher   = (*maildir.Source)(nil)
	_ sync.Searcher  = (*maildir.Source)(nil)
	_ sync.Mailroom  = (*maildir.Source)(nil)
	_ sync.Drop      = (*pop3.Drop)(nil)
	_ sync.Sender    = (*smtp.Sender)(nil)
)

// backends gives an account the ways it receives and sends mail by.
func (e *env) backends(a config.Account, acct *sync.Account) error {
	if a.SMTP.Host != "" {
		acct.Sender = e.sender(a)
	}
	if a.Receive == "imap" {
		acct.Dial = func(ctx context.Context) (sync.Source, error) { return e.dialIMAP(ctx, a) }
		return nil
	}
	dir := e.maildir(a)
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return fmt.Errorf("make the folder for the mail of %s: %w", a.Name, disk.Explain(dir, err))
	}
	acct.Dial = func(context.Context) (sync.Source, error) { return maildir.Open(dir) }
	if a.Receive != "pop3" {
		return nil
	}
	room, err := maildir.Open(dir)
	if err != nil {
		return fmt.Errorf("open the mail of %s: %w", a.Name, err)
	}
	acct.Room = room
	acct.Drop = func(ctx context.Context) (sync.Drop, error) { return e.dialPOP3(ctx, a) }
	return nil
}

// maildir returns the folder an account's own mail lies in.
func (e *env) maildir(a config.Account) string {
	if a.Maildir != "" {
		return a.Maildir
	}
	return filepath.Join(e.paths.Data, "mail", safe.FileName(a.Name))
}

func (e *env) dialIMAP(ctx context.Context, a config.Account) (*imap.Source, error) {
	roles := make(map[mail.Role]string, len(a.Roles))
	for name, mailbox := range a.Roles {
		if r, ok := mail.ParseRole(name); ok {
			roles[r] = mailbox
		}
	}
	return imap.Dial(ctx, imap.Options{Server: server(a.IMAP), Login: e.login(a, a.IMAP), Roles: roles, Without: a.IMAP.Without, Log: e.logOf(a), Trace: e.logging().trace})
}

func (e *env) dialPOP3(ctx context.Context, a config.Account) (*pop3.Drop, error) {
	return pop3.Dial(ctx, pop3.Options{Server: server(a.POP3), Login: e.login(a, a.POP3), Log: e.logOf(a), Trace: e.logging().trace})
}

func (e *env) sender(a config.Account) *smtp.Sender {
	var login account.Login
	if a.SMTP.Auth != config.NoAuth {
		login = e.login(a, a.SMTP)
	}
	return smtp.New(smtp.Options{Server: server(a.SMTP), Login: login, Log: e.logOf(a), Trace: e.logging().trace})
}

func server(s config.Server) account.Server {
	return account.Server{Host: s.Host, Port: s.Port, TLS: account.TLS(s.TLS), CAFile: s.CAFile, Insecure: s.Insecure, Fingerprint: s.Fingerprint}
}

func (e *env) login(a config.Account, s config.Server) account.Login {
	user := s.User
	if user == "" {
		user = a.Address
	}
	return account.Login{User: user, Mechanism: s.Auth, Password: func(ctx context.Context) (string, error) {
		return e.password(ctx, a)
	}}
}
