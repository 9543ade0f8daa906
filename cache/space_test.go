package cache

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"posthorn/mail"
)

// crowded is a database from which most was deleted: with a body of each message,
// all of which went but one. It returns the one.
func crowded(t *testing.T, path string) (*DB, mail.ID) {
	t.Helper()
	ctx, r := context.Background(), rand.New(rand.NewPCG(1, 2))
	db := openAt(t, path)
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox, Counts: mail.Unknown()}}))
	in := folders(t, db)["INBOX"]
	d := mail.Delta{Validity: 7, Counts: mail.Unknown()}
	var gone []mail.UID
	for n := range 40 {
		d.New = append(d.New, header(n+1, 0))
		gone = append(gone, mail.UID(fmt.Sprint(n+1)))
	}
	must(t, db.Apply(ctx, in, d))
	for _, id := range entries(t, db, mail.View{Folder: in}) {
		must(t, db.PutPart(ctx, id, "", noise(r, 100_000)))
	}
	must(t, db.Apply(ctx, in, mail.Delta{Gone: gone[1:], Counts: mail.Unknown()}))
	return db, entries(t, db, mail.View{Folder: in})[0]
}

func tidy(t *testing.T, db *DB) {
	t.Helper()
	for n := 0; ; n++ {
		more, err := db.Tidy(context.Background())
		must(t, err)
		if !more {
			return
		}
		if n > 100 {
			t.Fatal("it does not end")
		}
	}
}

// older has a database as an earlier version made it, which gives no page back.
func older(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	defer db.Close()
	for v := range version {
		_, err := db.Exec(migrations()[v])
		must(t, err)
	}
	_, err = db.Exec(fmt.Sprintf("PRAGMA user_version = %d", version))
	must(t, err)
}

// Space is given back, of a new file and of one of an earlier version, while
// another process is in the midst of reading, and what is left is whole.
func TestSpaceIsGivenBack(t *testing.T) {
	for name, make := range map[string]func(*testing.T, string){"new": func(*testing.T, string) {}, "old": older} {
		t.Run(name, func(t *testing.T) {
			ctx, path := context.Background(), filepath.Join(t.TempDir(), "a.db")
			make(t, path)
			db, left := crowded(t, path)
			before, err := db.space(ctx)
			must(t, err)
			if before.piecewise != (name == "new") || before.free < before.pages/2 {
				t.Fatalf("it begins with %+v", before)
			}
			reader, err := db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
			must(t, err)
			defer reader.Rollback()
			var n int
			must(t, reader.QueryRow("SELECT count(*) FROM messages").Scan(&n))
			tidy(t, db)
			must(t, reader.QueryRow("SELECT count(*) FROM bodies").Scan(&n))
			must(t, reader.Rollback())
			after, err := db.space(ctx)
			must(t, err)
			if !after.piecewise || after.free > fewPages || after.pages > before.pages/2 {
				t.Errorf("there were %+v, there are %+v", before, after)
			}
			if b, ok, err := db.Part(ctx, left, ""); len(b) != 100_000 || !ok || err != nil {
				t.Errorf("what is left is %d octets, %v, %v", len(b), ok, err)
			}
			var verdict string
			must(t, db.read.QueryRow("PRAGMA integrity_check").Scan(&verdict))
			if verdict != "ok" {
				t.Error(verdict)
			}
		})
	}
}

// A file of an earlier version is not written anew while another process writes,
// and nobody hears of that.
func TestTidyGivesWay(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "a.db")
	older(t, path)
	db, _ := crowded(t, path)
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	must(t, err)
	defer other.Close()
	tx, err := other.BeginTx(ctx, nil)
	must(t, err)
	tidy(t, db)
	must(t, tx.Rollback())
	if s, err := db.space(ctx); err != nil || s.piecewise {
		t.Errorf("it was written while another wrote: %+v, %v", s, err)
	}
}

// Who writes ends the writing anew at once.
func TestTidyIsDisturbed(t *testing.T) {
	db, _ := filled(t, 1)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	db.disturb.Store(&cancel)
	must(t, db.tx(context.Background(), func(*sql.Tx) error { return nil }))
	if ctx.Err() == nil {
		t.Error("it goes on")
	}
}
