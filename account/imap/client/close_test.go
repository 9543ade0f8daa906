package client

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A client ends whenever it is closed, as often as it is, and whatever its
// server does meanwhile.
func TestClose(t *testing.T) {
	greet := func(conn net.Conn) { fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1 IDLE] hi\r\n") }
	for _, server := range []struct {
		name string
		does func(net.Conn)
	}{
		{"says nothing", func(conn net.Conn) { io.Copy(io.Discard, conn) }},
		{"greets and is silent", func(conn net.Conn) { greet(conn); io.Copy(io.Discard, conn) }},
		{"hangs up at once", func(net.Conn) {}},
		{"hangs up after the greeting", greet},
		{"stops within a literal", func(conn net.Conn) {
			greet(conn)
			bufio.NewReader(conn).ReadString('\n')
			fmt.Fprint(conn, "* 1 FETCH (UID 1 BODY[] {1000000}\r\nhalf")
			io.Copy(io.Discard, conn)
		}},
		{"never stops talking", func(conn net.Conn) {
			greet(conn)
			for {
				if _, err := fmt.Fprint(conn, "* 1 EXISTS\r\n"); err != nil {
					return
				}
			}
		}},
	} {
		for _, when := range []struct {
			name string
			does func(ctx context.Context, c *Client, busy *sync.WaitGroup)
		}{
			{"at once", func(context.Context, *Client, *sync.WaitGroup) {}},
			{"after the greeting", func(ctx context.Context, c *Client, _ *sync.WaitGroup) {
				select {
				case <-c.greeted:
				case <-c.Done():
				case <-ctx.Done():
				}
			}},
			{"while a command waits", func(ctx context.Context, c *Client, busy *sync.WaitGroup) {
				busy.Go(func() { c.FetchSection(ctx, 1, "", io.Discard) })
			}},
			{"while it waits for news", func(ctx context.Context, c *Client, busy *sync.WaitGroup) {
				busy.Go(func() { c.Idle(ctx, time.Hour) })
			}},
			{"twice at the same time", func(_ context.Context, c *Client, busy *sync.WaitGroup) {
				busy.Go(func() { c.Close() })
			}},
		} {
			t.Run(server.name+"/"+when.name, func(t *testing.T) {
				c := piped(t, server.does)
				ctx, cancel := context.WithCancel(soon(t))
				defer cancel()
				if server.name == "says nothing" && when.name == "after the greeting" {
					cancel() // it never comes
				}
				var busy sync.WaitGroup
				when.does(ctx, c, &busy)
				for range 2 {
					if err := c.Close(); err != nil {
						t.Error(err)
					}
				}
				busy.Wait()
				if ctx.Err() != nil && when.name != "after the greeting" {
					t.Error("it hangs")
				}
				if err := c.Noop(soon(t)); err == nil {
					t.Error("a command went out after the end")
				}
			})
		}
	}
}
