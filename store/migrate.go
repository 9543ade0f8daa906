package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"path"
	"strconv"
	"strings"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// steps returns the schema as the steps that lead to it. Step n is in the file of
// that number, "n-what.sql", and brings a store of version n-1 to version n; a new
// store takes all of them. A step that was once in a release is never changed.
func steps() ([]string, error) {
	names, err := schemaFiles.ReadDir("schema")
	if err != nil {
		return nil, err
	}
	list := make([]string, len(names))
	for _, e := range names {
		number, _, _ := strings.Cut(e.Name(), "-")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(list) || list[n-1] != "" {
			return nil, fmt.Errorf("the schema has no place for %s", e.Name())
		}
		b, err := schemaFiles.ReadFile(path.Join("schema", e.Name()))
		if err != nil {
			return nil, err
		}
		list[n-1] = string(b)
	}
	return list, nil
}

// migrate brings the store that is open to the present version: in place, each step
// in a transaction of its own. Killed at any point, it is gone on with at the next
// start. Several processes may do it at once.
func (o *opener) migrate(ctx context.Context, have int) error {
	for n := have; n < len(o.steps); n++ {
		err := within(ctx, o.db, func(tx *sql.Tx) error {
			if now, err := versionOf(ctx, tx); err != nil || now > n { // another process was faster
				return err
			}
			return o.take(ctx, tx, n+1)
		})
		if err != nil {
			return fmt.Errorf("bring it to version %d: %w", n+1, o.explain(err))
		}
		o.at(fmt.Sprintf("version %d", n+1))
	}
	return nil
}

// take takes one step, the first of which is 1.
func (o *opener) take(ctx context.Context, tx *sql.Tx, n int) error {
	if _, err := tx.ExecContext(ctx, o.steps[n-1]); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", n))
	o.at(fmt.Sprintf("before version %d", n))
	return err
}

// versionOf returns which step was taken last.
func versionOf(ctx context.Context, q querier) (v int, err error) {
	err = forEach(ctx, q, "PRAGMA user_version", func(scan func(...any) error) error { return scan(&v) })
	return v, err
}

// current fails when the store has another version than when this process opened
// it: then a later version of Posthorn has brought it further meanwhile.
func (s *Store) current(ctx context.Context, tx *sql.Tx) error {
	have, err := versionOf(ctx, tx)
	if err == nil && have > len(s.steps) {
		err = ErrNewer
	}
	return err
}
