package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Command is a command that was sent.
type Command struct {
	c    *Client
	tag  string
	name string
	done chan struct{} // closed when it has ended

	agreed func() // called by the goroutine that reads when the server has agreed, before it reads on

	reply Reply // once done is closed
	err   error

	mu        sync.Mutex // held while data is called
	data      func(*Response) bool
	sink      *sink
	abandoned bool
}

// Start sends a command and does not wait for its answer. Data, if it is set, is
// called with each untagged response until the command has ended, and returns
// whether it was meant for it.
//
// Arguments are separated by spaces. A string goes out as it is; [Quoted] and
// [Client.Name] make arguments of text that can hold anything; a [Literal] goes
// out as one; a number set in its own form.
func (c *Client) Start(ctx context.Context, name string, data func(*Response) bool, args ...any) (*Command, error) {
	c.sending.Lock()
	defer c.sending.Unlock()
	return c.send(ctx, &Command{name: name, data: data}, args...)
}

// Do sends a command and waits for its end.
func (c *Client) Do(ctx context.Context, name string, data func(*Response) bool, args ...any) error {
	cmd, err := c.Start(ctx, name, data, args...)
	if err != nil {
		return err
	}
	return cmd.Wait(ctx)
}

// Wait waits for the end of a command; the error of one that the server refused
// is an [Error]. When ctx ends first, the command is abandoned.
func (cmd *Command) Wait(ctx context.Context) error {
	select {
	case <-cmd.done:
		return cmd.err
	case <-ctx.Done():
		cmd.Abandon()
		return ctx.Err()
	}
}

// Abandon leaves a command to itself: the server still answers it, and its
// answers are passed over. Nothing is called for it any more.
func (cmd *Command) Abandon() {
	cmd.mu.Lock()
	defer cmd.mu.Unlock()
	cmd.abandoned = true
}

// offer gives the command a response that may be meant for it.
func (cmd *Command) offer(r *Response) bool {
	cmd.mu.Lock()
	defer cmd.mu.Unlock()
	switch {
	case cmd.abandoned:
		return cmd.awaits(r.Name)
	case cmd.data == nil:
		return false
	}
	return cmd.data(r)
}

// awaits reports whether a response is an answer to commands of this name.
func (cmd *Command) awaits(response string) bool {
	switch strings.TrimPrefix(cmd.name, "UID ") {
	case "FETCH":
		return response == "FETCH"
	case "SEARCH":
		return response == "SEARCH" || response == "ESEARCH"
	case "LIST":
		return response == "LIST" || response == "STATUS"
	case "STATUS":
		return response == "STATUS"
	case "GETQUOTAROOT":
		return response == "QUOTAROOT" || response == "QUOTA"
	case "SELECT", "EXAMINE":
		return response == "EXISTS" || response == "FETCH" || response == "VANISHED"
	}
	return false
}

// send sends a command, for who holds sending.
func (c *Client) send(ctx context.Context, cmd *Command, args ...any) (*Command, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := sendable(cmd.name, args); err != nil {
		return nil, err
	}
	select {
	case <-c.more: // nobody asked for it
	default:
	}
	if err := c.begin(cmd); err != nil {
		return nil, err
	}
	if err := c.write(ctx, cmd, args); err != nil {
		var said *Error
		if !errors.As(err, &said) {
			c.conn.Close() // half a command cannot be taken back
		}
		return nil, fmt.Errorf("%s: %w", cmd.name, err)
	}
	return cmd, nil
}

// sendable refuses what would break the line, before any of it is sent.
func sendable(name string, args []any) error {
	for _, a := range args {
		switch a := a.(type) {
		case string:
			if strings.ContainsAny(a, "\r\n\x00") {
				return fmt.Errorf("%s: an argument holds a line end", name)
			}
		case Literal, fmt.Stringer:
		default:
			return fmt.Errorf("%s: cannot send an argument of type %T", name, a)
		}
	}
	return nil
}

// begin puts a command among those that wait for an answer.
func (c *Client) begin(cmd *Command) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.done:
		return fmt.Errorf("%s: %w", cmd.name, c.reason())
	default:
	}
	c.tag++
	cmd.c, cmd.tag, cmd.done = c, "p"+strconv.Itoa(c.tag), make(chan struct{})
	c.pending = append(c.pending, cmd)
	c.conn.SetReadDeadline(time.Now().Add(c.patience()))
	return nil
}

// A Literal is an argument that goes out as one.
type Literal []byte

// A literal8 is a literal that may hold any octet (RFC 6855, section 4).
type literal8 []byte

// String keeps sendable from refusing it.
func (l literal8) String() string { return string(l) }

func (c *Client) write(ctx context.Context, cmd *Command, args []any) error {
	c.conn.SetWriteDeadline(time.Now().Add(Silence))
	c.w.WriteString(cmd.tag + " " + cmd.name)
	tight := false // within parentheses no space stands at the ends
	for _, a := range args {
		if !tight && a != ")" {
			c.w.WriteByte(' ')
		}
		tight = a == "("
		var err error
		switch a := a.(type) {
		case string:
			c.w.WriteString(a)
		case Literal:
			err = c.writeLiteral(ctx, "", a, cmd)
		case literal8:
			err = c.writeLiteral(ctx, "~", a, cmd)
		case fmt.Stringer:
			c.w.WriteString(a.String())
		}
		if err != nil {
			return err
		}
	}
	c.w.WriteString("\r\n")
	return c.w.Flush()
}

// writeLiteral sends a literal; one that the server must agree to first waits
// for that (RFC 7888).
func (c *Client) writeLiteral(ctx context.Context, mark string, b []byte, cmd *Command) error {
	if c.Has("LITERAL+") || len(b) <= 4096 && (c.Has("LITERAL-") || c.Has("IMAP4REV2")) {
		fmt.Fprintf(c.w, "%s{%d+}\r\n", mark, len(b))
	} else {
		fmt.Fprintf(c.w, "%s{%d}\r\n", mark, len(b))
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
func (c *Client) continued(ctx context.Context, cmd *Command) (string, error) {
	select {
	case text := <-c.more:
		return text, nil
	case <-cmd.done:
		if cmd.err == nil {
			return "", errors.New("the server ended the command before it was whole")
		}
		return "", cmd.err
	case <-ctx.Done():
	}
	select {
	case text := <-c.more: // it came in time: the command can be ended in good order
		return text, nil
	default:
		return "", ctx.Err()
	}
}

// answer sends what the server has asked for.
func (c *Client) answer(s string) error {
	c.conn.SetWriteDeadline(time.Now().Add(Silence))
	c.w.WriteString(s + "\r\n")
	return c.w.Flush()
}

// Quoted returns a string as an argument: quoted, or as a literal where it holds
// what cannot stand in quotes.
func Quoted(s string) any {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return Literal(s)
		}
	}
	return `"` + escaper(s) + `"`
}

func escaper(s string) string {
	if !strings.ContainsAny(s, `"\`) {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}
