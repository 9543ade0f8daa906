package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"posthorn/internal/atomicfile"
)

// lockRetry is how often it is tried to lock the making of a store.
const lockRetry = 20 * time.Millisecond

// errUnmade says that there is no store.
var errUnmade = errors.New("there is no store yet")

// opener opens a store, and makes, migrates or mends it before where that is
// needed. Tests stop it at each step.
type opener struct {
	*Store
	state string
	at    func(step string)
}

func (o *opener) open(ctx context.Context) error {
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return err
	}
	err := o.use(ctx)
	if err == nil || !errors.Is(err, errUnmade) && !damaged(err) {
		return err
	}
	lock := flock.New(filepath.Join(o.dir, "store.lock"), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return fmt.Errorf("wait for another process that makes it: %w", err)
	}
	defer lock.Unlock()
	if err := o.prepare(ctx); err != nil {
		return err
	}
	return o.use(ctx)
}

// use opens the store if it is there and sound, and brings it to this version.
func (o *opener) use(ctx context.Context) (err error) {
	if size(o.path) <= 1 { // SQLite would take it for a new one
		return errUnmade
	}
	if o.db, err = connect(o.path, "_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)"); err != nil {
		return err
	}
	if err = o.look(ctx); err != nil {
		return errors.Join(err, o.disconnect())
	}
	if err = o.sweep(ctx); err != nil {
		return errors.Join(o.explain(err), o.disconnect())
	}
	return os.MkdirAll(o.locks(), 0o700)
}

// size returns how long a file is, 0 for one that is not there.
func size(path string) int64 {
	i, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return i.Size()
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// look finds out whether the store that is open can be used, and migrates it if so.
func (o *opener) look(ctx context.Context) error {
	have, err := versionOf(ctx, o.db)
	if err != nil {
		return o.explain(err)
	}
	if have > len(o.steps) {
		return ErrNewer
	}
	var tables int
	if err := o.db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'accounts'").Scan(&tables); err != nil {
		return o.explain(err)
	}
	if have == 0 || tables == 0 {
		return &unusable{"it holds something else", nil}
	}
	var verdict string
	if err := o.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return o.explain(err)
	}
	if verdict != "ok" {
		return &unusable{"the file is damaged", errors.New(verdict)}
	}
	return o.migrate(ctx, have)
}

// prepare makes a store that can be used, while no other process does.
func (o *opener) prepare(ctx context.Context) error {
	if exists(o.ready()) { // who made it died
		if exists(o.locks()) {
			o.notice = "the store was missing or damaged; it was made anew from what could be read of it and what the caches know"
		}
		if err := o.install(); err != nil {
			return err
		}
	}
	err := o.use(ctx)
	if err == nil { // another process was faster
		return o.disconnect()
	}
	var aside string
	if damaged(err) || size(o.path+"-wal") > 0 {
		var e error
		if aside, e = o.setAside(); e != nil {
			return fmt.Errorf("keep the store, which cannot be used (%w): %w", err, e)
		}
	} else if !errors.Is(err, errUnmade) {
		return err
	}
	if err := o.build(ctx, aside, err); err != nil {
		return err
	}
	return o.install()
}

// ready is a new store that is whole and waits to be put in its place.
func (o *opener) ready() string { return o.path + ".ready" }

// install puts a new store in its place. What SQLite kept beside the old one
// goes before, or it would be taken for the new one's.
func (o *opener) install() error {
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(o.path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	o.at("the old one's files are gone")
	if err := os.Rename(o.ready(), o.path); err != nil {
		return err
	}
	o.at("installed")
	return atomicfile.SyncDir(o.dir)
}

// setAside keeps a copy of a store that cannot be used, and returns its path.
func (o *opener) setAside() (string, error) {
	aside := o.path + time.Now().Format(".20060102-150405.000")
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(aside+suffix, o.path+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		o.at("kept" + suffix)
	}
	return aside, nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// build makes a new store and takes over what is known elsewhere, first of all in
// the one that was set aside, if any.
func (o *opener) build(ctx context.Context, aside string, why error) error {
	t, err := newTakeover(ctx, o.state, aside, o.at)
	if err != nil {
		return err
	}
	defer t.close()
	lost := exists(o.locks()) || t.numbered || aside != ""
	path := o.path + ".new"
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // who made it died
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := o.fill(ctx, path, t); err != nil {
		return err
	}
	o.at("filled")
	if lost {
		o.notice = lostNotice(o.path, aside, why)
		n, err := o.keepFound(ctx, path)
		if err != nil {
			return err
		}
		if n > 0 {
			o.notice += fmt.Sprintf("; %d messages that were written here and not stored elsewhere lie in %s", n, o.texts())
		}
	}
	return os.Rename(path, o.ready())
}

// lostNotice tells the user that there is a new store in the place of one that
// was there.
func lostNotice(path, aside string, why error) string {
	switch {
	case aside == "":
		return fmt.Sprintf("the store %s was missing or empty; it was made anew from what the caches know, and the letters of accounts may have changed", path)
	case size(aside) <= 1:
		return fmt.Sprintf("the store %s was missing or empty; what was left of it is kept as %s-wal, and it was made anew from what the caches know", path, aside)
	}
	return fmt.Sprintf("the store could not be used (%v); it is kept as %s, and what could be read of it was taken over", why, aside)
}

// fill makes the schema in a new file and takes over what is known, in one
// transaction.
func (o *opener) fill(ctx context.Context, path string, t *takeover) error {
	db, err := connect(path, "_pragma=journal_mode(DELETE)")
	if err != nil {
		return err
	}
	err = within(ctx, db, func(tx *sql.Tx) error {
		for n := range o.steps {
			if err := o.take(ctx, tx, n+1); err != nil {
				return err
			}
		}
		err := t.into(ctx, tx)
		o.at("before the commit")
		return err
	})
	return errors.Join(err, db.Close())
}

// locks is the folder of the accounts' lock files. It is made after the first
// store, so that a store that was lost can be told from one that never was.
func (s *Store) locks() string { return filepath.Join(s.dir, "locks") }
