package cache

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"posthorn/internal/seed"
	"posthorn/mail"
)

// keptBodies returns what is said to be kept of bodies, and what is.
func keptBodies(t *testing.T, db *DB) (said, is int64) {
	t.Helper()
	must(t, db.read.QueryRow(keptQuery).Scan(&said))
	must(t, db.read.QueryRow("SELECT coalesce(sum(length(data)), 0) FROM bodies").Scan(&is))
	return said, is
}

func noise(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// The number of what is kept is right whatever becomes of bodies, and within the
// bound.
func TestBodiesAreCounted(t *testing.T) {
	ctx, r := context.Background(), seed.Rand(t, 1)
	db, f := filled(t, 30)
	db.o.BodyBytes = 20_000
	ids := entries(t, db, mail.View{Folder: f["INBOX"]})
	for n := range 300 {
		id := ids[r.IntN(len(ids))]
		bound := int64(math.MaxInt64) // looked at when a body is kept
		switch r.IntN(8) {
		case 0:
			_, err := db.Do(ctx, mail.Append{To: f["Archive"], Raw: noise(r, 50)}, mail.Deed{})
			must(t, err)
		case 1:
			must(t, db.Apply(ctx, f["INBOX"], mail.Delta{Gone: []mail.UID{mail.UID(fmt.Sprint(1 + r.IntN(30)))}, Counts: mail.Unknown()}))
		default:
			must(t, db.PutPart(ctx, id, fmt.Sprint(r.IntN(3)), noise(r, r.IntN(3000))))
			bound = db.o.BodyBytes
		}
		if said, is := keptBodies(t, db); said != is || is > bound {
			t.Fatalf("after %d steps %d octets are said to be kept, and %d are", n, said, is)
		}
	}
}

// What is kept is counted once in a database of the version before.
func TestMigrateBodies(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	old, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	for v := range 4 {
		_, err := old.Exec(migrations()[v])
		must(t, err)
	}
	_, err = old.Exec("PRAGMA user_version = 4; INSERT INTO bodies VALUES (1, '', zeroblob(100), 0), (2, '', zeroblob(23), 0)")
	must(t, err)
	must(t, old.Close())
	db := openAt(t, path)
	if said, is := keptBodies(t, db); said != 123 || is != 123 || db.Notice() != "" {
		t.Errorf("%d octets are said to be kept, and %d are: %s", said, is, db.Notice())
	}
}

// What was read last is known after the cache was closed, also where a body could
// not be kept meanwhile.
func TestGlancesLast(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "a.db")
	db := openAt(t, path)
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox, Counts: mail.Unknown()}}))
	in := folders(t, db)["INBOX"]
	must(t, db.Insert(ctx, in, []mail.Header{header(1, 0), header(2, 0)}))
	ids := entries(t, db, mail.View{Folder: in})
	for _, id := range ids {
		must(t, db.PutPart(ctx, id, "", []byte("hello")))
	}
	_, err := db.write.Exec("UPDATE bodies SET used = 1000")
	must(t, err)
	_, _, err = db.Part(ctx, ids[0], "")
	must(t, err)
	off, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.PutPart(off, ids[1], "", []byte("again")); err == nil {
		t.Fatal("a body was kept after the end")
	}
	must(t, db.Close())
	db = openAt(t, path)
	var old int64
	must(t, db.read.QueryRow("SELECT message FROM bodies WHERE used = 1000").Scan(&old))
	if old != ids[1].Row() {
		t.Errorf("message %d was read least lately, want %d", old, ids[1].Row())
	}
}

// A cache that is to be read only is opened, read and closed while another process
// writes, and nothing waits for it.
func TestReadNeverWrites(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "a.db")
	db := openAt(t, path)
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox, Counts: mail.Unknown()}}))
	in := folders(t, db)["INBOX"]
	must(t, db.Insert(ctx, in, []mail.Header{header(1, 0)}))
	id := entries(t, db, mail.View{Folder: in})[0]
	must(t, db.PutPart(ctx, id, "", []byte("hello")))
	_, err := db.write.Exec("UPDATE bodies SET used = 1000")
	must(t, err)
	journal := kept(db)
	tx, err := db.write.Begin() // BEGIN IMMEDIATE
	must(t, err)
	defer tx.Rollback()
	opened := make(chan error, 1)
	go func() {
		other, err := Open(ctx, path, "home", journal, Options{})
		if err == nil {
			_, _, err = other.Part(ctx, id, "")
			err = errors.Join(err, other.Close())
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		must(t, err)
	case <-time.After(5 * time.Second): // half of what one waits for a writer
		t.Error("reading waits for who writes")
		tx.Rollback()
		<-opened
	}
}
