package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"posthorn/account"
	"posthorn/account/discover"
	"posthorn/account/secret"
	"posthorn/account/setup"
	"posthorn/config"
	"posthorn/mail/safe"
)

type addFlags struct {
	name, fullName   string
	imap, pop3, smtp string
	tls, user, auth  string
	caFile, command  string
	key, smtpKey     string
	stdin, yes       bool
}

func (e *env) accountAddCommand() *cobra.Command {
	var f addFlags
	c := &cobra.Command{
		Use: "add [ADDRESS]", Short: "Set up an account: finds the servers, or takes flags", Args: atMost(1),
		Long: "Sets up an account. The servers are found by the address: in a table of large\n" +
			"providers, by the domain's autoconfig, its SRV records, its MX, and at the usual\n" +
			"names. They are shown with where they come from, and used after a yes. What no\n" +
			"flag says and nobody finds is asked for. Receiving and sending are tested before\n" +
			"anything is saved; what fails can be changed, and nothing is asked twice. The\n" +
			"password goes to the system keyring; where there is none, to an encrypted file,\n" +
			"or it comes from a command.",
		RunE: func(c *cobra.Command, args []string) error { return e.accountAdd(c.Context(), f, first(args)) },
	}
	fl := c.Flags()
	fl.StringVar(&f.name, "name", "", "a short name for the account; without it, what stands before the @")
	fl.StringVar(&f.fullName, "full-name", "", "your name, as recipients see it")
	fl.StringVar(&f.imap, "imap", "", "receive by IMAP from `HOST:PORT`")
	fl.StringVar(&f.pop3, "pop3", "", "receive by POP3 from `HOST:PORT`: fetched, kept here, deleted there")
	fl.StringVar(&f.smtp, "smtp", "", "send by SMTP submission to `HOST:PORT`")
	fl.BoolVar(&f.yes, "yes", false, "use the servers that are found for the address without a question")
	fl.StringVar(&f.tls, "tls", "", "implicit, starttls, or none (only towards this machine); without it, by the port")
	fl.StringVar(&f.user, "user", "", "the user name; without it, the address")
	fl.StringVar(&f.auth, "auth", "", "a SASL mechanism; without it, the best offered")
	fl.StringVar(&f.caFile, "ca-file", "", "trust the certificates in `FILE` (PEM) instead of the system's")
	fl.StringVar(&f.key, "fingerprint", "", "trust only the key with this `SHA256`, whoever signed its certificate")
	fl.StringVar(&f.smtpKey, "smtp-fingerprint", "", "the same for sending, where that server's key has another `SHA256`")
	fl.StringVar(&f.command, "password-command", "", "a `COMMAND` that prints the password")
	fl.BoolVar(&f.stdin, "password-stdin", false, "read the password from standard input")
	exclusive(c, "imap", "pop3")
	exclusive(c, "ca-file", "fingerprint")
	exclusive(c, "ca-file", "smtp-fingerprint")
	exclusive(c, "password-command", "password-stdin")
	return c
}

func (e *env) accountAdd(ctx context.Context, f addFlags, address string) (err error) {
	k := e.keyboard()
	defer func() {
		if err != nil {
			k.flush() // what was typed ahead, perhaps a password, is not for the shell
		}
	}()
	cfg, err := e.load()
	if err != nil {
		return err
	}
	a := &adding{env: e, flags: f, keys: k}
	for _, b := range cfg.Accounts {
		a.taken = append(a.taken, b.Name)
	}
	a.Setup = setup.New(setup.Options{Finder: e.finder, Log: e.logger(), Trace: e.logging().trace, Hide: e.logging().secrets.Keep})
	if err := a.fill(address); err != nil {
		return usageError{err}
	}
	for {
		step, field := a.Next()
		if step == setup.Done {
			return a.save(ctx)
		}
		if err := a.do(ctx, step, field); err != nil {
			return err
		}
	}
}

// adding is an account that is being added.
type adding struct {
	*setup.Setup
	*env
	flags addFlags
	keys  *keyboard // nil: there is nobody to ask
	taken []string  // the names of the other accounts
}

// fill takes the fields that the flags give.
func (a *adding) fill(address string) error {
	f := a.flags
	incoming := f.imap
	if f.pop3 != "" {
		if err := a.Set(setup.Receive, string(discover.POP3)); err != nil {
			return err
		}
		incoming = f.pop3
	}
	smtpKey := f.smtpKey
	if smtpKey == "" {
		smtpKey = f.key
	}
	for _, v := range []struct {
		field setup.Field
		text  string
	}{
		{setup.Address, address}, {setup.FullName, f.fullName}, {setup.Name, f.name},
		{setup.Incoming, incoming}, {setup.IncomingTLS, f.tls}, {setup.IncomingUser, f.user}, {setup.IncomingAuth, f.auth}, {setup.IncomingKey, f.key},
		{setup.Outgoing, f.smtp}, {setup.OutgoingTLS, f.tls}, {setup.OutgoingUser, f.user}, {setup.OutgoingAuth, f.auth}, {setup.OutgoingKey, smtpKey},
		{setup.CAFile, f.caFile}, {setup.PasswordCommand, f.command},
	} {
		if v.text == "" {
			continue
		}
		if err := a.Set(v.field, v.text); err != nil {
			return err
		}
	}
	return nil
}

// do does one step.
func (a *adding) do(ctx context.Context, step setup.Step, field setup.Field) error {
	if a.Get(setup.Address) != "" && slices.Contains(a.taken, a.Get(setup.Name)) {
		return a.rename()
	}
	switch step {
	case setup.Ask:
		return a.ask(field)
	case setup.Search:
		return a.search(ctx)
	case setup.Confirm:
		return a.confirm()
	case setup.Mend:
		return a.mend()
	}
	return a.test(ctx)
}

// ask gets a field that nobody has given or found.
func (a *adding) ask(field setup.Field) error {
	if field == setup.Password && a.flags.stdin {
		return a.readStdin()
	}
	if a.keys != nil {
		return a.question(field)
	}
	switch field {
	case setup.Address:
		return usage("account add wants an address: posthorn account add you@example.org")
	case setup.Password:
		_, err := a.readPassword(false, "")
		return err
	}
	return a.wantsServers()
}

// wantsServers names the flags for what nobody can be asked for.
func (a *adding) wantsServers() error {
	missing := "--imap HOST:PORT or --pop3 HOST:PORT"
	if a.Get(setup.Incoming) != "" {
		missing = "--smtp HOST:PORT"
	}
	if a.flags.yes {
		return usage("no server was found for %s: account add wants %s", a.Get(setup.Address), missing)
	}
	return usage("account add wants %s, or --yes to use what is found for %s", missing, a.Get(setup.Address))
}

func (a *adding) readStdin() error {
	pass, err := a.readPassword(true, "")
	if err == nil && pass == "" {
		err = usage("standard input holds no password")
	}
	if err != nil {
		return err
	}
	return a.Set(setup.Password, pass)
}

// search finds the servers, where they may be used.
func (a *adding) search(ctx context.Context) error {
	if a.keys == nil && !a.flags.yes {
		return a.wantsServers()
	}
	_, domain, _ := strings.Cut(a.Get(setup.Address), "@")
	fmt.Fprintln(a.errs, safe.Line("Looking for the servers of "+domain+" …"))
	err := a.Find(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		a.warn(err)
	}
	return nil
}

// test tries the servers. Where nobody can mend what fails, that is the end.
func (a *adding) test(ctx context.Context) error {
	if err := a.Test(ctx, a.report); err != nil {
		return err
	}
	if a.keys != nil {
		a.keys.flush() // what was typed ahead was no answer to what is asked now
		return nil
	}
	var bad error
	for _, f := range a.Failures() {
		bad = a.after(bad, a.told(f))
	}
	if bad != nil {
		return fmt.Errorf("the account was not saved: %w", bad)
	}
	return nil
}

// report writes a step of a test.
func (a *adding) report(l setup.Line) {
	switch {
	case l.Step != "" && a.keys != nil:
		a.note(fmt.Sprintf("%s: %s: %s", strings.ToUpper(string(l.Protocol)), l.Step, l.Text))
	case l.Step == "" && l.Err == nil:
		fmt.Fprintln(a.errs, safe.Line(a.Get(setup.Name)+": "+service(l.Protocol)+" works"))
	}
}

// service says what a protocol is for.
func service(p discover.Protocol) string {
	return map[discover.Protocol]string{discover.IMAP: "receiving by IMAP", discover.POP3: "receiving by POP3", discover.SMTP: "sending by SMTP"}[p]
}

// told puts a failure into a sentence. Where there is nobody to ask, its advice
// has the changes that would be offered.
func (a *adding) told(f setup.Failure) error {
	err := fmt.Errorf("%s: %s does not work: %w", a.Get(setup.Name), service(f.Protocol), f.Err)
	if a.keys != nil || len(f.Fixes) == 0 {
		return err
	}
	advice := "try to " + f.Fixes[0].Question
	var hinted interface{ Hint() string }
	switch {
	case len(f.Certificates) > 0 && errors.As(f.Err, &hinted):
		advice = hinted.Hint() + "; it is " + setup.Describe(f.Certificates[0]) + ", its key is " + account.Fingerprint(f.Certificates[0])
	case errors.As(f.Err, &hinted):
		advice = hinted.Hint() + "; " + advice
	}
	return advisedError{err, advice}
}

// save keeps the password and writes the account.
func (a *adding) save(ctx context.Context) error {
	acct := a.account()
	if acct.Password.Command == "" {
		if err := a.keep(ctx, &acct, a.Get(setup.Password)); err != nil {
			return fmt.Errorf("the account was not saved: %w", err)
		}
	}
	if err := config.AddAccount(a.paths.Config, acct); err != nil {
		return err
	}
	fmt.Fprintln(a.errs, safe.Line(acct.Name+" is set up; posthorn opens it"))
	return nil
}

// account returns what the file is to have.
func (a *adding) account() config.Account {
	acct := config.Account{Name: a.Get(setup.Name), Address: a.Get(setup.Address), FullName: a.Get(setup.FullName), Receive: a.Get(setup.Receive)}
	acct.Password.Command = a.Get(setup.PasswordCommand)
	in := a.server(setup.Incoming, setup.IncomingTLS, setup.IncomingUser, setup.IncomingAuth, setup.IncomingKey)
	if acct.Receive == string(discover.POP3) {
		acct.POP3 = in
	} else {
		acct.IMAP = in
	}
	acct.SMTP = a.server(setup.Outgoing, setup.OutgoingTLS, setup.OutgoingUser, setup.OutgoingAuth, setup.OutgoingKey)
	return acct
}

func (a *adding) server(addr, tls, user, auth, key setup.Field) config.Server {
	host, port, _ := net.SplitHostPort(a.Get(addr)) // as setup has checked it
	n, _ := strconv.Atoi(port)
	s := config.Server{Host: host, Port: n, TLS: a.Get(tls), User: a.Get(user), Auth: a.Get(auth), CAFile: a.Get(setup.CAFile), Fingerprint: a.Get(key)}
	if s.User == a.Get(setup.Address) {
		s.User = ""
	}
	if s.Fingerprint != "" {
		s.CAFile = "" // one key is trusted instead of its issuer
	}
	return s
}

// keep stores the password: in the keyring, or where that does not answer in an
// encrypted file, if the user agrees to it by giving it a passphrase.
func (e *env) keep(ctx context.Context, a *config.Account, pass string) error {
	err := e.keyringStore().Set(ctx, a.Name, passwordKind, pass)
	if err == nil || !errors.Is(err, secret.ErrUnavailable) {
		return err
	}
	fmt.Fprintln(e.errs, "No system keyring answers here. The password can be kept in a file that a")
	fmt.Fprintln(e.errs, "passphrase encrypts; --password-command takes it from elsewhere.")
	fileErr := e.fileStore().Set(ctx, a.Name, passwordKind, pass)
	if errors.Is(fileErr, errNoTerminal) {
		return fmt.Errorf("keep the password: %w; use --password-command, or set POSTHORN_PASSPHRASE to have it in an encrypted file", err)
	}
	a.Password.Store = "file"
	return fileErr
}
