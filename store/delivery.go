package store

import (
	"context"
	"database/sql"
	"time"
)

// A DeliveryState says how far a message of a drop has come.
type DeliveryState int

// The states of a delivery.
const (
	Delivering DeliveryState = iota // it is about to be delivered, and may be by now
	Delivered                       // it is in the mailroom
	Incomplete                      // what came of it is, and it stays in the drop
)

// A Delivery notes a message that was taken from a drop, from before it is
// delivered until the drop does not have it any more.
type Delivery struct {
	Name    string // by which the mailroom knows it
	UIDL    string // empty where the drop has none
	Size    int64  // octets, as the drop listed them
	Header  string // hashes of what came in; empty where an earlier version of
	Content string // Posthorn noted the UIDL alone
	State   DeliveryState
}

// Deliveries returns the notes of the account's drop.
func (a *Account) Deliveries(ctx context.Context) (list []Delivery, err error) {
	err = forEach(ctx, a.store.db, "SELECT name, uidl, size, header, content, state FROM deliveries WHERE account = ? ORDER BY name", func(scan func(...any) error) error {
		var d Delivery
		err := scan(&d.Name, &d.UIDL, &d.Size, &d.Header, &d.Content, &d.State)
		list = append(list, d)
		return err
	}, a.slot)
	return list, a.store.failed("look which messages were fetched", err)
}

// NoteDeliveries writes notes, each in the place of one with the same name.
func (a *Account) NoteDeliveries(ctx context.Context, list ...Delivery) error {
	return a.store.tx(ctx, "note that a message was fetched", func(tx *sql.Tx) error {
		for _, d := range list {
			_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?, ?, ?, ?, ?)", a.slot, d.Name, d.UIDL, d.Size, d.Header, d.Content, d.State)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetDeliveries removes the notes with some names.
func (a *Account) ForgetDeliveries(ctx context.Context, names ...string) error {
	return a.store.tx(ctx, "forget what was fetched", func(tx *sql.Tx) error {
		for _, n := range names {
			if _, err := tx.ExecContext(ctx, "DELETE FROM deliveries WHERE account = ? AND name = ?", a.slot, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// Reopens returns before when the account's drop is not to be asked again, the zero
// time where it never said.
func (a *Account) Reopens(ctx context.Context) (time.Time, error) {
	var at int64
	err := a.store.db.QueryRowContext(ctx, "SELECT reopens FROM accounts WHERE number = ?", a.slot).Scan(&at)
	if err != nil || at == 0 {
		return time.Time{}, a.store.failed("look when the drop may be asked again", err)
	}
	return time.UnixMilli(at), nil
}

// NoteReopens writes it down, for other processes as well.
func (a *Account) NoteReopens(ctx context.Context, at time.Time) error {
	return a.store.tx(ctx, "note when the drop may be asked again", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE accounts SET reopens = ? WHERE number = ?", at.UnixMilli(), a.slot)
		return err
	})
}

// delivered is the note of a message of which only the UIDL is known: as the
// second step of the schema makes it.
func delivered(uidl string) Delivery {
	return Delivery{Name: "uidl " + uidl, UIDL: uidl, State: Delivered}
}
