package client

import (
	"context"
	"errors"
)

// NotifyAll has the server tell of what changes in all of the user's mailboxes,
// not only in the selected one (RFC 5465): by STATUS responses, which go to the
// function set with [Client.Notify] and are read with [Client.StatusOf]. What is
// expunged in the selected mailbox is still told only where sequence numbers
// cannot be mistaken. That mailboxes are made, renamed and deleted is told by LIST
// responses, unless the server refuses to.
func (c *Client) NotifyAll(ctx context.Context) error {
	const messages = "MessageNew MessageExpunge FlagChange"
	notify := func(more string) error {
		return c.Do(ctx, "NOTIFY", nil, "SET (selected-delayed ("+messages+")) (personal ("+messages+more+"))")
	}
	err := notify(" MailboxName")
	var no *Error
	if errors.As(err, &no) && no.Kind != "BYE" {
		return notify("")
	}
	return err
}

// StatusOf reads a STATUS response: the mailbox, and what is said of it.
func (c *Client) StatusOf(r *Response) (mailbox string, st Status) { return c.parseStatus(r) }
