// Package client is an engine for the client's side of IMAP (RFC 9051, RFC
// 3501): it sends commands, also several at once, and takes their answers apart.
//
// It is made for servers as they are. Whatever it does not know it hands
// through: an unknown response goes to [Client.Notify] with the rest of what the
// server says of its own accord, an unknown item of a message stands in
// [Message.Other]. What is wrong within one item of an answer costs that item
// and nothing else; only a line without end, or a literal larger than is taken,
// ends the connection.
//
// A [Client] has one goroutine that reads. It calls the handlers of commands in
// the order in which the server speaks, so a handler must not wait for an
// answer. Every command takes a context, and every wait for the server has an
// end. What a server may make large has a bound.
//
// Each command has a file of its own, named after it. A command that has none
// is sent with [Client.Do], or with [Client.Start] where several are to be under
// way. What a mailbox is for, and which of its messages are wanted, is not this
// package's business.
package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Client is a connection to a server. Its methods may be called from any
// goroutine; commands go out in the order of their calls.
type Client struct {
	conn    net.Conn
	tap     Tap
	w       *bufio.Writer
	more    chan string   // continuation requests, for who is sending
	greeted chan struct{} // closed with the greeting
	done    chan struct{} // closed when nothing is read any more

	// Of the goroutine that reads.
	r     *bufio.Reader
	buf   []byte // the response as far as it was read
	asked []*Command

	sending sync.Mutex // held while a command goes out

	mu       sync.Mutex // guards what follows
	tag      int
	pending  []*Command // in the order they were sent
	caps     map[string]bool
	without  map[string]bool   // capabilities that are not to be used
	stale    bool              // the capabilities are those of before the login
	wire     map[string]string // names that are not written as they should be
	utf8     bool              // UTF8=ACCEPT is enabled
	notify   func(*Response)
	early    []*Response // alerts of before notify was set
	greeting Reply
	bye      *Error
	leaving  time.Time // when the line ends at the latest, after a BYE
	err      error     // why nothing is read any more
	idle     bool      // silence is expected
}

// New makes a client of a connection. It reads from then on, until [Client.Close]
// or an error.
func New(conn net.Conn) *Client { return Tapped(conn, nil) }

// A Tap hears the dialogue in clear, also where it is compressed.
type Tap interface {
	Sent(b []byte)     // before it is sent
	Received(b []byte) // before it is acted on
}

// deaf is a tap that hears nothing.
type deaf struct{}

func (deaf) Sent([]byte)     {}
func (deaf) Received([]byte) {}

// tapped is a writer whose tap hears what goes through it.
type tapped struct {
	io.Writer
	tap Tap
}

func (t tapped) Write(b []byte) (int, error) {
	t.tap.Sent(b)
	return t.Writer.Write(b)
}

// Tapped is [New] with a tap, or nil.
func Tapped(conn net.Conn, tap Tap) *Client {
	if tap == nil {
		tap = deaf{}
	}
	c := &Client{conn: conn, tap: tap, w: bufio.NewWriterSize(tapped{conn, tap}, 16<<10),
		more: make(chan string, 1), done: make(chan struct{}), greeted: make(chan struct{}),
		caps: map[string]bool{}, wire: map[string]string{}}
	c.r = bufio.NewReaderSize(&line{c: c}, 128<<10)
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

// Leave says LOGOUT where nothing else is under way, waits for no answer, and closes
// the connection.
func (c *Client) Leave() error {
	if c.sending.TryLock() {
		c.mu.Lock()
		rests := len(c.pending) == 0 && c.bye == nil && c.err == nil
		c.mu.Unlock()
		if rests && c.heard() {
			if _, err := c.send(context.Background(), &Command{name: "LOGOUT"}); err != nil {
				c.conn.Close() // it may have been dead for long
			}
		}
		c.sending.Unlock()
	}
	return c.Close()
}

// Done is closed when the connection is of no use any more.
func (c *Client) Done() <-chan struct{} { return c.done }

// Notify sets what is called with the responses that no command has asked for,
// in the order in which they come: what happens in the selected mailbox
// (EXISTS, EXPUNGE, VANISHED, FETCH), what the server has to say (OK, NO, BAD,
// BYE, with their codes, ALERT among them), and what this package does not know.
// It is called by the goroutine that reads, but for alerts that came before it was
// set: it is called with those at once.
func (c *Client) Notify(f func(*Response)) {
	c.mu.Lock()
	early := c.early
	c.notify, c.early = f, nil
	c.mu.Unlock()
	for _, r := range early {
		f(r)
	}
}

// Has reports whether the server has announced a capability, in any case, that
// may be used.
func (c *Client) Has(capability string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := strings.ToUpper(capability)
	return c.caps[name] && !c.without[name]
}

// Without has the client not use capabilities, though the server may announce
// them: [Client.Has] denies them.
func (c *Client) Without(capabilities ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.without = map[string]bool{}
	for _, name := range capabilities {
		c.without[strings.ToUpper(name)] = true
	}
}

// Capabilities returns what the server has announced, sorted.
func (c *Client) Capabilities() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]string, 0, len(c.caps))
	for name := range c.caps {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// maxCaps bounds the capabilities that are kept.
const maxCaps = 1000

func (c *Client) setCaps(s string) {
	caps := map[string]bool{}
	for name := range strings.FieldsSeq(strings.ToUpper(s)) {
		if len(caps) < maxCaps {
			caps[name] = true
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caps, c.stale = caps, false
}

// Announced reports whether the server has said what it can do in its present
// state: a login changes that. Otherwise it is to be asked, by
// [Client.Capability].
func (c *Client) Announced() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.caps) > 0 && !c.stale
}

// changing notes that what the server can do is about to change.
func (c *Client) changing() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stale = true
}

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
	c.mu.Lock()
	defer c.mu.Unlock()
	switch c.greeting.Kind {
	case "OK":
		return false, nil
	case "PREAUTH":
		return true, nil
	}
	return false, &Error{"greeting", c.greeting}
}

// A Reply is the end of a command, or what a server says of its own accord (RFC
// 9051, section 7.1).
type Reply struct {
	Kind string // OK, NO, BAD, BYE, PREAUTH
	Code string // what stands in brackets
	Text string
}

// parseReply reads "OK [CODE] text".
func parseReply(s string) Reply {
	kind, rest, _ := strings.Cut(s, " ")
	r := Reply{Kind: strings.ToUpper(kind), Text: rest}
	if strings.HasPrefix(rest, "[") {
		if code, text, ok := strings.Cut(rest[1:], "]"); ok {
			r.Code, r.Text = strings.TrimSpace(code), strings.TrimSpace(text)
		}
	}
	return r
}

// arg returns what follows the name of a code, if it has that name.
func (r Reply) arg(code string) (string, bool) {
	name, rest, _ := strings.Cut(r.Code, " ")
	return strings.TrimSpace(rest), strings.EqualFold(name, code)
}

// An Error is a command that the server refused, or of the kind BYE: then it
// ended the connection, and Command is "greeting" or empty.
type Error struct {
	Command string
	Reply
}

// Error returns the command and the server's words.
func (e *Error) Error() string {
	if e.Kind == "BYE" && e.Command == "" {
		return fmt.Sprintf("%v: %s", ErrBye, e.Text)
	}
	return fmt.Sprintf("%s: %s %s", e.Command, e.Kind, e.Text)
}

// Is makes a BYE an [ErrBye].
func (e *Error) Is(target error) bool { return target == ErrBye && e.Kind == "BYE" }

// ErrBye says that the server ended the connection; its reason is in the text.
var ErrBye = errors.New("the server ended the connection")

// failure returns why the connection ended.
func (c *Client) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason()
}

// reason is failure for who holds mu.
func (c *Client) reason() error {
	switch {
	case c.bye != nil:
		return c.bye
	case c.err == nil:
		return io.EOF
	}
	return c.err
}
