package pop3

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"posthorn/account"
)

const (
	// maxWaiting bounds how many messages a maildrop is believed to hold.
	maxWaiting = 2_000_000
	// maxMessage bounds a message. It is far above what servers take.
	maxMessage = 4 << 30
)

// List returns the messages that wait, oldest first.
func (d *Drop) List(ctx context.Context) (list []account.Waiting, err error) {
	err = d.within(ctx, func() error {
		list, err = d.list()
		return err
	})
	return list, err
}

// list joins what LIST and UIDL say. A message that only one of them names is
// there nevertheless, and a server without UIDL gives messages without one.
func (d *Drop) list() ([]account.Waiting, error) {
	const op = "list the mail"
	byNumber := make(map[int]account.Waiting)
	err := d.scan(op, "LIST", func(m account.Waiting, rest string) {
		size, _, _ := strings.Cut(rest, " ")
		if n, err := strconv.ParseInt(size, 10, 64); err == nil && n > 0 {
			m.Size = n
		}
		byNumber[m.Number] = m
	})
	if err != nil {
		return nil, err
	}
	err = d.scan(op, "UIDL", func(m account.Waiting, rest string) {
		m.Size = byNumber[m.Number].Size
		m.UIDL = rest
		byNumber[m.Number] = m
	})
	var e *account.Error
	if errors.As(err, &e) && e.Kind == account.Denied && !d.caps.has("UIDL") {
		err = nil
	}
	return slices.SortedFunc(maps.Values(byNumber), func(a, b account.Waiting) int { return cmp.Compare(a.Number, b.Number) }), err
}

// scan calls each for every line of a scan listing (RFC 1939, section 5) that
// begins with the number of a message.
func (d *Drop) scan(op, command string, each func(m account.Waiting, rest string)) error {
	if _, err := d.command(op, command); err != nil {
		return err
	}
	for line, err := range d.lines(op, maxWaiting) {
		if err != nil {
			return err
		}
		number, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.Atoi(number); err == nil && n > 0 {
			each(account.Waiting{Number: n}, strings.TrimSpace(rest))
		}
	}
	return nil
}

// Retrieve writes a message that waits to w.
func (d *Drop) Retrieve(ctx context.Context, m account.Waiting, w io.Writer) error {
	op := "fetch message " + strconv.Itoa(m.Number)
	return d.within(ctx, func() error {
		if _, err := d.command(op, "RETR "+strconv.Itoa(m.Number)); err != nil {
			return err
		}
		n, err := d.body(op, w, maxMessage)
		if err == nil {
			d.retrieved, d.octets = d.retrieved+1, d.octets+n
		}
		if err == nil && n < m.Size {
			d.log.Warn("a message is shorter than the server said", "message", m.Number, "said", m.Size, "got", n)
		}
		return err
	})
}

// Delete marks a message to be deleted by QUIT.
func (d *Drop) Delete(ctx context.Context, m account.Waiting) error {
	return d.within(ctx, func() error {
		n := strconv.Itoa(m.Number)
		_, err := d.command("delete message "+n, "DELE "+n)
		if err == nil {
			d.deleted++
		}
		return err
	})
}
