package client

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
)

// A sink is where the goroutine that reads writes a section, so that it need not
// be held in memory.
type sink struct {
	section string
	from    int64 // where in it what was asked for begins
	used    bool  // of the goroutine that reads, as the next
	begins  int64 // where what comes begins

	mu     sync.Mutex
	w      io.Writer
	closed bool
	err    error // w's
}

// write passes on what came. After an error of w the rest is thrown away.
func (k *sink) write(b []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case k.closed, k.err != nil, len(b) == 0:
	case k.begins != k.from:
		k.err = errOtherPiece
	default:
		_, k.err = k.w.Write(b)
	}
}

// errOtherPiece says that a server does not fetch from an offset.
var errOtherPiece = errors.New("the server sent another piece of the message than it was asked for")

// close ends it: what else comes is thrown away.
func (k *sink) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
}

// wanted returns where the literal goes that the line from start on has
// announced, nil for the buffer. Sections of messages are sent in the order in
// which they were asked for, so only the oldest FETCH can have asked.
func (c *Client) wanted(start int) *sink {
	section, from, ok := sectionBefore(c.buf[start:])
	if !ok || !fetching(c.buf) {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cmd := range c.pending {
		if !strings.HasSuffix(cmd.name, "FETCH") {
			continue
		}
		if cmd.sink == nil || !bytes.EqualFold(section, []byte(cmd.sink.section)) {
			return nil
		}
		cmd.sink.used, cmd.sink.begins = true, from
		return cmd.sink
	}
	return nil
}

// fetching reports whether a response is a FETCH.
func fetching(buf []byte) bool {
	words := bytes.SplitN(buf[:min(len(buf), 24)], []byte(" "), 4)
	return len(words) == 4 && bytes.EqualFold(words[2], []byte("FETCH"))
}

// sectionBefore returns the section whose literal a line announces at its end, and
// the offset that it begins at.
func sectionBefore(line []byte) (section []byte, from int64, ok bool) {
	line = bytes.TrimRight(line[:bytes.LastIndexByte(line, '{')], "~ ")
	end := bytes.LastIndexByte(line, ']')
	begin := bytes.LastIndexByte(line, '[')
	if begin < 0 || end < begin || end < len(line)-1 && line[end+1] != '<' {
		return nil, 0, false
	}
	return line[begin+1 : end], origin(string(line[end+1:])), true
}
