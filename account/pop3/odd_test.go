package pop3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"

	"posthorn/account"
	"posthorn/account/trace"
	"posthorn/store"
	"posthorn/sync/carrier"
)

// An odd server keeps a drop in memory that outlives its sessions, and does some
// things as servers should not.
type odd struct {
	uidl    func(m letter, number int) string // empty: none
	refused bool                              // UIDL is, though it is offered
	noTop   bool
	size    func(raw string) int
	written string // fields that it writes into a message once it was retrieved
	blank   bool   // there is a blank line before each answer to DELE

	// What a kind server does not do.
	refuse func(verb string, number int) bool
	cutOff func(number int, text string) string // what is sent of a message

	letters []letter
}

// A letter is a message in an odd server, with CRLF.
type letter struct {
	uidl, raw string
	seen      bool
}

// serve has one session, in which the messages have the numbers of their order.
func (o *odd) serve(conn net.Conn) {
	defer conn.Close()
	s := oddSession{odd: o, conn: conn, deleted: map[int]bool{}}
	s.say("+OK")
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, number := "", 0
		fmt.Sscan(line, &verb, &number)
		if !s.answer(verb, number) {
			return
		}
	}
}

type oddSession struct {
	*odd
	conn    io.Writer
	deleted map[int]bool
}

func (s *oddSession) say(lines ...string) { io.WriteString(s.conn, strings.Join(lines, "\r\n")+"\r\n") }

func (s *oddSession) answer(verb string, number int) bool {
	if number > len(s.letters) || s.refuse != nil && s.refuse(verb, number) {
		s.say("-ERR no")
		return true
	}
	switch verb {
	case "CAPA":
		if s.noTop {
			s.say("+OK", "UIDL", ".")
		} else {
			s.say("+OK", "UIDL", "TOP", ".")
		}
	case "LIST":
		s.list(func(m letter, _ int) string { return fmt.Sprint(s.size(m.raw)) })
	case "UIDL":
		if s.refused {
			s.say("-ERR not supported")
		} else {
			s.list(s.uidl)
		}
	case "TOP":
		header, _, _ := strings.Cut(s.text(number), "\r\n\r\n")
		s.say("+OK", header, "", ".")
	case "RETR":
		s.retrieve(number)
	case "DELE":
		s.deleted[number-1] = true
		if s.blank {
			s.say("")
		}
		s.say("+OK")
	case "QUIT":
		var left []letter
		for i, m := range s.letters {
			if !s.deleted[i] {
				left = append(left, m)
			}
		}
		s.letters = left
		s.say("+OK")
		return false
	default:
		s.say("+OK")
	}
	return true
}

func (s *oddSession) list(what func(m letter, number int) string) {
	lines := []string{"+OK"}
	for i, m := range s.letters {
		lines = append(lines, fmt.Sprint(i+1, " ", what(m, i+1)))
	}
	s.say(append(lines, ".")...)
}

// text returns a message as it is by now.
func (s *oddSession) text(number int) string {
	m := s.letters[number-1]
	if !m.seen {
		return m.raw
	}
	return strings.Replace(m.raw, "\r\n\r\n", "\r\n"+s.written+"\r\n", 1)
}

func (s *oddSession) retrieve(number int) {
	text := s.text(number)
	s.letters[number-1].seen = s.written != ""
	if s.cutOff != nil {
		text = s.cutOff(number, text)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") {
			lines[i] = "." + l
		}
	}
	s.say(append(append([]string{"+OK"}, lines...), ".")...)
}

// A frail line ends after so many octets in each direction.
type frail struct {
	net.Conn
	in, out int // octets that still pass; below 0: all
	passed  [2]int
}

func (f *frail) Read(b []byte) (int, error) {
	if f.in == 0 {
		f.Close()
		return 0, io.ErrUnexpectedEOF
	}
	if f.in > 0 {
		b = b[:min(len(b), f.in)]
	}
	n, err := f.Conn.Read(b)
	f.in, f.passed[0] = f.in-n, f.passed[0]+n
	return n, err
}

func (f *frail) Write(b []byte) (int, error) {
	if f.out < 0 || f.out > len(b) {
		f.out, f.passed[1] = f.out-len(b), f.passed[1]+len(b)
		return f.Conn.Write(b)
	}
	n, err := f.Conn.Write(b[:f.out])
	f.Close()
	f.out = 0
	return n, errors.Join(err, io.ErrClosedPipe)
}

// A house has what lies on this side: a room and notes in memory.
type house struct {
	mail  map[string]string // by name
	notes map[string]store.Delivery
}

func newHouse() *house { return &house{map[string]string{}, map[string]store.Delivery{}} }

func (h *house) Deliver(_ context.Context, name string, write func(io.Writer) error) error {
	var b strings.Builder
	if err := write(&b); err != nil {
		return err
	}
	if _, there := h.mail[name]; there {
		return fmt.Errorf("%s is delivered again", name)
	}
	if n, noted := h.notes[name]; !noted || n.State != store.Delivering {
		return fmt.Errorf("%s is not noted before", name)
	}
	h.mail[name] = b.String()
	return nil
}

func (h *house) Delivered(name string) (bool, error) {
	_, there := h.mail[name]
	return there, nil
}

func (h *house) Deliveries(context.Context) ([]store.Delivery, error) {
	return slices.Collect(maps.Values(h.notes)), nil
}

func (h *house) NoteDeliveries(_ context.Context, list ...store.Delivery) error {
	for _, d := range list {
		h.notes[d.Name] = d
	}
	return nil
}

func (h *house) ForgetDeliveries(_ context.Context, names ...string) error {
	for _, n := range names {
		delete(h.notes, n)
	}
	return nil
}

// A page is a spool in memory.
type page struct{ strings.Builder }

func (p *page) CopyTo(w io.Writer) error { _, err := io.WriteString(w, p.String()); return err }
func (*page) Close() error               { return nil }

// fetch has a session with the server over a line that ends after some octets from
// the server and to it. It returns how many passed.
func fetch(ctx context.Context, o *odd, room carrier.Mailroom, notes carrier.Notes, in, out int) (r carrier.Result, passed [2]int, err error) {
	near, far := net.Pipe()
	var serving sync.WaitGroup
	serving.Go(func() { o.serve(far) })
	defer serving.Wait()
	line := &frail{Conn: near, in: in, out: out}
	defer line.Close()
	d := &Drop{server: account.Server{Host: "pipe"}, log: slog.New(slog.DiscardHandler), dialogue: (*trace.Trace)(nil).Open(trace.POP3, "pipe")}
	d.use(line)
	if err := d.begin(ctx, login()); err != nil {
		return r, line.passed, err
	}
	c := carrier.Carrier{Drop: d, Room: room, Notes: notes, Spool: func() carrier.Spool { return new(page) }, Progress: func(int, int) {}}
	r, err = c.Empty(ctx)
	return r, line.passed, err
}
