package pop3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"posthorn/account"
	"posthorn/internal/dialogue"
)

const twoMessages = loggedIn + `C: LIST
S: +OK
S: 1 7
S: 2 7
S: .
C: UIDL
S: +OK
S: 1 a
S: 2 b
S: .
`

const whole = twoMessages + `C: RETR 1
S: +OK
S: one
S: 
S: .
C: DELE 1
S: +OK
C: RETR 2
S: +OK
S: two
S: 
S: .
C: DELE 2
S: +OK
C: QUIT
S: +OK`

// Whatever a server refuses, and wherever the line ends: what was not had whole
// is an error that names the server, and nothing hangs.
func TestUnkind(t *testing.T) {
	for _, v := range dialogue.Unkind(whole, "-ERR I do nothing more", "-ERR no", "-ERR [IN-USE] locked", "-ERR [SYS/TEMP] later", "-ERR [SYS/PERM] never", "-ERR [AUTH] no") {
		t.Run(v.Name(), func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if v.How == "mute" {
				cancel()
			}
			addr := dialogue.Listen(t, v.Script)
			got, err := all(ctx, account.Server{Host: "127.0.0.1", Port: addr.Port, TLS: account.Plain})
			var e *account.Error
			switch {
			case err == nil && strings.HasPrefix(v.How, "cut"), err == nil && v.How == "mute":
				t.Errorf("it went well: %q", got)
			case err == nil:
				t.Errorf("the refusal is lost: %q", got)
			case err != nil && v.How != "mute" && (!errors.As(err, &e) || e.Server == "" || e.Op == ""):
				t.Errorf("it does not say what with whom: %v", err)
			case strings.HasPrefix(v.How, "cut") && account.RetryOf(err) != account.RetryLater:
				t.Errorf("it is not tried again: %v", err)
			}
			for _, text := range got {
				if text != "one\n\n" && text != "two\n\n" {
					t.Errorf("had is %q", text)
				}
			}
		})
	}
}

// all takes all there is, and returns what came whole.
func all(ctx context.Context, s account.Server) (got []string, err error) {
	d, err := Dial(ctx, Options{Server: s, Login: login()})
	if err != nil {
		return nil, err
	}
	defer d.Close()
	list, err := d.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		var b bytes.Buffer
		if err := d.Retrieve(ctx, m, &b); err != nil {
			return got, err
		}
		got = append(got, b.String())
		if err := d.Delete(ctx, m); err != nil {
			return got, err
		}
	}
	return got, d.Quit(ctx)
}

// A message that ends before it has the octets that LIST gave it did not come
// whole.
func TestRetrieveShort(t *testing.T) {
	for name, script := range map[string]string{
		"in the text":   "C: RETR 1\nS: +OK 120 octets\nS: Subject: x\nS: \nS: half of i\nS: .\n",
		"in the header": "C: RETR 1\nS: +OK 120 octets\nS: Subj\nS: .\n",
		"empty":         "C: RETR 1\nS: +OK 120 octets\nS: .\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := mustDial(t, loggedIn+script)
			if err := d.Retrieve(t.Context(), account.Waiting{Number: 1, Size: 120}, io.Discard); err == nil {
				t.Error("it is taken for whole")
			}
		})
	}
}

// A server that offers UIDL and refuses it has mail all the same.
func TestUIDLRefused(t *testing.T) {
	d := mustDial(t, loggedIn+"C: LIST\nS: +OK\nS: 1 8\nS: 2 8\nS: .\nC: UIDL\nS: -ERR not supported\n")
	list, err := d.List(t.Context())
	if len(list) != 2 || err != nil {
		t.Errorf("there is no mail: %v, %v", list, err)
	}
}

// A blank line before an answer is passed over.
func TestBlankLine(t *testing.T) {
	d := mustDial(t, loggedIn+"C: DELE 1\nS: \nS: +OK\nC: RETR 2\nS: +OK\nS: two\nS: .\n")
	if err := d.Delete(t.Context(), account.Waiting{Number: 1}); err != nil {
		t.Fatalf("a blank line ends the session: %v", err)
	}
	var b bytes.Buffer
	if err := d.Retrieve(t.Context(), account.Waiting{Number: 2}, &b); err != nil || b.String() != "two\n" {
		t.Errorf("a blank line ends the session: %q, %v", &b, err)
	}
}

// What came in is measured both ways, and against how the server counts.
func TestShort(t *testing.T) {
	const text = "Subject: x\n\nfirst line\nsecond line\n" // 4 lines
	came := extent{int64(len(text)), 4}
	lf, crlf := came.octets, came.crlf()
	for _, c := range []struct {
		name  string
		says  []int64 // the size of each message in LIST, all of which come alike
		short []bool
	}{
		{"as it should be", []int64{crlf, crlf}, []bool{false, false}},
		{"without the last line's end", []int64{crlf - 2, lf - 1}, []bool{false, false}},
		{"no size", []int64{0, 0}, []bool{false, false}},
		{"LF", []int64{lf, lf}, []bool{false, false}},
		{"less than it is", []int64{lf - 20, 1}, []bool{false, false}},
		{"more than it is", []int64{crlf + 1, crlf + 1000}, []bool{true, true}},
		{"LF, and one is short", []int64{lf, lf + 1}, []bool{false, true}},
		{"CRLF, and one has fields that LIST did not count", []int64{crlf, lf + 1}, []bool{false, false}},
		{"never just as many", []int64{lf + 1, lf + 1, lf + 1, lf + 1}, []bool{true, true, true, false}},
	} {
		var n count
		for i, size := range c.says {
			if got := n.short(account.Waiting{Number: i + 1, Size: size}, came); got != c.short[i] {
				t.Errorf("%s: message %d is short: %v", c.name, i+1, got)
			}
		}
	}
	// One that was doubtful at first, and is looked at again when more is known.
	for name, c := range map[string]struct {
		between int64
		short   bool
	}{"the server counts LF": {lf, true}, "the server counts CRLF": {crlf, false}, "nothing is known": {1, false}} {
		var n count
		doubtful := account.Waiting{Number: 1, Size: lf + 1}
		if !n.short(doubtful, came) {
			t.Errorf("%s: it is not looked at again", name)
		}
		n.short(account.Waiting{Number: 2, Size: c.between}, came)
		if got := n.short(doubtful, came); got != c.short {
			t.Errorf("%s: it is short: %v", name, got)
		}
	}
}

// The header alone comes by TOP, where the server has it.
func TestHeader(t *testing.T) {
	const top = "S: +OK\nC: CAPA\nS: -ERR\nC: USER ann\nS: +OK\nC: PASS secret\nS: +OK\n"
	d := mustDial(t, top+"C: TOP 2 0\nS: +OK\nS: Subject: x\nS: \nS: .\nC: TOP 3 0\nS: -ERR what?\nC: DELE 1\nS: +OK\n")
	var b bytes.Buffer
	if err := d.Header(t.Context(), account.Waiting{Number: 2}, &b); err != nil || b.String() != "Subject: x\n\n" {
		t.Errorf("%q, %v", &b, err)
	}
	for range 2 { // it is asked for once
		if err := d.Header(t.Context(), account.Waiting{Number: 3}, io.Discard); account.KindOf(err) != account.Denied {
			t.Errorf("refused: %v", err)
		}
	}
	if err := d.Delete(t.Context(), account.Waiting{Number: 1}); err != nil {
		t.Error(err)
	}
	if err := mustDial(t, loggedIn).Header(t.Context(), account.Waiting{Number: 1}, io.Discard); account.KindOf(err) != account.Denied {
		t.Errorf("not offered: %v", err)
	}
}
