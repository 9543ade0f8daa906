package client

import (
	"context"
	"errors"

	"github.com/emersion/go-imap/v2"
)

// Expunge deletes all messages of the selected mailbox that are marked as
// deleted, whoever has marked them.
func (c *Client) Expunge(ctx context.Context) error { return c.Do(ctx, "EXPUNGE", nil) }

// ExpungeUIDs deletes those messages of a set that are marked as deleted (RFC
// 4315).
func (c *Client) ExpungeUIDs(ctx context.Context, set imap.UIDSet) error {
	if !c.CanExpungeUIDs() {
		return errors.New("UID EXPUNGE: the server does not offer UIDPLUS")
	}
	return c.Do(ctx, "UID EXPUNGE", nil, set)
}

// CanExpungeUIDs reports whether the server can delete some messages without
// others.
func (c *Client) CanExpungeUIDs() bool { return c.Has("UIDPLUS") || c.Has("IMAP4REV2") }
