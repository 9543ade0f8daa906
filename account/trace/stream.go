package trace

import (
	"bytes"
	"fmt"
)

// The bounds of what is kept of a line: its beginning, and its end, which says
// whether a literal follows.
const (
	maxLine = 2000
	maxEnd  = 32
)

// A stream is one direction of a dialogue. It has three states: lines, a number
// of octets to pass over, and a message up to a dot on a line of its own.
type stream struct {
	say  func(string)
	line func(line) // what the protocol makes of a whole line

	head  []byte // of the line
	tail  []byte
	size  int   // of the line
	skip  int64 // octets of a literal that are still to come
	text  bool  // a message up to a dot is coming
	total int64 // octets of the literal or the message so far
}

// A line is a line without its end. It may be longer than what is kept of it.
type line struct {
	head string
	tail string // its last octets, also when head has them
	more int    // octets that were dropped
}

// shown is the line as it is written down.
func (l line) shown() string {
	if l.more > 0 {
		return fmt.Sprintf("%s… %d octets more", l.head, l.more)
	}
	return l.head
}

func octets(n int64) string { return fmt.Sprintf("{%d octets}", n) }

func (s *stream) take(b []byte) {
	for len(b) > 0 {
		if s.skip > 0 {
			n := min(s.skip, int64(len(b)))
			s.skip -= n
			b = b[n:]
			continue
		}
		n := bytes.IndexByte(b, '\n') + 1
		if n == 0 {
			s.add(b)
			return
		}
		s.add(b[:n])
		b = b[n:]
		s.end()
	}
}

func (s *stream) add(b []byte) {
	s.size += len(b)
	s.head = append(s.head, b[:min(len(b), max(maxLine-len(s.head), 0))]...)
	s.tail = append(s.tail, b[max(len(b)-maxEnd, 0):]...)
	s.tail = s.tail[max(len(s.tail)-maxEnd, 0):]
}

// end is called at the end of a line.
func (s *stream) end() {
	l := line{head: string(bytes.TrimRight(s.head, "\r\n")), tail: string(bytes.TrimRight(s.tail, "\r\n")), more: s.size - len(s.head)}
	size := s.size
	s.head, s.tail, s.size = s.head[:0], s.tail[:0], 0
	switch {
	case !s.text:
		s.line(l)
	case l.head == ".":
		s.text = false
		s.say(octets(s.total))
		s.say(".")
	default:
		s.total += int64(size)
	}
}

// message has what follows passed over, up to a dot.
func (s *stream) message() { s.text, s.total = true, 0 }
