package client

import "context"

// Noop does nothing, and gives the server an opportunity to speak.
func (c *Client) Noop(ctx context.Context) error { return c.Do(ctx, "NOOP", nil) }
