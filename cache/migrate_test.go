package cache

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"posthorn/mail"
)

func never(*mail.Job) bool { return false }

// A database of each version that held its own journal is taken over with what it
// holds.
func TestMigrate(t *testing.T) {
	for from := 1; from < 4; from++ {
		path := filepath.Join(t.TempDir(), "a.db")
		old, err := sql.Open("sqlite", "file:"+path)
		must(t, err)
		for v := range from {
			_, err := old.Exec(migrations()[v])
			must(t, err)
		}
		_, err = old.Exec(fmt.Sprintf(`PRAGMA user_version = %d;
			INSERT INTO folders (id, name, delimiter, role, noselect, subscribed, validity) VALUES (1, 'INBOX', '/', 1, 0, 1, 9), (2, 'Archive', '/', 2, 0, 1, 4);
			INSERT INTO messages (id, folder, uid, shown, date, zone, size, flags, keywords, attached, subject, people, msgid, refs) VALUES
				(7, 1, 3, 0, 0, 0, 70, 1, '', 0, 'read here', '', 'seven', ''), (8, 2, NULL, 0, 0, 0, 80, 0, '', 0, 'moved here', '', 'eight', ''), (9, 2, NULL, 0, 0, 0, 90, 1, '', 0, 'made here', '', 'nine', '');
			INSERT INTO placed (message, folder, uid) VALUES (8, 1, 4);
			INSERT INTO journal (op, source, target, items, add_flags, remove_flags, date, msgid, raw) VALUES
				('flags', 1, 0, '[{"id":7,"folder":1,"flags":0}]', 1, 0, 0, '', NULL), ('move', 1, 2, '[{"id":8,"folder":1,"flags":0}]', 0, 0, 0, '', NULL),
				('append', 0, 2, '[{"id":9,"folder":0,"flags":1}]', 1, 0, 0, 'nine', 'Message-ID: <nine>'), ('expunge', 1, 0, '[{"id":700,"folder":1,"flags":0}]', 0, 0, 0, '', NULL),
				('move', 1, 2, 'damaged', 0, 0, 0, '', NULL)`, from))
		must(t, err)
		must(t, old.Close())
		for range 2 { // it is handed over once
			db := openAt(t, path)
			if db.Notice() != "" {
				t.Errorf("version %d was set aside: %s", from, db.Notice())
			}
			for i, m := range rows(t, db, mail.NewID(db.Slot(), 7), mail.NewID(db.Slot(), 8), mail.NewID(db.Slot(), 9)) {
				want := []mail.Summary{{FolderName: "INBOX", Flags: mail.Seen}, {FolderName: "Archive"}, {FolderName: "Archive", Flags: mail.Seen}}[i]
				if m.FolderName != want.FolderName || m.Flags != want.Flags {
					t.Errorf("from version %d: %+v", from, m)
				}
			}
			must(t, db.Close())
		}
		db := openAt(t, path)
		for _, want := range []Job{
			{Job: mail.Job{Op: mail.OpFlags, Add: mail.Seen}, Mailbox: "INBOX", Places: []mail.Place{{Mailbox: "INBOX", Validity: 9, UID: "3"}}},
			{Job: mail.Job{Op: mail.OpMove, To: "Archive"}, Mailbox: "INBOX", Places: []mail.Place{{Mailbox: "INBOX", Validity: 9, UID: "4"}}},
			{Job: mail.Job{Op: mail.OpAppend, To: "Archive", Add: mail.Seen, Raw: []byte("Message-ID: <nine>")}},
		} {
			j := next(t, db)
			if j == nil || j.Op != want.Op || j.To != want.To || j.Add != want.Add || string(j.Raw) != string(want.Raw) || j.Mailbox != want.Mailbox || !slices.Equal(j.Places, want.Places) {
				t.Fatalf("from version %d the job is %+v, want %+v", from, j, want)
			}
			must(t, db.Finish(context.Background(), j, nil))
		}
		if n, err := kept(db).Pending(context.Background()); n != 0 || err != nil {
			t.Errorf("%d jobs are left, %v", n, err)
		}
		if list, err := kept(db).Postponed(context.Background()); err != nil || len(list) != 0 {
			t.Errorf("postponed are %v, %v", list, err)
		}
	}
}
