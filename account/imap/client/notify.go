package client

import "context"

// NotifyAll has the server tell of what changes in all of the user's mailboxes,
// not only in the selected one (RFC 5465): by STATUS responses, which go to the
// function set with [Client.Notify] and are read with [Client.StatusOf]. What is
// expunged in the selected mailbox is still told only where sequence numbers
// cannot be mistaken.
func (c *Client) NotifyAll(ctx context.Context) error {
	const events = "(MessageNew MessageExpunge FlagChange)"
	return c.Do(ctx, "NOTIFY", nil, "SET (selected-delayed "+events+") (personal "+events+")")
}

// StatusOf reads a STATUS response: the mailbox, and what is said of it.
func (c *Client) StatusOf(r *Response) (mailbox string, st Status) { return c.parseStatus(r) }
