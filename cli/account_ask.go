package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"posthorn/account"
	"posthorn/account/discover"
	"posthorn/account/setup"
	"posthorn/mail/safe"
)

// note writes a line that belongs to the one before.
func (a *adding) note(text string) { fmt.Fprintln(a.errs, "  "+safe.Line(text)) }

// question asks for a field until the answer can be one. An empty one changes
// nothing; the password can only be given, not seen.
func (a *adding) question(field setup.Field) error {
	for {
		text, err := a.answer(field)
		if err != nil {
			return err
		}
		if text == "" {
			return nil
		}
		err = a.Set(field, text)
		if err == nil {
			return nil
		}
		a.note(err.Error())
	}
}

func (a *adding) answer(field setup.Field) (string, error) {
	if field == setup.Password {
		return a.keys.secret("Password for " + a.Get(setup.Address) + ":")
	}
	prompt := title(field)
	if now := a.Get(field); now != "" {
		prompt += " [" + now + "]"
	}
	return a.keys.line(prompt + ":")
}

// title is how a field is asked for.
func title(field setup.Field) string {
	return strings.ToUpper(string(field[:1])) + string(field[1:])
}

// rename asks for another name of the account, as each has its own.
func (a *adding) rename() error {
	name := a.Get(setup.Name)
	if a.keys == nil {
		return usage("there is an account %q already; give another --name", name)
	}
	fmt.Fprintln(a.errs, safe.Line("There is an account "+name+" already."))
	return a.question(setup.Name)
}

// confirm shows what was found, and asks whether it is right.
func (a *adding) confirm() error {
	a.show("receive", discover.Protocol(a.Get(setup.Receive)), setup.Incoming, setup.IncomingTLS, setup.IncomingUser)
	a.show("send", discover.SMTP, setup.Outgoing, setup.OutgoingTLS, setup.OutgoingUser)
	if p := a.Provider(); p != nil && p.Note != "" {
		a.note(p.Note + ".")
		if p.Page != "" {
			fmt.Fprintln(a.errs, safe.Line("  The page for it: "+p.Page))
		}
	}
	if a.flags.yes {
		a.Confirm()
		return nil
	}
	yes, err := a.yes("Is this right?", true)
	if err != nil {
		return err
	}
	if yes {
		a.Confirm()
		return nil
	}
	_, err = a.change()
	return err
}

func (a *adding) show(what string, p discover.Protocol, server, tls, user setup.Field) {
	from := a.Found(server)
	if from == "" {
		from = "as you said"
	}
	where := fmt.Sprintf("%s, %s, as %s (%s)", a.Get(server), protection(a.Get(tls)), a.Get(user), from)
	fmt.Fprintf(a.errs, "  %-8s %-5s %s\n", what, strings.ToUpper(string(p)), safe.Line(where))
}

func protection(tls string) string {
	return map[account.TLS]string{account.Implicit: "TLS", account.StartTLS: "STARTTLS", account.Plain: "without TLS"}[account.TLS(tls)]
}

// yes asks a question that has two answers.
func (a *adding) yes(question string, byDefault bool) (bool, error) {
	choice := " [Y/n]"
	if !byDefault {
		choice = " [y/N]"
	}
	for {
		text, err := a.keys.line(question + choice)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(text) {
		case "":
			return byDefault, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// change asks which field is to be another, and what. It says whether one was
// named.
func (a *adding) change() (bool, error) {
	fields := []setup.Field{setup.Address, setup.Name, setup.FullName, setup.Receive, setup.Incoming, setup.IncomingTLS, setup.IncomingUser,
		setup.Outgoing, setup.OutgoingTLS, setup.OutgoingUser, setup.Password}
	for i, f := range fields {
		value := a.Get(f)
		if f == setup.Password && value != "" {
			value = "(given)"
		}
		fmt.Fprintf(a.errs, "  %2d  %s %s\n", i+1, safe.Pad(title(f), 20), safe.Line(value))
	}
	for {
		text, err := a.keys.line("Which one is to be changed? A number, or nothing:")
		if err != nil || text == "" {
			return false, err
		}
		if n, err := strconv.Atoi(text); err == nil && n >= 1 && n <= len(fields) {
			return true, a.question(fields[n-1])
		}
	}
}

// mend tells what failed, and offers to change that alone.
func (a *adding) mend() error {
	failures := a.Failures()
	for _, f := range failures {
		a.warn(a.told(f))
		a.certificate(f)
	}
	f := failures[0]
	for _, fix := range f.Fixes {
		yes, err := a.yes("Shall Posthorn "+safe.Line(fix.Question)+"?", len(f.Certificates) == 0)
		if err != nil {
			return notSaved(err)
		}
		if yes {
			return a.Apply(fix)
		}
	}
	if len(f.Fixes) == 0 && !f.Alarm && f.Field != setup.PasswordCommand {
		text, err := a.answer(f.Field)
		if err != nil {
			return notSaved(err)
		}
		if text != "" {
			return a.try(f.Field, text)
		}
	}
	changed, err := a.change()
	if err != nil {
		return notSaved(err)
	}
	if !changed {
		again, err := a.yes("Shall the same be tried again?", true)
		if err != nil || !again {
			return notSaved(errors.Join(err, a.told(f)))
		}
		a.Again()
	}
	return nil
}

// try sets a field to an answer, and asks again where it cannot be one.
func (a *adding) try(field setup.Field, text string) error {
	if err := a.Set(field, text); err != nil {
		a.note(err.Error())
		return a.question(field)
	}
	return nil
}

func notSaved(err error) error { return fmt.Errorf("the account was not saved: %w", err) }

// certificate shows one that was refused.
func (a *adding) certificate(f setup.Failure) {
	if len(f.Certificates) == 0 {
		return
	}
	c := f.Certificates[0]
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	for _, l := range []string{"The certificate is " + setup.Describe(c) + ".", "Its names: " + strings.Join(names, ", "), "Its key: " + account.Fingerprint(c)} {
		a.note(l)
	}
}
