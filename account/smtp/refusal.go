package smtp

import (
	"errors"
	"fmt"
	"os"
	"strings"

	gosmtp "github.com/emersion/go-smtp"

	"posthorn/account"
)

// fail says what was tried and what the server answered.
func (s *Sender) fail(op string, err error) error {
	var said *gosmtp.SMTPError
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &said) {
		var e *account.Error
		if errors.As(err, &e) {
			e.Server = s.o.Server.Addr()
		}
		return account.Fail(op, s.o.Server, err)
	}
	e := refusal(said)
	e.Op, e.Server, e.Err = op, s.o.Server.Addr(), said
	return e
}

// refusal returns what an answer means. The first digit of the reply code says
// whether it is for good (RFC 5321, section 4.2.1); the enhanced code, where there
// is one, what it is about (RFC 3463).
func refusal(said *gosmtp.SMTPError) *account.Error {
	e := &account.Error{Kind: account.Denied, About: account.AboutMessage, Said: words(said), Advice: advice(said)}
	if said.Code/100 == 4 {
		e.Kind = account.Busy
	}
	switch c := said.EnhancedCode; {
	case said.Code == 421: // the server closes the connection
		e.About = account.AboutLine
	case said.Code == 530: // RFC 4954: a login is wanted first
		e.About, e.Retry = account.AboutAccount, account.RetryAfterUser
	case c[1] == 3 && c[2] != 4: // the mail system, but for a message that is too large
		e.About = account.AboutAccount
	}
	return e
}

// refusedLogin is for a login that was refused for good: 4xx is no word about
// user or password (RFC 4954, section 4.7).
func refusedLogin(err error) error {
	var e *account.Error
	var said *gosmtp.SMTPError
	if errors.As(err, &e) && errors.As(err, &said) {
		if e.About != account.AboutLine {
			e.About = account.AboutAccount
		}
		if e.Kind == account.Denied {
			e.Kind, e.Retry = account.BadLogin, account.RetryAfterUser
		}
	}
	return err
}

func words(e *gosmtp.SMTPError) string {
	text := strings.Join(strings.Fields(e.Message), " ")
	if e.EnhancedCode != (gosmtp.EnhancedCode{}) && e.EnhancedCode != gosmtp.EnhancedCodeNotSet {
		return fmt.Sprintf("%d %d.%d.%d %s", e.Code, e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2], text)
	}
	return fmt.Sprintf("%d %s", e.Code, text)
}

// advice puts the enhanced status codes that people meet into plain words (RFC
// 3463).
func advice(e *gosmtp.SMTPError) string {
	c := e.EnhancedCode
	switch {
	case c[1] == 1 && c[2] == 1, e.Code == 550 && c == gosmtp.EnhancedCodeNotSet:
		return "there is no such address; check it for a typing mistake"
	case c[1] == 1 && c[2] == 2:
		return "there is no such domain; check the address for a typing mistake"
	case c[1] == 2 && c[2] == 2:
		return "the recipient's mailbox is full"
	case c[1] == 3 && c[2] == 4, e.Code == 552:
		return "the message is too large for the server"
	case c[1] == 7 && c[2] == 8, e.Code == 535:
		return "check user name and password; some providers want an app password"
	case e.Code == 530:
		return "the server wants a login: set a user and a password for sending"
	case e.Code/100 == 4:
		return "the server asks to try again later"
	case c[1] == 7:
		return "the server's rules forbid it"
	}
	return ""
}
