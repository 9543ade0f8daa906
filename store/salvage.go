package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"

	"posthorn/internal/atomicfile"
)

// A table has columns, of which the first are its key.
type table struct {
	key     int
	columns string
}

// journalTables are the tables of the journal and the outbox. They are strict: a row that makes no
// sense is not taken over.
func journalTables() map[string]table {
	return map[string]table{
		"refs":        {2, "account, message, mailbox, validity, uid, msgid, received, size, flags, event, settled"},
		"jobs":        {1, "seq, account, op, target, add_flags, remove_flags, date, text, begun, attempts, why, after"},
		"items":       {2, "job, position, account, message, made"},
		"refusals":    {1, "id, account, said"},
		"outbox":      {2, "account, id, text, sender, subject, msgid, size, queued, not_before, answers, answers_id, forwards, forwards_id, draft, draft_id, done"},
		"recipients":  {3, "account, message, position, address, state, next, attempts, why"},
		"taken_files": {2, "account, file"},
	}
}

// A salvaged row is one of the journal of a damaged store.
type salvaged struct {
	table  string
	values []any
}

// journal reads what can be read of the journal of a damaged store.
func (t *takeover) journal(ctx context.Context, db *sql.DB) {
	for name, table := range journalTables() {
		columns := strings.Split(table.columns, ", ")
		each(ctx, db, "SELECT "+table.columns+" FROM "+name, columns[:table.key], func(scan func(...any) error) error {
			values, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				to[i] = &values[i]
			}
			err := scan(to...)
			if err == nil {
				t.rows = append(t.rows, salvaged{name, values})
			}
			return err
		})
	}
}

// journalInto writes it into a new store. A job of which no message is known, and
// what belongs to an account that is not, is left out.
func (t *takeover) journalInto(ctx context.Context, tx *sql.Tx) error {
	for _, r := range t.rows {
		columns := journalTables()[r.table].columns
		_, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT OR IGNORE INTO %s (%s) VALUES (?%s)", r.table, columns, strings.Repeat(",?", len(r.values)-1)), r.values...)
		if err != nil && code(err) != codeConstraint {
			return err
		}
	}
	for _, q := range []string{
		"DELETE FROM refs WHERE account NOT IN (SELECT number FROM accounts)",
		"DELETE FROM items WHERE job NOT IN (SELECT seq FROM jobs WHERE jobs.account = items.account AND jobs.account IN (SELECT number FROM accounts))",
		"DELETE FROM jobs WHERE seq NOT IN (SELECT job FROM items)",
		"DELETE FROM outbox WHERE account NOT IN (SELECT number FROM accounts) OR NOT EXISTS (SELECT 1 FROM recipients r WHERE r.account = outbox.account AND r.message = outbox.id)",
		"DELETE FROM recipients WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.account = recipients.account AND o.id = recipients.message)",
		"UPDATE accounts SET outbox = max(outbox, (SELECT coalesce(max(id), 0) FROM outbox WHERE outbox.account = accounts.number))",
		"UPDATE accounts SET event = (SELECT coalesce(max(event), 0) FROM refs WHERE refs.account = accounts.number)",
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// found is the ending of texts that no job of a new store names, in the place of one
// that was lost: they may exist nowhere else.
const found = ".found.eml"

// keepFound sees to it that texts which the new store does not know are never taken
// for what a process left that died. It returns how many there are.
func (o *opener) keepFound(ctx context.Context, path string) (n int, err error) {
	db, err := connect(path, "mode=ro")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	named, err := namedTexts(ctx, db)
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(o.texts())
	if err != nil && !os.IsNotExist(err) {
		return 0, err
	}
	for _, e := range entries {
		name := e.Name()
		if named[name] || !strings.HasSuffix(name, ".eml") {
			continue
		}
		n++
		if strings.HasSuffix(name, found) {
			continue
		}
		if err := o.setFound(name); err != nil {
			return n, err
		}
	}
	return n, nil
}

// setFound gives a text a name that says that nothing knows of it, as one file that
// can be read.
func (o *opener) setFound(name string) error {
	base, _, _ := strings.Cut(name, ".")
	to := o.textPath(base + found)
	raw, err := o.readText(name)
	if err != nil || !strings.HasSuffix(name, listed) {
		return os.Rename(o.textPath(name), to)
	}
	if err := atomicfile.Write(to, raw, 0o600); err != nil {
		return err
	}
	return os.Remove(o.textPath(name))
}
