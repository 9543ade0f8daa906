package client

import (
	"context"
)

// A Status is what STATUS says of a mailbox; a field is -1 where it said nothing.
type Status struct{ Messages, Unseen int }

// UnknownStatus returns the status of a mailbox of which nothing was said.
func UnknownStatus() Status { return Status{-1, -1} }

// Status asks for the counts of a mailbox that is not selected.
func (c *Client) Status(ctx context.Context, mailbox string) (Status, error) {
	st := UnknownStatus()
	err := c.Do(ctx, "STATUS", func(r *Response) bool {
		if r.Name != "STATUS" {
			return false
		}
		_, st = c.parseStatus(r)
		return true
	}, c.Name(mailbox), "(MESSAGES UNSEEN)")
	return st, err
}

func (c *Client) parseStatus(r *Response) (string, Status) {
	name, st := c.readName(r), UnknownStatus()
	r.list(func() {
		switch upper(r.atom()) {
		case "MESSAGES":
			st.Messages = int(r.number())
		case "UNSEEN":
			st.Unseen = int(r.number())
		default:
			r.skip()
		}
	})
	return name, st
}
