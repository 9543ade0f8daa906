package client

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"

	"posthorn/mail"
)

// Several commands can be under way; each gets its own end, in whatever order
// the server ends them, and messages go to the one that asked first.
func TestPipelining(t *testing.T) {
	c := talk(t, `
		S: * OK ready
		C: p1 UID FETCH 1 (UID)
		C: p2 UID FETCH 2 (UID)
		C: p3 STATUS "x" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)
		S: * 2 FETCH (UID 2)
		S: * STATUS x (MESSAGES 1)
		S: p3 OK done
		S: * 1 FETCH (UID 1)
		S: p1 OK done
		S: p2 NO [TRYCREATE] not that one
		C: p4 NOOP
		S: p4 OK done`)
	ctx, got := soon(t), make([][]uint32, 3)
	ask := func(uid imap.UID) *Command {
		cmd, err := c.Fetch(ctx, imap.UIDSetNum(uid), "(UID)", func(m *Message) bool {
			if m.UID != uint32(uid) {
				return false
			}
			got[uid] = append(got[uid], m.UID)
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	one, two := ask(1), ask(2)
	if st, err := status(t, c, "x"); err != nil || st.Messages != 1 {
		t.Errorf("the status is %v, %v", st, err)
	}
	if err := one.Wait(ctx); err != nil {
		t.Error(err)
	}
	var refused *Error
	if err := two.Wait(ctx); !errors.As(err, &refused) || refused.Code != "TRYCREATE" || refused.Text != "not that one" {
		t.Errorf("the second command ended with %v", err)
	}
	if fmt.Sprint(got) != "[[] [1] [2]]" {
		t.Errorf("told were %v", got)
	}
	lives(t, c)
}

// A command whose context ends is left to itself: its answers go to nobody, and
// the commands after it get theirs.
func TestAbandoned(t *testing.T) {
	c := talk(t, `
		S: * OK ready
		C: p1 UID SEARCH SLOW
		C: p2 UID SEARCH UNSEEN
		S: * SEARCH 1 2 3
		S: p1 OK done
		S: * SEARCH 7
		S: p2 OK done`)
	ctx, cancel := context.WithCancel(soon(t))
	cmd, err := c.Start(ctx, "UID SEARCH", func(*Response) bool { t.Error("it was called"); return true }, "SLOW")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := cmd.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if uids, err := c.Search(soon(t), Unseen()); err != nil || fmt.Sprint(uids) != "[7]" {
		t.Errorf("found are %v, %v", uids, err)
	}
}

// Nothing goes out for a context that has ended, nor what would break the line.
func TestNotSent(t *testing.T) {
	c := talk(t, `
		S: * OK ready
		C: p1 NOOP
		S: p1 OK done`)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Noop(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	for _, arg := range []any{"a\r\nb LOGOUT", "a\nb", "a\x00b", 7, nil} {
		if err := c.Do(soon(t), "NOOP", nil, arg); err == nil {
			t.Errorf("%q was sent", arg)
		}
	}
	lives(t, c)
}

// What cannot stand in quotes goes out as a literal, in the way the server
// allows.
func TestSentLiterals(t *testing.T) {
	t.Run("asked for", func(t *testing.T) {
		c := talk(t, `
			S: * OK ready
			C: p1 LOGIN "ann \"a\" \\" {7}
			S: + go on
			C: påss
			C: 
			S: p1 OK done`)
		<-c.greeted
		if err := c.Login(soon(t), `ann "a" \`, "påss\r\n"); err != nil {
			t.Error(err)
		}
	})
	t.Run("at once", func(t *testing.T) {
		c := talk(t, `
			S: * OK [CAPABILITY IMAP4rev1 LITERAL-] ready
			C: p1 LOGIN "ann" {5+}
			C: påss
			S: p1 OK done
			C: p2 LOGIN "ann" {4097}
			S: p2 NO [TOOBIG] no`)
		<-c.greeted
		if err := c.Login(soon(t), "ann", "påss"); err != nil {
			t.Error(err)
		}
		var refused *Error
		if err := c.Login(soon(t), "ann", "\x80"+strings.Repeat("x", 4096)); !errors.As(err, &refused) || refused.Code != "TOOBIG" {
			t.Errorf("the error is %v", err)
		}
	})
}

// APPEND with a header in UTF-8 goes out as RFC 6855 has it, once enabled.
func TestAppend(t *testing.T) {
	c := talk(t, `
		S: * OK [CAPABILITY IMAP4rev1 LITERAL+ ENABLE] ready
		C: p1 APPEND "a b" (\Seen \Draft) " 2-Jan-2006 15:04:05 +0000" {16+}
		C: Subject: x
		C: 
		C: å
		S: p1 OK [APPENDUID 7 9] done
		C: p2 ENABLE UTF8=ACCEPT
		S: * ENABLED UTF8=ACCEPT
		S: p2 OK
		C: p3 APPEND "å" () UTF8 (~{15+}
		C: Subject: å
		C: 
		C: )
		S: p3 OK [APPENDUID x] done`)
	<-c.greeted
	date := time.Date(2006, 1, 2, 15, 4, 5, 0, time.UTC)
	validity, uid, err := c.Append(soon(t), "a b", mail.Seen|mail.Draft, date, []byte("Subject: x\r\n\r\n\xc3\xa5"))
	if validity != 7 || uid != 9 || err != nil {
		t.Errorf("it lies at %d %d, %v", validity, uid, err)
	}
	e, err := c.Enable(soon(t), "UTF8=ACCEPT")
	if err == nil {
		_, err = e.Wait(soon(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	if validity, uid, err = c.Append(soon(t), "å", 0, time.Time{}, []byte("Subject: å\r\n\r\n")); validity != 0 || uid != 0 || err != nil {
		t.Errorf("it lies at %d %d, %v", validity, uid, err)
	}
}

// A login by SASL, with the first response at once or when asked for it; a
// challenge that cannot be read ends it, and the connection lives.
func TestAuthenticate(t *testing.T) {
	plain := func() sasl.Client { return sasl.NewPlainClient("", "a", "b") }
	for _, test := range []struct {
		what, dialogue string
		mech           sasl.Client
		want           string
	}{
		{"at once", "S: * OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] x\nC: p1 AUTHENTICATE PLAIN AGEAYg==\nS: p1 OK [CAPABILITY IMAP4rev1 X] in", plain(), ""},
		{"when asked", "S: * OK x\nC: p1 AUTHENTICATE PLAIN\nS: +\nC: AGEAYg==\nS: p1 OK in", plain(), ""},
		{"refused", "S: * OK x\nC: p1 AUTHENTICATE PLAIN\nS: + \nC: AGEAYg==\nS: p1 NO [AUTHENTICATIONFAILED] wrong", plain(), "AUTHENTICATE: NO wrong"},
		{"not base64", "S: * OK x\nC: p1 AUTHENTICATE LOGIN\nS: + VXNlcm5hbWU6\nC: YQ==\nS: + \u0026%$\nC: *\nS: p1 BAD given up", sasl.NewLoginClient("a", "b"), "illegal base64"},
	} {
		t.Run(test.what, func(t *testing.T) {
			c := talk(t, test.dialogue+"\nC: p2 NOOP\nS: p2 OK done")
			<-c.greeted
			err := c.Authenticate(soon(t), test.mech)
			if got := fmt.Sprint(err); test.want == "" && err != nil || !strings.Contains(got, test.want) {
				t.Errorf("the error is %v", err)
			}
			lives(t, c)
		})
	}
}

// A server that says nothing while an answer is awaited is given up, at the
// latest when the time for such a command has passed; one that nobody waits for
// may say nothing for ever.
func TestSilence(t *testing.T) {
	for _, test := range []struct {
		name string
		ask  func(context.Context, *Client) error
		want time.Duration
	}{
		{"NOOP", func(ctx context.Context, c *Client) error { return c.Noop(ctx) }, Silence},
		{"UID SEARCH", func(ctx context.Context, c *Client) error { _, err := c.Search(ctx); return err }, working},
		{"a literal that is not agreed to", func(ctx context.Context, c *Client) error { return c.Login(ctx, "a", "\x80") }, Silence},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, server := silent(t)
				defer server.Close()
				time.Sleep(time.Hour) // nothing is awaited
				began := time.Now()
				err := test.ask(t.Context(), c)
				if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != test.want {
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		})
	}
}

// A server that sends an octet a second is given up too.
func TestDripping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, server := silent(t)
		dripped := make(chan struct{})
		go func() {
			defer close(dripped)
			for {
				if _, err := server.Write([]byte("*")); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}()
		defer func() {
			server.Close()
			<-dripped
		}()
		began := time.Now()
		if err := c.Noop(t.Context()); err == nil || time.Since(began) > 3*Silence {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

// IDLE is renewed when it is time, and given up when the context ends; meanwhile
// silence is what is expected.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := talk(t, `
			S: * OK ready
			C: p1 IDLE
			S: + idling
			S: * 5 EXISTS
			C: DONE
			S: p1 OK done
			C: p2 IDLE
			S: + idling
			C: DONE
			S: * 6 EXISTS
			S: p2 OK done
			C: p3 NOOP
			S: p3 OK done`)
		var exists []uint32
		c.Notify(func(r *Response) { exists = append(exists, r.Number) })
		if err := c.Idle(t.Context(), 28*time.Minute); err != nil {
			t.Error(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Idle(ctx, 28*time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if err := c.Noop(t.Context()); err != nil {
			t.Error(err)
		}
		if fmt.Sprint(exists) != "[5 6]" {
			t.Errorf("heard is %v", exists)
		}
	})
}

// Who gives up waiting for ENABLE does not undo it: what the server turned on
// decides how mailboxes are named, and can be waited for again.
func TestEnableGivenUp(t *testing.T) {
	c := talk(t, `
		S: * OK ready
		C: p1 ENABLE UTF8=ACCEPT
		C: p2 NOOP
		S: * ENABLED UTF8=ACCEPT
		S: p1 OK done
		S: p2 OK done
		C: p3 CREATE "Entwürfe"
		S: p3 OK done`)
	<-c.greeted
	e, err := c.Enable(soon(t), "UTF8=ACCEPT")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Wait(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	lives(t, c)
	if enabled, err := e.Wait(soon(t)); err != nil || fmt.Sprint(enabled) != "[UTF8=ACCEPT]" {
		t.Errorf("enabled are %v, %v", enabled, err)
	}
	if err := c.Create(soon(t), "Entwürfe"); err != nil {
		t.Error(err)
	}
}

// What answers on the port may speak another language.
func TestNoIMAPServer(t *testing.T) {
	for _, says := range []string{"+OK POP3 ready", "220 mail.example.org ESMTP", "HTTP/1.1 400 Bad Request", "SSH-2.0-x"} {
		c := talk(t, "S: "+says)
		if _, err := c.Greeting(soon(t)); err == nil || !strings.Contains(err.Error(), "no IMAP server") || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v", says, err)
		}
	}
}

// silent returns a client of a server that greets and then only listens.
func silent(t *testing.T) (*Client, net.Conn) {
	t.Helper()
	ours, server := net.Pipe()
	c := New(ours)
	t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(server, "* OK ready\r\n"); err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, server)
	return c, server
}

// A section is written to where it is wanted while it comes; what else the
// server says with it is read.
func TestFetchSection(t *testing.T) {
	for _, test := range []struct {
		what, answer string
		found        bool
		want, err    string
	}{
		{"a literal", `"* 2 FETCH (UID 7 BODY[1.2] {5}\r\na)\r\nb FLAGS (\\Seen))\r\n"`, true, "a)\r\nb", ""},
		{"before the UID", `"* 2 FETCH (BODY[1.2] {5}\r\na)\r\nb UID 7)\r\n"`, true, "a)\r\nb", ""},
		{"without a UID", `"* 2 FETCH (BODY[1.2]<0> {5}\r\na)\r\nb)\r\n"`, true, "a)\r\nb", ""},
		{"a literal8", `"* 2 FETCH (UID 7 BODY[1.2] ~{2}\r\n\x00b)\r\n"`, true, "\x00b", ""},
		{"in quotes", `"* 2 FETCH (UID 7 BODY[1.2] \"a b\")\r\n"`, true, "a b", ""},
		{"empty", `"* 2 FETCH (UID 7 BODY[1.2] {0}\r\n)\r\n"`, true, "", ""},
		{"missing", `"* 2 FETCH (UID 7 BODY[1.2] NIL)\r\n"`, true, "", ""},
		{"no such message", `""`, false, "", ""},
		{"another message", `"* 2 FETCH (UID 8 BODY[1.2] {1}\r\na)\r\n"`, false, "", "another message"},
		{"another first", `"* 3 FETCH (UID 8 FLAGS ())\r\n* 3 FETCH (BODY[9] {1}\r\nx UID 8)\r\n* 2 FETCH (UID 7 BODY[1.2] {1}\r\na)\r\n"`, true, "a", ""},
		{"twice", `"* 2 FETCH (UID 7 BODY[1.2] {1}\r\na)\r\n* 2 FETCH (UID 7 BODY[1.2] {1}\r\nb)\r\n"`, true, "a", ""},
	} {
		t.Run(test.what, func(t *testing.T) {
			c := talk(t, `
				S: * OK ready
				C: p1 UID FETCH 7 (UID BODY.PEEK[1.2])
				S= `+test.answer+`
				S: p1 OK done
				C: p2 NOOP
				S: p2 OK done`)
			var b bytes.Buffer
			found, err := c.FetchSection(soon(t), 7, "1.2", &b)
			if found != test.found || test.err == "" && (err != nil || b.String() != test.want) || !strings.Contains(fmt.Sprint(err), test.err) {
				t.Errorf("found %v, written %q, %v", found, b.String(), err)
			}
			lives(t, c)
		})
	}
}

// A piece of a section is taken only if it begins where it was asked for.
func TestFetchPiece(t *testing.T) {
	for _, test := range []struct{ what, answer, want, err string }{
		{"a piece", `"* 2 FETCH (UID 7 BODY[1.2]<1000> {3}\r\nabc)\r\n"`, "abc", ""},
		{"in quotes", `"* 2 FETCH (UID 7 BODY[1.2]<1000> \"abc\")\r\n"`, "abc", ""},
		{"beyond the end", `"* 2 FETCH (UID 7 BODY[1.2]<1000> \"\")\r\n"`, "", ""},
		{"beyond the end, without an offset", `"* 2 FETCH (UID 7 BODY[1.2] NIL)\r\n"`, "", ""},
		{"beyond the end, as a literal", `"* 2 FETCH (UID 7 BODY[1.2]<0> {0}\r\n)\r\n"`, "", ""},
		{"all of it", `"* 2 FETCH (UID 7 BODY[1.2] {3}\r\nabc)\r\n"`, "", "another piece"},
		{"all of it in quotes", `"* 2 FETCH (UID 7 BODY[1.2] \"abc\")\r\n"`, "", "another piece"},
		{"from elsewhere", `"* 2 FETCH (UID 7 BODY[1.2]<x> {3}\r\nabc)\r\n"`, "", "another piece"},
	} {
		t.Run(test.what, func(t *testing.T) {
			c := talk(t, `
				S: * OK ready
				C: p1 UID FETCH 7 (UID BODY.PEEK[1.2]<1000.500>)
				S= `+test.answer+`
				S: p1 OK done
				C: p2 NOOP
				S: p2 OK done`)
			var b bytes.Buffer
			found, err := c.FetchPiece(soon(t), 7, "1.2", 1000, 500, &b)
			if !found || b.String() != test.want || (err != nil) != (test.err != "") || !strings.Contains(fmt.Sprint(err), test.err) {
				t.Errorf("found %v, written %q, %v", found, b.String(), err)
			}
			lives(t, c)
		})
	}
}

// A disk that is full costs the section, not the connection.
func TestFetchSectionUnwritable(t *testing.T) {
	c := talk(t, `
		S: * OK ready
		C: p1 UID FETCH 7 (UID BODY.PEEK[])
		S= "* 2 FETCH (UID 7 BODY[] {5}\r\na)\r\nb)\r\n"
		S: p1 OK done
		C: p2 NOOP
		S: p2 OK done`)
	full := errors.New("disk full")
	if _, err := c.FetchSection(soon(t), 7, "", failing{full}); !errors.Is(err, full) {
		t.Errorf("the error is %v", err)
	}
	lives(t, c)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Once compressed, everything is, from the octet after the server's agreement on.
func TestCompress(t *testing.T) {
	c := piped(t, func(theirs net.Conn) {
		io.WriteString(theirs, "* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] ready\r\n")
		r := bufio.NewReader(theirs)
		if got, _ := r.ReadString('\n'); got != "p1 COMPRESS DEFLATE\r\n" {
			t.Errorf("the client says %q", got)
		}
		var b bytes.Buffer // in one piece with the agreement
		b.WriteString("p1 OK go\r\n")
		w, err := flate.NewWriter(&b, flate.BestSpeed)
		if err != nil {
			t.Error(err)
		}
		io.WriteString(w, "* OK [ALERT] small now\r\n")
		w.Flush()
		theirs.Write(b.Bytes())
		w.Reset(theirs)
		in := bufio.NewReader(flate.NewReader(r))
		for n := 2; ; n++ {
			got, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if want := fmt.Sprintf("p%d NOOP\r\n", n); got != want {
				t.Errorf("the client says %q, not %q", got, want)
			}
			fmt.Fprintf(w, "p%d OK done\r\n", n)
			w.Flush()
		}
	})
	<-c.greeted
	alerts := make(chan string, 1)
	c.Notify(func(r *Response) { alerts <- r.Reply.Text })
	if err := c.Compress(soon(t)); err != nil {
		t.Fatal(err)
	}
	if got := <-alerts; got != "small now" {
		t.Errorf("the alert is %q", got)
	}
	lives(t, c)
	lives(t, c)
	c.Without("compress=deflate")
	if c.Compress(soon(t)) == nil {
		t.Error("it is used though it is not to be")
	}
}
