package pop3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/internal/corpus"
	"posthorn/internal/dialogue"
)

const (
	greeting = "S: +OK hello\nC: CAPA\nS: +OK\nS: UIDL\nS: USER\nS: .\n"
	loggedIn = greeting + "C: USER ann\nS: +OK\nC: PASS secret\nS: +OK\n"
)

// serve plays a dialogue, after which the client may go but not say anything.
func serve(t testing.TB, script string) account.Server {
	t.Helper()
	return account.Server{Host: "127.0.0.1", Port: dialogue.Listen(t, script+"\nC$").Port, TLS: account.Plain}
}

func login() account.Login {
	return account.Login{User: "ann", Password: func(context.Context) (string, error) { return "secret", nil }}
}

func dial(t testing.TB, script string) (*Drop, error) {
	t.Helper()
	d, err := Dial(t.Context(), Options{Server: serve(t, script), Login: login()})
	if err == nil {
		t.Cleanup(func() { d.Close() })
	}
	return d, err
}

func mustDial(t testing.TB, script string) *Drop {
	t.Helper()
	d, err := dial(t, script)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSession(t *testing.T) {
	d := mustDial(t, loggedIn+`C: LIST
S: +OK 2 messages
S: 1 36
S: 2 200 octets
S: .
C: UIDL
S: +OK
S: 1 whqtswO00WBw418f9t5JxYwZ
S: 2 ../a b:c
S: .
C: RETR 1
S: +OK 120 octets
S: Subject: one
S: 
S: ..
S: ...dots
S: .. 
S: end
S: .
C: DELE 1
S: +OK
C: QUIT
S: +OK bye
`)
	list, err := d.List(t.Context())
	want := []account.Waiting{{Number: 1, UIDL: "whqtswO00WBw418f9t5JxYwZ", Size: 36}, {Number: 2, UIDL: "../a b:c", Size: 200}}
	if err != nil || fmt.Sprint(list) != fmt.Sprint(want) {
		t.Fatalf("%v, %v", list, err)
	}
	var b bytes.Buffer
	if err := d.Retrieve(t.Context(), list[0], &b); err != nil || b.String() != "Subject: one\n\n.\n..dots\n. \nend\n" {
		t.Errorf("%q, %v", &b, err)
	}
	if err := errors.Join(d.Delete(t.Context(), list[0]), d.Quit(t.Context())); err != nil {
		t.Error(err)
	}
	if err := d.Delete(t.Context(), list[0]); account.KindOf(err) != account.Lost {
		t.Errorf("after QUIT: %v", err)
	}
}

func TestLogin(t *testing.T) {
	capa := func(lines string) string { return "S: +OK hi\nC: CAPA\nS: +OK\n" + lines + "S: .\n" }
	tests := []struct {
		name, script string
		kind         account.Kind
		advice       string
	}{
		{"without CAPA", "S: +OK\nC: CAPA\nS: -ERR what?\nC: USER ann\nS: +OK\nC: PASS secret\nS: +OK\n", 0, ""},
		{"SASL PLAIN", capa("S: SASL PLAIN\n") + "C: AUTH PLAIN AGFubgBzZWNyZXQ=\nS: +OK\n", 0, ""},
		{"SASL LOGIN", capa("S: sasl LOGIN\n") + "C: AUTH LOGIN\nS: + VXNlcm5hbWU6\nC: YW5u\nS: + UGFzc3dvcmQ6\nC: c2VjcmV0\nS: +OK\n", 0, ""},
		{"CRAM-MD5 before PLAIN", capa("S: SASL PLAIN CRAM-MD5\n") + "C: AUTH CRAM-MD5\nS: + PDE+\nC: YW5uIGQ2MjE1OWIyZmM1YmY1NzQyZjllMGU5ZmIwZmE4MTIy\nS: +OK\n", 0, ""},
		{"unknown SASL and USER", capa("S: SASL GSSAPI\nS: USER\n") + "C: USER ann\nS: +OK\nC: PASS secret\nS: +OK\n", 0, ""},
		{"unknown SASL alone", capa("S: SASL GSSAPI\n"), account.BadLogin, "--auth"},
		{"no base64", capa("S: SASL CRAM-MD5\n") + "C: AUTH CRAM-MD5\nS: + ???\n", account.Garbled, ""},
		{"wrong password", greeting + "C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR no\n", account.BadLogin, "app password"},
		{"wrong password, with code", greeting + "C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR [AUTH] no\n", account.BadLogin, "app password"},
		{"in use", greeting + "C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR [IN-USE] go away\n", account.Busy, "another program"},
		{"locked, without code", greeting + "C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR maildrop already locked\n", account.BadLogin, "another program"},
		{"login delay", greeting + "C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR [login-delay] wait\n", account.Busy, "more time"},
		{"not about the password", capa("S: AUTH-RESP-CODE\n") + "C: USER ann\nS: +OK\nC: PASS secret\nS: -ERR shutting down\n", account.Denied, ""},
		{"refused at once", "S: -ERR [SYS/TEMP] later\n", account.Busy, "should pass"},
		{"no POP3", "S: 220 smtp.example.org ESMTP\n", account.Garbled, ""},
		{"closed", "X", account.Lost, ""},
		{"flood", "S: +OK " + strings.Repeat("x", 100_000) + "\nX", account.Garbled, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := dial(t, tt.script)
			if account.KindOf(err) != tt.kind || (err == nil) != (tt.kind == 0) {
				t.Fatalf("error %v, kind %d", err, account.KindOf(err))
			}
			var e *account.Error
			if errors.As(err, &e) && (!strings.Contains(e.Advice, tt.advice) || e.Server == "" || e.Op == "") {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestRetrieve(t *testing.T) {
	long := strings.Repeat("0123456789", 7000)
	tests := []struct{ name, sent, want string }{
		{"empty", "", ""},
		{"bare LF", "a\nb", "a\nb\n"},
		{"a CR within", "a\rb", "a\rb\n"},
		{"70000 octets", long, long + "\n"},
		{"CRs at the border", strings.Repeat("\r", maxLine+1), strings.Repeat("\r", maxLine+1) + "\n"},
		{"a long line of dots", strings.Repeat(".", 40000), strings.Repeat(".", 39999) + "\n"},
		{"dot and CR", "..\r\r\n.x", ".\r\nx\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := &Drop{r: bufio.NewReaderSize(strings.NewReader(tt.sent+map[bool]string{true: "\r\n"}[tt.sent != ""]+".\r\nrest"), maxLine)}
			var b bytes.Buffer
			if _, err := d.body("test", &b, 1<<20); err != nil || b.String() != tt.want {
				t.Errorf("%.100q, %v", &b, err)
			}
			if rest, _ := io.ReadAll(d.r); string(rest) != "rest" {
				t.Errorf("left %q", rest)
			}
		})
	}
}

func TestRetrieveFails(t *testing.T) {
	d := mustDial(t, loggedIn+"C: RETR 1\nS: -ERR no such message\nC: RETR 2\nS: +OK\nS: a\nS: .\nC: RETR 3\nS: +OK\nS: half\nX")
	if err := d.Retrieve(t.Context(), account.Waiting{Number: 1}, io.Discard); account.KindOf(err) != account.Denied {
		t.Errorf("refused: %v", err)
	}
	full := errors.New("the disk is full")
	if err := d.Retrieve(t.Context(), account.Waiting{Number: 2}, failing{full}); !errors.Is(err, full) {
		t.Errorf("full: %v", err)
	}
	if err := d.Retrieve(t.Context(), account.Waiting{Number: 3}, io.Discard); account.KindOf(err) != account.Lost {
		t.Errorf("torn off: %v", err)
	}
	if err := d.Quit(t.Context()); account.KindOf(err) != account.Lost {
		t.Errorf("QUIT after that: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestListWithoutUIDL(t *testing.T) {
	d := mustDial(t, "S: +OK\nC: CAPA\nS: -ERR\nC: USER ann\nS: +OK\nC: PASS secret\nS: +OK\n"+
		"C: LIST\nS: +OK\nS: 1 99999999999999999999\nS: -7 1\nS: x\nS: 3 -5\nS: .\nC: UIDL\nS: -ERR what?\n")
	list, err := d.List(t.Context())
	if err != nil || fmt.Sprint(list) != "[{1  0} {3  0}]" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestListUnion(t *testing.T) {
	d := mustDial(t, loggedIn+"C: LIST\nS: +OK\nS: 2 5\nS: .\nC: UIDL\nS: +OK\nS: 1 same\nS: 2 same\nS: .\n")
	list, err := d.List(t.Context())
	if err != nil || fmt.Sprint(list) != "[{1 same 0} {2 same 5}]" {
		t.Errorf("%v, %v", list, err)
	}
}

func TestQuitRefused(t *testing.T) {
	d := mustDial(t, loggedIn+"C: QUIT\nS: -ERR some deleted messages not removed\n")
	err := d.Quit(t.Context())
	if account.KindOf(err) != account.Denied || !strings.Contains(err.Error(), "some deleted messages not removed") {
		t.Errorf("%v", err)
	}
}

func TestCancel(t *testing.T) {
	d := mustDial(t, loggedIn+"C: LIST\n")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := d.List(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestLineEndInPassword(t *testing.T) {
	s := serve(t, greeting)
	l := login()
	l.User = "ann\r\nDELE 1"
	if _, err := Dial(t.Context(), Options{Server: s, Login: l}); err == nil {
		t.Error("a line end went through")
	}
}

// TestCorpus feeds real servers' answers to the parsers.
func TestCorpus(t *testing.T) {
	for name, raw := range corpusFiles(t, corpus.Dir(t)) {
		d := &Drop{conn: nowhere(t), r: bufio.NewReaderSize(bytes.NewReader(raw), maxLine)}
		if _, err := d.answer("test"); err != nil && strings.Contains(name, "ok") {
			t.Errorf("%s: %v", name, err)
		}
		for range d.lines("test", 100) {
		}
	}
}

// The time between logins may be the user's own, which is told after the login.
func TestLoginDelayOfUser(t *testing.T) {
	for answer, want := range map[string]time.Duration{
		"S: +OK\nS: LOGIN-DELAY 60\nS: .": time.Minute,
		"S: -ERR not now":                 15 * time.Minute,
	} {
		d, err := dial(t, "S: +OK hi\nC: CAPA\nS: +OK\nS: USER\nS: LOGIN-DELAY 900 USER\nS: .\nC: USER ann\nS: +OK\nC: PASS secret\nS: +OK\nC: CAPA\n"+answer+"\nC$")
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Delay(); got != want {
			t.Errorf("after %q: %v, not %v", answer, got, want)
		}
		d.Close()
	}
}

// What a server says about the time between logins is kept with its refusal.
func TestLoginDelay(t *testing.T) {
	for capa, want := range map[string]time.Duration{
		"LOGIN-DELAY 900":       15 * time.Minute,
		"LOGIN-DELAY 900 USER":  15 * time.Minute,
		"login-delay 0":         0,
		"LOGIN-DELAY":           0,
		"LOGIN-DELAY soon":      0,
		"LOGIN-DELAY -5":        0,
		"LOGIN-DELAY 999999999": 24 * time.Hour,
		"EXPIRE NEVER":          0,
	} {
		_, err := dial(t, "S: +OK hi\nC: CAPA\nS: +OK\nS: USER\nS: "+capa+"\nS: .\nC: USER ann\nS: +OK\nC: PASS secret\nS: -ERR [LOGIN-DELAY] not yet\n")
		if got := account.WaitOf(err); account.KindOf(err) != account.Busy || got != want {
			t.Errorf("%s: wait %v after %v", capa, got, err)
		}
	}
}
