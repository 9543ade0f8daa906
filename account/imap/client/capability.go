package client

import "context"

// Capability asks what the server can do. Many servers say it in their greeting
// and after the login, where [Client.Has] takes note of it.
func (c *Client) Capability(ctx context.Context) error { return c.Do(ctx, "CAPABILITY", nil) }
