package client

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"posthorn/mail"
)

// A Message is what a FETCH response says of a message. Has tells which of the
// items were there, and could be read.
type Message struct {
	Seq       uint32
	UID       uint32
	Has       Items
	Flags     mail.Flags
	Keywords  []string // the flags that have no meaning of their own here
	Received  time.Time
	Size      int64
	Envelope  mail.Envelope // without References, which IMAP does not tell
	Structure *mail.Part
	ModSeq    uint64
	Sections  []Section
	Other     []Item // what this package does not know

	envelope *envelope // until all items are read
}

// Items is a set of what a FETCH response can hold.
type Items uint8

// The items.
const (
	HasUID Items = 1 << iota
	HasFlags
	HasReceived
	HasSize
	HasEnvelope
	HasStructure
)

// A Section is a part of a message's text.
type Section struct {
	Name string // what stood in the brackets, in upper case
	From int64  // the offset at which the text begins
	Text string // still encoded
}

// An Item is one that is not known: its name in upper case, and its value as the
// server wrote it.
type Item struct{ Name, Value string }

// Section returns a section by its name, and whether it was there.
func (m *Message) Section(name string) (string, bool) {
	s, ok := m.section(name)
	return s.Text, ok
}

func (m *Message) section(name string) (Section, bool) {
	for _, s := range m.Sections {
		if strings.EqualFold(s.Name, name) {
			return s, true
		}
	}
	return Section{}, false
}

// Fetch sends a FETCH for a set of sequence numbers, or a UID FETCH for one of
// UIDs, and does not wait for its answer. Several can be under way. Items may be
// followed by modifiers (RFC 4466).
//
// Each is called with every message that the server tells of, in its order, by
// the goroutine that reads; it returns whether it had asked for that. A server
// may tell of a message in more than one response, and of messages nobody asked
// for.
func (c *Client) Fetch(ctx context.Context, set imap.NumSet, items string, each func(*Message) bool) (*Command, error) {
	return c.Start(ctx, fetchName(set), func(r *Response) bool {
		return r.Name == "FETCH" && each(r.Message)
	}, set, items)
}

func fetchName(set imap.NumSet) string {
	if _, ok := set.(imap.UIDSet); ok {
		return "UID FETCH"
	}
	return "FETCH"
}

// FetchSection writes a section of a message to w as it comes in, and reports
// whether the message was there. It does not set Seen. W must not wait for this
// client. An error of w's is returned when the section has ended.
func (c *Client) FetchSection(ctx context.Context, uid uint32, section string, w io.Writer) (found bool, err error) {
	return c.fetchSection(ctx, uid, section, "", &sink{section: section, w: w})
}

// FetchPiece is [Client.FetchSection] for as many octets of a section at most, from an
// offset on. Where the section ends before that, nothing is written.
func (c *Client) FetchPiece(ctx context.Context, uid uint32, section string, from, most int64, w io.Writer) (found bool, err error) {
	return c.fetchSection(ctx, uid, section, fmt.Sprintf("<%d.%d>", from, most), &sink{section: section, from: from, w: w})
}

func (c *Client) fetchSection(ctx context.Context, uid uint32, section, piece string, to *sink) (found bool, err error) {
	other := false
	cmd := &Command{name: "UID FETCH", sink: to, data: func(r *Response) bool {
		if r.Name != "FETCH" {
			return false
		}
		got, ok := r.Message.section(section)
		if !ok {
			return false
		}
		if r.Message.Has&HasUID != 0 && r.Message.UID != uid {
			other = other || to.used
			return false
		}
		if !to.used {
			to.begins = got.From
			to.write([]byte(got.Text))
			to.close()
		}
		found = true
		return true
	}}
	c.sending.Lock()
	_, err = c.send(ctx, cmd, imap.UIDSetNum(imap.UID(uid)), "(UID BODY.PEEK["+section+"]"+piece+")")
	c.sending.Unlock()
	if err == nil {
		err = cmd.Wait(ctx)
	}
	if err != nil {
		to.close() // w is not touched any more
		return false, err
	}
	if other {
		return false, fmt.Errorf("UID FETCH: the server sent another message than %d", uid)
	}
	return found, to.err
}

// parseFetch reads the items of a FETCH response. One that cannot be read is
// left out.
func parseFetch(r *Response) *Message {
	m := &Message{Seq: r.Number}
	parseItems(r, m, 0)
	if m.envelope != nil {
		m.Envelope, m.envelope = m.envelope.decode(m.Structure), nil
	}
	return m
}

// parseItems reads a list of items. Old servers put some into a list within it.
func parseItems(r *Response, m *Message, depth int) {
	r.list(func() {
		if r.peek() == '(' && depth < 2 {
			parseItems(r, m, depth+1)
			return
		}
		item := r.atom()
		r.space()
		parseItem(r, m, item)
	})
}

func parseItem(r *Response, m *Message, item string) {
	switch upper(item) {
	case "UID":
		m.UID = uint32(r.number())
		m.got(HasUID, m.UID != 0)
	case "FLAGS":
		m.Flags, m.Keywords = parseFlags(r)
		m.got(HasFlags, true)
	case "INTERNALDATE":
		s, _ := r.text()
		m.Received = parseReceived(s)
		m.got(HasReceived, !m.Received.IsZero())
	case "RFC822.SIZE":
		m.Size = r.number()
		m.got(HasSize, m.Size > 0)
	case "ENVELOPE":
		m.envelope = parseEnvelope(r)
		m.got(HasEnvelope, m.envelope != nil)
	case "BODYSTRUCTURE", "BODY":
		m.Structure = parseStructure(r)
		m.got(HasStructure, m.Structure != nil)
	case "MODSEQ":
		r.list(func() { m.ModSeq = uint64(r.number()) })
	default:
		parseSection(r, m, item)
	}
}

func (m *Message) got(item Items, ok bool) {
	if ok {
		m.Has |= item
	}
}

// origin reads the offset of a section, which stands behind its name; 0 for none.
func origin(s string) int64 {
	s, ok := strings.CutPrefix(s, "<")
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(s, ">"), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// parseSection reads BODY[…] and BINARY[…], with or without an offset. Other
// items are kept as they are.
func parseSection(r *Response, m *Message, item string) {
	kind, rest, ok := strings.Cut(item, "[")
	if ok && (strings.EqualFold(kind, "BODY") || strings.EqualFold(kind, "BINARY")) {
		name, after, _ := strings.Cut(rest, "]")
		text, _ := r.text()
		m.Sections = append(m.Sections, Section{upper(name), origin(after), text})
		return
	}
	at := r.i
	r.skip()
	if item != "" {
		m.Other = append(m.Other, Item{upper(item), r.s[at:r.i]})
	}
}
