package pop3

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
// there nevertheless, and a server without UIDL, or that refuses it, gives messages
// without one.
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
	if account.KindOf(err) == account.Denied && responseCode(said(err)) == "" { // also of one that it offers
		d.log.Warn("the server has no UIDL", "err", err)
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

// Retrieve writes a message that waits to w. The error is [account.Incomplete] when
// all that the server sent is less than it said in LIST.
func (d *Drop) Retrieve(ctx context.Context, m account.Waiting, w io.Writer) error {
	op := "fetch message " + strconv.Itoa(m.Number)
	return d.within(ctx, func() error {
		if _, err := d.command(op, "RETR "+strconv.Itoa(m.Number)); err != nil {
			return err
		}
		came, err := d.body(op, w, maxMessage)
		if err != nil {
			return err
		}
		d.retrieved, d.octets = d.retrieved+1, d.octets+came.crlf()
		if d.count.short(m, came) {
			d.log.Warn("a message is shorter than the server said", "message", m.Number, "said", m.Size, "got", came.crlf())
			return &account.Error{Kind: account.Incomplete, Op: op, Server: d.server.Addr(),
				Err: fmt.Errorf("the server said that it has %d octets, and %d came", m.Size, came.crlf())}
		}
		return nil
	})
}

// Header writes the header of a message that waits to w (TOP of RFC 1939, section
// 7), and perhaps more of it. Where the server does not have TOP it is
// [account.Denied].
func (d *Drop) Header(ctx context.Context, m account.Waiting, w io.Writer) error {
	op := "fetch the header of message " + strconv.Itoa(m.Number)
	if d.topless || d.caps != nil && !d.caps.has("TOP") {
		return &account.Error{Kind: account.Denied, Op: op, Server: d.server.Addr(), Err: errors.New("the server does not have TOP")}
	}
	return d.within(ctx, func() error {
		if _, err := d.command(op, "TOP "+strconv.Itoa(m.Number)+" 0"); err != nil {
			d.topless = account.KindOf(err) == account.Denied
			return err
		}
		_, err := d.body(op, w, maxMessage)
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
