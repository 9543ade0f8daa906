package client

import (
	"context"
)

// A Status is what STATUS says of a mailbox; a field is -1 where it said nothing.
type Status struct{ Messages, Unseen int }

// UnknownStatus returns the status of a mailbox of which nothing was said.
func UnknownStatus() Status { return Status{-1, -1} }

// with returns a status with what another one says.
func (s Status) with(o Status) Status {
	if o.Messages >= 0 {
		s.Messages = o.Messages
	}
	if o.Unseen >= 0 {
		s.Unseen = o.Unseen
	}
	return s
}

// Status asks for the counts of a mailbox that is not selected.
func (c *Client) Status(ctx context.Context, mailbox string) (Status, error) {
	st := UnknownStatus()
	err := c.Do(ctx, "STATUS", func(r *Response) bool {
		if r.Name != "STATUS" {
			return false
		}
		name, told := c.parseStatus(r)
		if name != mailbox && c.Has("NOTIFY") { // of another one, as nobody asked for
			return false
		}
		st = st.with(told)
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
