package client

import (
	"context"

	"github.com/emersion/go-imap/v2"

	"posthorn/mail"
)

// Store adds flags to messages, or removes them, without being told what they
// are then (RFC 9051, section 6.4.6).
func (c *Client) Store(ctx context.Context, set imap.UIDSet, add bool, flags mail.Flags) error {
	op := "-FLAGS.SILENT"
	if add {
		op = "+FLAGS.SILENT"
	}
	return c.Do(ctx, "UID STORE", nil, set, op, flagList(flags))
}
