package client

import (
	"context"
	"strconv"
	"strings"
)

// Search sends a UID SEARCH in the selected mailbox and returns the UIDs that
// match all keys, as the server orders them.
func (c *Client) Search(ctx context.Context, keys ...Key) (uids []uint32, err error) {
	err = c.Do(ctx, "UID SEARCH", func(r *Response) bool {
		switch r.Name {
		case "SEARCH":
			for word := range strings.FieldsSeq(r.Text()) {
				if n, err := strconv.ParseUint(word, 10, 32); err == nil && len(uids) < maxNumbers {
					uids = append(uids, uint32(n))
				}
			}
		case "ESEARCH":
			found, _ := parseESearch(r)
			uids = append(uids, found[:min(len(found), maxNumbers-len(uids))]...)
		default:
			return false
		}
		return true
	}, c.searchArgs("ALL", keys)...)
	return uids, err
}

// A CountCommand is a SEARCH that was sent to count messages.
type CountCommand struct {
	cmd *Command
	n   int
}

// Count asks how many messages of the selected mailbox match, and does not wait
// for the answer. It sends SEARCH rather than UID SEARCH: the server then may
// not expunge meanwhile, so sequence numbers stay what they are (RFC 9051,
// section 7.5.1).
func (c *Client) Count(ctx context.Context, keys ...Key) (*CountCommand, error) {
	count := &CountCommand{}
	cmd, err := c.Start(ctx, "SEARCH", count.take, c.searchArgs("COUNT", keys)...)
	count.cmd = cmd
	return count, err
}

// Wait returns how many there are.
func (k *CountCommand) Wait(ctx context.Context) (int, error) {
	if err := k.cmd.Wait(ctx); err != nil {
		return 0, err
	}
	return k.n, nil
}

// Done is closed when the answer is there.
func (k *CountCommand) Done() <-chan struct{} { return k.cmd.done }

func (k *CountCommand) take(r *Response) bool {
	switch r.Name {
	case "SEARCH":
		for word := range strings.FieldsSeq(r.Text()) {
			if _, err := strconv.ParseUint(word, 10, 32); err == nil { // not of (MODSEQ 5)
				k.n++
			}
		}
	case "ESEARCH":
		_, k.n = parseESearch(r)
	default:
		return false
	}
	return true
}

// parseESearch reads an ESEARCH response: ALL and COUNT of it.
func parseESearch(r *Response) (all []uint32, count int) {
	r.list(func() { r.skip() }) // the tag it answers
	for r.space(); r.i < len(r.s); r.space() {
		at := r.i
		switch upper(r.atom()) {
		case "UID":
		case "ALL":
			r.space()
			all = append(all, expand(r.atom())...)
		case "COUNT":
			count = int(r.number())
		default:
			r.skip()
		}
		if r.i == at {
			r.i++
		}
	}
	return all[:min(len(all), maxNumbers)], count
}
