package client

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"posthorn/internal/corpus"
	"posthorn/internal/dialogue"
)

// talk returns a client of a server that plays its part of a dialogue.
func talk(t *testing.T, text string) *Client {
	t.Helper()
	return piped(t, func(conn net.Conn) { dialogue.Play(t, conn, text) })
}

// piped returns a client of a server. Both end with the test.
func piped(t *testing.T, serve func(net.Conn)) *Client {
	t.Helper()
	ours, theirs := net.Pipe()
	c, played := New(ours), make(chan struct{})
	go func() {
		defer close(played)
		defer theirs.Close()
		serve(theirs)
	}()
	t.Cleanup(func() {
		c.Close()
		<-played
	})
	return c
}

// status asks for the status of one mailbox.
func status(t *testing.T, c *Client, mailbox string) (st Status, err error) {
	t.Helper()
	ended := c.Statuses(soon(t), []string{mailbox}, func(_ string, is Status, refused error) { st, err = is, refused })
	return st, errors.Join(err, ended)
}

// soon is a context for what must not take long.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
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
