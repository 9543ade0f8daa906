package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"posthorn/mail"
	"posthorn/mail/safe"
)

// An Account is what the store keeps of one account.
type Account struct {
	store *Store
	name  string
	slot  int
}

// Accounts returns the accounts with some names, in their order. One that is new
// gets the next number, which lasts.
func (s *Store) Accounts(ctx context.Context, names []string) ([]*Account, error) {
	numbers, err := s.numbers(ctx)
	if err != nil {
		return nil, s.failed("read the numbers of the accounts", err)
	}
	list := make([]*Account, len(names))
	for i, name := range names {
		slot, ok := numbers[name]
		if !ok {
			err := s.tx(ctx, "number an account", func(tx *sql.Tx) (err error) {
				slot, err = number(ctx, tx, name)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		list[i] = &Account{s, name, slot}
		if err := list[i].takeFiles(ctx); err != nil {
			return nil, s.failed("take over the outbox of an earlier version", err)
		}
	}
	return list, nil
}

func (s *Store) numbers(ctx context.Context) (map[string]int, error) {
	numbers := map[string]int{}
	err := forEach(ctx, s.db, "SELECT name, number FROM accounts", func(scan func(...any) error) error {
		var name string
		var n int
		err := scan(&name, &n)
		numbers[name] = n
		return err
	})
	return numbers, err
}

// number returns the number of an account, which another process may have given
// by now, or gives it the next.
func number(ctx context.Context, tx *sql.Tx, name string) (slot int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT number FROM accounts WHERE name = ?", name).Scan(&slot)
	if !errors.Is(err, sql.ErrNoRows) {
		return slot, err
	}
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(number) + 1, 0) FROM accounts").Scan(&slot); err != nil {
		return 0, err
	}
	if slot > mail.MaxSlot {
		return 0, fmt.Errorf("there is no number left for the account %q", name)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO accounts (number, name) VALUES (?, ?)", slot, name)
	return slot, err
}

// Name returns the account's name.
func (a *Account) Name() string { return a.name }

// Slot returns the account's number, which is part of every id.
func (a *Account) Slot() int { return a.slot }

// Lock returns the path of the file that is locked by who works on the account.
func (a *Account) Lock() string {
	return filepath.Join(a.store.locks(), safe.FileName(a.name)+".lock")
}

// errNoIDs says that all ids were given.
var errNoIDs = errors.New("there are no ids left")

// Messages gives n ids of messages, of which it returns the first. They are never
// given again.
func (a *Account) Messages(ctx context.Context, n int) (first int64, err error) {
	return a.take(ctx, "messages", n)
}

// Folders gives n ids of folders in the same way.
func (a *Account) Folders(ctx context.Context, n int) (first int64, err error) {
	return a.take(ctx, "folders", n)
}

// take gives ids that a column counts.
func (a *Account) take(ctx context.Context, column string, n int) (first int64, err error) {
	err = a.store.tx(ctx, "take ids of "+column, func(tx *sql.Tx) error {
		var given int64
		if err := tx.QueryRowContext(ctx, "SELECT "+column+" FROM accounts WHERE number = ?", a.slot).Scan(&given); err != nil {
			return err
		}
		if int64(n) > mail.MaxRow-given {
			return errNoIDs
		}
		first = given + 1
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET "+column+" = ? WHERE number = ?", given+int64(n), a.slot)
		return err
	})
	return first, err
}

// Raise says that ids up to these are in use. The store knows, unless an older
// copy of it was put in its place.
func (a *Account) Raise(ctx context.Context, message, folder int64) error {
	var messages, folders int64
	err := a.store.db.QueryRowContext(ctx, "SELECT messages, folders FROM accounts WHERE number = ?", a.slot).Scan(&messages, &folders)
	if err == nil && messages >= message && folders >= folder {
		return nil // as a rule: nothing is written
	}
	return a.store.tx(ctx, "note which ids are in use", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET messages = max(messages, ?), folders = max(folders, ?) WHERE number = ?",
			min(message, mail.MaxRow), min(folder, mail.MaxRow), a.slot)
		return err
	})
}
