package client

import (
	"context"
	"strconv"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
)

// A Message is what a FETCH response says of a message. Has tells which of the
// items were there.
type Message struct {
	Seq   uint32
	UID   uint32
	Has   Items
	Flags mail.Flags
	// Keywords are the flags that have no meaning of their own here.
	Keywords  []string
	Received  time.Time
	Size      int64
	Envelope  mail.Envelope
	Structure *mail.Part
	ModSeq    uint64
	Sections  []Section
}

// A Section is a part of a message's text.
type Section struct {
	Name string // what stood in the brackets, in upper case
	Text string
}

// Section returns a section by its name, and whether it was there.
func (m *Message) Section(name string) (string, bool) {
	for _, s := range m.Sections {
		if s.Name == strings.ToUpper(name) {
			return s.Text, true
		}
	}
	return "", false
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

// A FetchCommand is a FETCH that was sent. Its messages come to the function
// that was given, called by the goroutine that reads.
type FetchCommand struct {
	c   *Client
	cmd *command
}

// Fetch sends a FETCH for sequence numbers, or with uid a UID FETCH, and does not
// wait for its answer. Several can be under way, and servers may answer them at
// once. The function gets the messages that hold all items that are wanted and
// says which of them it asked for; others are the server's own news.
func (c *Client) Fetch(ctx context.Context, uid bool, set, items string, want Items, each func(*Message) bool) (*FetchCommand, error) {
	name := "FETCH"
	if uid {
		name = "UID FETCH"
	}
	cmd, err := c.send(ctx, name, func(r *response) bool {
		if r.name != "FETCH" || r.msg == nil || r.msg.Has&want != want {
			return false
		}
		return each(r.msg)
	}, set, items)
	if err != nil {
		return nil, err
	}
	return &FetchCommand{c, cmd}, nil
}

// Wait waits for the end of the command.
func (f *FetchCommand) Wait(ctx context.Context) error { return f.c.wait(ctx, f.cmd) }

// Abandon leaves the command to itself: its messages are passed over.
func (f *FetchCommand) Abandon() {
	f.c.mu.Lock()
	f.cmd.data = func(r *response) bool { return r.name == "FETCH" }
	f.c.mu.Unlock()
}

// parseFetch reads the items of a FETCH response. One that cannot be read is
// left out.
func parseFetch(r *response) *Message {
	m := &Message{Seq: r.num}
	r.list(func() {
		item := r.atom()
		r.space()
		parseItem(r, m, item)
	})
	return m
}

func parseItem(r *response, m *Message, item string) {
	switch strings.ToUpper(item) {
	case "UID":
		if m.UID = uint32(r.number()); m.UID != 0 {
			m.Has |= HasUID
		}
	case "FLAGS":
		m.Flags, m.Keywords = parseFlags(r)
		m.Has |= HasFlags
	case "INTERNALDATE":
		s, _ := r.text()
		m.Received = parseReceived(s)
		m.Has |= HasReceived
	case "RFC822.SIZE":
		m.Size = r.number()
		m.Has |= HasSize
	case "ENVELOPE":
		parseEnvelope(r, &m.Envelope)
		m.Has |= HasEnvelope
	case "BODYSTRUCTURE", "BODY":
		m.Structure = parseStructure(r)
		m.Has |= HasStructure
	case "MODSEQ":
		r.list(func() { m.ModSeq = uint64(r.number()) })
	default:
		parseSection(r, m, item)
	}
}

// parseSection reads BODY[…], with or without an offset, and RFC822 items. Other
// items are passed over.
func parseSection(r *response, m *Message, item string) {
	_, rest, ok := strings.Cut(item, "[")
	if !ok {
		r.skip()
		return
	}
	name, _, _ := strings.Cut(rest, "]")
	text, _ := r.text()
	m.Sections = append(m.Sections, Section{strings.ToUpper(name), text})
}

// parseFlags reads a list of flags.
func parseFlags(r *response) (flags mail.Flags, keywords []string) {
	r.list(func() {
		s := r.flag()
		if f := systemFlag(s); f != 0 {
			flags |= f
		} else if s != "" && s != `\Recent` && s != `\*` {
			keywords = append(keywords, s)
		}
	})
	return flags, keywords
}

// flag reads a flag, whatever it is made of.
func (p *scanner) flag() string {
	if p.peek() == '"' {
		return p.quoted()
	}
	start := p.i
	for p.i < len(p.s) && p.s[p.i] != ' ' && p.s[p.i] != ')' {
		p.i++
	}
	return p.s[start:p.i]
}

func systemFlag(s string) mail.Flags {
	if len(s) < 2 || s[0] != '\\' && s[0] != '$' && s[0] != 'J' && s[0] != 'N' && s[0] != 'F' {
		return 0
	}
	switch strings.ToLower(s) {
	case `\seen`:
		return mail.Seen
	case `\answered`:
		return mail.Answered
	case `\flagged`:
		return mail.Flagged
	case `\deleted`:
		return mail.Deleted
	case `\draft`:
		return mail.Draft
	case "$forwarded", "forwarded":
		return mail.Forwarded
	case "$junk", "junk":
		return mail.Junk
	case "$notjunk", "nonjunk", "notjunk":
		return mail.NotJunk
	case "$mdnsent":
		return mail.ReceiptSent
	}
	return 0
}

// FlagNames returns flags as IMAP writes them, in parentheses.
func FlagNames(f mail.Flags) string {
	names := [...]string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, "$Forwarded", "$Junk", "$NotJunk", "$MDNSent"}
	var list []string
	for i, n := range names {
		if f&(1<<i) != 0 {
			list = append(list, n)
		}
	}
	return "(" + strings.Join(list, " ") + ")"
}

// parseReceived reads an INTERNALDATE: "02-Jan-2006 15:04:05 -0700".
func parseReceived(s string) time.Time {
	s = strings.TrimSpace(s)
	if len(s) == 25 {
		s = " " + s
	}
	if len(s) < 26 {
		return time.Time{}
	}
	num := func(t string) int {
		n, err := strconv.Atoi(strings.TrimSpace(t))
		if err != nil {
			return -1
		}
		return n
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", s[3:6])
	day, year, hour, minute, sec, zone := num(s[0:2]), num(s[7:11]), num(s[12:14]), num(s[15:17]), num(s[18:20]), num(s[22:26])
	if month < 0 || month%3 != 0 || day < 1 || day > 31 || year < 0 || hour < 0 || minute < 0 || sec < 0 || zone < 0 {
		return message.ParseDate(s)
	}
	offset := (zone/100*60 + zone%100) * 60
	if s[21] == '-' {
		offset = -offset
	}
	return time.Date(year, time.Month(month/3+1), day, hour, minute, sec, 0, time.UTC).Add(-time.Duration(offset) * time.Second)
}

// parseEnvelope reads an ENVELOPE (RFC 9051, section 7.5.2).
func parseEnvelope(r *response, e *mail.Envelope) {
	r.space()
	if !r.take('(') {
		r.skip()
		return
	}
	date, _ := r.text()
	e.Date = message.ParseDate(date)
	subject, _ := r.text()
	e.Subject = message.DecodeWords(subject)
	for _, list := range [...]*[]mail.Address{&e.From, &e.Sender, &e.ReplyTo, &e.To, &e.Cc, &e.Bcc} {
		*list = parseAddresses(r)
	}
	inReplyTo, _ := r.text()
	if inReplyTo != "" {
		e.InReplyTo = message.MessageIDs(inReplyTo)
	}
	id, _ := r.text()
	e.MessageID = bareID(id)
	r.rest()
}

func bareID(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 1 && s[0] == '<' && s[len(s)-1] == '>' && strings.IndexByte(s[1:], '<') < 0 {
		return s[1 : len(s)-1]
	}
	if ids := message.MessageIDs(s); len(ids) > 0 {
		return ids[0]
	}
	return s
}

// parseAddresses reads a list of addresses, each of four strings: name, route,
// mailbox, host. Groups are flattened.
func parseAddresses(r *response) (list []mail.Address) {
	r.space()
	if r.peek() != '(' {
		r.text() // NIL
		return nil
	}
	r.list(func() {
		if !r.take('(') {
			return
		}
		name, _ := r.text()
		r.text()
		box, hasBox := r.text()
		host, hasHost := r.text()
		r.rest()
		if !hasHost || !hasBox && name == "" {
			return // the beginning or end of a group
		}
		a := mail.Address{Name: message.DecodeWords(name), Address: box}
		if host != "" {
			a.Address = box + "@" + host
		}
		list = append(list, a)
	})
	return list
}
