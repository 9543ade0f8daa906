package cache

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
)

//go:embed schema.sql
var schema string

//go:embed schema2.sql
var schema2 string

//go:embed schema3.sql
var schema3 string

//go:embed schema4.sql
var schema4 string

//go:embed schema5.sql
var schema5 string

// version is the version of the schema. A change of the schema raises it and
// adds to migrations.
const version = 5

// migrations returns the statements that lead from each version to the next.
func migrations() map[int]string {
	return map[int]string{0: schema, 1: schema2, 2: schema3, 3: schema4, 4: schema5}
}

// What makes a database one to be set aside, besides what SQLite finds out.
var (
	errNewer      = errors.New("a later version of Posthorn wrote it")
	errImpossible = errors.New("it says that it has a version that never was")
	errEmptied    = errors.New("the file is empty") // but for its last changes, of which SQLite would make nothing
	errIncomplete = errors.New("a part of it is missing")
)

// damaged reports whether a database is of no use as it is, as against a disk
// that is full, a file that may not be read, or a statement of ours that is wrong.
func damaged(err error) bool {
	for _, e := range []error{errDamaged, errNewer, errImpossible, errEmptied, errIncomplete} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// unusable puts in plain words why a database is damaged.
func unusable(err error) error {
	if errors.Is(err, errDamaged) {
		return &plain{says: "it is damaged", err: err}
	}
	return err
}

// migrate brings the schema to this version, in one transaction.
func (db *DB) migrate(ctx context.Context) error {
	var have int
	if err := db.write.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	switch {
	case have == version:
		return db.check(ctx)
	case have > version:
		return errNewer
	case have < 0:
		return errImpossible
	}
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have); err != nil {
		return err
	}
	if have < version { // else another process was faster
		if err := agrees(ctx, tx, have); err != nil {
			return err
		}
		if err := db.handOver(ctx, tx, have); err != nil {
			return err
		}
	}
	for ; have < version; have++ {
		if _, err := tx.ExecContext(ctx, migrations()[have]); err != nil {
			return fmt.Errorf("migrate from version %d: %w", have, err)
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version)); err != nil {
		return err
	}
	return tx.Commit()
}

// agrees looks whether a database is what an earlier version made it: if it is
// not, no migration would do what it is for.
func agrees(ctx context.Context, tx *sql.Tx, version int) error {
	want, err := objectsOf(ctx, version)
	if err != nil {
		return err
	}
	have, err := objects(ctx, tx)
	if err == nil && (len(have) != len(want) || lacks(have, want) != "") {
		err = errIncomplete
	}
	return err
}

// check finds a file that was cut short or overwritten, and one that lacks what
// this version has. It does not read all.
func (db *DB) check(ctx context.Context) error {
	if err := complete(ctx, db.write); err != nil {
		return err
	}
	var n int
	return db.write.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM folders) + (SELECT count(*) FROM (SELECT id FROM messages ORDER BY id DESC LIMIT 1))").Scan(&n)
}

// complete fails with errIncomplete on a database that lacks anything of this
// version.
func complete(ctx context.Context, q querier) error {
	want, err := objectsOf(ctx, version)
	if err != nil {
		return err
	}
	have, err := objects(ctx, q)
	if o := lacks(have, want); err == nil && o != "" {
		err = fmt.Errorf("%w: %s", errIncomplete, o)
	}
	return err
}

// lacks returns one of what is wanted and not there, or nothing.
func lacks(have, want map[string]bool) string {
	for o := range want {
		if !have[o] {
			return o
		}
	}
	return ""
}

// objectsOf returns the objects of a version.
func objectsOf(ctx context.Context, version int) (map[string]bool, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // each has a database of its own
	for v := range version {
		if _, err := db.ExecContext(ctx, migrations()[v]); err != nil {
			return nil, fmt.Errorf("migrate from version %d: %w", v, err)
		}
	}
	return objects(ctx, db)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// objects returns the indexes of a database, the columns of its tables, and how the
// text index is made: a word of that which is damaged shows only when it is used.
func objects(ctx context.Context, q querier) (map[string]bool, error) {
	rows, err := q.QueryContext(ctx, `SELECT m.type || ' ' || m.name || coalesce('.' || c.name, '') || iif(m.sql LIKE 'CREATE VIRTUAL%', ': ' || m.sql, '')
		FROM sqlite_master m LEFT JOIN pragma_table_info(m.name) c WHERE m.name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]bool{}
	for rows.Next() {
		var o string
		if err := rows.Scan(&o); err != nil {
			return nil, err
		}
		all[o] = true
	}
	return all, rows.Err()
}
