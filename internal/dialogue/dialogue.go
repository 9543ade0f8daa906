// Package dialogue plays servers in tests. What a server says and hears is
// written down as the books on protocols do it, a line for a line:
//
//	S: what the server says
//	S= the same, in Go's quotes and without a line end of its own
//	C: what the client must say now; a * at the end stands for anything
//	C. the client sends a message, up to the dot at its end
//	C* whatever the client says from now on is answered with this, where <tag> is
//	   the first word of what it says
//	C$ the client must hang up now, without another word than LOGOUT
//	TLS both go on under TLS, with the certificate of [Certificate]
//	X  the server hangs up
//
// After the last line the server listens until the client hangs up. A client that
// says something else fails the test, and is hung up on.
package dialogue

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Play plays a dialogue on a connection and closes it. It reports what the
// client does wrong and returns when the client has hung up, or the dialogue has.
func Play(t testing.TB, conn net.Conn, dialogue string) {
	t.Helper()
	defer conn.Close()
	r := bufio.NewReader(conn)
	for line := range strings.SplitSeq(strings.TrimSpace(dialogue), "\n") {
		line = strings.TrimLeft(line, "\t ")
		switch {
		case line == "":
		case line == "TLS":
			conn = secured(conn)
			r.Reset(conn)
		case !play(t, conn, r, line):
			return
		}
	}
	io.Copy(io.Discard, r)
}

// play plays a line and reports whether the dialogue goes on.
func play(t testing.TB, conn io.Writer, r *bufio.Reader, line string) bool {
	t.Helper()
	kind, text, _ := strings.Cut(line, " ")
	switch kind {
	case "S:":
		_, err := io.WriteString(conn, text+"\r\n")
		return err == nil // if the client has hung up, its test knows of it
	case "S=":
		raw, err := strconv.Unquote(text)
		if err != nil {
			t.Errorf("the dialogue has %q: %v", line, err)
		}
		_, err = io.WriteString(conn, raw)
		return err == nil
	case "C:":
		return heard(t, r, text)
	case "C.":
		for {
			if got, err := r.ReadString('\n'); err != nil || got == ".\r\n" {
				return err == nil
			}
		}
	case "C*":
		return agree(conn, r, text)
	case "C$":
		if more, _ := r.ReadString('\n'); more != "" && !strings.HasSuffix(more, " LOGOUT\r\n") {
			t.Errorf("the client says %q, and was to hang up", more)
		}
	case "X":
	default:
		t.Errorf("the dialogue has %q", line)
	}
	return false
}

// agree gives the same answer to everything, until the client hangs up.
func agree(conn io.Writer, r *bufio.Reader, answer string) bool {
	for {
		said, err := r.ReadString('\n')
		if err != nil {
			return false
		}
		tag, _, _ := strings.Cut(strings.TrimRight(said, "\r\n"), " ")
		if _, err := io.WriteString(conn, strings.ReplaceAll(answer, "<tag>", tag)+"\r\n"); err != nil {
			return false
		}
	}
}

// heard reads a line and reports whether it is the one that was expected.
func heard(t testing.TB, r *bufio.Reader, want string) bool {
	t.Helper()
	got, err := r.ReadString('\n')
	if err != nil {
		t.Errorf("the client was to say %q, and hung up: %v", want, err)
		return false
	}
	got = strings.TrimRight(got, "\r\n")
	if before, open := strings.CutSuffix(want, "*"); got != want && !(open && strings.HasPrefix(got, before)) {
		t.Errorf("the client says %q, not %q", got, want)
		return false
	}
	return true
}

// Listen plays a dialogue with the first client, and one more with each that
// comes after it. It returns the address, a port of the loopback. When the test
// ends it waits for the players, and for clients that do not hang up a moment.
func Listen(t testing.TB, dialogues ...string) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &players{}
	p.playing.Go(func() {
		defer l.Close()
		for _, d := range dialogues {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			p.on(conn)
			Play(t, conn, d)
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.end()
	})
	return l.Addr().(*net.TCPAddr)
}

// players play dialogues one after the other.
type players struct {
	playing sync.WaitGroup

	mu    sync.Mutex
	conn  net.Conn // that is played on
	ended bool
}

// patience is how long a client may keep its connection after the end of its
// test. What it said before the end is on its way for less.
const patience = 2 * time.Second

func (p *players) on(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conn = conn
	if p.ended {
		conn.SetDeadline(time.Now().Add(patience))
	}
}

// end waits until nothing is played any more.
func (p *players) end() {
	p.mu.Lock()
	p.ended = true
	if p.conn != nil {
		p.conn.SetDeadline(time.Now().Add(patience))
	}
	p.mu.Unlock()
	p.playing.Wait()
}
