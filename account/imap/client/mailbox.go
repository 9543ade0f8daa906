package client

import (
	"context"
	"strconv"
	"strings"

	"posthorn/mail"
)

// A Mailbox is what LIST says of one, with its STATUS where that was asked for.
type Mailbox struct {
	Name      string // in UTF-8
	Delimiter string
	Attrs     []string // in lower case, with their backslash
	Status    Status
}

// A Status is what STATUS says; a field is -1 where it said nothing.
type Status struct{ Messages, Unseen int }

// Is reports whether a mailbox has an attribute.
func (m Mailbox) Is(attr string) bool {
	for _, a := range m.Attrs {
		if a == strings.ToLower(attr) {
			return true
		}
	}
	return false
}

// List lists all mailboxes, with what they are for and their counts where the
// server tells these with the list (RFC 5819, RFC 6154).
func (c *Client) List(ctx context.Context) ([]Mailbox, error) {
	args := []any{`"" "*"`}
	if c.Has("LIST-STATUS") && c.Has("SPECIAL-USE") {
		args = []any{`"" "*" RETURN (SPECIAL-USE SUBSCRIBED STATUS (MESSAGES UNSEEN))`}
	} else if c.Has("LIST-STATUS") {
		args = []any{`"" "*" RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN))`}
	}
	var list []Mailbox
	status := map[string]Status{}
	err := c.Do(ctx, "LIST", func(r Response) bool {
		switch r.Name() {
		case "LIST":
			list = append(list, parseList(r.r))
		case "STATUS":
			name, st := parseMailboxStatus(r.r)
			status[name] = st
		default:
			return false
		}
		return true
	}, args...)
	for i := range list {
		list[i].Status = Status{-1, -1}
		if st, ok := status[list[i].Name]; ok {
			list[i].Status = st
		}
	}
	return list, err
}

func parseList(r *response) (m Mailbox) {
	r.list(func() {
		if f := r.flag(); f != "" {
			m.Attrs = append(m.Attrs, strings.ToLower(f))
		}
	})
	m.Delimiter, _ = r.text()
	name, _ := r.text()
	m.Name = decodeName(name)
	return m
}

func parseMailboxStatus(r *response) (string, Status) {
	name, _ := r.text()
	st := Status{-1, -1}
	r.list(func() {
		switch strings.ToUpper(r.atom()) {
		case "MESSAGES":
			st.Messages = int(r.number())
		case "UNSEEN":
			st.Unseen = int(r.number())
		default:
			r.skip()
		}
	})
	return decodeName(name), st
}

// Status asks for the counts of a mailbox that is not selected.
func (c *Client) Status(ctx context.Context, mailbox string) (st Status, err error) {
	st = Status{-1, -1}
	err = c.Do(ctx, "STATUS", func(r Response) bool {
		if r.Name() != "STATUS" {
			return false
		}
		_, st = parseMailboxStatus(r.r)
		return true
	}, Name(mailbox), "(MESSAGES UNSEEN)")
	return st, err
}

// Selected is what SELECT says of a mailbox.
type Selected struct {
	Exists   uint32
	Validity uint32
	UIDNext  uint32
	ModSeq   uint64 // HIGHESTMODSEQ; 0 where the mailbox has none
	ReadOnly bool
	Changed  []*Message // by QRESYNC: flags that changed
	Vanished []Range    // by QRESYNC: what is gone
}

// A Range is a range of UIDs, both ends included.
type Range struct{ First, Last uint32 }

// Select selects a mailbox. Known, if it is set, is what was known of it: with
// QRESYNC the server tells what changed since (RFC 7162, section 3.2.5).
func (c *Client) Select(ctx context.Context, mailbox string, known *Selected) (*Selected, error) {
	s := &Selected{}
	args := []any{Name(mailbox)}
	switch {
	case known != nil && known.ModSeq > 0:
		args = append(args, "(QRESYNC ("+strconv.FormatUint(uint64(known.Validity), 10)+" "+strconv.FormatUint(known.ModSeq, 10)+"))")
	case c.Has("CONDSTORE") || c.Has("QRESYNC"):
		args = append(args, "(CONDSTORE)")
	}
	var cmd *command
	cmd, err := c.send(ctx, "SELECT", func(r *response) bool { return s.take(r) }, args...)
	if err != nil {
		return nil, err
	}
	if err := c.wait(ctx, cmd); err != nil {
		return nil, err
	}
	s.ReadOnly = strings.EqualFold(cmd.status.code, "READ-ONLY")
	return s, nil
}

func (s *Selected) take(r *response) bool {
	switch r.name {
	case "EXISTS":
		s.Exists = r.num
	case "FLAGS", "RECENT":
	case "FETCH":
		s.Changed = append(s.Changed, r.msg)
	case "VANISHED":
		r.list(func() { r.atom() }) // (EARLIER)
		r.space()
		s.Vanished = append(s.Vanished, parseRanges(r.atom())...)
	case "OK":
		name, value, _ := strings.Cut(parseStatus(r.s[2:]).code, " ")
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 64)
		switch strings.ToUpper(name) {
		case "UIDVALIDITY":
			s.Validity = uint32(n)
		case "UIDNEXT":
			s.UIDNext = uint32(n)
		case "HIGHESTMODSEQ":
			if err == nil {
				s.ModSeq = n
			}
		}
	default:
		return false
	}
	return true
}

// maxRanges bounds the ranges of one set.
const maxRanges = 1 << 20

// parseRanges reads a set of UIDs.
func parseRanges(s string) (list []Range) {
	for part := range strings.SplitSeq(s, ",") {
		a, b, isRange := strings.Cut(part, ":")
		if !isRange {
			b = a
		}
		first, err1 := strconv.ParseUint(a, 10, 32)
		last, err2 := strconv.ParseUint(b, 10, 32)
		if err1 != nil || err2 != nil || len(list) >= maxRanges {
			continue
		}
		list = append(list, Range{uint32(min(first, last)), uint32(max(first, last))})
	}
	return list
}

// Name returns a mailbox's name as an argument (RFC 9051, section 5.1, and RFC
// 3501, section 5.1.3).
func Name(mailbox string) any {
	if strings.EqualFold(mailbox, "INBOX") {
		return "INBOX"
	}
	return Quoted(encodeName(mailbox))
}

// Create makes a mailbox.
func (c *Client) Create(ctx context.Context, mailbox string) error {
	return c.Do(ctx, "CREATE", nil, Name(mailbox))
}

// Rename gives a mailbox another name.
func (c *Client) Rename(ctx context.Context, from, to string) error {
	return c.Do(ctx, "RENAME", nil, Name(from), Name(to))
}

// Delete deletes a mailbox with all it holds.
func (c *Client) Delete(ctx context.Context, mailbox string) error {
	return c.Do(ctx, "DELETE", nil, Name(mailbox))
}

// Subscribe subscribes to a mailbox.
func (c *Client) Subscribe(ctx context.Context, mailbox string) error {
	return c.Do(ctx, "SUBSCRIBE", nil, Name(mailbox))
}

// Noop does nothing, and gives the server an opportunity to speak.
func (c *Client) Noop(ctx context.Context) error { return c.Do(ctx, "NOOP", nil) }

// Counts returns the counts as the vocabulary has them.
func (s Status) Counts() mail.Counts { return mail.Counts{Total: s.Messages, Unread: s.Unseen} }
