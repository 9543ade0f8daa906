package client

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Response is an untagged response: all of it as one text, literals included.
type Response struct {
	Name    string   // in upper case: EXISTS, FETCH, OK, or whatever the server says
	Number  uint32   // before the name, of EXISTS, EXPUNGE and FETCH
	Reply   Reply    // of OK, NO, BAD, BYE and PREAUTH
	Message *Message // of FETCH
	scanner          // at what follows the name
}

// Text returns what follows the name.
func (r *Response) Text() string { return r.s[r.i:] }

// dispatch gives a response to whom it concerns.
func (c *Client) dispatch(s string) {
	switch {
	case strings.HasPrefix(s, "+"):
		select {
		case c.more <- strings.TrimPrefix(s[1:], " "):
		default: // nobody asked
		}
	case strings.HasPrefix(s, "* "):
		c.untagged(&Response{scanner: scanner{s: s, i: 2}})
	default:
		tag, rest, _ := strings.Cut(s, " ")
		c.tagged(tag, parseReply(rest))
	}
}

// tagged ends a command.
func (c *Client) tagged(tag string, reply Reply) {
	c.heed(reply)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, cmd := range c.pending {
		if cmd.tag != tag {
			continue
		}
		c.pending = append(c.pending[:i:i], c.pending[i+1:]...)
		cmd.reply = reply
		if reply.Kind != "OK" {
			cmd.err = &Error{cmd.name, reply}
		} else if cmd.agreed != nil {
			cmd.agreed()
		}
		close(cmd.done)
		return
	}
}

// heed takes over what a reply says of the server, and passes on what it wants
// people to read.
func (c *Client) heed(reply Reply) {
	if caps, ok := reply.arg("CAPABILITY"); ok {
		c.setCaps(caps)
	}
	if _, ok := reply.arg("ALERT"); ok {
		c.tell(&Response{Name: reply.Kind, Reply: reply})
	}
}

// maxEarly bounds the alerts that are kept until somebody takes them.
const maxEarly = 10

// tell passes a response on that no command has asked for.
func (c *Client) tell(r *Response) {
	c.mu.Lock()
	f := c.notify
	if _, alert := r.Reply.arg("ALERT"); alert && f == nil && len(c.early) < maxEarly {
		c.early = append(c.early, r)
	}
	c.mu.Unlock()
	if f != nil {
		f(r)
	}
}

// untagged reads the name of a response and gives it to the first command that
// takes it.
func (c *Client) untagged(r *Response) {
	word := r.atom()
	if n, err := strconv.ParseUint(word, 10, 32); err == nil {
		r.Number = uint32(n)
		r.space()
		word = r.atom()
	}
	r.Name = upper(word)
	r.space()
	switch r.Name {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		r.Reply = parseReply(r.s[2:])
		if c.greet(r.Reply) {
			return
		}
		c.status(r)
		return
	case "CAPABILITY":
		c.setCaps(r.Text())
	case "FETCH":
		r.Message = parseFetch(r)
	}
	if !c.offer(r) {
		c.tell(r)
	}
}

// status takes an untagged status response.
func (c *Client) status(r *Response) {
	if r.Name == "BYE" {
		c.mu.Lock()
		if c.bye == nil {
			c.bye, c.leaving = &Error{Reply: r.Reply}, time.Now().Add(Parting)
		}
		c.mu.Unlock()
	}
	if caps, ok := r.Reply.arg("CAPABILITY"); ok {
		c.setCaps(caps)
	}
	if !c.offer(r) {
		c.tell(r)
	}
}

// heard reports whether the greeting has come.
func (c *Client) heard() bool {
	select {
	case <-c.greeted:
		return true
	default:
		return false
	}
}

// greet takes the first status response of all.
func (c *Client) greet(reply Reply) bool {
	if c.heard() {
		return false
	}
	c.heed(reply)
	c.mu.Lock()
	c.greeting = reply
	c.mu.Unlock()
	close(c.greeted)
	return true
}

// offer gives a response to the commands that wait, the oldest first.
func (c *Client) offer(r *Response) bool {
	c.mu.Lock()
	c.asked = append(c.asked[:0], c.pending...)
	c.mu.Unlock()
	at := r.i
	for _, cmd := range c.asked {
		if r.i = at; cmd.offer(r) {
			return true
		}
	}
	r.i = at
	return false
}

// end fails all commands that wait.
func (c *Client) end(err error) {
	c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	for _, cmd := range c.pending {
		cmd.err = fmt.Errorf("%s: %w", cmd.name, c.reason())
		close(cmd.done)
	}
	c.pending = nil
	close(c.done)
}

// upper returns s in upper case, without a copy where it is already.
func upper(s string) string {
	for i := range len(s) {
		if s[i] >= 'a' && s[i] <= 'z' {
			return strings.ToUpper(s)
		}
	}
	return s
}
