package cache

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"time"
)

// Deleted space is used for what comes next. Where it is much, as after a mailbox
// went, it is given back to the disk: page by page from the end of the file, for
// which SQLite keeps who points to each page (auto_vacuum). A file of an earlier
// version does not know that, and is written anew once.

const (
	tidySteps = "512"           // pages that are given back in one transaction
	tidyTime  = 5 * time.Second // bounds the writing anew: another process waits twice as long
	tidyTries = 3               // to write it anew, in one process
	fewPages  = 256             // of so few nothing is given back
	walAtRest = "16777216"      // octets that are left of the log of a large change
)

// making returns what a file that is about to be made is told first. For another
// it would change nothing, and yet write to it.
func (db *DB) making() string {
	if i, err := os.Stat(db.path); err == nil && i.Size() > 0 {
		return ""
	}
	return "_pragma=auto_vacuum(2)&"
}

// Space is how a file is used.
type space struct {
	pages, free int64
	piecewise   bool // can be given back page by page
}

// space looks how the file is used. What a connection knows of the last is as old as
// what it read last.
func (db *DB) space(ctx context.Context) (s space, err error) {
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return s, err
	}
	defer conn.Close()
	var mode int
	for _, p := range []struct {
		pragma string
		to     any
	}{{"page_count", &s.pages}, {"freelist_count", &s.free}, {"auto_vacuum", &mode}} {
		if err := conn.QueryRowContext(ctx, "PRAGMA "+p.pragma).Scan(p.to); err != nil {
			return s, err
		}
	}
	s.piecewise = mode == 2
	return s, nil
}

// Tidy gives a piece of the deleted space back to the disk, where there is much of
// it, and reports whether there is more. It is called while there is nothing else
// to do. Readers never wait for it, and who writes in this process ends it.
func (db *DB) Tidy(ctx context.Context) (more bool, err error) {
	defer db.failed("give space back to the disk", &err)
	s, err := db.space(ctx)
	switch {
	case err != nil, s.free < fewPages, s.free < s.pages/4:
		return false, err
	case s.piecewise:
		err := db.giveBack(ctx)
		return err == nil, err
	case s.free < s.pages/2 || db.tidied >= tidyTries:
		return false, nil
	}
	db.tidied++
	if err := db.rewrite(ctx); err == nil || ctx.Err() == nil && !errors.Is(err, context.Canceled) {
		db.tidied = tidyTries
		return false, err
	}
	return true, nil
}

// giveBack gives pages at the end of the file back. The statement does one for
// each row that is asked for.
func (db *DB) giveBack(ctx context.Context) error {
	rows, err := db.write.QueryContext(ctx, "PRAGMA incremental_vacuum("+tidySteps+")")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

// rewrite writes the file anew without what was deleted, so that from then on
// pages can be given back. Readers go on with the old one meanwhile. What it needs
// for that is in a file: it may be more than the memory has.
func (db *DB) rewrite(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tidyTime)
	defer cancel()
	db.disturb.Store(&cancel)
	defer db.disturb.Store(nil)
	conn, err := sql.Open("sqlite", db.dsn("_txlock=immediate"))
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetMaxOpenConns(1)
	_, err = conn.ExecContext(ctx, "PRAGMA busy_timeout = 0; PRAGMA temp_store = 1; PRAGMA auto_vacuum = 2; VACUUM")
	if ctx.Err() != nil || code(err) == codeBusy {
		return context.Canceled
	}
	return err
}
