// Package trace writes down what is said to servers and what they answer, for
// those who look for a fault. Passwords are cut out of it, and of messages only
// the length is told: a trace is made to be shown to others.
//
// It is told the dialogue as it is in clear, below neither TLS nor compression.
// What it does not understand it cuts rather than shows.
package trace

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Protocol is what is spoken.
type Protocol string

// The protocols.
const (
	IMAP Protocol = "imap"
	POP3 Protocol = "pop3"
	SMTP Protocol = "smtp"
)

// A Trace writes dialogues to one writer. A nil one writes none.
type Trace struct {
	clean func(string) string
	tell  func(error)

	mu   sync.Mutex
	w    io.Writer
	n    int // connections
	told bool
}

// New returns a trace. What it writes goes through clean, which cuts out secrets
// that are known by their value. That w fails is told once.
func New(w io.Writer, clean func(string) string, tell func(error)) *Trace {
	return &Trace{w: w, clean: clean, tell: tell}
}

// Open begins the dialogue of a connection. One of a nil trace is nil, and
// does nothing.
func (t *Trace) Open(p Protocol, server string) *Dialogue {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	t.n++
	d := &Dialogue{t: t, name: fmt.Sprintf("%s#%d", p, t.n)}
	t.mu.Unlock()
	d.client.say, d.server.say = d.says("C:"), d.says("S:")
	switch p {
	case IMAP:
		x := &imap{d: d}
		d.client.line, d.server.line = x.sent, x.received
	case POP3:
		x := &pop3{d: d}
		d.client.line, d.server.line = x.sent, x.received
	default:
		x := &smtp{d: d}
		d.client.line, d.server.line = x.sent, x.received
	}
	d.Note("connected to " + server)
	return d
}

// write writes one line, in ASCII.
func (t *Trace) write(name, mark, text string) {
	text = strconv.QuoteToASCII(t.clean(text))
	text = strings.ReplaceAll(text[1:len(text)-1], `\"`, `"`)
	line := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z ") + name + " " + mark + " " + text + "\n"
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, err := io.WriteString(t.w, line); err != nil && !t.told {
		t.told = true
		t.tell(fmt.Errorf("write the trace: %w", err))
	}
}

// A Dialogue is what is said on one connection.
type Dialogue struct {
	t    *Trace
	name string

	mu     sync.Mutex // guards what follows, and the state of the protocol
	client stream
	server stream
}

func (d *Dialogue) says(mark string) func(string) {
	return func(text string) { d.t.write(d.name, mark, text) }
}

// Note writes what happens to the connection.
func (d *Dialogue) Note(text string) {
	if d != nil {
		d.t.write(d.name, "--", text)
	}
}

// Sent takes what is about to be sent.
func (d *Dialogue) Sent(b []byte) {
	if d != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.client.take(b)
	}
}

// Received takes what was received.
func (d *Dialogue) Received(b []byte) {
	if d != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.server.take(b)
	}
}

// Conn returns a connection like conn whose dialogue is written down.
func (d *Dialogue) Conn(conn net.Conn) net.Conn {
	if d == nil {
		return conn
	}
	return &traced{conn, d}
}

type traced struct {
	net.Conn
	d *Dialogue
}

func (t *traced) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.d.Received(b[:n])
	return n, err
}

func (t *traced) Write(b []byte) (int, error) {
	t.d.Sent(b) // before the answer can be there, which is understood by it
	return t.Conn.Write(b)
}
