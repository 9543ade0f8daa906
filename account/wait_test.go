package account_test

import (
	"testing"
	"time"

	"posthorn/account"
)

func TestWaitIn(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"come back in 5 minutes":                       5 * time.Minute,
		"Too many connections. Try again in 1 minute.": time.Minute,
		"Please wait 30 seconds":                       30 * time.Second,
		"Try again AFTER 2 Hours":                      2 * time.Hour,
		"locked for 90s":                               90 * time.Second,
		"in 999999 hours":                              24 * time.Hour,
		"in 0 minutes":                                 0,
		"3 messages in 5 mailboxes":                    0,
		"in 5 mins":                                    5 * time.Minute,
		"try again later":                              0,
		"in 99999999999999999999 minutes":              0,
		"":                                             0,
	} {
		if got := account.WaitIn(text); got != want {
			t.Errorf("%q means %v, not %v", text, got, want)
		}
	}
}
