// Package client is an engine for the client's side of IMAP (RFC 9051, RFC
// 3501): it sends commands, also several at once, and takes their answers apart.
//
// It is made for servers as they are. Whatever it does not know it passes over,
// or hands through: an unknown response is no error, and what is wrong within
// one item of an answer costs that item and nothing else. A [Client] has one
// goroutine that reads; it calls the handlers of commands in the order in which
// the server speaks. Every command has a context and a deadline, and everything
// that a server may make large has a bound.
//
// A file each has the commands of one kind. What a mailbox is for, and which of
// its messages are wanted, is not this package's business.
package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The bounds of what a server may say.
const (
	maxLine     = 1 << 20   // of one line, without its literals
	maxLiteral  = 256 << 20 // of one literal
	maxResponse = 300 << 20
)

// Silence is how long a server may say nothing while an answer is awaited.
const Silence = 30 * time.Second

// A Client is a connection to a server. Its methods may be called from any
// goroutine; commands go out in the order of their calls.
type Client struct {
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer

	sending sync.Mutex    // held while a command goes out
	more    chan string   // continuation requests, for who is sending
	done    chan struct{} // closed when nothing is read any more

	mu       sync.Mutex
	tag      int
	pending  []*command // in the order they were sent
	caps     map[string]bool
	event    func(Event)
	bye      string
	err      error // why nothing is read any more
	idle     bool  // silence is expected
	greeted  chan struct{}
	greeting status
}

// An Event is something the server says of its own accord about the selected
// mailbox: its kind is EXISTS, EXPUNGE, VANISHED, FETCH or ALERT.
type Event struct {
	Kind  string
	Num   uint32 // of EXISTS and EXPUNGE
	Text  string // of ALERT
	Fetch *Message
}

// command is a command that was sent and not answered yet.
type command struct {
	tag    string
	name   string
	data   func(r *response) bool // takes an untagged response, or leaves it
	done   chan struct{}
	status status
	err    error
}

// New makes a client of a connection. It reads from then on, until [Client.Close]
// or an error.
func New(conn net.Conn) *Client {
	c := &Client{conn: conn, r: bufio.NewReaderSize(conn, 128<<10), w: bufio.NewWriterSize(conn, 16<<10),
		more: make(chan string, 1), done: make(chan struct{}), greeted: make(chan struct{}), caps: map[string]bool{}}
	conn.SetReadDeadline(time.Now().Add(Silence))
	go c.read()
	return c
}

// Close closes the connection and waits until nothing is read any more.
func (c *Client) Close() error {
	err := c.conn.Close()
	<-c.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Done is closed when the connection is of no use any more.
func (c *Client) Done() <-chan struct{} { return c.done }

// Notify sets what is called with the server's events. It is called by the
// goroutine that reads and must not wait for an answer.
func (c *Client) Notify(f func(Event)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.event = f
}

// Has reports whether the server has announced a capability.
func (c *Client) Has(capability string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.caps[strings.ToUpper(capability)]
}

// Mechanisms returns the SASL mechanisms that the server offers.
func (c *Client) Mechanisms() (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name := range c.caps {
		if m, ok := strings.CutPrefix(name, "AUTH="); ok {
			list = append(list, m)
		}
	}
	return list
}

// status is the end of a command, or a greeting.
type status struct {
	kind string // OK, NO, BAD, BYE, PREAUTH
	code string // what stands in brackets
	text string
}

// An Error is a command that the server refused.
type Error struct {
	Command string
	Kind    string // NO or BAD
	Code    string // the response code (RFC 9051, section 7.1), without brackets
	Text    string
}

// Error returns the command and the server's words.
func (e *Error) Error() string { return fmt.Sprintf("%s: %s %s", e.Command, e.Kind, e.Text) }

// ErrBye says that the server ended the connection; its reason is in the text.
var ErrBye = errors.New("the server ended the connection")

// Greeting waits for the server's greeting, and reports whether it takes us for
// logged in already.
func (c *Client) Greeting(ctx context.Context) (preauth bool, err error) {
	select {
	case <-c.greeted:
	case <-c.done:
		return false, c.failure()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	switch c.greeting.kind {
	case "OK":
		return false, nil
	case "PREAUTH":
		return true, nil
	}
	return false, &Error{"greeting", c.greeting.kind, c.greeting.code, c.greeting.text}
}

// failure returns why the connection ended.
func (c *Client) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bye != "" {
		return fmt.Errorf("%w: %s", ErrBye, c.bye)
	}
	if c.err == nil {
		return io.EOF
	}
	return c.err
}

// Do sends a command and waits for its end. Its arguments are text, that goes
// out as it is, or values of this package; data is called with each untagged
// response and returns whether it was meant for it.
func (c *Client) Do(ctx context.Context, name string, data func(Response) bool, args ...any) error {
	var take func(*response) bool
	if data != nil {
		take = func(r *response) bool { return data(Response{r}) }
	}
	cmd, err := c.send(ctx, name, take, args...)
	if err != nil {
		return err
	}
	return c.wait(ctx, cmd)
}

// wait waits for the end of a command. When ctx ends first the command goes on,
// and its answers are passed over.
func (c *Client) wait(ctx context.Context, cmd *command) error {
	select {
	case <-cmd.done:
		return cmd.err
	case <-ctx.Done():
		c.mu.Lock()
		cmd.data = nil
		c.mu.Unlock()
		return ctx.Err()
	}
}

// send sends a command.
func (c *Client) send(ctx context.Context, name string, data func(*response) bool, args ...any) (*command, error) {
	c.sending.Lock()
	defer c.sending.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	cmd, err := c.begin(name, data)
	if err != nil {
		return nil, err
	}
	if err := c.write(ctx, cmd, args); err != nil {
		c.conn.Close() // half a command cannot be taken back
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return cmd, nil
}

// begin puts a command among those that wait for an answer.
func (c *Client) begin(name string, data func(*response) bool) (*command, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.done:
		if c.bye != "" {
			return nil, fmt.Errorf("%s: %w: %s", name, ErrBye, c.bye)
		}
		return nil, fmt.Errorf("%s: %w", name, net.ErrClosed)
	default:
	}
	c.tag++
	cmd := &command{tag: "p" + strconv.Itoa(c.tag), name: name, data: data, done: make(chan struct{})}
	c.pending = append(c.pending, cmd)
	c.conn.SetReadDeadline(time.Now().Add(Silence))
	return cmd, nil
}

// A literal is an argument that goes out as one.
type literal []byte

func (c *Client) write(ctx context.Context, cmd *command, args []any) error {
	c.conn.SetWriteDeadline(time.Now().Add(Silence))
	c.w.WriteString(cmd.tag + " " + cmd.name)
	tight := false // within parentheses no space stands at the ends
	for _, a := range args {
		if !tight && a != ")" {
			c.w.WriteByte(' ')
		}
		tight = a == "("
		switch a := a.(type) {
		case string:
			c.w.WriteString(a)
		case literal:
			if err := c.writeLiteral(ctx, a, cmd); err != nil {
				return err
			}
		default:
			return fmt.Errorf("cannot send an argument of type %T", a)
		}
	}
	c.w.WriteString("\r\n")
	return c.w.Flush()
}

// writeLiteral sends a literal; one that the server must agree to first waits
// for that (RFC 7888).
func (c *Client) writeLiteral(ctx context.Context, b literal, cmd *command) error {
	plus := c.Has("LITERAL+") || len(b) <= 4096 && (c.Has("LITERAL-") || c.Has("IMAP4REV2"))
	if plus {
		fmt.Fprintf(c.w, "{%d+}\r\n", len(b))
	} else {
		fmt.Fprintf(c.w, "{%d}\r\n", len(b))
		if err := c.w.Flush(); err != nil {
			return err
		}
		if _, err := c.continued(ctx, cmd); err != nil {
			return err
		}
	}
	for len(b) > 0 { // each piece has its own deadline
		c.conn.SetWriteDeadline(time.Now().Add(Silence))
		n := min(len(b), 64<<10)
		if _, err := c.w.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// continued waits for the server to ask for more.
func (c *Client) continued(ctx context.Context, cmd *command) (string, error) {
	select {
	case text := <-c.more:
		return text, nil
	case <-cmd.done:
		if cmd.err == nil {
			return "", errors.New("the server ended the command before it was whole")
		}
		return "", cmd.err
	case <-ctx.Done():
		return "", ctx.Err()
	case <-c.done:
		return "", c.failure()
	}
}

// Quoted returns a string as an argument: quoted, or as a literal where it holds
// what cannot stand in quotes.
func Quoted(s string) any {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return literal(s)
		}
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
