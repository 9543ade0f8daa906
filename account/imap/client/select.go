package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"posthorn/mail"
)

// Selected is what SELECT says of a mailbox.
type Selected struct {
	Exists    uint32
	Validity  uint32   // UIDVALIDITY
	UIDNext   uint32   // 0 where the server did not say
	ModSeq    uint64   // HIGHESTMODSEQ; 0 where the mailbox has none
	ReadOnly  bool     // nothing in it can be changed
	Permanent []string // the flags that can be changed, in lower case; nil where the server did not say

	// What a server with QRESYNC tells: messages whose flags are not what they
	// were, and the UIDs of those that are gone.
	Changed  []Flagged
	Vanished []Range
}

// Flagged is a message with its flags as they are now.
type Flagged struct {
	UID      uint32
	Flags    mail.Flags
	Keywords []string
}

// SelectOptions say how a mailbox is opened.
type SelectOptions struct {
	ReadOnly bool // by EXAMINE
	// Validity and ModSeq are what was known of the mailbox. Where they are set,
	// and QRESYNC is enabled, the server tells what changed since (RFC 7162,
	// section 3.2.5).
	Validity uint32
	ModSeq   uint64
}

// maxChanges bounds what a server may tell with SELECT.
const maxChanges = 1 << 21

// Select opens a mailbox.
func (c *Client) Select(ctx context.Context, mailbox string, o SelectOptions) (*Selected, error) {
	s, name := &Selected{}, "SELECT"
	if o.ReadOnly {
		name = "EXAMINE"
	}
	args := []any{c.Name(mailbox)}
	switch {
	case o.ModSeq > 0:
		args = append(args, fmt.Sprintf("(QRESYNC (%d %d))", o.Validity, o.ModSeq))
	case c.Has("CONDSTORE") || c.Has("QRESYNC"):
		args = append(args, "(CONDSTORE)")
	}
	cmd, err := c.Start(ctx, name, s.take, args...)
	if err != nil {
		return nil, err
	}
	if err := cmd.Wait(ctx); err != nil {
		return nil, err
	}
	if len(s.Changed)+len(s.Vanished) >= maxChanges {
		return nil, errors.New("SELECT: the server tells of too many changes")
	}
	s.ReadOnly = strings.EqualFold(cmd.reply.Code, "READ-ONLY")
	return s, nil
}

func (s *Selected) take(r *Response) bool {
	switch r.Name {
	case "EXISTS":
		s.Exists = r.Number
	case "FLAGS", "RECENT":
	case "FETCH":
		const both = HasUID | HasFlags
		if m := r.Message; m.Has&both == both && len(s.Changed) < maxChanges {
			s.Changed = append(s.Changed, Flagged{m.UID, m.Flags, m.Keywords})
		}
	case "VANISHED":
		if r.list(func() { r.skip() }) && len(s.Vanished) < maxChanges { // (EARLIER)
			r.space()
			s.Vanished = append(s.Vanished, parseRanges(r.atom())...)
		}
	case "OK":
		return s.takeCode(r.Reply)
	default:
		return false
	}
	return true
}

func (s *Selected) takeCode(reply Reply) bool {
	name, value, _ := strings.Cut(reply.Code, " ")
	n, _ := strconv.ParseUint(strings.TrimSpace(value), 10, 63)
	switch strings.ToUpper(name) {
	case "UIDVALIDITY":
		s.Validity = uint32(n)
	case "UIDNEXT":
		s.UIDNext = uint32(n)
	case "HIGHESTMODSEQ":
		s.ModSeq = n
	case "PERMANENTFLAGS":
		s.Permanent = append([]string{}, strings.Fields(strings.ToLower(strings.Trim(value, "() ")))...)
	case "UNSEEN", "NOMODSEQ", "CLOSED":
	default:
		return false
	}
	return true
}
