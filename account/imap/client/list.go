package client

import (
	"context"
	"errors"
	"strings"
)

// A Mailbox is what LIST says of one, with its STATUS where that was asked for.
type Mailbox struct {
	Name      string   // in UTF-8, to be written as an argument by [Client.Name]
	Delimiter string   // empty where the server has no levels
	Attrs     []string // in lower case, with their backslash
	Status    Status
}

// Is reports whether a mailbox has an attribute.
func (m Mailbox) Is(attr string) bool {
	for _, a := range m.Attrs {
		if strings.EqualFold(a, attr) {
			return true
		}
	}
	return false
}

// maxMailboxes bounds how many mailboxes are taken in.
const maxMailboxes = 1 << 18

// List lists all mailboxes, with what they are for and their counts where the
// server tells these with the list (RFC 5258, RFC 5819, RFC 6154).
func (c *Client) List(ctx context.Context) ([]Mailbox, error) {
	var list []Mailbox
	status, full := map[string]Status{}, false
	err := c.Do(ctx, "LIST", func(r *Response) bool {
		switch r.Name {
		case "LIST":
			if full = full || len(list) == maxMailboxes; !full {
				list = append(list, c.parseList(r))
			}
		case "STATUS":
			name, told := c.parseStatus(r)
			st, known := status[name]
			if !known {
				st = UnknownStatus()
			}
			status[name] = st.with(told)
		default:
			return false
		}
		return true
	}, `""`, `"*"`+c.listReturn())
	for i := range list {
		list[i].Status = UnknownStatus()
		if st, ok := status[list[i].Name]; ok {
			list[i].Status = st
		}
	}
	if full {
		err = errors.Join(err, errors.New("LIST: the server names too many mailboxes"))
	}
	return list, err
}

// listReturn says what LIST is to tell beyond the names.
func (c *Client) listReturn() string {
	rev2 := c.Has("IMAP4REV2")
	var want []string
	if c.Has("SPECIAL-USE") || rev2 {
		want = append(want, "SPECIAL-USE")
	}
	if c.Has("LIST-EXTENDED") || rev2 {
		want = append(want, "SUBSCRIBED")
	}
	if c.Has("LIST-STATUS") || rev2 {
		want = append(want, "STATUS "+c.statusItems())
	}
	if len(want) == 0 || !c.Has("LIST-EXTENDED") && !c.Has("LIST-STATUS") && !rev2 {
		return "" // it has no return options, or nothing to return
	}
	return " RETURN (" + strings.Join(want, " ") + ")"
}

func (c *Client) parseList(r *Response) (m Mailbox) {
	r.list(func() {
		if f := r.flag(); f != "" && len(m.Attrs) < 100 {
			m.Attrs = append(m.Attrs, strings.ToLower(f))
		}
	})
	m.Delimiter, _ = r.text()
	m.Name = c.readName(r)
	return m
}
