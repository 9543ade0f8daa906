package demo

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A drop is the mail that waits for one person.
type drop struct {
	mu     sync.Mutex
	list   []waiting
	next   int
	locked bool // by a session (RFC 1939, section 4)
}

// waiting is a message in a drop.
type waiting struct {
	uidl string
	raw  []byte
}

func (d *drop) deliver(raw []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next++
	d.list = append(d.list, waiting{fmt.Sprintf("demo.%08d", d.next), raw})
	return nil
}

// lock gives a session the messages there are now.
func (d *drop) lock() ([]waiting, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked {
		return nil, false
	}
	d.locked = true
	return slices.Clone(d.list), true
}

// unlock ends a session and removes the messages that it deleted.
func (d *drop) unlock(deleted map[string]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.locked = false
	d.list = slices.DeleteFunc(d.list, func(w waiting) bool { return deleted[w.uidl] })
}

// A pop3Server serves one drop (RFC 1939), with CAPA (RFC 2449).
type pop3Server struct {
	drop       *drop
	user, pass string
}

// serve serves connections until the listener is closed, each until its end.
func (s *pop3Server) serve(l net.Listener) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() { // whoever closes the listener breaks the connection too
			defer conn.Close()
			(&pop3Session{server: s, conn: conn, w: bufio.NewWriter(conn)}).run()
		}()
	}
}

// A pop3Session is a connection.
type pop3Session struct {
	server  *pop3Server
	conn    net.Conn
	w       *bufio.Writer
	user    string
	list    []waiting       // nil before the login
	deleted map[string]bool // by UIDL
}

const (
	pop3Idle    = 10 * time.Minute // RFC 1939, section 3
	pop3MaxLine = 512
)

// run answers commands until QUIT or the end of the connection. Without QUIT
// nothing is deleted.
func (s *pop3Session) run() {
	defer func() {
		if s.list != nil {
			s.server.drop.unlock(nil)
		}
	}()
	r := bufio.NewReaderSize(s.conn, pop3MaxLine)
	s.ok("the posthorn demo is here")
	for {
		if s.w.Flush() != nil || s.conn.SetDeadline(time.Now().Add(pop3Idle)) != nil {
			return
		}
		line, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		verb, arg, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		if !s.do(strings.ToUpper(verb), arg) {
			s.w.Flush()
			return
		}
	}
}

func (s *pop3Session) ok(format string, args ...any) { fmt.Fprintf(s.w, "+OK "+format+"\r\n", args...) }
func (s *pop3Session) err(format string, args ...any) {
	fmt.Fprintf(s.w, "-ERR "+format+"\r\n", args...)
}

// do does one command and reports whether the session goes on.
func (s *pop3Session) do(verb, arg string) bool {
	switch {
	case verb == "QUIT":
		s.quit()
		return false
	case verb == "CAPA":
		s.ok("this is what there is")
		fmt.Fprint(s.w, "USER\r\nUIDL\r\nTOP\r\nPIPELINING\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nIMPLEMENTATION posthorn-demo\r\n.\r\n")
	case s.list == nil:
		s.authorization(verb, arg)
	default:
		s.transaction(verb, arg)
	}
	return true
}

// authorization is the state before the login.
func (s *pop3Session) authorization(verb, arg string) {
	switch verb {
	case "USER":
		s.user = arg
		s.ok("now the password")
	case "PASS":
		if s.user != s.server.user || arg != s.server.pass {
			s.err("[AUTH] wrong user name or password")
			return
		}
		list, ok := s.server.drop.lock()
		if !ok {
			s.err("[IN-USE] another session has this maildrop")
			return
		}
		s.list, s.deleted = append([]waiting{}, list...), make(map[string]bool)
		s.ok("%d messages wait", len(s.list))
	default:
		s.err("log in first")
	}
}

// transaction is the state after the login.
func (s *pop3Session) transaction(verb, arg string) {
	switch verb {
	case "STAT":
		n, size := s.stat()
		s.ok("%d %d", n, size)
	case "LIST":
		s.scan(arg, func(w waiting) string { return strconv.Itoa(len(w.raw)) })
	case "UIDL":
		s.scan(arg, func(w waiting) string { return w.uidl })
	case "RETR":
		s.send(arg, -1)
	case "TOP":
		number, lines, _ := strings.Cut(arg, " ")
		if n, err := strconv.Atoi(lines); err == nil && n >= 0 {
			s.send(number, n)
			return
		}
		s.err("TOP takes two numbers")
	case "DELE":
		if w, ok := s.find(arg); ok {
			s.deleted[w.uidl] = true
			s.ok("it goes at QUIT")
		}
	case "RSET":
		clear(s.deleted)
		s.ok("nothing is deleted")
	case "NOOP":
		s.ok("")
	default:
		s.err("there is no such command")
	}
}

// quit is the state that ends a session: now deletions happen.
func (s *pop3Session) quit() {
	if s.list != nil {
		s.server.drop.unlock(s.deleted)
		s.list = nil
	}
	s.ok("goodbye")
}

func (s *pop3Session) stat() (n, size int) {
	for _, w := range s.list {
		if !s.deleted[w.uidl] {
			n, size = n+1, size+len(w.raw)
		}
	}
	return n, size
}

// find returns the message with a number, or says that there is none.
func (s *pop3Session) find(arg string) (waiting, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(arg))
	if err != nil || n < 1 || n > len(s.list) || s.deleted[s.list[n-1].uidl] {
		s.err("there is no such message")
		return waiting{}, false
	}
	return s.list[n-1], true
}

// scan answers LIST and UIDL, for all messages or for one.
func (s *pop3Session) scan(arg string, say func(waiting) string) {
	if arg != "" {
		if w, ok := s.find(arg); ok {
			s.ok("%s %s", arg, say(w))
		}
		return
	}
	n, _ := s.stat()
	s.ok("%d messages", n)
	for i, w := range s.list {
		if !s.deleted[w.uidl] {
			fmt.Fprintf(s.w, "%d %s\r\n", i+1, say(w))
		}
	}
	fmt.Fprint(s.w, ".\r\n")
}

// send sends a message, or its header and n lines of its body.
func (s *pop3Session) send(arg string, n int) {
	w, ok := s.find(arg)
	if !ok {
		return
	}
	s.ok("%d octets", len(w.raw))
	body := false
	for line := range bytes.Lines(w.raw) {
		if body && n == 0 {
			break
		}
		if body {
			n--
		}
		line = bytes.TrimRight(line, "\r\n")
		body = body || len(line) == 0
		if bytes.HasPrefix(line, []byte(".")) {
			s.w.WriteByte('.')
		}
		s.w.Write(line)
		s.w.WriteString("\r\n")
	}
	s.w.WriteString(".\r\n")
}
