package smtp

import (
	"testing"

	gosmtp "github.com/emersion/go-smtp"

	"posthorn/account"
)

// The codes decide what an answer means; the text never does.
func TestRefusal(t *testing.T) {
	type want struct {
		kind  account.Kind
		about account.Scope
		retry account.Retry
	}
	for _, tt := range []struct {
		code     int
		enhanced gosmtp.EnhancedCode
		want
	}{
		{421, gosmtp.EnhancedCode{4, 7, 0}, want{account.Busy, account.AboutLine, account.RetryLater}},
		{450, gosmtp.EnhancedCode{4, 7, 1}, want{account.Busy, account.AboutMessage, account.RetryLater}},
		{451, gosmtp.EnhancedCodeNotSet, want{account.Busy, account.AboutMessage, account.RetryLater}},
		{452, gosmtp.EnhancedCode{4, 2, 2}, want{account.Busy, account.AboutMessage, account.RetryLater}},
		{452, gosmtp.EnhancedCode{4, 3, 1}, want{account.Busy, account.AboutAccount, account.RetryLater}},
		{530, gosmtp.EnhancedCode{5, 7, 0}, want{account.Denied, account.AboutAccount, account.RetryAfterUser}},
		{550, gosmtp.EnhancedCode{5, 1, 1}, want{account.Denied, account.AboutMessage, account.RetryNever}},
		{552, gosmtp.EnhancedCode{5, 3, 4}, want{account.Denied, account.AboutMessage, account.RetryNever}},
		{554, gosmtp.EnhancedCode{}, want{account.Denied, account.AboutMessage, account.RetryNever}},
	} {
		err := refusal(&gosmtp.SMTPError{Code: tt.code, EnhancedCode: tt.enhanced, Message: "password, later, 550 5.1.1"})
		if got := (want{account.KindOf(err), account.ScopeOf(err), account.RetryOf(err)}); got != tt.want {
			t.Errorf("%v means %v, want %v", err, got, tt.want)
		}
	}
}
