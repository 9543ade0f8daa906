package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"posthorn/config"
	"posthorn/demo"
	"posthorn/internal/disk"
)

func (e *env) demoCommand() *cobra.Command {
	var messages int
	var serve bool
	c := &cobra.Command{
		Use: "demo [--messages N] [--serve]", Short: "Try Posthorn on embedded servers with sample mail", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if messages < 0 {
				return usage("--messages takes a number from 0")
			}
			return e.demo(c.Context(), messages, serve)
		},
	}
	c.Flags().IntVar(&messages, "messages", 0, "generate `N` messages instead of the sample mail")
	c.Flags().BoolVar(&serve, "serve", false, "only the servers: print their addresses and logins as JSON, until interrupted")
	return c
}

func (e *env) demo(ctx context.Context, messages int, serve bool) error {
	servers, err := demo.Start(ctx, demo.Options{Messages: messages})
	if err != nil {
		return err
	}
	defer servers.Close()
	if serve {
		err := e.printJSON(struct {
			Accounts []demo.Account `json:"accounts"`
		}{servers.Accounts()})
		if err == nil {
			<-ctx.Done()
		}
		return err
	}
	return e.demoInterface(ctx, servers)
}

// demoPoll is short, so that one sees mail arrive that one has sent.
const demoPoll = 2 * time.Second

// demoInterface opens the interface on the embedded servers, with a profile of
// its own that is gone afterwards, unless the user named one.
func (e *env) demoInterface(ctx context.Context, servers *demo.Servers) (err error) {
	d := *e
	d.logs = &logs{flag: e.logging().flag, trace: e.logging().trace}
	d.poll = demoPoll
	if d.profile == "" {
		if d.profile, err = os.MkdirTemp("", "posthorn-demo-"); err != nil {
			return fmt.Errorf("make a folder for the demo: %w", disk.Explain(os.TempDir(), err))
		}
		defer func() { err = errors.Join(err, os.RemoveAll(d.profile)) }()
	}
	if err := d.locate(); err != nil {
		return err
	}
	cfg, err := d.load() // of a profile that the user named: theme and keys
	if err != nil {
		return err
	}
	cfg.Default, cfg.Accounts = "", nil
	for _, a := range servers.Accounts() {
		acct, err := demoAccount(a)
		if err != nil {
			return err
		}
		cfg.Accounts = append(cfg.Accounts, acct)
		d.secrets.keyring = fixedSecret(a.Password)
	}
	return d.interact(ctx, cfg)
}

func demoAccount(a demo.Account) (config.Account, error) {
	acct := config.Account{Name: a.Name, Address: a.Address, FullName: a.FullName, Receive: a.Receive}
	for addr, to := range map[string]*config.Server{a.IMAP: &acct.IMAP, a.POP3: &acct.POP3, a.SMTP: &acct.SMTP} {
		if addr == "" {
			continue
		}
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return acct, err
		}
		n, err := strconv.Atoi(port)
		if err != nil {
			return acct, err
		}
		*to = config.Server{Host: host, Port: n, TLS: a.TLS, User: a.User}
	}
	return acct, nil
}
