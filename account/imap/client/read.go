package client

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// A response is one response of the server: all of it as one text, literals
// included, and how far it has been read.
type response struct {
	scanner
	num  uint32 // the number before the name, of EXISTS, EXPUNGE and FETCH
	name string // in upper case
	msg  *Message
}

// A Response is an untagged response, for handlers of commands that this package
// does not know.
type Response struct{ r *response }

// Name returns the response's name in upper case.
func (r Response) Name() string { return r.r.name }

// Text returns what follows the name.
func (r Response) Text() string { return r.r.s[r.r.i:] }

// read reads responses until the connection ends.
func (c *Client) read() {
	var err error
	defer func() {
		if p := recover(); p != nil { // what a server says must not end the program
			err = fmt.Errorf("the server's answer could not be read: %v", p)
		}
		c.end(err)
	}()
	buf := make([]byte, 0, 4096)
	for {
		if buf, err = c.readResponse(buf[:0]); err != nil {
			return
		}
		c.dispatch(string(buf))
		c.expect()
		if cap(buf) > 1<<20 {
			buf = make([]byte, 0, 4096)
		}
	}
}

// expect sets how long the next response may take.
func (c *Client) expect() {
	if c.r.Buffered() > 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var t time.Time
	if len(c.pending) > 0 && !c.idle {
		t = time.Now().Add(Silence)
	}
	c.conn.SetReadDeadline(t)
}

// readResponse reads one response without its last line end.
func (c *Client) readResponse(buf []byte) ([]byte, error) {
	for {
		start := len(buf)
		for {
			piece, err := c.r.ReadSlice('\n')
			buf = append(buf, piece...)
			if err == nil {
				break
			}
			if !errors.Is(err, io.ErrShortBuffer) && err.Error() != "bufio: buffer full" {
				return nil, err
			}
			if len(buf)-start > maxLine {
				return nil, errors.New("the server sends a line without end")
			}
		}
		line := bytes.TrimRight(buf, "\r\n")
		n, ok := literalSize(line[min(start, len(line)):])
		if !ok {
			return line, nil
		}
		if n > maxLiteral || int64(len(buf))+n > maxResponse {
			return nil, fmt.Errorf("the server announces %d octets at once, more than are taken", n)
		}
		var err error
		if buf, err = c.readLiteral(buf, int(n)); err != nil {
			return nil, err
		}
	}
}

// readLiteral reads a literal. Its memory grows with what comes, not with what
// was announced.
func (c *Client) readLiteral(buf []byte, n int) ([]byte, error) {
	for n > 0 {
		piece := min(n, 256<<10)
		at := len(buf)
		buf = append(buf, make([]byte, piece)...)
		c.conn.SetReadDeadline(time.Now().Add(Silence))
		if _, err := io.ReadFull(c.r, buf[at:]); err != nil {
			return nil, err
		}
		n -= piece
	}
	return buf, nil
}

// literalSize returns the size of the literal that a line announces at its end:
// {3}, {3+} or ~{3}.
func literalSize(line []byte) (int64, bool) {
	if len(line) < 3 || line[len(line)-1] != '}' {
		return 0, false
	}
	i := bytes.LastIndexByte(line, '{')
	if i < 0 {
		return 0, false
	}
	digits := bytes.TrimSuffix(line[i+1:len(line)-1], []byte("+"))
	if len(digits) == 0 || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		return maxLiteral + 1, len(digits) > 15
	}
	return n, true
}

// dispatch gives a response to whom it concerns.
func (c *Client) dispatch(s string) {
	switch {
	case strings.HasPrefix(s, "+"):
		select {
		case c.more <- strings.TrimPrefix(s[1:], " "):
		default: // nobody asked
		}
	case strings.HasPrefix(s, "* "):
		c.untagged(&response{scanner: scanner{s: s, i: 2}})
	default:
		tag, rest, _ := strings.Cut(s, " ")
		c.tagged(tag, parseStatus(rest))
	}
}

// tagged ends a command.
func (c *Client) tagged(tag string, st status) {
	c.code(st)
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, cmd := range c.pending {
		if cmd.tag != tag {
			continue
		}
		c.pending = append(c.pending[:i:i], c.pending[i+1:]...)
		cmd.status = st
		if st.kind != "OK" {
			cmd.err = &Error{cmd.name, st.kind, st.code, st.text}
		}
		close(cmd.done)
		return
	}
}

// parseStatus reads "OK [CODE] text".
func parseStatus(s string) status {
	kind, rest, _ := strings.Cut(s, " ")
	st := status{kind: strings.ToUpper(kind), text: rest}
	if strings.HasPrefix(rest, "[") {
		if code, text, ok := strings.Cut(rest[1:], "]"); ok {
			st.code, st.text = strings.TrimSpace(code), strings.TrimSpace(text)
		}
	}
	return st
}

// code takes over what a response code says.
func (c *Client) code(st status) {
	name, rest, _ := strings.Cut(st.code, " ")
	switch strings.ToUpper(name) {
	case "CAPABILITY":
		c.setCaps(rest)
	case "ALERT":
		c.notify(Event{Kind: "ALERT", Text: st.text})
	}
}

func (c *Client) setCaps(s string) {
	caps := map[string]bool{}
	for name := range strings.FieldsSeq(strings.ToUpper(s)) {
		caps[name] = true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.caps = caps
}

func (c *Client) notify(e Event) {
	c.mu.Lock()
	f := c.event
	c.mu.Unlock()
	if f != nil {
		f(e)
	}
}

// untagged reads the name of a response and gives it to the first command that
// takes it.
func (c *Client) untagged(r *response) {
	word := r.atom()
	if n, err := strconv.ParseUint(word, 10, 32); err == nil {
		r.num = uint32(n)
		r.space()
		word = r.atom()
	}
	r.name = strings.ToUpper(word)
	r.space()
	switch r.name {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		if c.greet(parseStatus(r.s[2:])) {
			return
		}
		if r.name == "BYE" {
			c.mu.Lock()
			c.bye = parseStatus(r.s[2:]).text
			c.mu.Unlock()
		}
		c.code(parseStatus(r.s[2:]))
	case "CAPABILITY":
		c.setCaps(r.s[r.i:])
		return
	case "FETCH":
		r.msg = parseFetch(r)
	}
	if c.offer(r) {
		return
	}
	switch r.name {
	case "EXISTS", "EXPUNGE", "FETCH", "VANISHED":
		c.notify(Event{Kind: r.name, Num: r.num, Fetch: r.msg})
	}
}

// greet takes the first response of all.
func (c *Client) greet(st status) bool {
	select {
	case <-c.greeted:
		return false
	default:
	}
	c.greeting = st
	c.code(st)
	close(c.greeted)
	return true
}

// offer gives a response to the commands that wait, the oldest first.
func (c *Client) offer(r *response) bool {
	c.mu.Lock()
	handlers := make([]func(*response) bool, 0, len(c.pending))
	for _, cmd := range c.pending {
		if cmd.data != nil {
			handlers = append(handlers, cmd.data)
		}
	}
	c.mu.Unlock()
	at := r.i
	for _, h := range handlers {
		r.i = at
		if h(r) {
			return true
		}
	}
	return false
}

// end fails all commands that wait.
func (c *Client) end(err error) {
	c.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	reason := err
	if c.bye != "" {
		reason = fmt.Errorf("%w: %s", ErrBye, c.bye)
	}
	for _, cmd := range c.pending {
		cmd.err = fmt.Errorf("%s: %w", cmd.name, reason)
		close(cmd.done)
	}
	c.pending = nil
	close(c.done)
}
