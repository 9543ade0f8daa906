package dialogue

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Script is a server that answers whatever it is asked, each line by the first
// step that knows it.
type Script struct {
	ID    string
	Proto string // imap, pop3 or smtp
	Why   string
	Steps []Step
	Must  struct {
		ErrorShown bool `json:"error_shown"` // the user must learn of it
	}
}

// A Step is an answer of a [Script]. In what it sends, <tag> is the tag of the
// command and <n> the number of the connection.
type Step struct {
	On       string  // a pattern of what the client says; empty for the greeting
	Delay    float64 // seconds before it is sent
	Send     string
	Drip     string // sent octet by octet, one a second, over and over
	FloodMB  int    `json:"flood_mb"` // so much without a line end
	StartTLS bool
	Close    bool
}

// A Hostile is a script that is played to every client that comes.
type Hostile struct {
	Addr *net.TCPAddr

	script Script
	conns  sync.WaitGroup
	end    chan struct{}

	mu    sync.Mutex
	heard bytes.Buffer
	open  map[net.Conn]bool
}

// Serve plays the script until the test ends.
func (s Script) Serve(t testing.TB) *Hostile {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &Hostile{Addr: l.Addr().(*net.TCPAddr), script: s, end: make(chan struct{}), open: map[net.Conn]bool{}}
	h.conns.Go(func() {
		for n := 1; ; n++ {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if !h.keep(conn) {
				return
			}
			h.conns.Go(func() { h.talk(conn, n) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		h.hangUp()
		h.conns.Wait()
	})
	return h
}

// hangUp ends the connections, and those that come later.
func (h *Hostile) hangUp() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.end)
	for conn := range h.open {
		conn.Close()
	}
}

// keep remembers a connection, or closes it if the test has ended, and reports
// which.
func (h *Hostile) keep(conn net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.end:
		conn.Close()
		return false
	default:
		h.open[conn] = true
		return true
	}
}

// Clear returns what clients have said in clear.
func (h *Hostile) Clear() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.heard.String()
}

func (h *Hostile) talk(raw net.Conn, n int) {
	defer raw.Close()
	conn, clear := raw, true
	steps := h.script.Steps
	if len(steps) > 0 && steps[0].On == "" {
		if !h.do(conn, steps[0], "", n) {
			return
		}
		steps = steps[1:]
	}
	for r := bufio.NewReader(conn); ; {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if clear {
			h.mu.Lock()
			h.heard.WriteString(line)
			h.mu.Unlock()
		}
		step := h.answer(steps, line)
		tag, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !h.do(conn, step, tag, n) {
			return
		}
		if step.StartTLS {
			conn, clear = secured(conn), false
			r.Reset(conn)
		}
	}
}

// answer returns the first step that knows a line, or one that knows nothing.
func (h *Hostile) answer(steps []Step, line string) Step {
	for _, s := range steps {
		if ok, err := regexp.MatchString("(?i)"+s.On, strings.TrimRight(line, "\r\n")); ok && err == nil {
			return s
		}
	}
	return map[string]Step{"imap": {Send: "<tag> BAD what?\r\n"}, "pop3": {Send: "-ERR what?\r\n"}, "smtp": {Send: "500 what?\r\n"}}[h.script.Proto]
}

// do takes a step and reports whether the connection goes on.
func (h *Hostile) do(conn net.Conn, s Step, tag string, n int) bool {
	if !h.wait(time.Duration(s.Delay * float64(time.Second))) {
		return false
	}
	_, err := io.WriteString(conn, strings.NewReplacer("<tag>", tag, "<n>", fmt.Sprint(n)).Replace(s.Send))
	for i := 0; i < s.FloodMB && err == nil; i++ {
		_, err = conn.Write(bytes.Repeat([]byte("x"), 1<<20))
	}
	for i := 0; s.Drip != "" && err == nil; i++ {
		if _, err = conn.Write([]byte{s.Drip[i%len(s.Drip)]}); !h.wait(time.Second) {
			return false
		}
	}
	return err == nil && !s.Close
}

// wait waits, and reports whether the test goes on.
func (h *Hostile) wait(d time.Duration) bool {
	if d == 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-h.end:
		return false
	}
}
