package sync

import (
	"errors"

	"posthorn/account"
)

// briefly says in a few words what an error is about, for where there is no room
// for the sentence.
func briefly(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, errElsewhere):
		return "another Posthorn is online"
	}
	switch account.KindOf(err) {
	case account.NoSuchHost:
		return "server name not found"
	case account.Refused:
		return "connection refused"
	case account.TimedOut:
		return "no answer"
	case account.Unreachable:
		return "no network"
	case account.Untrusted:
		return "certificate not trusted"
	case account.NoTLS:
		return "no safe connection"
	case account.BadLogin:
		return "login refused"
	case account.Busy:
		return "the server asks to wait"
	case account.Denied:
		return "the server refused"
	case account.Garbled:
		return "answer not understood"
	case account.Lost:
		return "connection lost"
	}
	return "it failed"
}
