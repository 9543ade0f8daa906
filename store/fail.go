package store

import (
	"errors"
	"fmt"

	"posthorn/internal/disk"
)

// What SQLite says of a failure, in the lower eight bits of its code.
const (
	codeError      = 1 // a statement makes no sense to it
	codePerm       = 3
	codeBusy       = 5
	codeReadOnly   = 8
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeConstraint = 19
	codeNotADB     = 26
)

// code returns what SQLite says, 0 for an error of someone else.
func code(err error) int {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code() & 0xff
	}
	return 0
}

// An unusable error says what is wrong with a store that cannot be used as it is.
type unusable struct {
	says string
	err  error // of SQLite, or nil
}

func (e *unusable) Error() string { return e.says }
func (e *unusable) Unwrap() error { return e.err }

// damaged reports whether a store is of no use as it is, as against a disk that
// is full, a file that may not be read, or a mistake of ours.
func damaged(err error) bool {
	var u *unusable
	return errors.As(err, &u)
}

// failed says what was being done when an error came up, and in plain words what
// came in the way.
func (s *Store) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", op, s.explain(err))
}

func (s *Store) explain(err error) error {
	if damaged(err) {
		return err
	}
	switch code(err) {
	case 0:
		return disk.Explain(s.path, err)
	case codeFull:
		return &disk.Error{Reason: disk.Full, Path: s.dir, Err: err}
	case codeIO, codeCantOpen, codeReadOnly, codePerm:
		if found := disk.Explain(s.path, disk.Probe(s.dir)); found != nil {
			return fmt.Errorf("%w (%w)", found, err)
		}
	case codeBusy:
		return fmt.Errorf("another program keeps it busy: %w", err)
	case codeCorrupt, codeNotADB:
		return &unusable{"the file is damaged", err}
	}
	return err
}
