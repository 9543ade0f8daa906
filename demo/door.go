package demo

import (
	"errors"
	"net"
	"sync"
)

// A door is a listener that owns the connections that come through it. The
// servers behind it need no way to be closed of their own: one that is closed
// before it listens, or while a connection begins, easily misses either.
type door struct {
	net.Listener
	inside sync.WaitGroup // connections that their server has not closed yet

	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

// openDoor listens on a free port of the loopback.
func openDoor() (*door, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &door{Listener: l, open: make(map[net.Conn]bool)}, nil
}

// Accept waits for a connection. Its server must close it.
func (d *door) Accept() (net.Conn, error) {
	conn, err := d.Listener.Accept()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.Join(net.ErrClosed, conn.Close())
	}
	d.open[conn] = true
	d.inside.Add(1)
	return &guest{Conn: conn, left: sync.OnceFunc(func() { d.leave(conn) })}, nil
}

// A guest is a connection that has come through a door.
type guest struct {
	net.Conn
	left func()
}

// Close closes the connection.
func (g *guest) Close() error {
	defer g.left()
	return g.Conn.Close()
}

func (d *door) leave(conn net.Conn) {
	d.mu.Lock()
	delete(d.open, conn)
	d.mu.Unlock()
	d.inside.Done()
}

// Close lets nobody in any more, breaks the connections there are, and waits
// until their servers have noticed. Closing again does nothing.
func (d *door) Close() error {
	d.mu.Lock()
	var err error
	if !d.closed {
		d.closed = true
		err = d.Listener.Close()
		for conn := range d.open {
			conn.Close()
		}
	}
	d.mu.Unlock()
	d.inside.Wait()
	return err
}
