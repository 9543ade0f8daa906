package ui

import (
	"testing"

	"posthorn/mail"
	"posthorn/sync"
)

// How full an account is is said once that matters.
func TestFullness(t *testing.T) {
	for _, test := range []struct {
		quota mail.Quota
		want  string
	}{
		{mail.Quota{}, ""},
		{mail.Quota{Used: 79, Limit: 100}, ""},
		{mail.Quota{Used: 80, Limit: 100}, " · 80 % full"},
		{mail.Quota{Used: 1 << 62, Limit: 1 << 61}, " · 200 % full"},
		{mail.Quota{Used: -1, Limit: 1}, ""},
		{mail.Quota{Used: 5, Limit: -1}, ""},
	} {
		if got := fullness(sync.AccountInfo{Quota: test.quota}); got != test.want {
			t.Errorf("%+v is said as %q, not %q", test.quota, got, test.want)
		}
	}
}
