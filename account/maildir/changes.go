package maildir

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"maps"
	"os"
	"slices"
	"time"

	"posthorn/mail"
)

// The first batch of new messages is what a screen shows. Those after it grow, for
// each carries a cursor as long as the mailbox.
const (
	firstBatch = 64
	maxBatch   = 8192
	maxWeight  = 100000 // of a batch, see weigh: some ten megabytes
)

// Changes reports what happened in a mailbox since a cursor. When the folder was
// not written to since then, that is nothing, and costs two calls of stat. When
// it goes on from the cursor that it gave last, it names what changed; else its
// last delta names every message.
func (s *Source) Changes(ctx context.Context, mailbox string, since mail.Cursor) iter.Seq2[mail.Delta, error] {
	return func(yield func(mail.Delta, error) bool) {
		op := "read folder " + mailbox
		b, err := s.find(op, mailbox)
		if err != nil {
			yield(mail.Delta{}, err)
			return
		}
		if at, err := b.stampNow(); err == nil && at == cursorStamp(since) {
			return
		}
		if err := b.look(); err != nil {
			yield(mail.Delta{}, failed(op, err))
			return
		}
		b.shared = true
		r := &run{box: b, ctx: ctx, yield: yield, all: b.files, at: b.stamp}
		if err := r.report(since); err != nil {
			yield(mail.Delta{}, failed(op, err))
		}
	}
}

// errStopped says that nobody listens any more.
var errStopped = errors.New("stopped")

// A run is one call of Changes. What it tells is how the folder was when it
// began, whatever is found out about the folder meanwhile.
type run struct {
	*box
	all   files
	at    stamp
	ctx   context.Context
	yield func(mail.Delta, error) bool
	knows func(mail.UID, file) bool // what the receiver knew before
	last  mail.Delta
	fresh []arrival
}

func (r *run) report(since mail.Cursor) error {
	if r.told != nil && since == r.cursor {
		r.compare()
	} else {
		r.nameAll(since)
	}
	r.fresh = r.unknown()
	r.told = nil // until the last delta was taken
	err := r.deliver()
	if errors.Is(err, errStopped) {
		return nil
	}
	return err
}

// compare finds out what changed since the receiver was last told all.
func (r *run) compare() {
	told := r.told
	r.knows = func(uid mail.UID, _ file) bool { _, ok := told[uid]; return ok }
	for uid, was := range told {
		f, ok := r.all[uid]
		switch {
		case !ok:
			r.last.Gone = append(r.last.Gone, uid)
		case f.name != was.name && f.letters() != was.letters():
			r.last.Flags = append(r.last.Flags, mail.FlagChange{UID: uid, Flags: f.flags()})
		}
	}
}

// nameAll finds out what a receiver does not know of which only the cursor is
// left.
func (r *run) nameAll(since mail.Cursor) {
	known := parseCursor(since)
	r.knows = func(_ mail.UID, f file) bool { return known[f.sum] }
	r.last.Whole = &mail.Range{}
	r.last.Flags = make([]mail.FlagChange, 0, len(r.all))
	for uid, f := range r.all {
		r.last.Flags = append(r.last.Flags, mail.FlagChange{UID: uid, Flags: f.flags()})
	}
}

// An arrival is a message that the receiver does not know.
type arrival struct {
	uid  mail.UID
	when time.Time
}

// unknown lists what the receiver does not know, newest first.
func (r *run) unknown() (list []arrival) {
	for uid, f := range r.all {
		if r.knows(uid, f) {
			continue
		}
		a := arrival{uid: uid}
		info, err := os.Stat(r.path(f))
		if err == nil && info.IsDir() {
			continue
		}
		if err == nil {
			a.when = info.ModTime()
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b arrival) int {
		return cmp.Or(b.when.Compare(a.when), cmp.Compare(b.uid, a.uid))
	})
	return list
}

// deliver hands out the new messages in batches, and the rest with the last one.
func (r *run) deliver() error {
	of, done, size := len(r.fresh), 0, firstBatch
	var known map[uint64]bool
	for {
		headers, n, err := r.headers(r.fresh[done:min(done+size, of)])
		if err != nil {
			return err
		}
		if done+n == of {
			r.last.New = headers
			r.finish(of)
			return nil
		}
		if known == nil {
			known = r.before()
		}
		for _, a := range r.fresh[done : done+n] {
			known[r.all[a.uid].sum] = true
		}
		done += n
		size = min(size*4, maxBatch)
		d := mail.Delta{New: headers, Counts: r.all.counts(), Done: done, Of: of}
		d.Cursor = newCursor(stamp{}, maps.Keys(known))
		if !r.yield(d, nil) {
			return errStopped
		}
	}
}

// before returns the sums of what the receiver knew, and is still there.
func (r *run) before() map[uint64]bool {
	known := make(map[uint64]bool, len(r.all))
	for uid, f := range r.all {
		if r.knows(uid, f) {
			known[f.sum] = true
		}
	}
	return known
}

func (r *run) finish(of int) {
	d := &r.last
	d.Counts, d.Done, d.Of = r.all.counts(), of, of
	d.Cursor = newCursor(r.at, sumsOf(r.all))
	r.told, r.cursor = r.all, d.Cursor
	r.yield(*d, nil)
}

// headers reads the headers of messages, of the first n of the list if they are
// heavy. One that went away meanwhile is left out; it is missed the next time.
func (r *run) headers(list []arrival) (out []mail.Header, n int, err error) {
	for weight := 0; n < len(list) && weight < maxWeight; n++ {
		if err := r.ctx.Err(); err != nil {
			return nil, 0, err
		}
		h, err := r.header(list[n].uid)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		weight += weigh(&h)
		out = append(out, h)
	}
	return out, n, nil
}

// weigh counts what a header is made of: parts, people and references.
func weigh(h *mail.Header) int {
	n := len(h.From) + len(h.Sender) + len(h.ReplyTo) + len(h.To) + len(h.Cc) + len(h.Bcc) + len(h.References)
	h.Structure.Walk(func(*mail.Part) bool { n++; return true })
	return n
}
