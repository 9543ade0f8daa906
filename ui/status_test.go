package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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

// lost is a failure with advice.
type lost struct{ text, hint string }

func (l lost) Error() string { return l.text }
func (l lost) Hint() string  { return l.hint }

// Why an account is offline, and since when, is said of each.
func TestTroubles(t *testing.T) {
	refused, late := lost{"log in at h:1: the server said: no", "check the password"}, errors.New("connect at g:1: no answer")
	at := time.Date(2026, 11, 25, 14, 5, 0, 0, time.UTC)
	all, s := accounts{list: []sync.AccountInfo{
		{Name: "ann", State: sync.Online},
		{Name: "ben", State: sync.Offline, Err: refused, Since: at},
		{Name: "cleo", State: sync.Offline, Err: late},
	}}, status{}
	for _, n := range []sync.Notice{
		{Account: "ben", Text: refused.text, Err: refused}, // the same as its state
		{Account: "ann", Text: "the move to Archive was taken back: not yours", Err: lost{"not yours", "ask"}},
		{Account: "ann", Text: "all is well"},
	} {
		s = s.notice(n)
	}
	if got, want := s.troubles(all.list), `ben is offline since Wed 14:05: log in at h:1: the server said: no
What you can do: check the password.

cleo is offline: connect at g:1: no answer

ann: all is well

ann: the move to Archive was taken back: not yours
What you can do: ask.`; got != want {
		t.Errorf("told is\n%s\nwant\n%s", got, want)
	}
	if got := all.where(); !strings.Contains(got, "ben ○ offline since 14:05: it failed · cleo ○ offline: it failed") {
		t.Errorf("the status line says %q", got)
	}
	for range 3 * kept {
		s = s.fail(errors.New("again"))
	}
	for i := range 3 * kept {
		s = s.fail(fmt.Errorf("failure %d", i))
	}
	if n := len(s.whole); n != kept || s.whole[0] != fmt.Sprint("failure ", 3*kept-1) {
		t.Errorf("%d notices are kept, the first is %q", n, s.whole[0])
	}
}
