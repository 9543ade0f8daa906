package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"posthorn/mail"
)

// ErrNoFolder says that there is no folder with a name or a role.
var ErrNoFolder = errors.New("no such folder")

// errFolderGone says that the folder of an id is not there any more.
var errFolderGone = fmt.Errorf("the folder is %w", mail.ErrGone)

// SetMailboxes makes the folders those that the source has: new ones are added,
// those that are not named vanish with their messages, unless what was
// written here waits to be put there. Counts are taken over
// where the source said them.
func (db *DB) SetMailboxes(ctx context.Context, boxes []mail.Mailbox) (err error) {
	defer db.failed("store the list of folders", &err)
	known, err := folderIDs(ctx, db.read)
	if err != nil {
		return err
	}
	news := 0
	for _, m := range boxes {
		if _, ok := known[m.Name]; !ok {
			news++
		}
	}
	targets, err := db.journal.Targets(ctx)
	if err != nil {
		return foreign(err)
	}
	set := func(tx *sql.Tx, ids *span) error { return setMailboxes(ctx, tx, ids, boxes, targets) }
	if err = db.folder.with(ctx, news, db.tx, set); errors.Is(err, errNoneLeft) { // another process dropped some meanwhile
		err = db.folder.with(ctx, len(boxes), db.tx, set)
	}
	return err
}

func setMailboxes(ctx context.Context, tx *sql.Tx, ids *span, boxes []mail.Mailbox, targets []string) error {
	known, err := folderIDs(ctx, tx)
	if err != nil {
		return err
	}
	named := map[string]bool{}
	for _, m := range boxes {
		named[m.Name] = true
		id, ok := known[m.Name]
		if !ok {
			if id, err = ids.one(); err != nil {
				return err
			}
			known[m.Name] = id
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO folders (id, name, delimiter, role, noselect, subscribed, total, unread) VALUES (?,?,?,?,?,?,?,?)
			ON CONFLICT (name) DO UPDATE SET delimiter = excluded.delimiter, role = excluded.role, noselect = excluded.noselect,
			subscribed = excluded.subscribed, total = iif(excluded.total < 0, total, excluded.total), unread = iif(excluded.unread < 0, unread, excluded.unread)`,
			id, m.Name, m.Delimiter, m.Role, m.NoSelect, m.Subscribed, m.Total, m.Unread)
		if err != nil {
			return err
		}
	}
	return dropFolders(ctx, tx, named, targets)
}

// dropFolders drops the folders that are not to be kept. Those that jobs are to
// bring messages to stay, as what is to be put there is seen in them.
func dropFolders(ctx context.Context, tx *sql.Tx, keep map[string]bool, targets []string) error {
	known, err := folderIDs(ctx, tx)
	if err != nil {
		return err
	}
	for name, id := range known {
		if keep[name] {
			continue
		}
		if err := dropMessages(ctx, tx, "lies = ?", id); err != nil {
			return err
		}
		drop := "DELETE FROM folders WHERE id = ?"
		if slices.Contains(targets, name) {
			drop = "UPDATE folders SET noselect = 1, cursor = '' WHERE id = ?"
		}
		if _, err := tx.ExecContext(ctx, drop, id); err != nil {
			return err
		}
	}
	return nil
}

// folderIDs returns the folders' ids by their names.
func folderIDs(ctx context.Context, q querier) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, "SELECT id, name FROM folders")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := map[string]int64{}
	for rows.Next() {
		var id int64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		ids[name] = id
	}
	return ids, rows.Err()
}

// dropMessages deletes messages and all that hangs on them.
func dropMessages(ctx context.Context, tx *sql.Tx, where string, args ...any) error {
	these := "(SELECT id FROM messages WHERE " + where + ")"
	twice := append(append([]any{}, args...), args...)
	for _, q := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM words WHERE rowid IN " + these, args},
		{"DELETE FROM bodies WHERE message IN " + these, args},
		// By the key first: a scan of all ids would cost more than the deletion.
		{"UPDATE ids SET message = 0 WHERE msgid IN (SELECT msgid FROM messages WHERE " + where + ") AND message IN " + these, twice},
		{"DELETE FROM messages WHERE " + where, args},
	} {
		if _, err := tx.ExecContext(ctx, q.text, q.args...); err != nil {
			return err
		}
	}
	return nil
}

// Folders returns the folders. Their counts are the source's, corrected by what
// the journal has not played yet; -1 where the source never said.
func (db *DB) Folders(ctx context.Context) (_ []mail.Folder, err error) {
	defer db.failed("list the folders", &err)
	return db.folders(ctx)
}

func (db *DB) folders(ctx context.Context) ([]mail.Folder, error) {
	rows, err := db.read.QueryContext(ctx, "SELECT id, name, delimiter, role, noselect, subscribed, total, unread FROM folders ORDER BY role = 0, role, name COLLATE NOCASE")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []mail.Folder
	for rows.Next() {
		f := mail.Folder{Account: db.account}
		var id int64
		if err := rows.Scan(&id, &f.Name, &f.Delimiter, &f.Role, &f.NoSelect, &f.Subscribed, &f.Total, &f.Unread); err != nil {
			return nil, err
		}
		f.ID = mail.NewFolderID(db.slot, id)
		list = append(list, f)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return list, db.correct(ctx, list)
}

// correct adds to the source's counts what the journal will do to them.
func (db *DB) correct(ctx context.Context, list []mail.Folder) error {
	rows, err := db.read.QueryContext(ctx, `SELECT lies, folder, (has & ?1) = 0, (flags & ?1) = 0, count(*) FROM messages WHERE named <> 0 GROUP BY 1, 2, 3, 4`, int64(mail.Seen))
	if err != nil {
		return err
	}
	defer rows.Close()
	shift := map[int64]mail.Counts{}
	add := func(folder int64, n int, unread bool) {
		c := shift[folder]
		c.Total += n
		if unread {
			c.Unread += n
		}
		shift[folder] = c
	}
	for rows.Next() {
		var lies, folder int64
		var was, is bool
		var n int
		if err := rows.Scan(&lies, &folder, &was, &is, &n); err != nil {
			return err
		}
		add(lies, -n, was)
		add(folder, n, is)
	}
	for i := range list {
		f, d := &list[i], shift[list[i].ID.Row()]
		if f.Total >= 0 {
			f.Total = max(f.Total+d.Total, 0)
		}
		if f.Unread >= 0 {
			f.Unread = max(f.Unread+d.Unread, 0)
		}
	}
	return rows.Err()
}

// Folder returns a folder by its id, or [mail.ErrGone].
func (db *DB) Folder(ctx context.Context, id mail.FolderID) (_ mail.Folder, err error) {
	defer db.failed("look for a folder", &err)
	f, err := db.folderWhere(ctx, func(f mail.Folder) bool { return f.ID == id })
	if errors.Is(err, ErrNoFolder) {
		err = errFolderGone
	}
	return f, err
}

// FolderByName returns a folder by its full name.
func (db *DB) FolderByName(ctx context.Context, name string) (_ mail.Folder, err error) {
	defer db.failed(fmt.Sprintf("look for the folder %q", name), &err)
	return db.folderWhere(ctx, func(f mail.Folder) bool { return f.Name == name })
}

// FolderByRole returns the folder with a role.
func (db *DB) FolderByRole(ctx context.Context, r mail.Role) (_ mail.Folder, err error) {
	defer db.failed(fmt.Sprintf("look for the folder for %s", r), &err)
	return db.folderOf(ctx, r)
}

func (db *DB) folderOf(ctx context.Context, r mail.Role) (mail.Folder, error) {
	return db.folderWhere(ctx, func(f mail.Folder) bool { return f.Role == r && !f.NoSelect })
}

// folderWhere returns the first folder that fits, or [ErrNoFolder].
func (db *DB) folderWhere(ctx context.Context, fits func(mail.Folder) bool) (mail.Folder, error) {
	list, err := db.folders(ctx)
	if err != nil {
		return mail.Folder{}, err
	}
	for _, f := range list {
		if fits(f) {
			return f, nil
		}
	}
	return mail.Folder{}, ErrNoFolder
}

// SetCounts stores what the source says of a folder; -1 says nothing.
func (db *DB) SetCounts(ctx context.Context, f mail.FolderID, c mail.Counts) (err error) {
	defer db.failed("store the counts of a folder", &err)
	_, err = db.write.ExecContext(ctx, "UPDATE folders SET total = iif(?1 < 0, total, ?1), unread = iif(?2 < 0, unread, ?2) WHERE id = ?3", c.Total, c.Unread, f.Row())
	return err
}

// Cursor returns how far a folder has been read.
func (db *DB) Cursor(ctx context.Context, f mail.FolderID) (c mail.Cursor, err error) {
	defer db.failed("read how far a folder is known", &err)
	err = db.read.QueryRowContext(ctx, "SELECT cursor FROM folders WHERE id = ?", f.Row()).Scan(&c)
	if errors.Is(err, sql.ErrNoRows) {
		err = errFolderGone
	}
	return c, err
}
