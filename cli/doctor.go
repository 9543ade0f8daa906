package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"posthorn/account/imap"
	"posthorn/account/secret"
	"posthorn/config"
	"posthorn/mail/safe"
)

func (e *env) doctorCommand() *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "Look at the set-up and say what is wrong with it", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.doctor(c.Context()) }}
	e.jsonFlag(c)
	return c
}

// A finding is one line of the doctor's.
type finding struct {
	Account string `json:"account"`
	What    string `json:"what"`
	OK      bool   `json:"ok"`
	Says    string `json:"says"`
	Advice  string `json:"advice"`
}

func (e *env) doctor(ctx context.Context) error {
	bad := 0
	tell := func(f finding) error {
		if !f.OK {
			bad++
		}
		return e.printFinding(f)
	}
	cfg, err := e.load()
	if err := tell(found("", "configuration "+e.paths.Config, "", err)); err != nil {
		return err
	}
	if err == nil {
		for _, look := range []func(context.Context, *config.Config, func(finding) error) error{e.doctorLog, e.doctorFolders, e.doctorKeyring, e.doctorAccounts} {
			if err := look(ctx, cfg, tell); err != nil {
				return err
			}
		}
	}
	switch {
	case bad == 1:
		return errors.New("doctor found something that does not work")
	case bad > 1:
		return fmt.Errorf("doctor found %d things that do not work", bad)
	}
	return nil
}

func (e *env) doctorFolders(_ context.Context, _ *config.Config, tell func(finding) error) error {
	for _, dir := range []string{e.paths.Data, e.paths.State} {
		says := "there"
		info, err := os.Stat(dir)
		switch {
		case errors.Is(err, os.ErrNotExist):
			says, err = "made when it is needed", nil
		case err == nil && info.Mode().Perm()&0o077 != 0:
			says = "others on this machine may read it"
		}
		if err := tell(found("", "folder "+dir, says, err)); err != nil {
			return err
		}
	}
	return nil
}

// doctorKeyring says whether a keyring answers. Without one there are other
// ways, so that is no fault.
func (e *env) doctorKeyring(ctx context.Context, _ *config.Config, tell func(finding) error) error {
	_, err := e.keyringStore().Get(ctx, "posthorn-doctor", passwordKind)
	if errors.Is(err, secret.ErrUnavailable) {
		return tell(found("", "keyring", "none answers; passwords can come from a command or an encrypted file", nil))
	}
	return tell(found("", "keyring", "answers", nil))
}

func (e *env) doctorAccounts(ctx context.Context, cfg *config.Config, tell func(finding) error) error {
	for _, a := range cfg.Accounts {
		if _, err := e.password(ctx, a); err != nil {
			if err := tell(found(a.Name, "password", "", err)); err != nil {
				return err
			}
			continue
		}
		var more []finding
		for _, c := range e.checks(a) {
			f, err := c.try(ctx)
			if f != nil {
				more = append(more, *f)
			}
			if err := tell(found(a.Name, c.what, "works", err)); err != nil {
				return err
			}
		}
		for _, f := range more {
			if err := tell(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// extensions says which extensions of IMAP are used with a server.
func extensions(a config.Account, s *imap.Source) *finding {
	used, unused := s.Offers()
	f := found(a.Name, "extensions of IMAP", "used: "+strings.Join(used, " ")+"; not offered or turned off: "+strings.Join(unused, " "), nil)
	return &f
}

func found(account, what, says string, err error) finding {
	f := finding{Account: account, What: what, OK: err == nil, Says: says}
	if err != nil {
		f.Says = err.Error()
		var hinted interface{ Hint() string }
		if errors.As(err, &hinted) {
			f.Advice = hinted.Hint()
		}
	}
	return f
}

func (e *env) printFinding(f finding) error {
	f.Says, f.Advice, f.Account = safe.Line(f.Says), safe.Line(f.Advice), safe.Line(f.Account)
	if e.json {
		return e.printJSON(f)
	}
	mark := "ok "
	if !f.OK {
		mark = "BAD"
	}
	line := mark + "  "
	if f.Account != "" {
		line += f.Account + ": "
	}
	line += f.What
	if f.Says != "" {
		line += ": " + f.Says
	}
	if f.Advice != "" {
		line += " — " + f.Advice
	}
	_, err := fmt.Fprintln(e.out, line)
	return err
}
