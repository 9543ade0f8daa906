package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// The bounds of what a server may say at once.
const (
	maxLine     = 32 << 20  // of one line, without its literals
	maxLiteral  = 16 << 20  // of one literal that is kept in memory
	maxStream   = 1<<32 - 1 // of one that is written to where it is wanted: the most of RFC 3501
	maxResponse = 48 << 20
)

// read reads responses until the connection ends.
func (c *Client) read() {
	var err error
	defer func() {
		if p := recover(); p != nil { // what a server says must not end the program
			err = fmt.Errorf("the server's answer could not be read: %v", p)
		}
		c.end(err)
	}()
	for {
		if err = c.readResponse(); err != nil {
			return
		}
		if !c.heard() && !bytes.HasPrefix(c.buf, []byte("* ")) {
			err = fmt.Errorf("no IMAP server answers there: it says %q", c.buf[:min(len(c.buf), 60)])
			return
		}
		c.dispatch(string(c.buf))
		if c.left() {
			return
		}
		if cap(c.buf) > 1<<20 {
			c.buf = nil
		}
	}
}

// left reports whether the server said BYE and nothing is to come any more.
func (c *Client) left() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bye != nil && (len(c.pending) == 0 || !time.Now().Before(c.leaving))
}

// readResponse reads one response, literals included, without its last line end.
func (c *Client) readResponse() error {
	c.buf = c.buf[:0]
	for {
		start := len(c.buf)
		if err := c.readLine(); err != nil {
			return err
		}
		n, ok := announced(c.buf, start)
		if !ok {
			c.buf = bytes.TrimRight(c.buf, "\r\n")
			return nil
		}
		if err := c.readLiteral(n, start); err != nil {
			return err
		}
	}
}

// readLine adds a line to the buffer, with its end.
func (c *Client) readLine() error {
	for start := len(c.buf); ; {
		piece, err := c.r.ReadSlice('\n')
		c.tap.Received(piece)
		c.buf = append(c.buf, piece...)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		case len(c.buf)-start > maxLine || len(c.buf) > maxResponse:
			return errors.New("the server sends a line without end")
		}
	}
}

// announced returns the size of the literal that the line from start on
// announces at its end: {3}, {3+} or ~{3}. Only the data of a response holds
// literals; what a server says in words may end like one.
func announced(buf []byte, start int) (int64, bool) {
	line := bytes.TrimRight(buf[start:], "\r\n")
	if len(line) < 3 || line[len(line)-1] != '}' || inWords(buf) {
		return 0, false
	}
	i := bytes.LastIndexByte(line, '{')
	if i < 0 || len(line)-i > 24 {
		return 0, false
	}
	digits := bytes.TrimSuffix(line[i+1:len(line)-1], []byte("+"))
	if len(digits) == 0 || bytes.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' }) {
		return 0, false
	}
	n, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		n = maxStream + 1
	}
	return n, true
}

// inWords reports whether a response is one in words: the end of a command, a
// continuation request, OK and its like.
func inWords(buf []byte) bool {
	rest, untagged := bytes.CutPrefix(buf, []byte("* "))
	if !untagged {
		return true
	}
	word, _, _ := bytes.Cut(rest[:min(len(rest), 9)], []byte(" "))
	switch string(bytes.ToUpper(word)) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return true
	}
	return false
}

// readLiteral reads a literal of n octets that the line from start on has
// announced: into the buffer, or to where it is wanted.
func (c *Client) readLiteral(n int64, start int) error {
	if to := c.wanted(start); to != nil {
		if n > maxStream {
			return fmt.Errorf("the server announces %d octets at once, more than are taken", n)
		}
		// Of the literal, an empty one is left in the response.
		c.buf = append(c.buf[:bytes.LastIndexByte(c.buf, '{')], "{0}\r\n"...)
		return c.stream(to, n)
	}
	if n > maxLiteral || int64(len(c.buf))+n > maxResponse {
		return fmt.Errorf("the server announces %d octets at once, more than are taken", n)
	}
	for n > 0 { // memory grows with what comes, not with what was announced
		at, piece := len(c.buf), int(min(n, 256<<10))
		c.buf = append(c.buf, make([]byte, piece)...)
		if _, err := io.ReadFull(c.r, c.buf[at:]); err != nil {
			return err
		}
		c.tap.Received(c.buf[at:])
		n -= int64(piece)
	}
	return nil
}

// stream writes the next n octets to a sink.
func (c *Client) stream(to *sink, n int64) error {
	piece := make([]byte, min(n, 64<<10))
	for n > 0 {
		got, err := c.r.Read(piece[:min(n, int64(len(piece)))])
		c.tap.Received(piece[:got])
		to.write(piece[:got])
		if n -= int64(got); err != nil && n > 0 {
			return err
		}
	}
	to.close()
	return nil
}
