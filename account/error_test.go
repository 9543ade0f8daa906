package account_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"posthorn/account"
)

func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		err   error
		kind  account.Kind
		about account.Scope
		retry account.Retry
	}{
		{nil, account.Other, account.AboutJob, account.RetryNever},
		{errors.New("x"), account.Other, account.AboutJob, account.RetryNever},
		{&net.DNSError{IsNotFound: true}, account.NoSuchHost, account.AboutLine, account.RetryLater},
		{&net.DNSError{IsTemporary: true}, account.Unreachable, account.AboutLine, account.RetryLater},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, account.Refused, account.AboutLine, account.RetryLater},
		{syscall.ENETUNREACH, account.Unreachable, account.AboutLine, account.RetryLater},
		{syscall.EHOSTUNREACH, account.Unreachable, account.AboutLine, account.RetryLater},
		{syscall.ETIMEDOUT, account.TimedOut, account.AboutLine, account.RetryLater},
		{os.ErrDeadlineExceeded, account.TimedOut, account.AboutLine, account.RetryLater},
		{context.DeadlineExceeded, account.TimedOut, account.AboutLine, account.RetryLater},
		{&net.DNSError{IsTimeout: true}, account.Unreachable, account.AboutLine, account.RetryLater}, // it is the resolver that cannot be reached
		{io.EOF, account.Lost, account.AboutLine, account.RetryLater},
		{io.ErrUnexpectedEOF, account.Lost, account.AboutLine, account.RetryLater},
		{syscall.ECONNRESET, account.Lost, account.AboutLine, account.RetryLater},
		{syscall.EPIPE, account.Lost, account.AboutLine, account.RetryLater},
		{net.ErrClosed, account.Lost, account.AboutLine, account.RetryLater},
		{context.Canceled, account.Other, account.AboutJob, account.RetryNever},
		{&account.Error{Kind: account.BadLogin}, account.BadLogin, account.AboutAccount, account.RetryAfterUser},
		{&account.Error{Kind: account.Untrusted}, account.Untrusted, account.AboutLine, account.RetryAfterUser},
		{&account.Error{Kind: account.NoTLS}, account.NoTLS, account.AboutLine, account.RetryAfterUser},
		{&account.Error{Kind: account.Garbled}, account.Garbled, account.AboutLine, account.RetryLater},
		{&account.Error{Kind: account.Denied}, account.Denied, account.AboutJob, account.RetryNever},
		{&account.Error{Kind: account.Busy}, account.Busy, account.AboutJob, account.RetryLater},
		{&account.Error{Kind: account.Renumbered}, account.Renumbered, account.AboutMailbox, account.RetryNow},
		{&account.Error{Kind: account.NotFound}, account.NotFound, account.AboutMessage, account.RetryNever},
		{&account.Error{Kind: account.Incomplete}, account.Incomplete, account.AboutMessage, account.RetryNever},
		{&account.Error{Kind: account.Uncertain, Err: io.EOF}, account.Uncertain, account.AboutJob, account.RetryAfterUser},
		// What is said counts before what the kind implies.
		{&account.Error{Kind: account.Busy, About: account.AboutMailbox, Retry: account.RetryAfterUser}, account.Busy, account.AboutMailbox, account.RetryAfterUser},
		// One without a kind of its own is what is below it.
		{&account.Error{Err: io.EOF}, account.Lost, account.AboutLine, account.RetryLater},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
			if tt.err == nil {
				err = nil
			}
			if k, about, retry := account.KindOf(err), account.ScopeOf(err), account.RetryOf(err); k != tt.kind || about != tt.about || retry != tt.retry {
				t.Errorf("%v is %d, %d, %d, want %d, %d, %d", err, k, about, retry, tt.kind, tt.about, tt.retry)
			}
		}
	}
}

func TestWaitOf(t *testing.T) {
	if d := account.WaitOf(fmt.Errorf("x: %w", &account.Error{Wait: time.Minute})); d != time.Minute {
		t.Errorf("the server said a minute, it is %v", d)
	}
	if d := account.WaitOf(io.EOF); d != 0 {
		t.Errorf("nobody said %v", d)
	}
}

// A failure that happens again is the same, whatever stands around it.
func TestSame(t *testing.T) {
	no := &account.Error{Kind: account.Denied, Op: "log in", Server: "h:1", Said: "no"}
	again := *no
	other := &account.Error{Kind: account.Denied, Op: "log in", Server: "h:1", Said: "not now"}
	for _, tt := range []struct {
		a, b error
		want bool
	}{
		{nil, nil, true},
		{nil, no, false},
		{no, nil, false},
		{no, fmt.Errorf("x: %w", &again), true},
		{no, other, false},
		{io.EOF, io.EOF, true},
		{io.EOF, no, false},
	} {
		if got := account.Same(tt.a, tt.b); got != tt.want {
			t.Errorf("%v and %v are the same: %v", tt.a, tt.b, got)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, tt := range []struct {
		e    account.Error
		want string
	}{
		{account.Error{Op: "log in"}, "log in"},
		{account.Error{Op: "log in", Server: "h:1"}, "log in at h:1"},
		{account.Error{Op: "log in", Server: "h:1", Said: "no", Err: io.EOF}, "log in at h:1: the server said: no"},
		{account.Error{Op: "log in", Err: io.EOF}, "log in: EOF"},
	} {
		if tt.e.Error() != tt.want {
			t.Errorf("%+v reads %q, want %q", tt.e, &tt.e, tt.want)
		}
		if !errors.Is(&tt.e, io.EOF) && tt.e.Err != nil {
			t.Errorf("%v hides its cause", &tt.e)
		}
	}
}

func TestFail(t *testing.T) {
	s := account.Server{Host: "mail.example.org", Port: 993}
	if err := account.Fail("x", s, nil); err != nil {
		t.Errorf("nothing became %v", err)
	}
	// What was told already is not told twice.
	for _, err := range []error{context.Canceled, fmt.Errorf("list: %w", context.Canceled), &account.Error{Op: "log in"}, fmt.Errorf("x: %w", &account.Error{Op: "log in"})} {
		if got := account.Fail("x", s, err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
	// What has no words of ours keeps its own.
	check(t, account.Fail("read", s, errors.New("out of paper")), s, failure{account.Other, "read at %s: out of paper", "", false})
	check(t, account.Fail("read", s, io.EOF), s, failure{account.Lost, "read at %s: the server closed the connection", "", true})
	if err := account.Fail("read", s, io.EOF); !errors.Is(err, io.EOF) {
		t.Errorf("%v hides its cause", err)
	}
}
