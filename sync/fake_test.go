package sync

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/query"
)

// A crash counts the steps that fakes take, and kills the goroutine that takes
// the one it is set to. Nothing of that goroutine runs any more but what it
// deferred, as nothing of a process does that is killed.
type crash struct {
	mu    sync.Mutex
	at    int // 0: never
	steps []string
	kill  func()
}

func (c *crash) step(name string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	c.steps = append(c.steps, name)
	dead := c.at > 0 && len(c.steps) >= c.at
	c.mu.Unlock()
	if dead {
		c.kill()
		runtime.Goexit()
	}
}

// A host is a server in memory. Its mailboxes outlive connections and engines.
type host struct {
	rules
	crash  *crash
	window int  // messages in a delta
	silent bool // it does not say where it puts things
	deaf   bool // it ends a watch at once
	lines  int  // as many connections are allowed, if not 0
	knows  bool // it can tell that nothing changed
	blind  bool // it finds nothing
	all    []*line

	mu     sync.Mutex
	quota  mail.Quota
	boxes  []*box
	down   error // what connecting fails with
	broken error // what everything on a line fails with
	dials  int
	open   int
	log    []string
	subs   map[*sub]bool
}

type sub struct {
	box     string
	changed chan struct{}
}

type box struct {
	mail.Mailbox
	validity uint32
	next     uint32
	mod      int
	msgs     []*msg
	expunged []gone
}

type msg struct {
	uid   uint32
	flags mail.Flags
	date  time.Time
	raw   []byte
	mod   int
	uidl  string
}

type gone struct {
	uid uint32
	mod int
}

func newHost(names ...string) *host {
	h := &host{window: 2, subs: map[*sub]bool{}}
	roles := map[string]mail.Role{"INBOX": mail.Inbox, "Sent": mail.Sent, "Drafts": mail.Drafts, "Archive": mail.Archive, "Trash": mail.Trash}
	for i, n := range names {
		h.boxes = append(h.boxes, &box{Mailbox: mail.Mailbox{Name: n, Delimiter: "/", Role: roles[n], Subscribed: true}, validity: uint32(i + 1), next: 1})
	}
	return h
}

func (h *host) box(name string) *box {
	i := slices.IndexFunc(h.boxes, func(b *box) bool { return b.Name == name })
	if i < 0 {
		return nil
	}
	return h.boxes[i]
}

// put adds a message to a mailbox, as another client or the world does.
func (h *host) put(name string, flags mail.Flags, raw []byte) uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.add(h.box(name), &msg{flags: flags, raw: raw, date: time.Now()}).uid
}

func (h *host) add(b *box, m *msg) *msg {
	b.mod++
	m.uid, m.mod = b.next, b.mod
	b.next++
	b.msgs = append(b.msgs, m)
	h.tell(b.Name)
	return m
}

// tell wakes who watches a mailbox.
func (h *host) tell(name string) {
	for s := range h.subs {
		if s.box == name {
			poke(s.changed)
		}
	}
}

// renumber gives a mailbox another UIDVALIDITY and its messages other UIDs.
func (h *host) renumber(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	b := h.box(name)
	b.validity += 100
	b.next += 1000
	for _, m := range b.msgs {
		m.uid = b.next
		b.next++
	}
}

// subjects returns the subjects in a mailbox, in order.
func (h *host) subjects(name string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := []string{}
	for _, m := range h.box(name).msgs {
		list = append(list, message.Parse(m.raw).Envelope.Subject)
	}
	return list
}

// flags returns the flags of the message with a subject.
func (h *host) flags(name, subject string) mail.Flags {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.box(name).msgs {
		if message.Parse(m.raw).Envelope.Subject == subject {
			return m.flags
		}
	}
	return 0
}

func (h *host) set(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

func (h *host) logged() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}

// dialled returns how often it was tried to connect.
func (h *host) dialled() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dials
}

func (h *host) Dial(ctx context.Context) (Source, error) {
	h.crash.step("dial")
	h.mu.Lock()
	defer h.mu.Unlock()
	h.dials++
	if h.down != nil {
		return nil, h.down
	}
	if h.lines > 0 && h.open >= h.lines {
		return nil, &account.Error{Kind: account.Denied, Op: "log in", Said: "too many connections"}
	}
	h.open++
	if h.knows {
		return knowing{h.connect()}, nil
	}
	return h.connect(), nil
}

// connect makes a line, for who holds mu.
func (h *host) connect() *line {
	l := &line{host: h, done: make(chan struct{})}
	h.all = append(h.all, l)
	return l
}

// die ends all lines, which those notice who listen to them.
func (h *host) die() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.all {
		l.cut = true
		close(l.done)
	}
	h.all = nil
}

// Done is closed when the line has ended by itself.
func (l *line) Done() <-chan struct{} { return l.done }

// A line is a connection to a host.
type line struct {
	*host
	closed bool
	cut    bool
	done   chan struct{} // closed when it died
}

// begin is called first by every operation.
func (l *line) begin(ctx context.Context, op string) error {
	l.crash.step("before " + op)
	if err := l.met(ctx, op, false); err != nil {
		l.set(func() { l.log = append(l.log, op) })
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = append(l.log, op)
	switch {
	case l.closed || l.cut:
		return &account.Error{Kind: account.Lost, Op: op}
	case ctx.Err() != nil:
		return ctx.Err()
	case l.broken != nil:
		return l.broken
	}
	if name, ok := about(op); ok && l.box(name) == nil {
		return &account.Error{Kind: account.NotFound, Op: op, Said: "no such mailbox"}
	}
	return nil
}

// about returns the mailbox that an operation needs.
func about(op string) (mailbox string, ok bool) {
	verb, mailbox, ok := strings.Cut(op, " ")
	return mailbox, ok && verb != "create" && verb != "piece"
}

// met has a rule of the host count.
func (l *line) met(ctx context.Context, op string, deed bool) error {
	cut, err := l.meet(ctx, op, deed)
	if cut {
		l.set(func() { l.cut = true })
	}
	return err
}

// finish is called last by every operation that went well.
func (l *line) finish(ctx context.Context, op string) error { return l.met(ctx, op, true) }

func (l *line) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.open--
	}
	l.closed = true
	return nil
}

func (l *line) Quota(ctx context.Context) (mail.Quota, error) {
	if err := l.begin(ctx, "quota"); err != nil {
		return mail.Quota{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.quota, nil
}

func (l *line) Mailboxes(ctx context.Context) ([]mail.Mailbox, error) {
	if err := l.begin(ctx, "list"); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []mail.Mailbox
	for _, b := range l.boxes {
		m := b.Mailbox
		m.Counts = mail.Unknown()
		list = append(list, m)
	}
	return list, nil
}

func (b *box) counts() mail.Counts {
	c := mail.Counts{Total: len(b.msgs)}
	for _, m := range b.msgs {
		if !m.flags.Has(mail.Seen) {
			c.Unread++
		}
	}
	return c
}

func (l *line) Count(ctx context.Context, names []string, told func(string, mail.Counts, error)) error {
	for _, name := range names {
		if err := l.begin(ctx, "count "+name); err != nil {
			if broken(err) || ctx.Err() != nil {
				return err
			}
			told(name, mail.Unknown(), err)
			continue
		}
		l.mu.Lock()
		c := l.box(name).counts()
		l.mu.Unlock()
		told(name, c, nil)
	}
	return nil
}

// A cursor of a host: what was read is from min up to max, and the changes up to
// mod.
type position struct {
	validity, min, max uint32
	mod                int
}

func (p position) cursor() mail.Cursor {
	return mail.Cursor(fmt.Sprint(p.validity, p.min, p.max, p.mod))
}

func (l *line) Changes(ctx context.Context, name string, since mail.Cursor) iter.Seq2[mail.Delta, error] {
	return func(yield func(mail.Delta, error) bool) {
		if err := l.begin(ctx, "read "+name); err != nil {
			yield(mail.Delta{}, err)
			return
		}
		var p position
		fmt.Sscan(string(since), &p.validity, &p.min, &p.max, &p.mod)
		for {
			d, more := l.delta(name, &p)
			if err := l.finish(ctx, "read "+name); err != nil {
				yield(mail.Delta{}, err)
				return
			}
			if !yield(d, nil) || !more {
				return
			}
			if err := l.begin(ctx, "more "+name); err != nil {
				yield(mail.Delta{}, err)
				return
			}
		}
	}
}

// delta returns the next delta of a mailbox and moves the position on.
func (l *line) delta(name string, p *position) (d mail.Delta, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.box(name)
	d.Validity, d.Counts = b.validity, b.counts()
	if p.validity != b.validity {
		d.Reset = p.validity != 0
		*p = position{b.validity, b.next, b.next - 1, b.mod}
	}
	for _, m := range b.msgs {
		switch {
		case m.uid > p.max:
			d.New = append(d.New, header1(m))
		case m.uid >= p.min && m.mod > p.mod:
			d.Flags = append(d.Flags, mail.FlagChange{UID: uidOf(m), Flags: m.flags})
		}
	}
	for _, g := range b.expunged {
		if g.mod > p.mod {
			d.Gone = append(d.Gone, mail.UID(strconv.Itoa(int(g.uid))))
		}
	}
	p.max, p.mod = b.next-1, b.mod
	for _, m := range slices.Backward(b.msgs) {
		if m.uid < p.min && len(d.New) < l.window {
			d.New = append(d.New, header1(m))
			p.min = m.uid
		}
	}
	left := 0
	for _, m := range b.msgs {
		if m.uid < p.min {
			left++
		}
	}
	d.Done, d.Of, d.Cursor = len(b.msgs)-left, len(b.msgs), p.cursor()
	return d, left > 0
}

func uidOf(m *msg) mail.UID { return mail.UID(strconv.Itoa(int(m.uid))) }

func header1(m *msg) mail.Header {
	p := message.Parse(m.raw)
	return mail.Header{UID: uidOf(m), Received: m.date, Size: int64(len(m.raw)), Flags: m.flags, Envelope: p.Envelope, Structure: p.Root}
}

// A knowing line can tell that nothing changed.
type knowing struct{ *line }

func (k knowing) Compare(name string, since mail.Cursor) (changed, sure bool) {
	return k.missed(name, since), true
}

// missed reports whether a mailbox is not as it was at a cursor.
func (l *line) missed(name string, since mail.Cursor) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	var p position
	fmt.Sscan(string(since), &p.validity, &p.min, &p.max, &p.mod)
	b := l.box(name)
	return b != nil && (p.validity != b.validity || p.max != b.next-1 || p.mod != b.mod)
}

// find returns the message at a place, or nil.
func (l *line) find(at mail.Place) (*box, *msg, error) {
	b := l.box(at.Mailbox)
	switch {
	case b == nil:
		return nil, nil, &account.Error{Kind: account.NotFound, Op: "open " + at.Mailbox}
	case at.UID == "":
		return nil, nil, errors.New("a place without a UID was sent to the server")
	case b.validity != at.Validity:
		return nil, nil, &account.Error{Kind: account.Renumbered, Op: "open " + at.Mailbox}
	}
	for _, m := range b.msgs {
		if uidOf(m) == at.UID {
			return b, m, nil
		}
	}
	return b, nil, nil
}

func (l *line) Fetch(ctx context.Context, at mail.Place, part string, w io.Writer) error {
	if err := l.begin(ctx, "fetch"); err != nil {
		return err
	}
	l.mu.Lock()
	_, m, err := l.find(at)
	l.mu.Unlock()
	switch {
	case err != nil:
		return err
	case m == nil:
		return &account.Error{Kind: account.NotFound, Op: "fetch"}
	case part == "":
		_, err = w.Write(m.raw)
	case part == "HEADER":
		head, _, _ := bytes.Cut(m.raw, []byte("\r\n\r\n"))
		_, err = w.Write(append(head, "\r\n\r\n"...))
	default:
		_, err = io.Copy(w, message.Parse(m.raw).Raw(part))
	}
	return err
}

// FetchPiece fetches as the servers do that this is like: a line that breaks brings a
// part of the piece.
func (l *line) FetchPiece(ctx context.Context, at mail.Place, part string, from, most int64, w io.Writer) error {
	var all bytes.Buffer
	err := l.Fetch(ctx, at, part, &all)
	if err == nil {
		err = l.begin(ctx, fmt.Sprintf("piece %d", from))
	}
	b := all.Bytes()[min(from, int64(all.Len())):]
	b = b[:min(most, int64(len(b)))]
	if err != nil {
		b = b[:len(b)/2]
	}
	if _, werr := w.Write(b); werr != nil {
		return werr
	}
	return err
}

// edit runs f for each message, with a step before and after.
func (l *line) edit(ctx context.Context, op string, at []mail.Place, f func(int, *box, *msg)) error {
	if err := l.begin(ctx, op); err != nil {
		return err
	}
	for i, p := range at {
		l.mu.Lock()
		b, m, err := l.find(p)
		if err == nil && m != nil {
			f(i, b, m)
		}
		l.mu.Unlock()
		if err != nil {
			return err
		}
		l.crash.step("in " + op)
	}
	l.crash.step("after " + op)
	return l.finish(ctx, op)
}

func (l *line) SetFlags(ctx context.Context, at []mail.Place, add, remove mail.Flags) error {
	return l.edit(ctx, "flags", at, func(_ int, b *box, m *msg) {
		b.mod++
		m.flags, m.mod = m.flags&^remove|add, b.mod
	})
}

func (b *box) drop(m *msg) {
	b.mod++
	b.msgs = slices.DeleteFunc(b.msgs, func(o *msg) bool { return o == m })
	b.expunged = append(b.expunged, gone{m.uid, b.mod})
}

// Move copies first and then removes, as a server without MOVE is asked to.
func (l *line) Move(ctx context.Context, at []mail.Place, to string) ([]mail.Place, error) {
	now, err := l.transfer(ctx, "move", at, to)
	if err != nil {
		return nil, err
	}
	return now, l.edit(ctx, "clear", at, func(_ int, b *box, m *msg) { b.drop(m) })
}

func (l *line) Copy(ctx context.Context, at []mail.Place, to string) ([]mail.Place, error) {
	return l.transfer(ctx, "copy", at, to)
}

func (l *line) transfer(ctx context.Context, op string, at []mail.Place, to string) ([]mail.Place, error) {
	l.mu.Lock()
	known := l.box(to) != nil
	l.mu.Unlock()
	if !known {
		return nil, &account.Error{Kind: account.NotFound, Op: op}
	}
	now := make([]mail.Place, len(at))
	err := l.edit(ctx, op, at, func(i int, _ *box, m *msg) {
		b := l.box(to)
		c := l.add(b, &msg{flags: m.flags, raw: m.raw, date: m.date})
		now[i] = mail.Place{Mailbox: to, Validity: b.validity, UID: uidOf(c)}
	})
	if l.silent {
		clear(now)
	}
	return now, err
}

func (l *line) Expunge(ctx context.Context, at []mail.Place) error {
	return l.edit(ctx, "expunge", at, func(_ int, b *box, m *msg) { b.drop(m) })
}

func (l *line) Append(ctx context.Context, name string, flags mail.Flags, date time.Time, raw []byte) (mail.Place, error) {
	if err := l.begin(ctx, "append "+name); err != nil {
		return mail.Place{}, err
	}
	l.mu.Lock()
	b := l.box(name)
	m := l.add(b, &msg{flags: flags, raw: raw, date: date})
	at := mail.Place{Mailbox: name, Validity: b.validity, UID: uidOf(m)}
	l.mu.Unlock()
	l.crash.step("after append")
	if err := l.finish(ctx, "append "+name); err != nil {
		return mail.Place{}, err
	}
	if l.silent {
		at = mail.Place{}
	}
	return at, nil
}

func (l *line) Create(ctx context.Context, name string) error {
	if err := l.begin(ctx, "create "+name); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.boxes = append(l.boxes, newHost(name).boxes...)
	l.boxes[len(l.boxes)-1].validity = uint32(len(l.boxes))
	return nil
}

func (l *line) Rename(ctx context.Context, from, to string) error { return l.begin(ctx, "rename") }
func (l *line) Remove(ctx context.Context, name string) error     { return l.begin(ctx, "remove") }

func (l *line) Search(ctx context.Context, name string, q mail.Query) (uids []mail.UID, validity uint32, err error) {
	if err := l.begin(ctx, "search "+name); err != nil {
		return nil, 0, err
	}
	l.mu.Lock()
	b := l.box(name)
	for _, m := range b.msgs {
		p := message.Parse(m.raw)
		s := mail.Summary{Received: m.date, Size: int64(len(m.raw)), Flags: m.flags, Envelope: p.Envelope}
		if !l.blind && query.Match(q, &s, func() string { return p.Text("1") }) {
			uids = append(uids, uidOf(m))
		}
	}
	validity = b.validity
	l.mu.Unlock()
	return uids, validity, l.finish(ctx, "search "+name)
}

func (l *line) Headers(ctx context.Context, name string, uids []mail.UID) (list []mail.Header, err error) {
	if err := l.begin(ctx, "headers "+name); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.box(name).msgs {
		if slices.Contains(uids, uidOf(m)) {
			list = append(list, header1(m))
		}
	}
	return list, nil
}

func (l *line) Watch(ctx context.Context, name string, since mail.Cursor, changed func(string)) error {
	if l.deaf {
		return nil
	}
	if err := l.met(ctx, "watch "+name, false); err != nil {
		return err
	}
	s := &sub{name, make(chan struct{}, 1)}
	l.set(func() { l.subs[s] = true })
	defer l.set(func() { delete(l.subs, s) })
	if l.missed(name, since) {
		changed(name)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.done:
			return &account.Error{Kind: account.Lost, Op: "watch " + name}
		case <-s.changed:
			l.mu.Lock()
			err := l.broken
			l.mu.Unlock()
			if err != nil {
				return err
			}
			changed(name)
		}
	}
}

// letter returns a message with a subject, and a Message-ID made of it.
func letter(subject, body string) []byte {
	return fmt.Appendf(nil, "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: %s\r\nMessage-ID: <%x@example.org>\r\n"+
		"Date: Mon, 02 Jan 2006 15:04:05 +0000\r\n\r\n%s\r\n", subject, subject, body)
}

var (
	_ Source    = (*line)(nil)
	_ Editor    = (*line)(nil)
	_ Organizer = (*line)(nil)
	_ Watcher   = (*line)(nil)
	_ Searcher  = (*line)(nil)
	_ Counter   = (*line)(nil)
)
