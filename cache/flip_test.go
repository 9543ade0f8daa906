package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"posthorn/internal/seed"
	"posthorn/mail"
)

// rounds is how many damaged files TestFlipped opens, and flipTime what each may
// take at most: far more than it needs, so only what never ends takes longer.
const (
	rounds   = 40
	flipTime = time.Minute
)

// pristine makes a closed database with something in every table, and returns
// its content.
func pristine(t *testing.T) []byte {
	t.Helper()
	db, f := filled(t, 60)
	ctx := t.Context()
	ids := entries(t, db, mail.View{Folder: f["INBOX"]})
	_, err := db.Index(ctx, 1000)
	must(t, err)
	for i, id := range ids[:20] {
		must(t, db.PutPart(ctx, id, "", text(i)))
		must(t, db.PutText(ctx, id, string(text(i))))
	}
	do(t, db, mail.Move{IDs: ids[:2], To: f["Archive"]})
	j := next(t, db)
	must(t, db.Refuse(ctx, j, "no"))
	do(t, db, mail.Move{IDs: ids[2:4], To: f["Archive"]})
	do(t, db, mail.SetFlags{IDs: ids[5:9], Add: mail.Flagged})
	must(t, db.Close())
	b, err := os.ReadFile(db.path)
	must(t, err)
	return b
}

// flip damages a file at random: some octets anywhere, or in the header, or the
// end is cut off.
func flip(r *rand.Rand, b []byte) []byte {
	b = append([]byte{}, b...)
	within := len(b)
	switch r.IntN(4) {
	case 0:
		within = 100 // the header
	case 1:
		within = 4 * 4096 // the schema
	case 2:
		if r.IntN(4) == 0 {
			return b[:r.IntN(len(b))]
		}
	}
	for range 1 + r.IntN(20) {
		b[r.IntN(within)] = byte(r.UintN(256))
	}
	return b
}

// useAll calls all that reads and writes, and returns what failed.
func useAll(ctx context.Context, db *DB) error {
	var errs []error
	keep := func(err error) { errs = append(errs, err) }
	list, err := db.Folders(ctx)
	keep(err)
	for _, f := range list {
		entries, err := db.Entries(ctx, mail.View{Folder: f.ID, Threads: true}, 0)
		keep(err)
		var ids []mail.ID
		for _, e := range entries {
			ids = append(ids, e.ID)
			_, err := db.Structure(ctx, e.ID)
			keep(err)
			_, _, err = db.Part(ctx, e.ID, "")
			keep(err)
			keep(db.PutPart(ctx, e.ID, "1", []byte("body")))
			keep(db.PutText(ctx, e.ID, "body"))
		}
		_, err = db.Rows(ctx, ids)
		keep(err)
		_, err = db.Places(ctx, ids)
		keep(err)
		_, err = db.Do(ctx, mail.SetFlags{IDs: ids, Add: mail.Seen}, mail.Deed{})
		keep(err)
		keep(db.Apply(ctx, f.ID, mail.Delta{New: []mail.Header{header(500, 0)}, Flags: []mail.FlagChange{{UID: "7", Flags: mail.Seen}}, Gone: []mail.UID{"8"}, Counts: mail.Unknown()}))
	}
	_, err = db.Search(ctx, mail.Text{Value: "line"}, 0, 0)
	keep(err)
	_, err = db.Index(ctx, 1000)
	keep(err)
	for range 10 { // a damaged journal may give the same job again and again
		j, err := db.Next(ctx, never)
		keep(err)
		if err != nil || j == nil {
			break
		}
		keep(db.Begin(ctx, j))
		keep(db.Finish(ctx, j, j.Places))
	}
	_, err = kept(db).Refusals(ctx, 0)
	keep(err)
	keep(db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Delimiter: "/", Role: mail.Inbox}}))
	keep(db.Close())
	return errors.Join(errs...)
}

// A file with octets that were changed is opened, or set aside with a notice, or
// refused with a plain error. What fails later fails with a plain error, too:
// nothing is told as a mistake of ours, nothing panics, nothing goes on for ever.
func TestFlipped(t *testing.T) {
	t.Parallel()
	whole, r := pristine(t), seed.Rand(t, 0)
	refused, aside, failed := 0, 0, 0
	for range rounds {
		path := filepath.Join(t.TempDir(), "a.db")
		must(t, os.WriteFile(path, flip(r, whole), 0o600))
		ctx, cancel := context.WithTimeout(t.Context(), flipTime)
		db, err := Open(ctx, path, "home", numbered(t, filepath.Dir(path)), Options{})
		switch {
		case err != nil:
			refused++
		case db.Notice() != "":
			aside++
			if err = useAll(ctx, db); err != nil {
				t.Errorf("the new one does not work: %v", err)
			}
		default:
			if err = useAll(ctx, db); err != nil {
				failed++
			}
		}
		if err != nil && testing.Verbose() {
			t.Log(err)
		}
		if ctx.Err() != nil || err != nil && (strings.Contains(err.Error(), "mistake in Posthorn") || strings.Contains(err.Error(), "SQL logic error")) {
			t.Errorf("a damaged file gives %v", err)
		}
		cancel()
	}
	t.Logf("of %d files %d could not be opened, %d were set aside, %d failed later", rounds, refused, aside, failed)
	if aside == 0 {
		t.Error("none was set aside")
	}
}
