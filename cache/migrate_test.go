package cache

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
)

func never(int64) bool { return false }

// A database of each earlier version is taken over with what it holds.
func TestMigrate(t *testing.T) {
	for from := 1; from < version; from++ {
		path := filepath.Join(t.TempDir(), "a.db")
		old, err := sql.Open("sqlite", "file:"+path)
		must(t, err)
		for v := range from {
			_, err := old.Exec(migrations()[v])
			must(t, err)
		}
		_, err = old.Exec(fmt.Sprintf(`PRAGMA user_version = %d;
			INSERT INTO folders (name, delimiter, role, noselect, subscribed) VALUES ('INBOX', '/', 1, 0, 1);
			INSERT INTO journal (op, source, target, items, add_flags, remove_flags, date, msgid) VALUES ('flags', 1, 0, '[{"id":7,"folder":1,"flags":0}]', 1, 0, 0, '')`, from))
		must(t, err)
		must(t, old.Close())
		db := openAt(t, path)
		if db.Notice() != "" {
			t.Errorf("it was set aside: %s", db.Notice())
		}
		if j := next(t, db); j == nil || j.Op != OpFlags || j.Mailbox != "INBOX" {
			t.Errorf("the journal begins with %+v", j)
		}
		if list, err := db.Postponed(context.Background()); err != nil || len(list) != 0 {
			t.Errorf("postponed are %v, %v", list, err)
		}
	}
}
