package client

import (
	"context"
	"time"
)

// Idle waits until ctx ends, the server ends it, or renew has passed; what the
// server says meanwhile goes to the function set with [Client.Notify] (RFC 9051,
// section 6.3.13). The error is that of ctx when it has ended. No other command
// goes out meanwhile.
func (c *Client) Idle(ctx context.Context, renew time.Duration) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	cmd, err := c.send(ctx, &Command{name: "IDLE"})
	if err != nil {
		return err
	}
	if _, err := c.continued(ctx, cmd); err != nil {
		if ctx.Err() != nil {
			c.conn.Close() // whether it idles is not known
		}
		return err
	}
	c.quiet(true)
	t := time.NewTimer(renew)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-cmd.done:
		c.quiet(false)
		return cmd.err
	}
	c.quiet(false)
	if err := c.answer("DONE"); err != nil {
		return err
	}
	<-cmd.done // the deadline for answers ends it if nothing else does
	if cmd.err != nil {
		return cmd.err
	}
	return ctx.Err()
}

// quiet says whether silence is to be expected.
func (c *Client) quiet(idle bool) {
	c.mu.Lock()
	c.idle = idle
	c.mu.Unlock()
	c.await(time.Time{})
}
