// Package cache is what is kept on disk of an account: its folders and headers,
// the bodies that were read, and an index to search them.
//
// Each account has one SQLite database, a [DB]. It can be deleted and is built
// anew then: nothing in it exists nowhere else. What the user did lies in a
// [Journal], and is shown on top of what the source has (view.go). One connection
// writes; readers never wait for it (WAL), and other processes may use the same
// database.
package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver

	"posthorn/internal/disk"
)

// Options tune a database. The zero value is what most people want.
type Options struct {
	BodyBytes int64 // how much is kept of bodies, compressed; zero: 512 MiB
}

// A DB is the database of one account. It may be used by several goroutines.
type DB struct {
	account string
	slot    int
	o       Options
	notice  string
	journal Journal
	message *pool // ids of messages
	folder  *pool // ids of folders
	path    string

	glances glances
	disturb atomic.Pointer[context.CancelFunc] // ends what is in the way of who writes
	tidied  int                                // how often the file was to be written anew
	write   *sql.DB                            // one connection
	read    *sql.DB
	watch   *sql.Conn // its data_version tells of other processes' writes
}

// A Store keeps what a cache, which can be deleted, must not: its ids, and what the
// user did.
type Store interface {
	IDs
	Journal
}

// Open opens the database of an account, or makes it. One that is damaged, or
// that a later version of Posthorn wrote, is set aside under another name and
// built anew; [DB.Notice] says so then.
func Open(ctx context.Context, path, account string, kept Store, o Options) (*DB, error) {
	if o.BodyBytes == 0 {
		o.BodyBytes = 512 << 20
	}
	db := &DB{account: account, slot: kept.Slot(), journal: kept, message: newPool(kept.Messages), folder: newPool(kept.Folders), o: o, path: path}
	err := db.emptied()
	if err == nil {
		err = db.open(ctx, kept)
	}
	if err != nil {
		err = db.explain(err)
	}
	if !damaged(err) {
		return db.opened(err)
	}
	db.close()
	aside := fmt.Sprintf("%s.%s", path, time.Now().Format("20060102-150405.000"))
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if e := os.Rename(path+suffix, aside+suffix); e != nil && !errors.Is(e, os.ErrNotExist) {
			return nil, fmt.Errorf("set aside the cache %s, which could not be used (%w): %w", path, unusable(err), disk.Explain(path, e))
		}
	}
	db.notice = fmt.Sprintf("the cache could not be used (%v); it is kept as %s and built anew", unusable(err), aside)
	return db.opened(db.open(ctx, kept))
}

func (db *DB) opened(err error) (*DB, error) {
	if err != nil {
		db.close()
		db.failed("open the cache "+db.path, &err)
		return nil, err
	}
	return db, nil
}

// emptied looks at a file that is there and empty. SQLite takes one for new. It
// may be: another process may be making it just now, so it stays where it is,
// unless there is a WAL, which comes later.
func (db *DB) emptied() error {
	if i, err := os.Stat(db.path); err != nil || i.Size() > 1 { // SQLite takes one octet for none
		return nil // what is wrong with it will be seen
	}
	if i, err := os.Stat(db.path + "-wal"); err == nil && i.Size() > 0 {
		return errEmptied
	}
	db.notice = "the cache was empty and is built anew"
	return nil
}

func (db *DB) open(ctx context.Context, ids IDs) (err error) {
	if db.write, err = connect(db.dsn(db.making() + "_pragma=cache_size(-8000)&_pragma=journal_size_limit(" + walAtRest + ")&_txlock=immediate")); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	if err := db.migrate(ctx); err != nil {
		return err
	}
	if db.read, err = connect(db.dsn("_pragma=cache_size(-4000)&_pragma=query_only(1)")); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(4)
	db.read.SetMaxIdleConns(2)
	if db.watch, err = db.read.Conn(ctx); err != nil {
		return err
	}
	if err := db.introduce(ctx, ids); err != nil {
		return err
	}
	return db.Show(ctx)
}

func (db *DB) dsn(more string) string {
	u := url.URL{Scheme: "file", Opaque: url.PathEscape(db.path)}
	return u.String() + "?_pragma=busy_timeout(10000)&" + more + "&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(0)&_pragma=temp_store(2)"
}

// Close closes the database.
func (db *DB) Close() (err error) {
	defer db.failed("close the cache", &err)
	db.noteGlances(context.Background())
	return db.close()
}

func (db *DB) close() (err error) {
	if db.watch != nil {
		if err = db.watch.Close(); errors.Is(err, sql.ErrConnDone) {
			err = nil // it was closed before
		}
	}
	if db.read != nil {
		err = errors.Join(err, db.read.Close())
	}
	if db.write != nil {
		err = errors.Join(err, db.write.Close())
	}
	return err
}

// Account returns the account's name.
func (db *DB) Account() string { return db.account }

// Slot returns the account's slot, which is part of every id.
func (db *DB) Slot() int { return db.slot }

// Notice returns what the user should be told about the database, if anything.
func (db *DB) Notice() string { return db.notice }

// Version returns a number that changes whenever another process wrote.
func (db *DB) Version(ctx context.Context) (v int64, err error) {
	defer db.failed("look whether another program changed the cache", &err)
	err = db.watch.QueryRowContext(ctx, "PRAGMA data_version").Scan(&v)
	return v, err
}

// tx runs f in a transaction of the writing connection.
func (db *DB) tx(ctx context.Context, f func(*sql.Tx) error) error {
	if stop := db.disturb.Load(); stop != nil {
		(*stop)()
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}
