package imap

import (
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/imap/client"
)

// The response code and the command decide what a refusal means; the text never
// does.
func TestRefusal(t *testing.T) {
	type want struct {
		kind  account.Kind
		about account.Scope
		retry account.Retry
	}
	denied := want{account.Denied, account.AboutJob, account.RetryNever}
	login := want{account.BadLogin, account.AboutAccount, account.RetryAfterUser}
	for _, tt := range []struct {
		command, kind, code string
		want
	}{
		{"UID MOVE", "NO", "", denied},
		{"UID MOVE", "BAD", "", denied},
		{"UID MOVE", "NO", "X-UNHEARD-OF a b", denied},
		{"UID MOVE", "NO", "LIMIT", want{account.Busy, account.AboutJob, account.RetryLater}},
		{"UID MOVE", "NO", "limit", want{account.Busy, account.AboutJob, account.RetryLater}},
		{"SELECT", "NO", "INUSE", want{account.Busy, account.AboutMailbox, account.RetryLater}},
		{"APPEND", "NO", "UNAVAILABLE", want{account.Busy, account.AboutJob, account.RetryLater}},
		{"APPEND", "NO", "OVERQUOTA", want{account.Denied, account.AboutJob, account.RetryAfterUser}},
		{"APPEND", "NO", "TOOBIG", want{account.Denied, account.AboutMessage, account.RetryNever}},
		{"APPEND", "NO", "TRYCREATE", want{account.NotFound, account.AboutMailbox, account.RetryNever}},
		{"SELECT", "NO", "NONEXISTENT", want{account.NotFound, account.AboutMailbox, account.RetryNever}},
		{"SELECT", "NO", "CORRUPTION", want{account.Denied, account.AboutMailbox, account.RetryAfterUser}},
		{"UID FETCH", "NO", "EXPUNGEISSUED", want{account.Denied, account.AboutMessage, account.RetryNow}},
		{"CREATE", "NO", "ALREADYEXISTS", denied},
		{"UID STORE", "NO", "NOPERM", denied},
		{"SELECT", "NO", "AUTHORIZATIONFAILED", login},
		{"LOGIN", "NO", "", login},
		{"AUTHENTICATE", "NO", "AUTHENTICATIONFAILED", login},
		{"AUTHENTICATE", "NO", "EXPIRED", login},
		{"LOGIN", "NO", "LIMIT", want{account.Busy, account.AboutAccount, account.RetryLater}},
		{"LOGIN", "NO", "UNAVAILABLE", want{account.Busy, account.AboutAccount, account.RetryLater}},
		{"LOGIN", "NO", "INUSE", want{account.Busy, account.AboutAccount, account.RetryLater}},
		{"LOGIN", "NO", "CONTACTADMIN", want{account.Denied, account.AboutAccount, account.RetryAfterUser}},
		{"LOGIN", "NO", "PRIVACYREQUIRED", want{account.NoTLS, account.AboutAccount, account.RetryAfterUser}},
		{"STARTTLS", "NO", "", want{account.NoTLS, account.AboutLine, account.RetryAfterUser}},
		{"greeting", "BYE", "", want{account.Lost, account.AboutLine, account.RetryLater}},
		{"greeting", "BYE", "LIMIT", want{account.Busy, account.AboutLine, account.RetryLater}},
		{"", "BYE", "", want{account.Lost, account.AboutLine, account.RetryLater}},
		{"", "BYE", "UNAVAILABLE", want{account.Busy, account.AboutLine, account.RetryLater}},
		{"", "BYE", "OVERQUOTA", want{account.Lost, account.AboutLine, account.RetryLater}},
	} {
		for _, text := range []string{"", "not now", "log in failed: password, quota, in use, try again later"} {
			err := refusal(&client.Error{Command: tt.command, Reply: client.Reply{Kind: tt.kind, Code: tt.code, Text: text}})
			if got := (want{account.KindOf(err), account.ScopeOf(err), account.RetryOf(err)}); got != tt.want {
				t.Errorf("%s: %s [%s] %s means %v, want %v", tt.command, tt.kind, tt.code, text, got, tt.want)
			}
		}
	}
}

// Of a server that asks to come back it is heard when.
func TestComeBack(t *testing.T) {
	for _, tt := range []struct {
		command, kind, code string
		want                time.Duration
	}{
		{"greeting", "BYE", "", 5 * time.Minute},
		{"", "BYE", "UNAVAILABLE", 5 * time.Minute},
		{"LOGIN", "NO", "LIMIT", 5 * time.Minute},
		{"LOGIN", "NO", "", 0}, // it is about the password
		{"SELECT", "NO", "NOPERM", 0},
	} {
		err := refusal(&client.Error{Command: tt.command, Reply: client.Reply{Kind: tt.kind, Code: tt.code, Text: "come back in 5 minutes"}})
		if got := account.WaitOf(err); got != tt.want {
			t.Errorf("%s: %s [%s]: %v, not %v", tt.command, tt.kind, tt.code, got, tt.want)
		}
	}
}
