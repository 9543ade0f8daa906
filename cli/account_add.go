package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"posthorn/account"
	"posthorn/account/secret"
	"posthorn/config"
	"posthorn/mail"
)

type addFlags struct {
	name, fullName   string
	imap, pop3, smtp string
	tls, user, auth  string
	caFile, command  string
	key, smtpKey     string
	stdin            bool
}

func (e *env) accountAddCommand() *cobra.Command {
	var f addFlags
	c := &cobra.Command{
		Use: "add [ADDRESS]", Short: "Set up an account: asks, or takes flags", Args: atMost(1),
		Long: "Sets up an account. What no flag says is asked for. Receiving and sending are\n" +
			"tested before anything is saved. The password goes to the system keyring;\n" +
			"where there is none, to an encrypted file, or it comes from a command.",
		RunE: func(c *cobra.Command, args []string) error { return e.accountAdd(c.Context(), f, first(args)) },
	}
	fl := c.Flags()
	fl.StringVar(&f.name, "name", "", "a short name for the account; without it, what stands before the @")
	fl.StringVar(&f.fullName, "full-name", "", "your name, as recipients see it")
	fl.StringVar(&f.imap, "imap", "", "receive by IMAP from `HOST:PORT`")
	fl.StringVar(&f.pop3, "pop3", "", "receive by POP3 from `HOST:PORT`: fetched, kept here, deleted there")
	fl.StringVar(&f.smtp, "smtp", "", "send by SMTP submission to `HOST:PORT`")
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

func (e *env) accountAdd(ctx context.Context, f addFlags, address string) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	a, err := e.askAccount(f, address)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(cfg.Accounts, func(b config.Account) bool { return b.Name == a.Name }) {
		return usage("there is an account %q already; give another --name", a.Name)
	}
	pass := ""
	if f.command != "" {
		a.Password.Command = f.command
	} else if pass, err = e.readPassword(f.stdin, "Password for "+a.Address+": "); err != nil {
		return err
	}
	if err := e.trial(pass).checkAccount(ctx, a, e.errs); err != nil {
		return fmt.Errorf("the account was not saved: %w", err)
	}
	if f.command == "" {
		if err := e.keep(ctx, &a, pass); err != nil {
			return fmt.Errorf("the account was not saved: %w", err)
		}
	}
	if err := config.AddAccount(e.paths.Config, a); err != nil {
		return err
	}
	fmt.Fprintf(e.errs, "%s is set up; posthorn opens it\n", a.Name)
	return nil
}

// trial returns an environment that knows the password before it is stored.
func (e *env) trial(pass string) *env {
	t := *e
	if pass != "" {
		t.secrets.keyring = fixedSecret(pass)
	}
	return &t
}

// fixedSecret is a store that holds one password for everybody.
type fixedSecret string

func (s fixedSecret) Get(context.Context, string, string) (string, error)  { return string(s), nil }
func (fixedSecret) Set(context.Context, string, string, string) error      { return nil }
func (fixedSecret) Delete(ctx context.Context, account, kind string) error { return nil }

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

// askAccount makes an account of the flags, and asks for what they leave open
// where there is someone to ask.
func (e *env) askAccount(f addFlags, address string) (config.Account, error) {
	ask := e.asker()
	address, err := ask(address, "Address", "", "an address: posthorn account add you@example.org")
	if err != nil {
		return config.Account{}, err
	}
	list, err := mail.ParseAddresses(address)
	if err != nil || len(list) != 1 {
		return config.Account{}, usage("%q is not an address", address)
	}
	a := config.Account{Address: list[0].Address, FullName: f.fullName, Name: f.name, Receive: "imap"}
	if a.FullName == "" {
		a.FullName = list[0].Name
	}
	local, domain, _ := strings.Cut(a.Address, "@")
	if a.Name == "" {
		a.Name = local
	}
	if f.pop3 != "" {
		a.Receive = "pop3"
	} else if f.imap, err = ask(f.imap, "IMAP server", "imap."+domain+":993", "--imap HOST:PORT or --pop3 HOST:PORT"); err != nil {
		return a, err
	}
	if f.smtp, err = ask(f.smtp, "SMTP server", "smtp."+domain+":465", "--smtp HOST:PORT"); err != nil {
		return a, err
	}
	return a, f.servers(&a)
}

// servers sets the account's servers.
func (f addFlags) servers(a *config.Account) (err error) {
	if a.Receive == "pop3" {
		a.POP3, err = f.server(f.pop3, f.key, map[int]string{995: "implicit", 110: "starttls"})
	} else {
		a.IMAP, err = f.server(f.imap, f.key, map[int]string{993: "implicit", 143: "starttls"})
	}
	if err != nil {
		return err
	}
	a.SMTP, err = f.server(f.smtp, cmp.Or(f.smtpKey, f.key), map[int]string{465: "implicit", 587: "starttls", 25: "starttls"})
	return err
}

// server reads HOST:PORT. A port that the protocol is known by decides how the
// connection is protected, unless --tls does.
func (f addFlags) server(s, key string, byPort map[int]string) (config.Server, error) {
	host, portText, err := net.SplitHostPort(s)
	if err != nil {
		host, portText = s, ""
		for p, mode := range byPort {
			if mode == "implicit" {
				portText = strconv.Itoa(p)
			}
		}
	}
	port, err := strconv.Atoi(portText)
	if err != nil || port < 1 || port > 65535 || host == "" {
		return config.Server{}, usage("%q is not HOST:PORT", s)
	}
	mode := f.tls
	if mode == "" {
		mode = byPort[port]
	}
	switch mode {
	case "":
		mode = "implicit"
	case "implicit", "starttls", "none":
	default:
		return config.Server{}, usage("--tls takes implicit, starttls or none, not %q", mode)
	}
	if key != "" {
		if key, err = account.ParseFingerprint(key); err != nil {
			return config.Server{}, usageError{err}
		}
	}
	return config.Server{Host: host, Port: port, TLS: mode, User: f.user, Auth: f.auth, CAFile: f.caFile, Fingerprint: key}, nil
}

// asker returns what asks for a value that no flag gave: the user, if there is
// a terminal; else it fails and says which flag is wanted.
func (e *env) asker() func(have, prompt, byDefault, flag string) (string, error) {
	f, ok := e.in.(*os.File)
	terminal := ok && term.IsTerminal(int(f.Fd()))
	var lines *bufio.Scanner
	return func(have, prompt, byDefault, flag string) (string, error) {
		switch {
		case have != "":
			return have, nil
		case !terminal:
			return "", usage("account add wants %s", flag)
		case lines == nil:
			lines = bufio.NewScanner(e.in)
		}
		if byDefault != "" {
			prompt += " [" + byDefault + "]"
		}
		fmt.Fprintf(e.errs, "%s: ", prompt)
		if !lines.Scan() {
			return "", errors.Join(errors.New("nothing was answered"), lines.Err())
		}
		if s := strings.TrimSpace(lines.Text()); s != "" {
			return s, nil
		}
		return byDefault, nil
	}
}
