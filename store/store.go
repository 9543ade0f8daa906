// Package store keeps what exists on this computer only: no server could tell
// it again. It is the opposite of a cache, which may be deleted at any time.
//
// There is one store for a profile, a SQLite database in the data folder. What
// it has said it stored survives a power cut: each transaction is synced
// (synchronous=FULL). Several processes may use it at once.
//
// It holds, for each account, the number that stands in its ids as a letter; how
// many ids of messages and folders were given, so that none is given twice,
// whatever becomes of the cache that they were given to; what the user did and the
// server does not know yet, the journal (journal.go); what is to be sent, the outbox
// (outbox.go); and what was fetched from a
// POP3 server. Beside it lie the texts that were written here (texts.go), and a
// lock file for each account.
//
// A store is made as a whole under another name, and is never seen half made. So
// one that is missing or empty was lost, unless the profile is new. A lost or
// damaged one is made anew from what can be read of it and from what the caches
// know (takeover.go, salvage.go); [Store.Notice] tells of it then. The first start with a
// profile of an earlier version, which had no store, goes the same way. A sound
// store of an earlier version is brought to the present one in place (migrate.go).
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver
)

// A Store may be used by several goroutines.
type Store struct {
	dir    string   // the data folder
	path   string   // the database in it
	steps  []string // of the schema
	db     *sql.DB
	notice string
}

// ErrNewer says that a later version of Posthorn wrote the store.
var ErrNewer = errors.New("a later version of Posthorn wrote it; use that version, or another profile")

// ErrRunning says that an earlier version of Posthorn is at work, which knows
// nothing of a store.
var ErrRunning = errors.New("an earlier version of Posthorn is running; quit it first")

// Open opens the store in the data folder of a profile, or makes it. The state
// folder is that of its caches. The error wraps [ErrNewer] or [ErrRunning] where
// the user has to act first.
func Open(ctx context.Context, data, state string) (*Store, error) {
	steps, err := steps()
	if err != nil {
		return nil, err
	}
	s := &Store{dir: data, path: filepath.Join(data, "store.db"), steps: steps}
	o := opener{Store: s, state: state, at: func(string) {}}
	if err := o.open(ctx); err != nil {
		return nil, errors.Join(s.failed("open the store "+s.path, err), s.disconnect())
	}
	return s, nil
}

// Notice returns what the user should be told about the store, if anything.
func (s *Store) Notice() string { return s.notice }

// Close closes the store.
func (s *Store) Close() error { return s.failed("close the store", s.disconnect()) }

// connect opens a database in a file that is there.
func connect(path, more string) (*sql.DB, error) {
	u := url.URL{Scheme: "file", Opaque: url.PathEscape(path)}
	db, err := sql.Open("sqlite", u.String()+"?_pragma=busy_timeout(10000)&_pragma=synchronous(FULL)&_pragma=temp_store(2)&_txlock=immediate&"+more)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // all is written and read in an instant
	return db, nil
}

func (s *Store) disconnect() error {
	if s.db == nil {
		return nil
	}
	db := s.db
	s.db = nil
	return db.Close()
}

// tx runs f in a transaction, which would survive a power cut when tx returns.
func (s *Store) tx(ctx context.Context, op string, f func(*sql.Tx) error) error {
	return s.failed(op, within(ctx, s.db, func(tx *sql.Tx) error {
		if err := s.current(ctx, tx); err != nil {
			return err
		}
		return f(tx)
	}))
}

func within(ctx context.Context, db *sql.DB, f func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// forEach calls f for each row of a query.
func forEach(ctx context.Context, q querier, query string, f func(scan func(...any) error) error, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}
