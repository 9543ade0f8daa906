package client

import (
	"context"
	"errors"
	"fmt"
)

// A Status is what STATUS says of a mailbox: -1 or 0 where it said nothing.
type Status struct {
	Messages, Unseen  int // -1 where it said nothing
	UIDNext, Validity uint32
	ModSeq            uint64 // HIGHESTMODSEQ
}

// UnknownStatus returns the status of a mailbox of which nothing was said.
func UnknownStatus() Status { return Status{Messages: -1, Unseen: -1} }

// with returns a status with what another one says.
func (s Status) with(o Status) Status {
	if o.Messages >= 0 {
		s.Messages = o.Messages
	}
	if o.Unseen >= 0 {
		s.Unseen = o.Unseen
	}
	if o.UIDNext > 0 {
		s.UIDNext = o.UIDNext
	}
	if o.Validity > 0 {
		s.Validity = o.Validity
	}
	if o.ModSeq > 0 {
		s.ModSeq = o.ModSeq
	}
	return s
}

// statusItems are what is asked of a mailbox.
func (c *Client) statusItems() string {
	if c.Has("CONDSTORE") || c.Has("QRESYNC") {
		return "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY HIGHESTMODSEQ)"
	}
	return "(MESSAGES UNSEEN UIDNEXT UIDVALIDITY)"
}

// Statuses asks for the status of mailboxes, none of which should be selected, all
// at once. Told is called with each, in their order, or with the server's refusal,
// an [Error]. What breaks the line ends it.
func (c *Client) Statuses(ctx context.Context, mailboxes []string, told func(mailbox string, st Status, refused error)) error {
	asked := make([]*Command, len(mailboxes))
	said := make([]Status, len(mailboxes))
	for i, mailbox := range mailboxes {
		said[i] = UnknownStatus()
		var err error
		asked[i], err = c.Start(ctx, "STATUS", func(r *Response) bool {
			if r.Name != "STATUS" {
				return false
			}
			name, st := c.parseStatus(r)
			if name != mailbox && (c.Has("NOTIFY") || len(mailboxes) > 1) { // of another one
				return false
			}
			said[i] = said[i].with(st)
			return true
		}, c.Name(mailbox), c.statusItems())
		if err != nil {
			return err
		}
	}
	for i, cmd := range asked {
		err := cmd.Wait(ctx)
		var no *Error
		if err != nil && (!errors.As(err, &no) || no.Kind == "BYE") {
			return fmt.Errorf("%s: %w", mailboxes[i], err)
		}
		told(mailboxes[i], said[i], err)
	}
	return nil
}

func (c *Client) parseStatus(r *Response) (string, Status) {
	name, st := c.readName(r), UnknownStatus()
	r.list(func() {
		switch upper(r.atom()) {
		case "MESSAGES":
			st.Messages = int(r.number())
		case "UNSEEN":
			st.Unseen = int(r.number())
		case "UIDNEXT":
			st.UIDNext = uint32(r.number())
		case "UIDVALIDITY":
			st.Validity = uint32(r.number())
		case "HIGHESTMODSEQ":
			st.ModSeq = uint64(r.number())
		default:
			r.skip()
		}
	})
	return name, st
}
