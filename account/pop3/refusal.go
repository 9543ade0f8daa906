package pop3

import (
	"errors"
	"strings"

	"posthorn/account"
)

const credential = "check user name and password; some providers want an app password"

// refusal is the error for what follows -ERR.
func (d *Drop) refusal(op, text string) error {
	e, known := meanings()[responseCode(text)]
	if !known {
		e = account.Error{Kind: account.Denied}
	}
	if e.Kind == account.Busy {
		e.Wait = max(d.Delay(), account.WaitIn(text))
	}
	e.Op, e.Server, e.Said = op, d.server.Addr(), strings.TrimSpace(text)
	if e.Said == "" {
		e.Said = "no, without a reason"
	}
	return &e
}

// responseCode returns the code that an answer begins with (RFC 2449, section 8),
// in upper case.
func responseCode(text string) string {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), "[")
	code, _, found := strings.Cut(rest, "]")
	if !ok || !found {
		return ""
	}
	return strings.ToUpper(code)
}

// said returns the server's words in an error.
func said(err error) string {
	var e *account.Error
	errors.As(err, &e)
	if e == nil {
		return ""
	}
	return e.Said
}

// meanings returns what the response codes mean (RFC 2449, section 8; RFC 3206).
func meanings() map[string]account.Error {
	later := func(advice string) account.Error {
		return account.Error{Kind: account.Busy, About: account.AboutAccount, Advice: advice}
	}
	return map[string]account.Error{
		"IN-USE":      later("another program has this mailbox open: close it, or wait; Posthorn tries again later"),
		"LOGIN-DELAY": later("the server wants more time between logins; Posthorn tries again later"),
		"SYS/TEMP":    later("the server has a problem that should pass; Posthorn tries again later"),
		"SYS/PERM": {Kind: account.Denied, About: account.AboutAccount, Retry: account.RetryAfterUser,
			Advice: "the server has a problem that its operators must look at"},
		"AUTH": {Kind: account.BadLogin, Advice: credential},
	}
}

// loginError finds out whether a refused login is about user or password. RFC
// 3206 has a code for that; a server that does not have it means that.
func (d *Drop) loginError(err error) error {
	var e *account.Error
	if !errors.As(err, &e) || e.Kind != account.Denied || responseCode(e.Said) != "" {
		return err
	}
	e.About, e.Retry = account.AboutAccount, account.RetryLater
	if !d.caps.has("AUTH-RESP-CODE") {
		e.Kind, e.Retry = account.BadLogin, account.RetryAfterUser
		e.Advice = credential + "; if both are right, another program may have the mailbox open"
	}
	return err
}
