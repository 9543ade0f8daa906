package lab

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Line stands between a client and a server, and is as lines are: it takes
// time, and it fails. It counts what goes over it.
type Line struct {
	Delay time.Duration // of every octet, one way; set before the first client comes
	Up    atomic.Int64  // octets from clients
	Down  atomic.Int64  // octets to them
	Turns atomic.Int64  // how often clients spoke after the server had: round trips

	target string
	l      net.Listener
	conns  sync.WaitGroup

	mu     sync.Mutex
	fault  Fault
	open   map[net.Conn]bool
	closed bool
}

// A Kind is a way in which a line fails.
type Kind int

// The kinds of faults.
const (
	None      Kind = iota
	Cut            // the connection breaks
	Stall          // nothing gets through any more
	Crumble        // what follows comes octet by octet
	Duplicate      // some octets come twice
	Kinds          // how many there are
)

// A Fault happens once, to the first connection on which so many octets have
// gone one way.
type Fault struct {
	Kind  Kind
	Up    bool // on the way from the client
	After int64
	Then  func() // called as it happens, if not nil
}

// OpenLine opens a line to an address; clients connect to [Line.Port].
func OpenLine(target string) (*Line, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	line := &Line{target: target, l: l, open: map[net.Conn]bool{}}
	line.conns.Go(line.serve)
	return line, nil
}

// Port returns the port of this machine on which the line is open.
func (l *Line) Port() int { return l.l.Addr().(*net.TCPAddr).Port }

// Fail has the line fail, for the next connections.
func (l *Line) Fail(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = f
}

// Hangup breaks the connections there are.
func (l *Line) Hangup() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn := range l.open {
		conn.Close()
	}
}

// Close closes the line and waits until nothing goes over it. Closing again does
// nothing.
func (l *Line) Close() error {
	l.mu.Lock()
	first := !l.closed
	l.closed = true
	l.mu.Unlock()
	var err error
	if first {
		err = l.l.Close()
	}
	l.Hangup()
	l.conns.Wait()
	return err
}

func (l *Line) serve() {
	for {
		client, err := l.l.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", l.target)
		if err != nil {
			client.Close()
			continue
		}
		if !l.keep(client, server) {
			return
		}
		p := &pair{line: l}
		l.conns.Go(func() { p.carry(client, server, true) })
		l.conns.Go(func() { p.carry(server, client, false) })
	}
}

// keep remembers connections for Hangup, or closes them if the line was closed
// meanwhile, and reports which.
func (l *Line) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		if l.closed {
			c.Close()
		} else {
			l.open[c] = true
		}
	}
	return !l.closed
}

// pair is one connection.
type pair struct {
	line    *Line
	down    atomic.Bool // the server spoke last
	stalled atomic.Bool // nothing gets through any more
}

// parcel is what is on its way.
type parcel struct {
	b   []byte
	due time.Time
}

// carry carries what one side says to the other.
func (p *pair) carry(from, to net.Conn, up bool) {
	way := make(chan parcel, 4096)
	p.line.conns.Go(func() {
		var gone int64
		for parcel := range way {
			time.Sleep(time.Until(parcel.due))
			if !p.deliver(to, parcel.b, &gone, up) {
				break
			}
		}
		p.line.drop(from, to)
		for range way { // until who reads notices
		}
	})
	defer close(way)
	for {
		b := make([]byte, 16<<10)
		n, err := from.Read(b)
		if n > 0 {
			p.count(n, up)
			way <- parcel{b[:n], time.Now().Add(p.line.Delay)}
		}
		if err != nil {
			return
		}
	}
}

func (p *pair) count(n int, up bool) {
	if !up {
		p.line.Down.Add(int64(n))
		p.down.Store(true)
		return
	}
	p.line.Up.Add(int64(n))
	if p.down.Swap(false) {
		p.line.Turns.Add(1)
	}
}

// deliver writes octets, as far as the line lets them through, and reports
// whether it goes on.
func (p *pair) deliver(to net.Conn, b []byte, gone *int64, up bool) bool {
	if p.stalled.Load() {
		return true
	}
	before := *gone
	*gone += int64(len(b))
	f := p.line.due(*gone, up)
	at := max(0, min(int(f.After-before), len(b)))
	if f.Then != nil {
		defer f.Then()
	}
	switch f.Kind {
	case Cut:
		to.Write(b[:at])
		return false
	case Stall:
		p.stalled.Store(true)
		b = b[:at]
	case Duplicate:
		b = append(b[:at:at], b...)
	case Crumble:
		for i := range b {
			if _, err := to.Write(b[i : i+1]); err != nil {
				return false
			}
		}
		return true
	}
	_, err := to.Write(b)
	return err == nil
}

// due takes the fault that happens before so many octets have gone.
func (l *Line) due(gone int64, up bool) Fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.fault
	if f.Kind == None || f.Up != up || gone <= f.After {
		return Fault{}
	}
	l.fault = Fault{}
	return f
}

func (l *Line) drop(conns ...net.Conn) {
	for _, c := range conns {
		c.Close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		delete(l.open, c)
	}
}
