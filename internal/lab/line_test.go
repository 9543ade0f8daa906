package lab

import (
	"io"
	"net"
	"sync"
	"testing"
)

// A line ends whenever it is closed, whatever is on it.
func TestLineClose(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(t *testing.T, l *Line)
	}{
		{"unused", func(*testing.T, *Line) {}},
		{"with a client that has just come", func(t *testing.T, l *Line) { call(t, l) }},
		{"with a client that is greeted", func(t *testing.T, l *Line) { hello(t, call(t, l)) }},
		{"after a hangup", func(t *testing.T, l *Line) {
			conn := call(t, l)
			hello(t, conn)
			l.Hangup()
			io.Copy(io.Discard, conn) // until it breaks
		}},
		{"stalled", func(t *testing.T, l *Line) {
			l.Fail(Fault{Kind: Stall, After: 2})
			conn := call(t, l)
			if _, err := io.ReadFull(conn, make([]byte, 2)); err != nil {
				t.Error(err)
			}
		}},
		{"twice at the same time", func(t *testing.T, l *Line) {
			hello(t, call(t, l))
			var both sync.WaitGroup
			defer both.Wait()
			for range 2 {
				both.Go(func() { l.Close() })
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 20 {
				l, err := OpenLine(greeter(t))
				if err != nil {
					t.Fatal(err)
				}
				c.use(t, l)
				for range 2 {
					if err := l.Close(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
}

// greeter serves a greeting and nothing more, and returns its address.
func greeter(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				conn.Write([]byte("hello"))
				io.Copy(io.Discard, conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		serving.Wait()
	})
	return l.Addr().String()
}

func call(t *testing.T, l *Line) net.Conn {
	t.Helper()
	conn, err := net.DialTCP("tcp", nil, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: l.Port()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func hello(t *testing.T, conn net.Conn) {
	t.Helper()
	if _, err := io.ReadFull(conn, make([]byte, len("hello"))); err != nil {
		t.Error(err)
	}
}
