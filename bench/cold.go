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
	conn, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 256<<10)
	do := func(tag, line string) error {
		if _, err := fmt.Fprintf(conn, "%s %s\r\n", tag, line); err != nil {
			return err
		}
		for {
			s, err := r.ReadSlice('\n')
			if err == bufio.ErrBufferFull {
				continue
			}
			if err != nil {
				return err
			}
			if strings.HasPrefix(string(s), tag+" ") {
				return nil
			}
		}
	}
	if _, err := r.ReadString('\n'); err != nil {
		return 0, err
	}
	for _, c := range [][2]string{{"r1", "LOGIN " + user + " " + lab.Password}, {"r2", "SELECT INBOX"}} {
		if err := do(c[0], c[1]); err != nil {
			return 0, err
		}
	}
	start := time.Now()
	err = do("r3", "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES)])")
	return time.Since(start), err
}
