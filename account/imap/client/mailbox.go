package client

import "context"

// Create makes a mailbox.
func (c *Client) Create(ctx context.Context, mailbox string) error {
	return c.Do(ctx, "CREATE", nil, c.Name(mailbox))
}

// Rename gives a mailbox another name.
func (c *Client) Rename(ctx context.Context, from, to string) error {
	return c.Do(ctx, "RENAME", nil, c.Name(from), c.Name(to))
}

// Delete deletes a mailbox with all it holds.
func (c *Client) Delete(ctx context.Context, mailbox string) error {
	return c.Do(ctx, "DELETE", nil, c.Name(mailbox))
}

// Subscribe subscribes to a mailbox.
func (c *Client) Subscribe(ctx context.Context, mailbox string) error {
	return c.Do(ctx, "SUBSCRIBE", nil, c.Name(mailbox))
}

// Unsubscribe takes that back.
func (c *Client) Unsubscribe(ctx context.Context, mailbox string) error {
	return c.Do(ctx, "UNSUBSCRIBE", nil, c.Name(mailbox))
}
