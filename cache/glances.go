package cache

import (
	"context"
	"database/sql"
	"maps"
	"sync"
)

// A glance is a body that was read.
type glance struct {
	message int64
	part    string
}

// glances are when bodies were read last, in Unix seconds. They are written with
// the next body that is kept, or at the end: reading writes nothing, so that it
// works while others write and on a disk that is full.
type glances struct {
	mu sync.Mutex
	at map[glance]int64
}

// maxGlances bounds what is remembered.
const maxGlances = 10_000

func (g *glances) note(what glance, at int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at == nil {
		g.at = make(map[glance]int64)
	}
	if len(g.at) < maxGlances {
		g.at[what] = at
	}
}

func (g *glances) none() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.at) == 0
}

// take returns them all, and forgets them.
func (g *glances) take() map[glance]int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.at
	g.at = nil
	return list
}

// back remembers again what could not be written. What was read meanwhile is newer.
func (g *glances) back(list map[glance]int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if list == nil {
		return
	}
	maps.Copy(list, g.at)
	g.at = list
}

// noting runs f in a transaction that writes the glances before.
func (db *DB) noting(ctx context.Context, f func(*sql.Tx) error) error {
	list := db.glances.take()
	err := db.tx(ctx, func(tx *sql.Tx) error {
		for what, at := range list {
			if _, err := tx.ExecContext(ctx, "UPDATE bodies SET used = ? WHERE message = ? AND part = ?", at, what.message, what.part); err != nil {
				return err
			}
		}
		return f(tx)
	})
	if err != nil {
		db.glances.back(list)
	}
	return err
}

// noteGlances writes the glances at the end, if nobody is in the way: what is lost
// of them only has a body dropped earlier than another.
func (db *DB) noteGlances(ctx context.Context) {
	if db.write == nil || db.glances.none() {
		return
	}
	if _, err := db.write.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err == nil {
		_ = db.noting(ctx, func(*sql.Tx) error { return nil })
	}
}
