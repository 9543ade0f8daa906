package cache

import (
	"context"
	"database/sql"
	"errors"
)

// IDs gives an account its ids. Those of messages and folders are held by others
// than the cache, which may be deleted, restored or copied: so the cache does not
// count them itself.
type IDs interface {
	// Slot returns the account's number, which is part of every id.
	Slot() int
	// Messages and Folders give n ids, of which they return the first. They are
	// never given again, not after a power cut either.
	Messages(ctx context.Context, n int) (first int64, err error)
	Folders(ctx context.Context, n int) (first int64, err error)
	// Raise says that ids up to these are in use already.
	Raise(ctx context.Context, message, folder int64) error
}

// How many ids are taken at first, and at most. Each time it is four times as
// many: they are not used up by a cache that is opened for one message, and a
// large mailbox seldom waits.
const (
	firstBlock = 8
	maxBlock   = 1 << 16
)

// A pool holds ids that were taken and are not used yet. It forgets them when the
// cache is closed.
type pool struct {
	from func(ctx context.Context, n int) (first int64, err error)
	gate chan struct{} // capacity 1: who uses what follows
	rest span
	size int // of the next block
}

func newPool(from func(context.Context, int) (int64, error)) *pool {
	return &pool{from: from, gate: make(chan struct{}, 1), size: firstBlock}
}

// A span is ids from one on, up to another, which is not among them.
type span struct{ next, end int64 }

// take returns n ids. It is called before a transaction begins: no other process
// waits for the cache while this one waits for the store.
func (p *pool) take(ctx context.Context, n int) (span, error) {
	select {
	case p.gate <- struct{}{}:
		defer func() { <-p.gate }()
	case <-ctx.Done():
		return span{}, ctx.Err()
	}
	if missing := n - int(p.rest.end-p.rest.next); missing > 0 {
		size := max(n, p.size)
		first, err := p.from(ctx, size)
		if err != nil {
			return span{}, foreign(err)
		}
		if first != p.rest.end {
			p.rest.next = first
		}
		p.rest.end = first + int64(size)
		p.size = min(4*size, maxBlock)
	}
	s := span{p.rest.next, p.rest.next + int64(n)}
	p.rest.next = s.end
	return s, nil
}

// back takes back what is left of a span, where nothing was taken since.
func (p *pool) back(s *span) {
	p.gate <- struct{}{}
	if s.end == p.rest.next {
		p.rest.next = s.next
	}
	<-p.gate
}

// errNoneLeft says that more ids were needed than had been taken.
var errNoneLeft = errors.New("too few ids were taken")

// one returns the next id.
func (s *span) one() (int64, error) {
	if s.next == s.end {
		return 0, errNoneLeft
	}
	s.next++
	return s.next - 1, nil
}

// foreign keeps an error of the store from being taken for one of the cache.
func foreign(err error) error {
	p := &plain{says: err.Error(), err: err}
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		p.hint = h.Hint()
	}
	return p
}

// with runs f, in a transaction of some kind, with n ids that it may give.
func (p *pool) with(ctx context.Context, n int, in func(context.Context, func(*sql.Tx) error) error, f func(*sql.Tx, *span) error) error {
	ids, err := p.take(ctx, n)
	if err != nil {
		return err
	}
	defer p.back(&ids)
	return in(ctx, func(tx *sql.Tx) error { return f(tx, &ids) })
}

// introduce notes whose cache it is, and tells of the ids that are in use in it:
// whoever gives them may have been lost.
func (db *DB) introduce(ctx context.Context, ids IDs) error {
	var name string
	var number int
	err := db.read.QueryRowContext(ctx, "SELECT name, number FROM account").Scan(&name, &number)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (name != db.account || number != db.slot) {
		err = db.tx(ctx, func(tx *sql.Tx) error {
			if _, err := tx.ExecContext(ctx, "DELETE FROM account"); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, "INSERT INTO account (number, name) VALUES (?, ?)", db.slot, db.account)
			return err
		})
	}
	if err != nil {
		return err
	}
	var message, folder int64
	if err := db.read.QueryRowContext(ctx, `SELECT
		max((SELECT coalesce(max(id), 0) FROM messages), (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages')),
		max((SELECT coalesce(max(id), 0) FROM folders), (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'folders'))`).Scan(&message, &folder); err != nil {
		return err
	}
	if err := ids.Raise(ctx, message, folder); err != nil {
		return foreign(err)
	}
	return nil
}
