package imap

import (
	"context"
	"errors"
	"strings"

	"posthorn/account"
	"posthorn/account/imap/client"
)

const (
	tampering  = "try --tls implicit; somebody may be tampering with the connection"
	credential = "check user name and password; some providers want an app password"
	comeBack   = "the server asks to try again later"
)

// fail says what was tried, with whom, and what came back.
func (s *Source) fail(op string, err error) error {
	var said *client.Error
	var known *account.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &known) && known.Server != "":
		return err
	case errors.As(err, &known):
		known.Server = s.o.Server.Addr()
		return err
	case errors.Is(err, client.ErrNoStartTLS):
		return &account.Error{Kind: account.NoTLS, Op: op, Server: s.o.Server.Addr(), Err: err, Advice: tampering}
	case !errors.As(err, &said):
		return account.Fail(op, s.o.Server, err)
	}
	e := refusal(said)
	e.Op, e.Server, e.Err = op, s.o.Server.Addr(), err
	return e
}

// refusal returns what a command's NO, BAD or BYE means. The response code alone
// decides, and which command it was; the text is for people. Of one who asks to come
// back later it may say when.
func refusal(said *client.Error) *account.Error {
	code, _, _ := strings.Cut(strings.ToUpper(said.Code), " ")
	e, known := meanings()[code]
	if !known {
		e = account.Error{Kind: account.Denied}
	}
	switch {
	case said.Kind == "BYE" || said.Command == "greeting":
		ended(&e)
	case said.Command == "LOGIN" || said.Command == "AUTHENTICATE":
		refusedLogin(&e, known)
	case said.Command == "STARTTLS": // offered, and refused
		e = account.Error{Kind: account.NoTLS, Advice: tampering}
	}
	if e.Kind == account.Busy || e.Kind == account.Lost {
		e.Wait = account.WaitIn(said.Text)
	}
	if said.Kind != "BYE" || said.Command == "greeting" {
		e.Said = said.Text
	}
	return &e
}

// ended is for a BYE: the line is gone, whatever else the server says of it.
func ended(e *account.Error) {
	if e.Kind != account.Busy && e.Kind != account.BadLogin {
		*e = account.Error{Kind: account.Lost}
	}
	e.About = account.AboutLine
}

// refusedLogin is for a refused login. Without a code it is about user or
// password: most servers have none.
func refusedLogin(e *account.Error, known bool) {
	if !known {
		*e = account.Error{Kind: account.BadLogin, Advice: credential}
	}
	e.About = account.AboutAccount
}

// meanings returns what the response codes mean (RFC 3501, section 7.1; RFC 5530;
// RFC 9051, section 7.1; TOOBIG is RFC 4469's).
func meanings() map[string]account.Error {
	denied := func(about account.Scope, retry account.Retry, advice string) account.Error {
		return account.Error{Kind: account.Denied, About: about, Retry: retry, Advice: advice}
	}
	busy := func(about account.Scope, advice string) account.Error {
		return account.Error{Kind: account.Busy, About: about, Advice: advice}
	}
	login := account.Error{Kind: account.BadLogin, Advice: credential}
	return map[string]account.Error{
		"UNAVAILABLE": busy(account.AboutJob, comeBack),
		"LIMIT":       busy(account.AboutJob, comeBack),
		"INUSE":       busy(account.AboutMailbox, "another program has the mailbox open; Posthorn tries again later"),

		"AUTHENTICATIONFAILED": login,
		"AUTHORIZATIONFAILED":  login,
		"EXPIRED":              {Kind: account.BadLogin, Advice: "the password has expired: set a new one with the provider"},
		"PRIVACYREQUIRED":      {Kind: account.NoTLS, About: account.AboutAccount, Advice: "use --tls implicit or --tls starttls"},
		"CONTACTADMIN":         denied(account.AboutJob, account.RetryAfterUser, "ask the people who run the server"),

		"NOPERM":        denied(account.AboutJob, account.RetryNever, "you do not have the right to do that there"),
		"OVERQUOTA":     denied(account.AboutJob, account.RetryAfterUser, "the account is full: delete something, or ask for more room"),
		"TOOBIG":        denied(account.AboutMessage, account.RetryNever, "the message is too large for the server"),
		"CORRUPTION":    denied(account.AboutMailbox, account.RetryAfterUser, "the mailbox is damaged: ask the people who run the server"),
		"SERVERBUG":     denied(account.AboutJob, account.RetryNever, "the server made a mistake: tell the people who run it"),
		"CLIENTBUG":     denied(account.AboutJob, account.RetryNever, "the server takes it for a mistake of Posthorn: please report it"),
		"CANNOT":        denied(account.AboutJob, account.RetryNever, "the server cannot do that, whatever is tried"),
		"ALREADYEXISTS": denied(account.AboutJob, account.RetryNever, "there is one of that name already"),
		"HASCHILDREN":   denied(account.AboutJob, account.RetryNever, "there are folders below it"),
		"EXPUNGEISSUED": denied(account.AboutMessage, account.RetryNow, "another program deleted some of the messages"),

		"NONEXISTENT": {Kind: account.NotFound, About: account.AboutMailbox},
		"TRYCREATE":   {Kind: account.NotFound, About: account.AboutMailbox},
	}
}
