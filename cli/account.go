package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"posthorn/config"
	"posthorn/mail/safe"
)

func (e *env) accountCommand() *cobra.Command {
	c := &cobra.Command{Use: "account add|list|test|remove|password|default", Short: "Set up accounts", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			return usage("account wants add, list, test, remove, password or default")
		}}
	list := &cobra.Command{Use: "list", Short: "List the accounts", Args: noArgs, RunE: func(*cobra.Command, []string) error { return e.accountList() }}
	e.jsonFlag(list)
	password := &cobra.Command{Use: "password NAME [--password-stdin]", Short: "Change the stored password", Args: exactly(1)}
	stdin := password.Flags().Bool("password-stdin", false, "read the password from standard input")
	password.RunE = func(c *cobra.Command, args []string) error { return e.accountPassword(c.Context(), args[0], *stdin) }
	c.AddCommand(e.accountAddCommand(), list, password,
		&cobra.Command{Use: "test [NAME]", Short: "Log in to the servers of an account", Args: atMost(1), RunE: func(c *cobra.Command, args []string) error {
			return e.accountTest(c.Context(), first(args))
		}},
		&cobra.Command{Use: "remove NAME", Short: "Forget an account; its mail stays where it is", Args: exactly(1), RunE: func(c *cobra.Command, args []string) error {
			return e.accountRemove(c.Context(), args[0])
		}},
		&cobra.Command{Use: "default NAME", Short: "Make an account the one that mail is sent from", Args: exactly(1), RunE: func(_ *cobra.Command, args []string) error {
			if _, err := e.chosen(args[0]); err != nil {
				return err
			}
			return config.SetDefault(e.paths.Config, args[0])
		}},
	)
	return c
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func (e *env) accountList() error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	if len(cfg.Accounts) == 0 {
		return errNothing
	}
	for i, a := range cfg.Accounts {
		isDefault := a.Name == cfg.Default || cfg.Default == "" && i == 0
		v := struct {
			Name    string `json:"name"`
			Address string `json:"address"`
			Receive string `json:"receive"`
			Default bool   `json:"default"`
		}{safe.Line(a.Name), safe.Line(a.Address), a.Receive, isDefault}
		if e.json {
			if err := e.printJSON(v); err != nil {
				return err
			}
			continue
		}
		mark := " "
		if isDefault {
			mark = "*"
		}
		fmt.Fprintf(e.out, "%s %s %s %s\n", mark, safe.Pad(v.Name, 14), safe.Pad(v.Address, 32), v.Receive)
	}
	return nil
}

// accountTest logs in to every server of an account, or of all, and says of
// each whether it worked.
func (e *env) accountTest(ctx context.Context, name string) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	if len(cfg.Accounts) == 0 {
		return errNoAccount
	}
	found, bad := false, error(nil)
	for _, a := range cfg.Accounts {
		if name != "" && a.Name != name {
			continue
		}
		found = true
		bad = e.after(bad, e.checkAccount(ctx, a, e.out))
	}
	if !found {
		return noAccount(name)
	}
	return bad
}

// checkAccount tries receiving and sending, writes what works, reports what does
// not, and returns the last failure.
func (e *env) checkAccount(ctx context.Context, a config.Account, w io.Writer) error {
	var bad error
	for _, c := range e.checks(a) {
		if _, err := c.try(ctx); err != nil {
			bad = e.after(bad, fmt.Errorf("%s: %s does not work: %w", a.Name, c.what, err))
			continue
		}
		fmt.Fprintf(w, "%s: %s works\n", safe.Line(a.Name), c.what)
	}
	return bad
}

// A check is one thing that must work for an account to be of use. Where it does,
// try also returns what it found out, if that is of interest.
type check struct {
	what string
	try  func(context.Context) (*finding, error)
}

func (e *env) checks(a config.Account) []check {
	var list []check
	switch a.Receive {
	case "imap":
		list = append(list, check{"receiving by IMAP", func(ctx context.Context) (*finding, error) {
			s, err := e.dialIMAP(ctx, a)
			if err != nil {
				return nil, err
			}
			return extensions(a, s), s.Close()
		}})
	case "pop3":
		list = append(list, check{"receiving by POP3", func(ctx context.Context) (*finding, error) {
			d, err := e.dialPOP3(ctx, a)
			if err != nil {
				return nil, err
			}
			return nil, d.Close()
		}})
	}
	if a.SMTP.Host != "" {
		list = append(list, check{"sending by SMTP", func(ctx context.Context) (*finding, error) { return nil, e.sender(a).Test(ctx) }})
	}
	return list
}

func (e *env) accountRemove(ctx context.Context, name string) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	for _, a := range cfg.Accounts {
		if a.Name != name {
			continue
		}
		if err := config.RemoveAccount(e.paths.Config, name); err != nil {
			return err
		}
		if a.Password.Command == "" {
			if err := e.store(a).Delete(ctx, a.Name, passwordKind); err != nil {
				e.warn(fmt.Errorf("the account is removed, but its password could not be: %w", err))
			}
		}
		return nil
	}
	return noAccount(name)
}

func (e *env) accountPassword(ctx context.Context, name string, stdin bool) error {
	a, err := e.chosen(name)
	if err != nil {
		return err
	}
	if a.Password.Command != "" {
		return fmt.Errorf("the password of %s comes from a command in the config file; change it there", name)
	}
	pass, err := e.readPassword(stdin, "New password for "+a.Address+":")
	if err != nil {
		return err
	}
	return e.store(a).Set(ctx, a.Name, passwordKind, pass)
}

// readPassword reads the first line of standard input, or asks.
func (e *env) readPassword(stdin bool, prompt string) (string, error) {
	if !stdin {
		pass, err := e.askSecret(prompt)
		if errors.Is(err, errNoTerminal) {
			return "", usage("there is no terminal to ask for the password on: use --password-stdin or --password-command")
		}
		return pass, err
	}
	line, err := bufio.NewReader(io.LimitReader(e.in, 1<<16)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
