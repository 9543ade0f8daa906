package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// ErrNoStartTLS says that the server does not offer STARTTLS, or that somebody
// took it out of what it says.
var ErrNoStartTLS = errors.New("the server does not offer STARTTLS")

// StartTLS speaks as much as is needed in clear, up to the agreement to
// STARTTLS (RFC 9051, section 6.2.1). It reads octet by octet, so that nothing
// that came before the handshake can be taken for what was said after it. The
// connection is then upgraded by the caller, and given to [NewSecured].
func StartTLS(conn net.Conn) error {
	conn.SetDeadline(time.Now().Add(Silence))
	defer conn.SetDeadline(time.Time{})
	if _, err := readLine(conn); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, "s1 CAPABILITY\r\n"); err != nil {
		return err
	}
	offered := false
	for {
		line, err := readLine(conn)
		if err != nil {
			return err
		}
		if strings.HasPrefix(line, "s1 ") {
			break
		}
		for word := range strings.FieldsSeq(strings.ToUpper(line)) {
			offered = offered || word == "STARTTLS"
		}
	}
	if !offered {
		return ErrNoStartTLS
	}
	if _, err := io.WriteString(conn, "s2 STARTTLS\r\n"); err != nil {
		return err
	}
	for {
		line, err := readLine(conn)
		if err != nil {
			return err
		}
		if rest, ok := strings.CutPrefix(line, "s2 "); ok {
			if reply := parseReply(rest); reply.Kind != "OK" {
				return &Error{"STARTTLS", reply}
			}
			return nil
		}
	}
}

// NewSecured makes a client of a connection on which the greeting was read
// already, with a tap, or nil.
func NewSecured(conn net.Conn, tap Tap) *Client {
	return Tapped(&replay{Conn: conn, first: []byte("* OK secured\r\n")}, tap)
}

// replay is a connection that says something first.
type replay struct {
	net.Conn
	first []byte
}

func (r *replay) Read(b []byte) (int, error) {
	if len(r.first) > 0 {
		n := copy(b, r.first)
		r.first = r.first[n:]
		return n, nil
	}
	return r.Conn.Read(b)
}

func readLine(conn net.Conn) (string, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) < 8192 {
		if _, err := io.ReadFull(conn, b); err != nil {
			return "", err
		}
		if b[0] == '\n' {
			return strings.TrimRight(string(line), "\r"), nil
		}
		line = append(line, b[0])
	}
	return "", fmt.Errorf("the server sends a line without end")
}
