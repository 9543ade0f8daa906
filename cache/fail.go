package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"posthorn/internal/disk"
)

// What SQLite says of a failure, in the lower eight bits of its code. The bits
// above tell the kinds of one from each other.
const (
	codeError      = 1 // a statement makes no sense to it
	codeInternal   = 2
	codePerm       = 3
	codeBusy       = 5
	codeLocked     = 6
	codeReadOnly   = 8
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeProtocol   = 15
	codeSchema     = 17
	codeConstraint = 19
	codeMismatch   = 20
	codeMisuse     = 21
	codeRange      = 25
	codeNotADB     = 26

	codeMoved = 8 | 4<<8 // codeReadOnly, because the file is not where it was
)

// code returns what SQLite says, 0 for an error of someone else.
func code(err error) int { return wholeCode(err) & 0xff }

func wholeCode(err error) int {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return 0
}

// errDamaged is what SQLite finds out of a file, in one of many ways.
var errDamaged = errors.New("the cache is damaged")

// plain is an error of SQLite in plain words.
type plain struct {
	says, hint string
	err        error
}

func (e *plain) Error() string { return e.says }
func (e *plain) Hint() string  { return e.hint }
func (e *plain) Unwrap() error { return e.err }

// failed wraps an error, if there is one, on its way out of the package: it says
// what was being done, and in plain words what came in the way.
func (db *DB) failed(op string, err *error) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", op, db.explain(*err))
	}
}

// explain finds plain words for an error that has none yet.
func (db *DB) explain(err error) error {
	var done *plain
	switch {
	case errors.As(err, &done):
		return err
	case errors.Is(err, errWords):
		return db.spoilt(err)
	}
	switch code(err) {
	case 0:
		return disk.Explain(db.path, err)
	case codeFull:
		return &disk.Error{Reason: disk.Full, Path: filepath.Dir(db.path), Err: err}
	case codeIO, codeCantOpen, codeReadOnly, codePerm:
		return db.explainDisk(err)
	case codeBusy, codeLocked, codeProtocol:
		return &plain{"another program keeps the cache busy", "try again", err}
	case codeCorrupt, codeNotADB:
		return db.spoilt(err)
	case codeError, codeInternal, codeSchema, codeConstraint, codeMismatch, codeMisuse, codeRange:
		return db.explainStatement(err)
	}
	return err
}

// integrityTime bounds the search for what is wrong with a database.
const integrityTime = 10 * time.Second

// explainStatement finds out why a statement failed that should not have: the
// database is not what it was, or the statement is wrong.
func (db *DB) explainStatement(err error) error {
	ctx, cancel := context.WithTimeout(context.Background(), integrityTime)
	defer cancel()
	q, e := sql.Open("sqlite", db.dsn("_pragma=query_only(1)"))
	if e != nil {
		return err
	}
	defer q.Close()
	if complete(ctx, q) != nil {
		return db.spoilt(err)
	}
	var found string
	e = q.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&found)
	if e == nil && found != "ok" || code(e) == codeCorrupt {
		return db.spoilt(err)
	}
	return mistake(err)
}

// explainDisk finds out why SQLite could not use a file, which it does not tell.
// A disk that is full is one reason of many.
func (db *DB) explainDisk(err error) error {
	if wholeCode(err) == codeMoved {
		return &plain{"the file of the cache was moved away", "start Posthorn again", err}
	}
	var e *disk.Error
	tried := disk.Probe(db.path)
	switch {
	case errors.As(tried, &e):
		return &disk.Error{Reason: e.Reason, Path: e.Path, Err: err}
	case errors.Is(tried, fs.ErrNotExist):
		return &plain{"its folder is not there", "make the folder " + filepath.Dir(db.path), err}
	}
	switch code(err) {
	case codeIO:
		return &plain{err.Error(), (&disk.Error{Reason: disk.Failing, Path: db.path}).Hint(), err}
	case codeReadOnly:
		return db.spoilt(err) // by what it says of its own format
	}
	return err
}

// spoilt says that the database cannot be used any more.
func (db *DB) spoilt(err error) error {
	return &plain{errDamaged.Error(), fmt.Sprintf("quit Posthorn, move %s away and start it again: the cache is built anew", db.path), errors.Join(errDamaged, err)}
}

// mistake says that a statement of ours is wrong.
func mistake(err error) error {
	return &plain{"this is a mistake in Posthorn: " + err.Error(), "please report it, with the last lines of posthorn log", err}
}
