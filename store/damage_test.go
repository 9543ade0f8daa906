package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"posthorn/internal/ramdir"
)

// filled is a profile whose store holds two accounts and many deliveries.
func filled(t testing.TB) string {
	t.Helper()
	ctx, dir := context.Background(), ramdir.New(t)
	s := openIn(t, dir)
	a := account(t, s, "home")
	account(t, s, "work")
	_, err := a.Messages(ctx, 1000)
	must(t, err)
	for n := range 300 {
		must(t, a.NoteDeliveries(ctx, delivered(fmt.Sprintf("%070d", n))))
	}
	_, err = s.db.Exec("VACUUM") // no page keeps what once was on it
	must(t, err)
	must(t, s.Close())
	return dir
}

// A damaged store is never taken for empty or used as it is: it is kept, what can
// be read of it is taken over, and the user is told.
func TestDamaged(t *testing.T) {
	dir := filled(t)
	path := filepath.Join(dir, "data", "store.db")
	whole, err := os.ReadFile(path)
	must(t, err)
	want := dump(t, openIn(t, dir))
	page := int(binary.BigEndian.Uint16(whole[16:]))
	garbage := bytes.Repeat([]byte{0xa5, 0x17, 0xff, 0x03}, len(whole)/4)

	damages := map[string][]byte{"empty": {}, "garbage": garbage, "one octet": whole[:1], "the header alone": whole[:100], "text": []byte("not a database")}
	for n := 0; n < len(whole); n += page {
		damages[fmt.Sprintf("cut at %d", n+page/2)] = whole[:n+page/2]
		damages[fmt.Sprintf("garbage at %d", n)] = append(append(append([]byte{}, whole[:n]...), garbage[:page]...), whole[n+page:]...)
		damages[fmt.Sprintf("zeros at %d", n)] = append(append(append([]byte{}, whole[:n]...), make([]byte, page)...), whole[n+page:]...)
	}
	salvaged := 0
	for name, content := range damages {
		t.Run(name, func(t *testing.T) {
			dir := ramdir.New(t)
			must(t, os.MkdirAll(filepath.Join(dir, "data", "locks"), 0o700))
			path := filepath.Join(dir, "data", "store.db")
			must(t, os.WriteFile(path, content, 0o600))
			s := openIn(t, dir)
			got := dump(t, s)
			if s.Notice() == "" {
				t.Fatalf("nobody is told, and there is %d of %d", len(got), len(want))
			}
			if len(got) == 2 && reflect.DeepEqual(got[0].name, want[0].name) && got[0].messages == want[0].messages {
				salvaged++
			}
			kept, err := filepath.Glob(path + ".2*")
			must(t, err)
			if len(content) <= 1 {
				return // there is nothing to keep
			}
			if len(kept) != 1 || !strings.Contains(s.Notice(), kept[0]) {
				t.Fatalf("kept are %v, and the user is told %q", kept, s.Notice())
			}
			if b, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(b, content) {
				t.Errorf("the file that is kept has %d octets of %d, %v", len(b), len(content), err)
			}
			must(t, s.Close())
			if s = openIn(t, dir); s.Notice() != "" || !reflect.DeepEqual(dump(t, s), got) {
				t.Errorf("the next time it says %q", s.Notice())
			}
		})
	}
	if salvaged < len(damages)/3 {
		t.Errorf("of %d damaged stores the accounts of %d were saved", len(damages), salvaged)
	}
}

// Of a page in the middle that is gone, the rows before and behind it are saved.
func TestSalvageFromBothEnds(t *testing.T) {
	dir := filled(t)
	path := filepath.Join(dir, "data", "store.db")
	b, err := os.ReadFile(path)
	must(t, err)
	at := bytes.Index(b, fmt.Appendf(nil, "uidl %070d", 170))
	page := int(binary.BigEndian.Uint16(b[16:]))
	copy(b[at/page*page:], make([]byte, page))
	must(t, os.WriteFile(path, b, 0o600))
	s := openIn(t, dir)
	got := dump(t, s)
	saved := got[0].deliveries
	if len(got) != 2 || len(saved) < 150 || len(saved) == 300 || saved[0].UIDL != fmt.Sprintf("%070d", 0) || saved[len(saved)-1].UIDL != fmt.Sprintf("%070d", 299) {
		t.Errorf("saved are %d accounts and %d deliveries, %q to %q", len(got), len(saved), saved[0].UIDL[60:], saved[len(saved)-1].UIDL[60:])
	}
	if !strings.Contains(s.Notice(), "damaged") {
		t.Errorf("the user is told %q", s.Notice())
	}
}

// Where the file was emptied or is gone, the last changes may still be in the
// WAL, which SQLite would delete.
func TestLostBesideItsWAL(t *testing.T) {
	for _, gone := range []bool{false, true} {
		from, dir := ramdir.New(t), ramdir.New(t)
		s := openIn(t, from)
		account(t, s, "home")
		wal, err := os.ReadFile(s.path + "-wal") // as a crash would leave it
		must(t, err)
		path := filepath.Join(dir, "data", "store.db")
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path+"-wal", wal, 0o600))
		if !gone {
			must(t, os.WriteFile(path, nil, 0o600))
		}
		s = openIn(t, dir)
		kept, err := filepath.Glob(path + ".2*-wal")
		if err != nil || len(kept) != 1 || !strings.Contains(s.Notice(), kept[0]) {
			t.Fatalf("kept are %v, %v, and the person is told %q", kept, err, s.Notice())
		}
		if b, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(b, wal) {
			t.Errorf("the WAL that is kept has %d octets of %d, %v", len(b), len(wal), err)
		}
	}
}

// A store that is missing in a profile that had one is told; in a new profile
// it is not.
func TestMissing(t *testing.T) {
	dir := filled(t)
	if s := openIn(t, ramdir.New(t)); s.Notice() != "" {
		t.Errorf("a new profile says %q", s.Notice())
	}
	must(t, os.Remove(filepath.Join(dir, "data", "store.db")))
	if s := openIn(t, dir); !strings.Contains(s.Notice(), "missing") || len(dump(t, s)) != 0 {
		t.Errorf("it says %q", s.Notice())
	}
}
