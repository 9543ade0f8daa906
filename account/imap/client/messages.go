package client

import (
	"context"
	"strconv"
	"strings"
	"time"

	"posthorn/mail"
)

// Search sends a UID SEARCH and returns the UIDs that match. Criteria are
// arguments as [Client.Do] takes them.
func (c *Client) Search(ctx context.Context, criteria ...any) (uids []uint32, err error) {
	err = c.Do(ctx, "UID SEARCH", func(r Response) bool {
		switch r.Name() {
		case "SEARCH":
			for word := range strings.FieldsSeq(r.Text()) {
				if n, err := strconv.ParseUint(word, 10, 32); err == nil {
					uids = append(uids, uint32(n))
				}
			}
		case "ESEARCH":
			uids = append(uids, parseESearch(r.r)...)
		default:
			return false
		}
		return true
	}, criteria...)
	return uids, err
}

// maxFound bounds what a set in an answer may stand for.
const maxFound = 1 << 24

func parseESearch(r *response) (uids []uint32) {
	r.list(func() { r.text() }) // the tag it answers
	for r.space(); r.i < len(r.s); r.space() {
		at := r.i
		if word := strings.ToUpper(r.atom()); word == "ALL" {
			r.space()
			for _, rg := range parseRanges(r.atom()) {
				for u := rg.First; u <= rg.Last && u >= rg.First && len(uids) < maxFound; u++ {
					uids = append(uids, u)
				}
			}
		} else if word != "UID" {
			r.skip()
		}
		if r.i == at {
			r.i++
		}
	}
	return uids
}

// Count returns how many messages of the selected mailbox match. It sends SEARCH
// rather than UID SEARCH: the server then may not expunge meanwhile, so sequence
// numbers stay what they are (RFC 9051, section 7.5.1).
func (c *Client) Count(ctx context.Context, criteria string) (n int, err error) {
	args := []any{criteria}
	if c.Has("ESEARCH") || c.Has("IMAP4REV2") {
		args = []any{"RETURN (COUNT)", criteria}
	}
	err = c.Do(ctx, "SEARCH", func(r Response) bool {
		words := strings.Fields(r.Text())
		switch r.Name() {
		case "SEARCH":
			n += len(words)
		case "ESEARCH":
			for i := range words[:max(len(words)-1, 0)] {
				if strings.EqualFold(words[i], "COUNT") {
					n, _ = strconv.Atoi(words[i+1])
				}
			}
		default:
			return false
		}
		return true
	}, args...)
	return n, err
}

// Store adds or removes flags (RFC 9051, section 6.4.6), without being told
// what they are then.
func (c *Client) Store(ctx context.Context, set string, add bool, flags string) error {
	op := "-FLAGS.SILENT"
	if add {
		op = "+FLAGS.SILENT"
	}
	return c.Do(ctx, "UID STORE", nil, set, op, flags)
}

// Copied says where messages went (COPYUID, RFC 9051, section 7.1): the UIDs
// that they had and those that they have, in the same order.
type Copied struct {
	Validity uint32
	From, To []uint32
}

// Copy copies messages, with the command COPY or MOVE.
func (c *Client) Copy(ctx context.Context, command, set, mailbox string) (*Copied, error) {
	copied := &Copied{}
	cmd, err := c.send(ctx, "UID "+command, func(r *response) bool {
		if r.name != "OK" {
			return false
		}
		return copied.take(parseStatus(r.s[2:]).code) // MOVE tells it before its end
	}, set, Name(mailbox))
	if err != nil {
		return nil, err
	}
	if err := c.wait(ctx, cmd); err != nil {
		return nil, err
	}
	copied.take(cmd.status.code)
	return copied, nil
}

// take reads COPYUID. One that makes no sense says nothing.
func (k *Copied) take(code string) bool {
	words := strings.Fields(code)
	if len(words) != 4 || !strings.EqualFold(words[0], "COPYUID") {
		return false
	}
	validity, err := strconv.ParseUint(words[1], 10, 32)
	from, to := expand(words[2]), expand(words[3])
	if err == nil && len(from) == len(to) {
		k.Validity, k.From, k.To = uint32(validity), append(k.From, from...), append(k.To, to...)
	}
	return true
}

func expand(set string) (list []uint32) {
	for _, r := range parseRanges(set) {
		for u := r.First; u <= r.Last && u >= r.First && len(list) < maxFound; u++ {
			list = append(list, u)
		}
	}
	return list
}

// Expunge deletes messages that are marked as deleted: those of the set where
// the server can tell them apart (RFC 4315), else all.
func (c *Client) Expunge(ctx context.Context, set string) error {
	if c.Has("UIDPLUS") || c.Has("IMAP4REV2") {
		return c.Do(ctx, "UID EXPUNGE", nil, set)
	}
	return c.Do(ctx, "EXPUNGE", nil)
}

// Append stores a message. It returns where it lies, as far as the server says
// so.
func (c *Client) Append(ctx context.Context, mailbox string, flags mail.Flags, date time.Time, raw []byte) (validity, uid uint32, err error) {
	args := []any{Name(mailbox), FlagNames(flags)}
	if !date.IsZero() {
		args = append(args, `"`+date.Format("_2-Jan-2006 15:04:05 -0700")+`"`)
	}
	cmd, err := c.send(ctx, "APPEND", nil, append(args, literal(raw))...)
	if err != nil {
		return 0, 0, err
	}
	if err := c.wait(ctx, cmd); err != nil {
		return 0, 0, err
	}
	words := strings.Fields(cmd.status.code)
	if len(words) == 3 && strings.EqualFold(words[0], "APPENDUID") {
		v, _ := strconv.ParseUint(words[1], 10, 32)
		u, _ := strconv.ParseUint(words[2], 10, 32)
		return uint32(v), uint32(u), nil
	}
	return 0, 0, nil
}

// Idle waits until ctx ends, the server ends it, or renew has passed; what the
// server says meanwhile goes to the function set with [Client.Notify] (RFC 9051,
// section 6.3.13).
func (c *Client) Idle(ctx context.Context, renew time.Duration) error {
	cmd, err := c.send(ctx, "IDLE", nil)
	if err != nil {
		return err
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	if _, err := c.continued(ctx, cmd); err != nil {
		if ctx.Err() != nil {
			c.conn.Close()
		}
		return err
	}
	c.silent(true)
	t := time.NewTimer(renew)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	case <-cmd.done:
		return cmd.err
	}
	c.silent(false)
	if err := c.answer("DONE"); err != nil {
		return err
	}
	<-cmd.done // the deadline for answers ends it if nothing else does
	if cmd.err != nil {
		return cmd.err
	}
	return ctx.Err()
}

// silent says whether silence is expected.
func (c *Client) silent(idle bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = idle
	t := time.Now().Add(Silence)
	if idle {
		t = time.Time{}
	}
	c.conn.SetReadDeadline(t)
	c.conn.SetWriteDeadline(time.Now().Add(Silence))
}
