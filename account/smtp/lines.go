package smtp

import (
	"bytes"
	"errors"
	"net"
)

// maxReplyLine bounds a line of a reply; RFC 5321, section 4.5.3.1.5, allows 512
// octets.
const maxReplyLine = 64 << 10

// lines is a connection that hands on whole lines only. A line that the end of
// the connection cut says nothing: "250" may have been the beginning of "250-",
// or of anything.
type lines struct {
	net.Conn
	ready []byte // ends with a line
	begun []byte // the beginning of the next one
	err   error  // what comes after that
}

func (l *lines) Read(p []byte) (int, error) {
	for len(l.ready) == 0 {
		if l.err != nil {
			return 0, l.err
		}
		l.fill()
	}
	n := copy(p, l.ready)
	l.ready = l.ready[n:]
	return n, nil
}

func (l *lines) fill() {
	var piece [4 << 10]byte
	n, err := l.Conn.Read(piece[:])
	l.err = err
	l.begun = append(l.begun, piece[:n]...)
	end := bytes.LastIndexByte(l.begun, '\n') + 1
	l.ready = append(l.ready[:0], l.begun[:end]...)
	l.begun = append(l.begun[:0], l.begun[end:]...)
	if len(l.begun) > maxReplyLine && l.err == nil {
		l.err = errors.New("the server sends a line without end")
	}
}
