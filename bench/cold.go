package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"posthorn/internal/lab"
)

const (
	coldMessages = 10000
	coldRuns     = 7
)

// coldSync times a first synchronisation of a mailbox into an empty cache, run by
// run beside a raw client that sends the same FETCH.
func coldSync(ctx context.Context, s *lab.Servers, dir string) error {
	if _, err := rawFetch(s.IMAP, "cold"); err != nil { // the server's own cache becomes warm
		return err
	}
	var raws, colds, firsts []time.Duration
	for i := range coldRuns {
		raw, err := rawFetch(s.IMAP, "cold")
		if err != nil {
			return err
		}
		c, err := cold(ctx, s.IMAP, "cold", filepath.Join(dir, fmt.Sprintf("cold%d.db", i)), coldMessages)
		if err != nil {
			return err
		}
		raws, colds, firsts = append(raws, raw), append(colds, c.all), append(firsts, c.first)
	}
	fmt.Printf("cold sync of %d messages: %s; the raw client %s; ratio %.2f (must be at most 2.0)\n", coldMessages, ms(median(colds)), ms(median(raws)), float64(median(colds))/float64(median(raws)))
	fmt.Printf("  first page in the cache, from dialling on: %s (must be below 300 ms)\n", ms(median(firsts)))
	return nil
}

// rawFetch logs in, selects, and times the FETCH of all headers, whose bytes it
// throws away.
func rawFetch(port int, user string) (time.Duration, error) {
	r, err := rawLogin(port, user)
	if err != nil {
		return 0, err
	}
	defer r.conn.Close()
	if _, err := r.do("r2", "SELECT INBOX"); err != nil {
		return 0, err
	}
	return r.do("r3", "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES)])")
}

// rawSelect logs in and times SELECT.
func rawSelect(port int, user string) (time.Duration, error) {
	r, err := rawLogin(port, user)
	if err != nil {
		return 0, err
	}
	defer r.conn.Close()
	return r.do("r2", "SELECT INBOX")
}

// raw is a client that throws away what it reads.
type raw struct {
	conn net.Conn
	r    *bufio.Reader
}

func rawLogin(port int, user string) (*raw, error) {
	conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		return nil, err
	}
	r := &raw{conn, bufio.NewReaderSize(conn, 256<<10)}
	if _, err = r.r.ReadString('\n'); err == nil {
		_, err = r.do("r1", "LOGIN "+user+" "+lab.Password)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return r, nil
}

// do sends a command and times it.
func (r *raw) do(tag, line string) (time.Duration, error) {
	began := time.Now()
	if _, err := fmt.Fprintf(r.conn, "%s %s\r\n", tag, line); err != nil {
		return 0, err
	}
	for {
		s, err := r.r.ReadSlice('\n')
		switch {
		case err == bufio.ErrBufferFull:
		case err != nil:
			return 0, err
		case strings.HasPrefix(string(s), tag+" "):
			return time.Since(began), nil
		}
	}
}
