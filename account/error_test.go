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

	"posthorn/account"
)

// A code says of itself whether it is temporary, as an SMTP refusal does.
type code bool

func (c code) Error() string   { return "code" }
func (c code) Temporary() bool { return bool(c) }

func TestKindOf(t *testing.T) {
	for _, tt := range []struct {
		err       error
		kind      account.Kind
		temporary bool
	}{
		{nil, account.Other, false},
		{errors.New("x"), account.Other, false},
		{&net.DNSError{IsNotFound: true}, account.NoSuchHost, true},
		{&net.DNSError{IsTemporary: true}, account.Unreachable, true},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, account.Refused, true},
		{syscall.ENETUNREACH, account.Unreachable, true},
		{syscall.EHOSTUNREACH, account.Unreachable, true},
		{syscall.ETIMEDOUT, account.TimedOut, true},
		{os.ErrDeadlineExceeded, account.TimedOut, true},
		{context.DeadlineExceeded, account.TimedOut, true},
		{&net.DNSError{IsTimeout: true}, account.Unreachable, true}, // it is the resolver that cannot be reached
		{io.EOF, account.Lost, true},
		{io.ErrUnexpectedEOF, account.Lost, true},
		{syscall.ECONNRESET, account.Lost, true},
		{syscall.EPIPE, account.Lost, true},
		{net.ErrClosed, account.Lost, true},
		{context.Canceled, account.Other, false},
		{code(true), account.Other, true},
		{code(false), account.Other, false},
		{&account.Error{Kind: account.BadLogin}, account.BadLogin, false},
		{&account.Error{Kind: account.Denied, Err: code(true)}, account.Denied, true},
		{&account.Error{Kind: account.Denied, Err: code(false)}, account.Denied, false},
		{&account.Error{Kind: account.Uncertain, Err: io.EOF}, account.Uncertain, false},
		// One without a kind of its own is what is below it.
		{&account.Error{Err: io.EOF}, account.Lost, true},
	} {
		for _, err := range []error{tt.err, fmt.Errorf("wrapped: %w", tt.err)} {
			if tt.err == nil {
				err = nil
			}
			if k := account.KindOf(err); k != tt.kind {
				t.Errorf("%v is of the kind %d, want %d", err, k, tt.kind)
			}
			if got := account.Temporary(err); got != tt.temporary {
				t.Errorf("%v: it may help to try again: %v", err, got)
			}
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
