package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A BYE ends the line soon, whatever the server says and does then; what it answers
// in time still counts.
func TestByeEnds(t *testing.T) {
	for _, tt := range []struct {
		what string
		says func(conn net.Conn, tag string)
		err  string
	}{
		{"and is silent", func(net.Conn, string) {}, "later"},
		{"and answers", func(conn net.Conn, tag string) { fmt.Fprintf(conn, "%s NO [LIMIT] no more\r\n", tag) }, "no more"},
		{"again and again", func(conn net.Conn, _ string) {
			for {
				if _, err := fmt.Fprint(conn, "* BYE even later\r\n"); err != nil {
					return
				}
				time.Sleep(Parting / 3)
			}
		}, "later"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				played := make(chan struct{})
				go func() {
					defer close(played)
					fmt.Fprint(theirs, "* OK [CAPABILITY IMAP4rev1] hi\r\n")
					line, _ := bufio.NewReader(theirs).ReadString('\n')
					tag, _, _ := strings.Cut(line, " ")
					fmt.Fprint(theirs, "* BYE later\r\n")
					tt.says(theirs, tag)
				}()
				defer func() { <-played; theirs.Close() }()
				c := New(ours)
				began := time.Now()
				err := c.Noop(t.Context())
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("the error is %v", err)
				}
				<-c.Done()
				if took := time.Since(began); took > Parting+time.Second {
					t.Errorf("the line lasts for %v", took)
				}
				if err := c.Noop(t.Context()); !errors.Is(err, ErrBye) {
					t.Errorf("then the error is %v", err)
				}
			})
		})
	}
}

// Who leaves says so, unless something is under way, and waits for nothing.
func TestLeave(t *testing.T) {
	for _, busy := range []bool{false, true} {
		t.Run(fmt.Sprint("busy: ", busy), func(t *testing.T) {
			heard := make(chan string, 10)
			c := piped(t, func(conn net.Conn) {
				defer close(heard)
				fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1] hi\r\n")
				for r := bufio.NewScanner(conn); r.Scan(); {
					heard <- r.Text()
				}
			})
			if _, err := c.Greeting(soon(t)); err != nil {
				t.Fatal(err)
			}
			var want []string
			if busy {
				if _, err := c.Start(context.Background(), "NOOP", nil); err != nil {
					t.Fatal(err)
				}
				want = append(want, "p1 NOOP")
			} else {
				want = append(want, "p1 LOGOUT")
			}
			if err := c.Leave(); err != nil {
				t.Error(err)
			}
			var got []string
			for line := range heard {
				got = append(got, line)
			}
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("the server hears %q, not %q", got, want)
			}
		})
	}
}
