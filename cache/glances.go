package cache

import (
	"context"
	"database/sql"
	"sync"
)

// A glance is a body that was read.
type glance struct {
	message int64
	part    string
}

// glances are when bodies were read last, in Unix seconds. They are written with
// the next body that is kept: reading must not wait for who writes.
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

// write brings them to the table, and forgets them.
func (g *glances) write(ctx context.Context, tx *sql.Tx) error {
	g.mu.Lock()
	list := g.at
	g.at = nil
	g.mu.Unlock()
	for what, at := range list {
		if _, err := tx.ExecContext(ctx, "UPDATE bodies SET used = ? WHERE message = ? AND part = ?", at, what.message, what.part); err != nil {
			return err
		}
	}
	return nil
}
