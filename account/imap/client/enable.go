package client

import (
	"context"
	"strings"
)

// An EnableCommand is an ENABLE that was sent.
type EnableCommand struct {
	c       *Client
	cmd     *Command
	enabled []string
}

// Enable turns extensions on (RFC 9051, section 6.3.1), and does not wait for
// the answer. Until it is there, commands that name a mailbox or use such an
// extension must not be sent.
func (c *Client) Enable(ctx context.Context, extensions ...string) (*EnableCommand, error) {
	e := &EnableCommand{c: c}
	cmd, err := c.Start(ctx, "ENABLE", e.take, strings.Join(extensions, " "))
	e.cmd = cmd
	return e, err
}

// Wait returns, in upper case, the extensions that the server did turn on. When
// ctx ends first, the command is not abandoned: its answer decides how mailboxes
// are named, and can be waited for again.
func (e *EnableCommand) Wait(ctx context.Context) ([]string, error) {
	select {
	case <-e.cmd.done:
		return e.enabled, e.cmd.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *EnableCommand) take(r *Response) bool {
	if r.Name != "ENABLED" {
		return false
	}
	e.enabled = append(e.enabled, strings.Fields(strings.ToUpper(r.Text()))...)
	e.c.mu.Lock()
	defer e.c.mu.Unlock()
	for _, name := range e.enabled {
		e.c.utf8 = e.c.utf8 || name == "UTF8=ACCEPT"
	}
	return true
}

// UTF8 reports whether UTF8=ACCEPT is turned on (RFC 6855).
func (c *Client) UTF8() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.utf8
}
