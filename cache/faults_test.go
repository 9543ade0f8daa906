package cache

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"posthorn/mail"
)

// Reading waits for no other process that writes.
func TestReadWhileWritten(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "a.db")
	db := openAt(t, path)
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox, Counts: mail.Unknown()}}))
	in := folders(t, db)["INBOX"]
	must(t, db.Insert(ctx, in, []mail.Header{header(1, 0)}))
	id := entries(t, db, mail.View{Folder: in})[0]
	must(t, db.PutPart(ctx, id, "", []byte("hello")))
	_, err := db.write.Exec("UPDATE bodies SET used = used - 7200")
	must(t, err)
	other, err := sql.Open("sqlite", "file:"+path)
	must(t, err)
	defer other.Close()
	conn, err := other.Conn(ctx)
	must(t, err)
	defer conn.Close()
	_, err = conn.ExecContext(ctx, "BEGIN IMMEDIATE")
	must(t, err)
	soon, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	if b, ok, err := db.Part(soon, id, ""); err != nil || !ok || string(b) != "hello" {
		t.Errorf("reading waits for who writes: %q, %v, %v", b, ok, err)
	}
	_, err = conn.ExecContext(ctx, "ROLLBACK")
	must(t, err)
}

// Two messages with one Message-ID, as a list and its author send them. The one
// is to be deleted for good; before that is played, the mailbox is numbered anew.
func TestTwinsRenumbered(t *testing.T) {
	for _, order := range []string{"as they were", "the other way round"} {
		t.Run(order, func(t *testing.T) {
			db, ctx := open(t), context.Background()
			must(t, db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Delimiter: "/", Role: mail.Inbox}}))
			in := folders(t, db)["INBOX"]
			mine, other := header(1, 0), header(2, 0)
			other.MessageID, mine.Size, other.Size = mine.MessageID, 1000, 9000
			must(t, db.Apply(ctx, in, mail.Delta{Validity: 7, Cursor: "c1", New: []mail.Header{other, mine}, Counts: mail.Unknown()}))
			for _, r := range rows(t, db, entries(t, db, mail.View{Folder: in})...) {
				if r.Size == 1000 {
					do(t, db, mail.Expunge{IDs: []mail.ID{r.ID}})
				}
			}
			mine.UID, other.UID = "11", "12"
			list := []mail.Header{other, mine}
			if order != "as they were" {
				mine.UID, other.UID = "12", "11"
				list = []mail.Header{mine, other}
			}
			must(t, db.Apply(ctx, in, mail.Delta{Validity: 8, Reset: true, Cursor: "c2", New: list, Counts: mail.Unknown(), Done: 2, Of: 2}))
			if p := next(t, db).Places; len(p) != 1 || p[0].UID != mine.UID {
				t.Errorf("the job is about another message: %+v, not %s", p, mine.UID)
			}
		})
	}
}

// A message is moved on before its first move was played, and that is refused.
// It is shown and counted in one folder, whatever becomes of the second move.
func TestSecondMoveAfterRefusal(t *testing.T) {
	db, ids := filled(t, 1)
	ctx := context.Background()
	m := entries(t, db, mail.View{Folder: ids["INBOX"]})
	do(t, db, mail.Move{IDs: m, To: ids["Archive"]})
	do(t, db, mail.Move{IDs: m, To: ids["Trash"]})
	must(t, db.Refuse(ctx, next(t, db), "no"))
	if j, err := db.Next(ctx, never); err != nil {
		t.Fatal(err)
	} else if j != nil {
		if len(j.Places) > 0 && j.Places[0].Mailbox != "INBOX" {
			t.Errorf("the second move begins at %+v", j.Places)
		}
		var at []mail.Place
		for range j.Places {
			at = append(at, mail.Place{Mailbox: "Trash", Validity: 9, UID: "1"})
		}
		must(t, db.Finish(ctx, j, at))
	}
	shown := rows(t, db, m...)[0].Folder
	total := 0
	for _, name := range []string{"INBOX", "Archive", "Trash"} {
		n := counts(t, db, ids[name]).Total
		if total += n; n > 0 && ids[name] != shown {
			t.Errorf("it is counted in %s, and shown elsewhere", name)
		}
	}
	if total != 1 {
		t.Errorf("it is counted %d times", total)
	}
}
