package client

import (
	"bufio"
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"posthorn/internal/corpus"
)

// talk returns a client of a server that plays its part of a dialogue. Its lines
// begin with
//
//	S: what the server says, up to the end of the line
//	S= the same, in Go's quotes and without a line end of its own
//	C: what the client must say now
//	hangup
//
// The test fails when the client says anything else, or not all of it. At the
// end the server hangs up when the client does.
func talk(t *testing.T, dialogue string) *Client {
	t.Helper()
	ours, theirs := net.Pipe()
	c := New(ours)
	played := make(chan struct{})
	go func() {
		defer close(played)
		defer theirs.Close()
		serve(t, theirs, dialogue)
	}()
	t.Cleanup(func() {
		c.Close()
		<-played
	})
	return c
}

func serve(t *testing.T, conn net.Conn, dialogue string) {
	r := bufio.NewReader(conn)
	for line := range strings.SplitSeq(strings.TrimSpace(dialogue), "\n") {
		line = strings.TrimLeft(line, "\t ")
		kind, text, _ := strings.Cut(line, " ")
		switch kind {
		case "S:":
			text += "\r\n"
		case "S=":
			quoted, err := strconv.Unquote(text)
			if err != nil {
				t.Errorf("the dialogue has %q: %v", line, err)
			}
			text = quoted
		case "C:":
			got, err := r.ReadString('\n')
			if err != nil {
				t.Errorf("the client was to say %q, and hung up: %v", text, err)
				return
			}
			if got = strings.TrimRight(got, "\r\n"); got != text {
				t.Errorf("the client says %q, not %q", got, text)
				return
			}
			continue
		case "":
			continue
		case "hangup":
			return
		default:
			t.Errorf("the dialogue has %q", line)
			return
		}
		if _, err := io.WriteString(conn, text); err != nil {
			return // the client has hung up, which its test knows of
		}
	}
	io.Copy(io.Discard, r)
}

// soon is a context for what must not take long.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// lives fails when the connection does not: the dialogue must end with a NOOP
// of the given tag.
func lives(t *testing.T, c *Client) {
	t.Helper()
	if err := c.Noop(soon(t)); err != nil {
		t.Errorf("the connection did not survive: %v", err)
	}
}

// server returns a file of the dialogues of real servers.
func server(t *testing.T, name string) []byte {
	t.Helper()
	return corpus.Read(t, "servers/"+name)
}
