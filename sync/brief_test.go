package sync

import (
	"context"
	"errors"
	"io"
	"testing"

	"posthorn/account"
)

func TestBriefly(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errElsewhere, "another Posthorn is online"},
		{offline(&account.Error{Kind: account.BadLogin, Op: "log in"}), "login refused"},
		{offline(offline(io.EOF)), "connection lost"},
		{context.DeadlineExceeded, "no answer"},
		{&account.Error{Kind: account.Busy}, "the server asks to wait"},
		{errors.New("x"), "it failed"},
	} {
		if got := briefly(tt.err); got != tt.want {
			t.Errorf("%v is %q, want %q", tt.err, got, tt.want)
		}
	}
}

// That there is no line is said once, however often it was found out.
func TestOfflineOnce(t *testing.T) {
	e := &account.Error{Kind: account.Refused, Op: "connect", Server: "h:1", Err: errors.New("connection refused")}
	if got := offline(offline(e)).Error(); got != "offline: connect at h:1: connection refused" {
		t.Errorf("it reads %q", got)
	}
	if got := cause(offline(e)); got != error(e) {
		t.Errorf("the cause is %v", got)
	}
}
