package client

import (
	"context"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// Copied says where messages went (COPYUID, RFC 9051, section 7.1): the UIDs
// that they had and those that they have, in the same order. It is empty where
// the server does not say.
type Copied struct {
	Validity uint32
	From, To []uint32
}

// Copy copies messages to a mailbox.
func (c *Client) Copy(ctx context.Context, set imap.UIDSet, mailbox string) (*Copied, error) {
	return c.transfer(ctx, "UID COPY", set, mailbox)
}

// Move moves messages to a mailbox, where the server can (RFC 6851).
func (c *Client) Move(ctx context.Context, set imap.UIDSet, mailbox string) (*Copied, error) {
	return c.transfer(ctx, "UID MOVE", set, mailbox)
}

func (c *Client) transfer(ctx context.Context, name string, set imap.UIDSet, mailbox string) (*Copied, error) {
	copied := &Copied{}
	cmd, err := c.Start(ctx, name, func(r *Response) bool {
		return r.Name == "OK" && copied.take(r.Reply) // MOVE tells it before its end
	}, set, c.Name(mailbox))
	if err != nil {
		return nil, err
	}
	if err := cmd.Wait(ctx); err != nil {
		return copied, err
	}
	copied.take(cmd.reply)
	return copied, nil
}

// take reads COPYUID. One that makes no sense says nothing.
func (k *Copied) take(reply Reply) bool {
	arg, ok := reply.arg("COPYUID")
	words := strings.Fields(arg)
	if !ok || len(words) != 3 {
		return false
	}
	validity, err := strconv.ParseUint(words[0], 10, 32)
	from, to := expand(words[1]), expand(words[2])
	if err == nil && len(from) == len(to) && len(k.From)+len(from) <= maxNumbers {
		k.Validity, k.From, k.To = uint32(validity), append(k.From, from...), append(k.To, to...)
	}
	return true
}
