package client

import (
	"bufio"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
)

// record keeps what a tap hears.
type record struct {
	mu             sync.Mutex
	sent, received bytes.Buffer
}

func (r *record) Sent(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent.Write(b)
}

func (r *record) Received(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.received.Write(b)
}

// A tap hears what is said in clear, also once it is compressed, literals
// included.
func TestTap(t *testing.T) {
	ours, theirs := net.Pipe()
	tap := new(record)
	go func() {
		io.WriteString(theirs, "* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] ready\r\n")
		bufio.NewReader(theirs).ReadString('\n')
		io.WriteString(theirs, "p1 OK go\r\n")
		w, _ := flate.NewWriter(theirs, flate.BestSpeed)
		in := bufio.NewReader(flate.NewReader(theirs))
		for n := 2; ; n++ {
			if _, err := in.ReadString('\n'); err != nil {
				return
			}
			fmt.Fprintf(w, "* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\np%d OK done\r\n", n)
			w.Flush()
		}
	}()
	c := Tapped(ours, tap)
	t.Cleanup(func() { c.Close(); theirs.Close() })
	<-c.greeted
	if err := c.Compress(soon(t)); err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if _, err := c.FetchSection(soon(t), 7, "", &body); err != nil || body.String() != "abc" {
		t.Fatalf("%q, %v", body.String(), err)
	}
	if err := c.Noop(soon(t)); err != nil {
		t.Fatal(err)
	}
	const said = "* 1 FETCH (UID 7 BODY[] {3}\r\nabc)\r\n"
	if got, want := tap.received.String(), "* OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] ready\r\np1 OK go\r\n"+said+"p2 OK done\r\n"+said+"p3 OK done\r\n"; got != want {
		t.Errorf("the tap hears %q, not %q", got, want)
	}
	if got, want := tap.sent.String(), "p1 COMPRESS DEFLATE\r\np2 UID FETCH 7 (UID BODY.PEEK[])\r\np3 NOOP\r\n"; got != want {
		t.Errorf("the tap hears %q, not %q", got, want)
	}
}
