package cache

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"posthorn/internal/disk"
	"posthorn/internal/disk/disktest"
	"posthorn/mail"
)

// hintOf returns what an error advises.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// says fails the test unless an error reads as given.
func says(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// alter changes a database behind the back of who has it open.
func alter(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	_, err = db.Exec(statements)
	must(t, errors.Join(err, db.Close()))
}

// A statement that is wrong is told as our mistake.
func TestMistake(t *testing.T) {
	db, f := filled(t, 3)
	for _, statement := range []string{
		"SELECT nonsense FROM messages",
		"DELETE FROM nonsense",
		"INSERT INTO meta VALUES ('key', NULL)",
		"INSERT INTO messages (folder) VALUES (1)",
	} {
		_, cause := db.write.Exec(statement)
		err := cause
		db.failed("try", &err)
		says(t, err, "try: this is a mistake in Posthorn: "+cause.Error())
		if !errors.Is(err, cause) || !strings.Contains(hintOf(err), "report it") || damaged(err) {
			t.Errorf("%s: %v; %s; damaged: %v", statement, err, hintOf(err), damaged(err))
		}
	}
	if n := len(entries(t, db, mail.View{Folder: f["INBOX"]})); n != 3 {
		t.Errorf("there are %d messages", n)
	}
}

// A database that is not what its version says is set aside, whatever is in it.
func TestNotOfItsVersion(t *testing.T) {
	for name, statements := range map[string]string{
		"a table is missing":         "DROP TABLE account",
		"an index is missing":        "DROP INDEX messages_uid",
		"a column is missing":        "DROP INDEX bodies_used; ALTER TABLE bodies DROP COLUMN used",
		"the text index is missing":  "DROP TABLE words",
		"a later version":            "PRAGMA user_version = 1000",
		"a version that never was":   "PRAGMA user_version = -1",
		"the version is lost":        "PRAGMA user_version = 0",
		"an earlier version than is": "PRAGMA user_version = 1",
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := filled(t, 3)
			path := db.path
			must(t, db.Close())
			alter(t, path, statements)
			db = openAt(t, path)
			if !strings.Contains(db.Notice(), "could not be used") {
				t.Errorf("the notice is %q", db.Notice())
			}
			if aside, _ := filepath.Glob(path + ".2*"); len(aside) != 1 {
				t.Errorf("set aside are %q", aside)
			}
			if list, err := db.Folders(context.Background()); err != nil || len(list) != 0 {
				t.Errorf("the new one has the folders %v, %v", list, err)
			}
		})
	}
}

// An earlier version that lacks a table is not made whole by a migration.
func TestOldWithoutATable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	alter(t, path, migrations()[0]+"; PRAGMA user_version = 1; DROP TABLE uidls")
	if db := openAt(t, path); !strings.Contains(db.Notice(), "a part of it is missing") {
		t.Errorf("the notice is %q", db.Notice())
	}
}

// What more there is than this version knows does no harm.
func TestMoreThanKnown(t *testing.T) {
	db, f := filled(t, 3)
	path := db.path
	must(t, db.Close())
	alter(t, path, "CREATE TABLE more (id); ANALYZE")
	db = openAt(t, path)
	if n := len(entries(t, db, mail.View{Folder: f["INBOX"]})); db.Notice() != "" || n != 3 {
		t.Errorf("the notice is %q, there are %d messages", db.Notice(), n)
	}
}

// A table that vanishes while the database is open is no mistake of ours.
func TestDamagedWhileOpen(t *testing.T) {
	db, f := filled(t, 3)
	alter(t, db.path, "DROP TABLE folders")
	_, err := db.Cursor(context.Background(), f["INBOX"])
	says(t, err, "read how far a folder is known: the cache is damaged")
	if !strings.Contains(hintOf(err), db.path) {
		t.Errorf("the advice is %q", hintOf(err))
	}
}

func TestBusy(t *testing.T) {
	db, f := filled(t, 3)
	other, err := sql.Open("sqlite", "file:"+db.path+"?_txlock=immediate")
	must(t, err)
	defer other.Close()
	tx, err := other.Begin()
	must(t, err)
	defer tx.Rollback()
	_, err = db.write.Exec("PRAGMA busy_timeout = 0")
	must(t, err)
	says(t, db.SetCounts(context.Background(), f["INBOX"], mail.Counts{}), "store the counts of a folder: another program keeps the cache busy")
}

func TestNoFolder(t *testing.T) {
	db, _ := filled(t, 1)
	ctx := context.Background()
	_, err := db.FolderByName(ctx, "Lists")
	says(t, err, `look for the folder "Lists": no such folder`)
	_, err = db.Do(ctx, mail.File{To: mail.Drafts}, mail.Deed{})
	says(t, err, "move messages: no such folder: the account has none for drafts")
	if !errors.Is(err, ErrNoFolder) {
		t.Errorf("%v is not ErrNoFolder", err)
	}
}

// A folder whose id was held while it went is gone, whatever is to be done there.
func TestFolderGone(t *testing.T) {
	db, f := filled(t, 1)
	ctx, id := context.Background(), entries(t, db, mail.View{Folder: f["INBOX"]})
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Delimiter: "/", Role: mail.Inbox}}))
	_, cursor := db.Cursor(ctx, f["Archive"])
	_, folder := db.Folder(ctx, f["Archive"])
	_, move := db.Do(ctx, mail.Move{IDs: id, To: f["Archive"]}, mail.Deed{})
	_, other := db.Do(ctx, mail.Copy{IDs: id, To: mail.NewFolderID(db.Slot()+1, f["INBOX"].Row())}, mail.Deed{})
	for want, err := range map[string]error{
		"read how far a folder is known": cursor, "look for a folder": folder, "move messages": move, "copy messages": other,
		"store what changed in a folder": db.Apply(ctx, f["Archive"], mail.Delta{Counts: mail.Unknown()}),
		"store headers that were found":  db.Insert(ctx, f["Archive"], []mail.Header{header(5, 0)}),
	} {
		says(t, err, want+": the folder is gone")
		if !errors.Is(err, mail.ErrGone) {
			t.Errorf("%v is not ErrGone", err)
		}
	}
}

// A full disk is called that wherever something is written, and once there is
// space again all goes on.
func TestFullDisk(t *testing.T) {
	dir := disktest.Small(t, "3m")
	ctx := context.Background()
	db, err := Open(ctx, filepath.Join(dir, "a.db"), "home", numbered(t, dir), Options{})
	must(t, err)
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Delimiter: "/", Role: mail.Inbox}}))
	inbox := folders(t, db)["INBOX"]
	must(t, db.Apply(ctx, inbox, mail.Delta{New: []mail.Header{header(1, 0)}, Counts: mail.Unknown()}))
	id := entries(t, db, mail.View{Folder: inbox})[0]
	free := disktest.Fill(t, dir)

	writes := []struct {
		want string
		do   func() error
	}{
		{"keep a body", func() error { return db.PutPart(ctx, id, "1", text(1)) }},
		{"store what changed in a folder", func() error {
			d := mail.Delta{Counts: mail.Unknown()}
			for n := range 3000 {
				d.New = append(d.New, header(n+2, 0))
			}
			return db.Apply(ctx, inbox, d)
		}},
		{"set flags", func() error {
			_, err := db.Do(ctx, mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Seen}, mail.Deed{})
			return err
		}},
		{"open the cache " + filepath.Join(dir, "b.db"), func() error {
			other, err := Open(ctx, filepath.Join(dir, "b.db"), "other", numbered(t, t.TempDir()), Options{})
			if err == nil {
				return other.Close()
			}
			return err
		}},
	}
	failed := 0
	for _, w := range writes {
		err := w.do()
		var e *disk.Error
		if !errors.As(err, &e) || e.Reason != disk.Full || !strings.HasPrefix(err.Error(), w.want+": ") || !strings.HasSuffix(err.Error(), ": the disk is full") || !strings.Contains(hintOf(err), dir) {
			t.Errorf("%s: %v; %s", w.want, err, hintOf(err))
		}
		failed++
	}
	if failed < len(writes)-1 {
		t.Errorf("only %d of %d writes failed", failed, len(writes))
	}
	free()
	for _, w := range writes[2:] {
		if err := w.do(); err != nil {
			t.Errorf("with space again: %v", err)
		}
	}
	if n := len(entries(t, db, mail.View{Folder: inbox})); n != 1 {
		t.Errorf("there are %d messages, want the one that was stored", n)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	dir := disktest.Small(t, "3m")
	ctx := context.Background()
	path := filepath.Join(dir, "a.db")
	journal := numbered(t, t.TempDir())
	db, err := Open(ctx, path, "home", journal, Options{})
	must(t, err)
	must(t, db.Close())
	disktest.ReadOnly(t, dir)
	_, err = Open(ctx, path, "home", journal, Options{})
	says(t, err, "open the cache "+path+": the file system is read-only")
	if want := "have " + dir + " mounted for writing, then try again"; hintOf(err) != want {
		t.Errorf("the advice is %q, want %q", hintOf(err), want)
	}
	if aside, _ := filepath.Glob(path + ".2*"); len(aside) != 0 {
		t.Errorf("set aside are %q", aside)
	}
}

// A folder that is not there, or is no folder, is told with its name.
func TestNoPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	none := filepath.Join(t.TempDir(), "none", "a.db")
	_, err := Open(context.Background(), none, "home", numbered(t, t.TempDir()), Options{})
	says(t, err, "open the cache "+none+": its folder is not there")
	for _, dir := range []string{filepath.Dir(none), file} {
		_, err := Open(context.Background(), filepath.Join(dir, "a.db"), "home", numbered(t, t.TempDir()), Options{})
		if err == nil || !strings.HasPrefix(err.Error(), "open the cache "+dir) || strings.Contains(err.Error(), "mistake") {
			t.Errorf("in %s: %v", dir, err)
		}
	}
}
