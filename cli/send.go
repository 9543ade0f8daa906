package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"posthorn/compose"
	"posthorn/config"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/sync"
)

type sendFlags struct {
	account     string
	to, cc, bcc []string
	subject     string
	attach      []string
	raw, fromTo bool
}

func (e *env) sendCommand() *cobra.Command {
	var f sendFlags
	c := &cobra.Command{
		Use:   "send [-a NAME] [--to A]… [--cc A]… [--bcc A]… [-s SUBJECT] [--attach F]… < body",
		Short: "Send a message; its text is read from standard input",
		RunE:  func(c *cobra.Command, args []string) error { return e.send(c.Context(), f, args) },
	}
	fl := c.Flags()
	fl.StringVarP(&f.account, "account", "a", "", "the account; without it, the default")
	fl.StringArrayVar(&f.to, "to", nil, "a recipient")
	fl.StringArrayVar(&f.cc, "cc", nil, "a recipient of a copy")
	fl.StringArrayVar(&f.bcc, "bcc", nil, "a recipient that the others do not see")
	fl.StringVarP(&f.subject, "subject", "s", "", "the subject")
	fl.StringArrayVar(&f.attach, "attach", nil, "a file to attach")
	fl.BoolVar(&f.raw, "raw", false, "standard input is a whole message")
	fl.BoolVarP(&f.fromTo, "recipients-from-message", "t", false, "with --raw: send to its To, Cc and Bcc, as sendmail -t does")
	return c
}

func (e *env) send(ctx context.Context, f sendFlags, args []string) error {
	a, err := e.chosen(f.account)
	if err != nil {
		return err
	}
	if !f.raw && len(args) > 0 {
		return usage("send takes recipients with --to, not %q", args[0])
	}
	input, err := io.ReadAll(io.LimitReader(e.in, maxMessage))
	if err != nil {
		return fmt.Errorf("read the message: %w", err)
	}
	out, err := e.outgoing(f, args, a, input)
	if err != nil {
		return err
	}
	s, err := e.open(ctx, a.Name)
	if err != nil {
		return err
	}
	defer s.close()
	left, err := s.Deliver(ctx, out)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return unsent(left)
	}
	if err := s.flush(ctx); err != nil { // the message is on its way all the same
		e.warn(fmt.Errorf("the message was sent; its copy goes to the folder for sent mail later: %w", err))
	}
	return nil
}

// unsent says why messages are still in the outbox.
func unsent(left []mail.Queued) error {
	var all sync.Failures
	for _, q := range left {
		why := q.Error
		if why == "" {
			why = "send to " + strings.Join(q.Rcpt, ", ") + ": not yet done"
		}
		all = append(all, fmt.Errorf("%s; the message is kept: posthorn outbox list", why))
	}
	return all
}

// chosen returns the account with a name, or the default.
func (e *env) chosen(name string) (config.Account, error) {
	cfg, err := e.load()
	if err != nil {
		return config.Account{}, err
	}
	if len(cfg.Accounts) == 0 {
		return config.Account{}, errNoAccount
	}
	if name == "" {
		name = cfg.Default
	}
	if name == "" {
		return cfg.Accounts[0], nil
	}
	return named(cfg, name)
}

func (e *env) outgoing(f sendFlags, args []string, a config.Account, input []byte) (mail.Outgoing, error) {
	if f.raw {
		return rawOutgoing(f, args, a, input)
	}
	d := compose.Draft{Account: a.Name, From: identities(a)[0], Subject: f.subject, Body: string(input)}
	var errs [3]error
	d.To, errs[0] = addresses(f.to)
	d.Cc, errs[1] = addresses(f.cc)
	d.Bcc, errs[2] = addresses(f.bcc)
	if err := errors.Join(errs[:]...); err != nil {
		return mail.Outgoing{}, usageError{err}
	}
	for _, name := range f.attach {
		data, err := e.readFile(name)
		if err != nil {
			return mail.Outgoing{}, fmt.Errorf("attach: %w", err)
		}
		d.Attachments = append(d.Attachments, compose.Attachment{Name: filepath.Base(name), Data: data})
	}
	out, err := d.Build(time.Now())
	if err != nil {
		return out, usageError{err}
	}
	return out, nil
}

// rawOutgoing sends a message as it is, to the recipients on the command line
// and, with -t, to those it names.
func rawOutgoing(f sendFlags, args []string, a config.Account, input []byte) (mail.Outgoing, error) {
	rcpt, err := addresses(slices.Concat(args, f.to, f.cc, f.bcc))
	if err != nil {
		return mail.Outgoing{}, usageError{err}
	}
	if f.fromTo {
		env := message.Parse(input).Envelope
		rcpt = slices.Concat(rcpt, env.To, env.Cc, env.Bcc)
	}
	out, err := compose.Whole(input, a.Name, a.Address, rcpt)
	if err != nil {
		return out, usageError{err}
	}
	return out, nil
}

func addresses(args []string) (list []mail.Address, err error) {
	for _, s := range args {
		more, err := mail.ParseAddresses(s)
		if err != nil {
			return nil, fmt.Errorf("%q is not an address: %w", s, err)
		}
		list = append(list, more...)
	}
	return list, nil
}
