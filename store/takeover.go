package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"posthorn/mail"
	"posthorn/mail/safe"
)

// known is what some place knows of an account.
type known struct {
	name              string
	number            int
	messages, folders int64 // the highest ids that it knows
	outbox            int64 // and the highest number in the outbox
	deliveries        []Delivery
}

// A takeover is what a new store begins with: what was read of the one that was
// set aside, and what lies in the state folder. There, each cache notes the name
// and the number of its account. A profile of an earlier version has the numbers
// in slots.json and the UIDLs in the caches.
type takeover struct {
	at       func(step string)
	all      []known    // a place further on gives way where two disagree
	rows     []salvaged // of the journal
	numbered bool       // a cache was numbered by a store before
	locks    []*flock.Flock
}

func newTakeover(ctx context.Context, state, aside string, at func(string)) (*takeover, error) {
	t := &takeover{at: at}
	if aside != "" {
		t.salvage(ctx, aside)
	}
	at("salvaged")
	if err := t.caches(ctx, state); err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

// close lets go of the locks that keep an earlier version away.
func (t *takeover) close() {
	for _, l := range t.locks {
		l.Unlock()
	}
}

// salvage reads what can be read of a damaged store, from both ends of each table.
func (t *takeover) salvage(ctx context.Context, path string) {
	if size(path) <= 1 {
		return
	}
	db, err := connect(path, "mode=ro")
	if err != nil {
		return
	}
	defer func() { // what a reader leaves
		db.Close()
		os.Remove(path + "-shm")
		if size(path+"-wal") == 0 {
			os.Remove(path + "-wal")
		}
	}()
	byNumber := map[int]*known{}
	each(ctx, db, "SELECT number, name, messages, folders FROM accounts", []string{"number"}, func(scan func(...any) error) error {
		k := &known{}
		if err := scan(&k.number, &k.name, &k.messages, &k.folders); err != nil {
			return err
		}
		byNumber[k.number] = k
		return nil
	})
	each(ctx, db, "SELECT number, outbox FROM accounts", []string{"number"}, func(scan func(...any) error) error {
		var number int
		var outbox int64
		err := scan(&number, &outbox)
		if k := byNumber[number]; k != nil {
			k.outbox = outbox
		}
		return err
	})
	deliveries(ctx, db, byNumber)
	t.journal(ctx, db)
	for _, k := range byNumber {
		t.all = append(t.all, *k)
	}
}

// deliveries reads the notes of drops: of a store of the first version, which has
// UIDLs alone, or of a later one.
func deliveries(ctx context.Context, db *sql.DB, byNumber map[int]*known) {
	add := func(number int, d Delivery) {
		if k := byNumber[number]; k != nil {
			k.deliveries = append(k.deliveries, d)
		}
	}
	each(ctx, db, "SELECT account, uidl FROM uidls", []string{"account", "uidl"}, func(scan func(...any) error) error {
		var number int
		var uidl string
		err := scan(&number, &uidl)
		if err == nil {
			add(number, delivered(uidl))
		}
		return err
	})
	each(ctx, db, "SELECT account, name, uidl, size, header, content, state FROM deliveries", []string{"account", "name"}, func(scan func(...any) error) error {
		var number int
		var d Delivery
		err := scan(&number, &d.Name, &d.UIDL, &d.Size, &d.Header, &d.Content, &d.State)
		if err == nil {
			add(number, d)
		}
		return err
	})
}

// each calls f for the rows of a query, and again from the other end where they
// cannot be read to the last.
func each(ctx context.Context, db *sql.DB, query string, order []string, f func(scan func(...any) error) error) {
	if forEach(ctx, db, query+" ORDER BY "+strings.Join(order, ", "), f) != nil {
		forEach(ctx, db, query+" ORDER BY "+strings.Join(order, " DESC, ")+" DESC", f)
	}
}

// caches reads what the caches in the state folder know.
func (t *takeover) caches(ctx context.Context, state string) error {
	slots, err := readSlots(filepath.Join(state, "slots.json"))
	if err != nil {
		return err
	}
	byFile := map[string]known{}
	for name, n := range slots {
		byFile[safe.FileName(name)+".db"] = known{name: name, number: n}
	}
	entries, err := os.ReadDir(state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".db") {
			continue
		}
		k, err := t.cache(ctx, filepath.Join(state, e.Name()), byFile[e.Name()])
		if err != nil {
			return err
		}
		if k.name != "" {
			byFile[e.Name()] = k
		}
		t.at("read " + e.Name())
	}
	// By number, so that it does not depend on chance which of two gives way.
	var all []known
	for _, k := range byFile {
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b known) int { return a.number - b.number })
	t.all = append(t.all, all...)
	return nil
}

// readSlots reads the numbers of accounts as an earlier version kept them.
func readSlots(path string) (map[string]int, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var slots map[string]int
	if err := json.Unmarshal(b, &slots); err != nil {
		return nil, fmt.Errorf("read the numbers of the accounts in %s: %w", path, err)
	}
	return slots, nil
}

// storeless is the last version of a cache's schema that had no store beside it.
const storeless = 2

// cache reads what a cache knows of its account. One that is damaged says
// nothing: it is set aside when it is opened.
func (t *takeover) cache(ctx context.Context, path string, k known) (known, error) {
	if size(path) <= 1 {
		return k, nil
	}
	db, err := connect(path, "mode=ro")
	if err != nil {
		return k, err
	}
	defer db.Close()
	have, err := versionOf(ctx, db)
	if err == nil && have > storeless {
		t.numbered = true
		err = db.QueryRowContext(ctx, "SELECT name, number FROM account").Scan(&k.name, &k.number)
	} else if err == nil && have > 0 {
		if err := t.lock(strings.TrimSuffix(path, ".db") + ".lock"); err != nil {
			return k, err
		}
		err = forEach(ctx, db, "SELECT uidl FROM uidls", func(scan func(...any) error) error {
			var uidl string
			if err := scan(&uidl); err != nil {
				return err
			}
			k.deliveries = append(k.deliveries, delivered(uidl))
			return nil
		})
	}
	if err == nil && have > 0 {
		err = db.QueryRowContext(ctx, `SELECT
			max((SELECT coalesce(max(id), 0) FROM messages), (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'messages')),
			max((SELECT coalesce(max(id), 0) FROM folders), (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'folders'))`).Scan(&k.messages, &k.folders)
	}
	switch code(err) {
	case codeError, codeCorrupt, codeNotADB:
		return k, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return k, fmt.Errorf("read the cache %s: %w", path, err)
	}
	return k, nil
}

// lock keeps an earlier version of Posthorn from working on an account.
func (t *takeover) lock(path string) error {
	l := flock.New(path, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return err
	}
	if !ok {
		return ErrRunning
	}
	t.locks = append(t.locks, l)
	return nil
}

// into writes what is known into a new store.
func (t *takeover) into(ctx context.Context, tx *sql.Tx) error {
	for _, k := range t.all {
		if k.number < 0 || k.number > mail.MaxSlot || min(k.messages, k.folders) < 0 || max(k.messages, k.folders) > mail.MaxRow {
			continue // no program of ours wrote that
		}
		if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO accounts (number, name) VALUES (?, ?)", k.number, k.name); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE accounts SET messages = max(messages, ?), folders = max(folders, ?), outbox = max(outbox, ?) WHERE name = ?", k.messages, k.folders, k.outbox, k.name); err != nil {
			return err
		}
		for _, d := range k.deliveries {
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO deliveries SELECT number, ?, ?, ?, ?, ?, ? FROM accounts WHERE name = ?", d.Name, d.UIDL, d.Size, d.Header, d.Content, d.State, k.name); err != nil {
				return err
			}
		}
		t.at("taken over " + k.name)
	}
	return t.journalInto(ctx, tx)
}
