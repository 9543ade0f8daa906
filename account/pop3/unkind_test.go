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
	"posthorn/internal/knownfault"
)

const twoMessages = loggedIn + `C: LIST
S: +OK
S: 1 8
S: 2 8
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
			knownfault.Held(t, "T9", "it is taken for whole")
			d := mustDial(t, loggedIn+script)
			if err := d.Retrieve(t.Context(), account.Waiting{Number: 1, Size: 120}, io.Discard); err == nil {
				t.Error("it is taken for whole")
			}
		})
	}
}

// A server that offers UIDL and refuses it has mail all the same.
func TestUIDLRefused(t *testing.T) {
	knownfault.Held(t, "T11", "there is no mail")
	d := mustDial(t, loggedIn+"C: LIST\nS: +OK\nS: 1 8\nS: 2 8\nS: .\nC: UIDL\nS: -ERR not supported\n")
	list, err := d.List(t.Context())
	if len(list) != 2 || err != nil {
		t.Errorf("there is no mail: %v, %v", list, err)
	}
}

// A blank line before an answer is passed over.
func TestBlankLine(t *testing.T) {
	knownfault.Held(t, "T11", "a blank line ends the session")
	d := mustDial(t, loggedIn+"C: DELE 1\nS: \nS: +OK\nC: RETR 2\nS: +OK\nS: two\nS: .\n")
	if err := d.Delete(t.Context(), account.Waiting{Number: 1}); err != nil {
		t.Fatalf("a blank line ends the session: %v", err)
	}
	var b bytes.Buffer
	if err := d.Retrieve(t.Context(), account.Waiting{Number: 2}, &b); err != nil || b.String() != "two\n" {
		t.Errorf("a blank line ends the session: %q, %v", &b, err)
	}
}
