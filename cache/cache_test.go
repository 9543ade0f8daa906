package cache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"posthorn/mail"
	"posthorn/mail/query"
)

func day(n int) time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func open(t testing.TB) *DB {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "a.db"))
}

func openAt(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(context.Background(), path, "home", numbered(t, filepath.Dir(path)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// header makes a message of day n with n as its UID.
func header(n int, flags mail.Flags) mail.Header {
	return mail.Header{
		UID: mail.UID(fmt.Sprint(n)), Received: day(n), Size: int64(1000 + n), Flags: flags,
		Envelope: mail.Envelope{Date: day(n), Subject: fmt.Sprintf("Subject %d", n), MessageID: fmt.Sprintf("%d@example.org", n),
			From: []mail.Address{{Name: "Ann", Address: "ann@example.org"}}, To: []mail.Address{{Address: fmt.Sprintf("to%d@example.net", n)}}},
		Structure: &mail.Part{Path: "1", Type: "text/plain", Params: map[string]string{"charset": "utf-8"}, Size: 10},
	}
}

// filled is a database with an inbox of n messages, an archive and a trash.
func filled(t testing.TB, n int) (*DB, map[string]mail.FolderID) {
	t.Helper()
	db, ctx := open(t), context.Background()
	must(t, db.SetMailboxes(ctx, []mail.Mailbox{
		{Name: "INBOX", Delimiter: "/", Role: mail.Inbox, Counts: mail.Counts{Total: n, Unread: n}},
		{Name: "Archive", Delimiter: "/", Role: mail.Archive, Counts: mail.Counts{}}, {Name: "Trash", Delimiter: "/", Role: mail.Trash, Counts: mail.Counts{}},
	}))
	d := mail.Delta{Validity: 7, Cursor: "c1", Counts: mail.Unknown()}
	for i := n; i > 0; i-- {
		d.New = append(d.New, header(i, 0))
	}
	ids := folders(t, db)
	must(t, db.Apply(ctx, ids["INBOX"], d))
	return db, ids
}

func folders(t testing.TB, db *DB) map[string]mail.FolderID {
	t.Helper()
	list, err := db.Folders(context.Background())
	must(t, err)
	ids := map[string]mail.FolderID{}
	for _, f := range list {
		ids[f.Name] = f.ID
	}
	return ids
}

func entries(t testing.TB, db *DB, v mail.View) []mail.ID {
	t.Helper()
	list, err := db.Entries(context.Background(), v, 0)
	must(t, err)
	ids := make([]mail.ID, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	return ids
}

func rows(t testing.TB, db *DB, ids ...mail.ID) []mail.Summary {
	t.Helper()
	list, err := db.Rows(context.Background(), ids)
	must(t, err)
	return list
}

func counts(t testing.TB, db *DB, id mail.FolderID) mail.Counts {
	t.Helper()
	f, err := db.Folder(context.Background(), id)
	must(t, err)
	return f.Counts
}

func next(t testing.TB, db *DB) *Job {
	t.Helper()
	j, err := db.Next(context.Background(), never)
	must(t, err)
	return j
}

// do does a change, as the next deed.
func do(t testing.TB, db *DB, c mail.Change) (made []mail.ID) {
	t.Helper()
	last, err := kept(db).LastDeed(context.Background())
	must(t, err)
	made, err = db.Do(context.Background(), c, mail.Deed{Number: last.Number + 1})
	must(t, err)
	return made
}

// undo takes the last deed back.
func undo(t testing.TB, db *DB) []mail.ID {
	t.Helper()
	last, err := kept(db).LastDeed(context.Background())
	must(t, err)
	ids, err := db.Undo(context.Background(), last)
	must(t, err)
	return ids
}

func TestRows(t *testing.T) {
	db, ids := filled(t, 3)
	list := entries(t, db, mail.View{Folder: ids["INBOX"]})
	if len(list) != 3 {
		t.Fatalf("the list has %d entries", len(list))
	}
	s := rows(t, db, list[0])[0]
	want := header(3, 0)
	if !reflect.DeepEqual(s.From, want.From) || !reflect.DeepEqual(s.To, want.To) || s.Subject != want.Subject || !s.Date.Equal(want.Date) || s.FolderName != "INBOX" || s.Account != "home" || s.Size != want.Size {
		t.Errorf("the newest is %+v", s)
	}
	p, err := db.Structure(context.Background(), list[0])
	if err != nil || !reflect.DeepEqual(p, want.Structure) {
		t.Errorf("its structure is %+v, %v", p, err)
	}
	places, err := db.Places(context.Background(), list[:1])
	if err != nil || places[0] != (mail.Place{Mailbox: "INBOX", Validity: 7, UID: "3"}) {
		t.Errorf("it lies at %+v, %v", places, err)
	}
	if c, err := db.Cursor(context.Background(), ids["INBOX"]); c != "c1" || err != nil {
		t.Errorf("the cursor is %q, %v", c, err)
	}
}

func TestSort(t *testing.T) {
	db, ids := filled(t, 3)
	newest := entries(t, db, mail.View{Role: mail.Inbox})
	oldest := entries(t, db, mail.View{Folder: ids["INBOX"], Sort: mail.ByDateAscending})
	slices.Reverse(oldest)
	if !slices.Equal(newest, oldest) {
		t.Errorf("by date %v, the other way round %v", newest, oldest)
	}
	if got := entries(t, db, mail.View{Role: mail.Sent}); len(got) > 0 {
		t.Errorf("a folder that is not there has %v", got)
	}
}

// Changes of other clients reach the cache.
func TestApply(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 5)
	in := ids["INBOX"]
	before := entries(t, db, mail.View{Folder: in})
	must(t, db.Apply(ctx, in, mail.Delta{Flags: []mail.FlagChange{{UID: "5", Flags: mail.Seen, Keywords: []string{"todo"}}}, Gone: []mail.UID{"1", "99"}, Counts: mail.Counts{Total: 4, Unread: 3}}))
	after := entries(t, db, mail.View{Folder: in})
	if !slices.Equal(after, before[:4]) {
		t.Errorf("the list is %v, was %v", after, before)
	}
	if s := rows(t, db, after[0])[0]; s.Flags != mail.Seen || !slices.Equal(s.Keywords, []string{"todo"}) {
		t.Errorf("flags %v %v", s.Flags, s.Keywords)
	}
	if c := counts(t, db, in); c != (mail.Counts{Total: 4, Unread: 3}) {
		t.Errorf("counts %v", c)
	}
	must(t, db.Apply(ctx, in, mail.Delta{Flags: []mail.FlagChange{{UID: "4"}}, Whole: &mail.Range{First: 3, Last: 4}, Counts: mail.Unknown()}))
	if got := entries(t, db, mail.View{Folder: in}); !slices.Equal(got, []mail.ID{after[0], after[1], after[3]}) {
		t.Errorf("after a look at 3 and 4 the list is %v of %v", got, after)
	}
}

// What is known of a message better than before takes its place, under its id, in
// the list, in its conversation and in the search.
func TestBetter(t *testing.T) {
	ctx := context.Background()
	for _, indexed := range []bool{false, true} {
		db, ids := filled(t, 2)
		in := ids["INBOX"]
		must(t, db.Apply(ctx, in, mail.Delta{New: []mail.Header{{UID: "3", Received: day(3), Envelope: mail.Envelope{Subject: "(cannot be read)"}}}, Counts: mail.Unknown()}))
		id := entries(t, db, mail.View{Folder: in})[0]
		index := func() {
			if _, err := db.Index(ctx, 100); err != nil {
				t.Fatal(err)
			}
		}
		if indexed {
			index()
		}
		h := header(3, mail.Seen)
		h.References = []string{"1@example.org"}
		must(t, db.Apply(ctx, in, mail.Delta{Better: []mail.Header{h, header(9, 0)}, Counts: mail.Unknown()}))
		index()
		if list := entries(t, db, mail.View{Folder: in}); len(list) != 3 || list[0] != id {
			t.Fatalf("the list is %v, and was to begin with %v", list, id)
		}
		s := rows(t, db, id)[0]
		if s.Subject != "Subject 3" || s.Size != 1003 || s.Flags != mail.Seen || len(s.From) != 1 || s.Thread != rows(t, db, entries(t, db, mail.View{Folder: in})[2])[0].Thread {
			t.Errorf("indexed before: %v: it is %+v", indexed, s)
		}
		if p, err := db.Structure(ctx, id); err != nil || p == nil {
			t.Errorf("the structure is %v, %v", p, err)
		}
	}
}

// A mailbox that was numbered anew keeps its messages' ids and bodies.
func TestReset(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 3)
	in := ids["INBOX"]
	before := entries(t, db, mail.View{Folder: in})
	must(t, db.PutPart(ctx, before[0], "1", []byte("body")))
	d := mail.Delta{Reset: true, Validity: 8, Cursor: "c2", Counts: mail.Unknown(), Done: 2, Of: 2}
	for i := 3; i > 1; i-- {
		h := header(i, mail.Seen)
		h.UID = mail.UID(fmt.Sprint(100 + i))
		d.New = append(d.New, h)
	}
	must(t, db.Apply(ctx, in, d))
	if got := entries(t, db, mail.View{Folder: in}); !slices.Equal(got, before[:2]) {
		t.Errorf("the list is %v, want %v", got, before[:2])
	}
	if b, ok, err := db.Part(ctx, before[0], "1"); string(b) != "body" || !ok || err != nil {
		t.Errorf("the body is %q, %v, %v", b, ok, err)
	}
	p, err := db.Places(ctx, before[:1])
	if err != nil || p[0].UID != "103" || p[0].Validity != 8 {
		t.Errorf("it lies at %+v, %v", p, err)
	}
}

// A move is seen at once, counted, played, and the message keeps its id.
func TestMove(t *testing.T) {
	ctx := context.Background()
	for name, told := range map[string]mail.UID{"the server tells the new number": "77", "the server does not": ""} {
		t.Run(name, func(t *testing.T) {
			db, ids := filled(t, 3)
			id := entries(t, db, mail.View{Folder: ids["INBOX"]})[0]
			do(t, db, mail.File{IDs: []mail.ID{id}, To: mail.Archive})
			if got := entries(t, db, mail.View{Folder: ids["Archive"]}); !slices.Equal(got, []mail.ID{id}) {
				t.Fatalf("the archive has %v", got)
			}
			if a, b := counts(t, db, ids["INBOX"]), counts(t, db, ids["Archive"]); a != (mail.Counts{Total: 2, Unread: 2}) || b != (mail.Counts{Total: 1, Unread: 1}) {
				t.Errorf("the counts are %v and %v", a, b)
			}
			// The server, which does not know yet, names the message where it was.
			must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{New: []mail.Header{header(3, mail.Seen)}, Counts: mail.Unknown()}))
			if n := len(entries(t, db, mail.View{Folder: ids["INBOX"]})); n != 2 {
				t.Fatalf("the inbox has %d messages again", n)
			}
			j := next(t, db)
			if j.Op != mail.OpMove || j.To != "Archive" || !reflect.DeepEqual(j.Places, []mail.Place{{Mailbox: "INBOX", Validity: 7, UID: "3"}}) || j.Begun {
				t.Fatalf("the job is %+v", j)
			}
			must(t, db.Begin(ctx, j))
			if !next(t, db).Begun {
				t.Error("a job that was begun is not known to be")
			}
			must(t, db.Finish(ctx, j, []mail.Place{{Mailbox: "Archive", UID: told}}))
			if next(t, db) != nil {
				t.Error("the journal is not empty")
			}
			h := header(3, mail.Seen)
			h.UID = "77"
			must(t, db.Apply(ctx, ids["Archive"], mail.Delta{New: []mail.Header{h}, Counts: mail.Unknown(), Done: 1, Of: 1}))
			must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{Gone: []mail.UID{"3"}, Counts: mail.Unknown()}))
			if got := entries(t, db, mail.View{Folder: ids["Archive"]}); !slices.Equal(got, []mail.ID{id}) {
				t.Errorf("the archive has %v, want %v", got, id)
			}
			if c := counts(t, db, ids["Archive"]); c.Total != 1 {
				t.Errorf("the archive counts %v", c)
			}
		})
	}
}

// Two moves of one message before the first is played end where they should.
func TestMoveTwice(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 1)
	id := entries(t, db, mail.View{Folder: ids["INBOX"]})[0]
	do(t, db, mail.Move{IDs: []mail.ID{id}, To: ids["Archive"]})
	do(t, db, mail.Move{IDs: []mail.ID{id}, To: ids["Trash"]})
	j := next(t, db)
	must(t, db.Finish(ctx, j, []mail.Place{{UID: "5"}}))
	j = next(t, db)
	if want := []mail.Place{{Mailbox: "Archive", UID: "5"}}; !reflect.DeepEqual(j.Places, want) || j.To != "Trash" {
		t.Fatalf("the second job is %+v", j)
	}
	must(t, db.Finish(ctx, j, []mail.Place{{UID: "6"}}))
	p, err := db.Places(ctx, []mail.ID{id})
	if err != nil || p[0].Mailbox != "Trash" || p[0].UID != "6" {
		t.Errorf("it lies at %+v, %v", p, err)
	}
}

// A mailbox that was numbered anew while a move out of it waits does not show
// the message again, and the move is played under the new number. One that is
// gone by then is not shown at the target for ever.
func TestResetDuringMove(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 2)
	all := entries(t, db, mail.View{Folder: ids["INBOX"]})
	do(t, db, mail.Move{IDs: all, To: ids["Archive"]})
	h := header(2, 0)
	h.UID = "50"
	must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{Reset: true, Validity: 8, New: []mail.Header{h}, Counts: mail.Unknown(), Done: 1, Of: 1}))
	if got := entries(t, db, mail.View{Folder: ids["INBOX"]}); len(got) > 0 {
		t.Errorf("the inbox has %v again", got)
	}
	if got := entries(t, db, mail.View{Folder: ids["Archive"]}); !slices.Equal(got, all[:1]) {
		t.Errorf("the archive has %v, want %v", got, all[:1])
	}
	if j := next(t, db); !reflect.DeepEqual(j.Places, []mail.Place{{Mailbox: "INBOX", Validity: 8, UID: "50"}}) {
		t.Errorf("the job is %+v", j)
	}
}

// A message is moved on before the server has said under which number it has it
// at the first target: when that is told, it is not shown there, and is found.
func TestMoveOnFromUnknownNumber(t *testing.T) {
	ctx := context.Background()
	for name, told := range map[string]mail.UID{"before the answer": "77", "after it": ""} {
		t.Run(name, func(t *testing.T) {
			db, ids := filled(t, 1)
			id := entries(t, db, mail.View{Folder: ids["INBOX"]})[0]
			do(t, db, mail.Move{IDs: []mail.ID{id}, To: ids["Archive"]})
			do(t, db, mail.Move{IDs: []mail.ID{id}, To: ids["Trash"]})
			h := header(1, 0)
			h.UID = "77"
			tell := func() {
				must(t, db.Apply(ctx, ids["Archive"], mail.Delta{Validity: 9, New: []mail.Header{h}, Counts: mail.Unknown(), Done: 1, Of: 1}))
			}
			j := next(t, db)
			if told != "" {
				tell()
			}
			must(t, db.Finish(ctx, j, []mail.Place{{Mailbox: "Archive", UID: told}}))
			if told == "" {
				tell()
			}
			if got := entries(t, db, mail.View{Folder: ids["Archive"]}); len(got) > 0 {
				t.Errorf("the archive has %v", got)
			}
			if j := next(t, db); !reflect.DeepEqual(j.Places, []mail.Place{{Mailbox: "Archive", Validity: 9, UID: "77"}}) {
				t.Errorf("the job is %+v", j)
			}
		})
	}
}

// A message that is moved there, back, and there again keeps no number of the
// first time: it is not taken for gone when the server has it elsewhere.
func TestMoveThereAndBack(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 1)
	id := entries(t, db, mail.View{Folder: ids["INBOX"]})[0]
	for _, to := range []string{"Archive", "INBOX", "Archive"} {
		do(t, db, mail.Move{IDs: []mail.ID{id}, To: ids[to]})
	}
	must(t, db.Finish(ctx, next(t, db), []mail.Place{{UID: "5"}}))
	must(t, db.Finish(ctx, next(t, db), []mail.Place{{UID: "2"}}))
	must(t, db.Apply(ctx, ids["Archive"], mail.Delta{Whole: &mail.Range{}, Counts: mail.Unknown(), Done: 1, Of: 1}))
	if got := entries(t, db, mail.View{Folder: ids["Archive"]}); !slices.Equal(got, []mail.ID{id}) {
		t.Errorf("the archive has %v, want %v", got, id)
	}
}

// A started move whose message is at neither place leaves no ghost behind.
func TestMoveOfGone(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 1)
	id := entries(t, db, mail.View{Folder: ids["INBOX"]})[0]
	do(t, db, mail.Move{IDs: []mail.ID{id}, To: ids["Archive"]})
	must(t, db.Begin(ctx, next(t, db)))
	must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{Gone: []mail.UID{"1"}, Counts: mail.Unknown(), Done: 1, Of: 1}))
	if got := entries(t, db, mail.View{Folder: ids["Archive"]}); !slices.Equal(got, []mail.ID{id}) {
		t.Errorf("while it may have been moved, the archive has %v", got)
	}
	must(t, db.Finish(ctx, next(t, db), nil))
	must(t, db.Apply(ctx, ids["Archive"], mail.Delta{Counts: mail.Unknown(), Done: 1, Of: 1}))
	if got := entries(t, db, mail.View{Folder: ids["Archive"]}); len(got) > 0 {
		t.Errorf("the archive has %v", got)
	}
}

// What the server refuses is taken back.
func TestRefuse(t *testing.T) {
	ctx := context.Background()
	for name, change := range map[string]func(id mail.ID, ids map[string]mail.FolderID) mail.Change{
		"move": func(id mail.ID, ids map[string]mail.FolderID) mail.Change {
			return mail.Move{IDs: []mail.ID{id}, To: ids["Archive"]}
		},
		"flags": func(id mail.ID, _ map[string]mail.FolderID) mail.Change {
			return mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Seen}
		},
		"expunge": func(id mail.ID, _ map[string]mail.FolderID) mail.Change { return mail.Expunge{IDs: []mail.ID{id}} },
		"append": func(_ mail.ID, ids map[string]mail.FolderID) mail.Change {
			return mail.Append{To: ids["INBOX"], Raw: []byte("Subject: x\r\n\r\ny"), Date: day(9)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, ids := filled(t, 2)
			before := rows(t, db, entries(t, db, mail.View{Folder: ids["INBOX"]})...)
			had := counts(t, db, ids["INBOX"])
			do(t, db, change(before[0].ID, ids))
			if reflect.DeepEqual(rows(t, db, entries(t, db, mail.View{Folder: ids["INBOX"]})...), before) {
				t.Fatal("the change is not seen")
			}
			must(t, db.Refuse(ctx, next(t, db), "no"))
			if after := rows(t, db, entries(t, db, mail.View{Folder: ids["INBOX"]})...); !reflect.DeepEqual(after, before) {
				t.Errorf("the inbox is %+v, was %+v", after, before)
			}
			if c := counts(t, db, ids["INBOX"]); c != had {
				t.Errorf("the counts are %v, were %v", c, had)
			}
			p, err := db.Places(ctx, []mail.ID{before[0].ID})
			if err != nil || p[0].UID != "2" {
				t.Errorf("it lies at %+v, %v", p, err)
			}
		})
	}
}

// What the user did is not overwritten by what the server said before.
func TestFlagsOfTheUserStay(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 2)
	id := entries(t, db, mail.View{Folder: ids["INBOX"]})[0]
	do(t, db, mail.SetFlags{IDs: []mail.ID{id}, Add: mail.Seen | mail.Flagged})
	if c := counts(t, db, ids["INBOX"]); c.Unread != 1 {
		t.Errorf("unread are %d", c.Unread)
	}
	must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{Flags: []mail.FlagChange{{UID: "2", Flags: mail.Answered}}, Counts: mail.Unknown()}))
	if f := rows(t, db, id)[0].Flags; f != mail.Seen|mail.Flagged|mail.Answered {
		t.Errorf("the flags are %v", f)
	}
	must(t, db.Finish(ctx, next(t, db), nil))
	if c := counts(t, db, ids["INBOX"]); c.Unread != 1 {
		t.Errorf("afterwards unread are %d", c.Unread)
	}
	if got := undo(t, db); !slices.Equal(got, []mail.ID{id}) {
		t.Errorf("taken back were %v", got)
	}
	if f := rows(t, db, id)[0].Flags; f != mail.Answered {
		t.Errorf("taken back, the flags are %v", f)
	}
}

func TestAppendAndExpunge(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 1)
	raw := []byte("Message-ID: <new@example.org>\r\nSubject: new\r\n\r\nbody")
	id := do(t, db, mail.Append{To: ids["Archive"], Flags: mail.Seen, Date: day(3), Raw: raw})[0]
	if b, ok, err := db.Part(ctx, id, ""); string(b) != string(raw) || !ok || err != nil {
		t.Errorf("the message reads %q, %v, %v", b, ok, err)
	}
	j := next(t, db)
	if j.Op != mail.OpAppend || j.To != "Archive" || string(j.Raw) != string(raw) || j.MessageID() != "new@example.org" || j.Add != mail.Seen {
		t.Fatalf("the job is %+v", j)
	}
	must(t, db.Finish(ctx, j, []mail.Place{{UID: "4"}}))
	do(t, db, mail.Expunge{IDs: []mail.ID{id}})
	if len(rows(t, db, id)) > 0 {
		t.Error("a deleted message is shown")
	}
	j = next(t, db)
	if len(j.Places) != 1 || j.Places[0].UID != "4" || j.Places[0].Mailbox != "Archive" {
		t.Fatalf("the job is %+v", j)
	}
	must(t, db.Finish(ctx, j, nil))
	if _, ok, _ := db.Part(ctx, id, ""); ok {
		t.Error("its body stays")
	}
}

// Thousands of messages are one job.
func TestOneJobForMany(t *testing.T) {
	db, ids := filled(t, 2000)
	all := entries(t, db, mail.View{Folder: ids["INBOX"]})
	do(t, db, mail.Move{IDs: all, To: ids["Archive"]})
	if n, err := kept(db).Pending(context.Background()); n != 1 || err != nil {
		t.Errorf("%d jobs, %v", n, err)
	}
	if j := next(t, db); len(j.Places) != 2000 {
		t.Errorf("the job has %d places", len(j.Places))
	}
}

func reply(n int, to ...int) mail.Header {
	h := header(n, 0)
	for _, r := range to {
		h.References = append(h.References, fmt.Sprintf("%d@example.org", r))
	}
	return h
}

// Conversations come out the same in whichever order their messages come.
func TestThreads(t *testing.T) {
	ctx := context.Background()
	msgs := []mail.Header{reply(1), reply(2, 1), reply(3, 1, 2), reply(4), reply(5, 1), reply(6, 99), reply(7, 99), reply(8, 9), reply(9, 8)}
	want := "9/0 8/1 6/0 7/1 1/0 2/1 3/2 5/1 4/0"
	for _, order := range [][]int{{0, 1, 2, 3, 4, 5, 6, 7, 8}, {8, 7, 6, 5, 4, 3, 2, 1, 0}, {2, 8, 4, 0, 6, 1, 7, 3, 5}} {
		db, ids := filled(t, 0)
		for _, i := range order {
			must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{New: []mail.Header{msgs[i]}, Counts: mail.Unknown()}))
			if _, err := db.Index(ctx, 10); err != nil {
				t.Fatal(err)
			}
		}
		list, err := db.Entries(ctx, mail.View{Role: mail.Inbox, Threads: true}, 0)
		must(t, err)
		var got []string
		for _, e := range list {
			n := strings.TrimPrefix(rows(t, db, e.ID)[0].Subject, "Subject ")
			got = append(got, fmt.Sprintf("%s/%d", n, e.Depth))
		}
		s := strings.Join(got, " ")
		s = strings.Replace(s, "8/0 9/1", "9/0 8/1", 1) // a loop may begin at either end
		if s != want {
			t.Errorf("in the order %v the list is %s, want %s", order, s, want)
		}
	}
}

// A row has the first of very many recipients and says how many others there are; a
// search finds the last one.
func TestManyRecipients(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 0)
	list := func(who string, n int) (l []mail.Address) {
		for k := range n {
			l = append(l, mail.Address{Name: who, Address: fmt.Sprintf("%s%d@example.org", who, k)})
		}
		return l
	}
	h := header(1, 0)
	h.From, h.To, h.Cc, h.Bcc, h.ReplyTo = list("f", 3), list("t", 5000), list("c", maxPeople), list("b", maxPeople+1), list("r", 2)
	must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{New: []mail.Header{h}, Counts: mail.Unknown()}))
	id := entries(t, db, mail.View{Folder: ids["INBOX"]})[0]
	s := rows(t, db, id)[0]
	want := h.Envelope
	want.To, want.Bcc, want.Sender = want.To[:maxPeople], want.Bcc[:maxPeople], s.Sender
	want.Date, want.InReplyTo, want.References = s.Date, s.InReplyTo, s.References
	if !reflect.DeepEqual(s.Envelope, want) || s.More != (mail.Recipients{To: 4900, Bcc: 1}) {
		t.Errorf("the row is %+v, and beyond it are %+v", s.Envelope, s.More)
	}
	for _, text := range []string{"to:t4999@", "bcc:b100@", "t4999@example.org"} {
		q, err := query.Parse(text, time.Now())
		must(t, err)
		found, err := db.Entries(ctx, mail.View{Folder: ids["INBOX"], Filter: q}, 0)
		must(t, err)
		if len(found) != 1 {
			t.Errorf("%s finds %d", text, len(found))
		}
	}
}

// What is indexed at once is bounded by its size too, and goes on until all is.
func TestIndexHeavy(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 0)
	var heavy []mail.Header
	for i := range 5 {
		h := header(i+1, 0)
		h.To = make([]mail.Address, 50000)
		for k := range h.To {
			h.To[k] = mail.Address{Name: "Somebody of a long name", Address: fmt.Sprintf("somebody%d.%d@example.org", k, i+1)}
		}
		heavy = append(heavy, h)
	}
	must(t, db.Apply(ctx, ids["INBOX"], mail.Delta{New: heavy, Counts: mail.Unknown()}))
	times := 0
	for more := true; more; times++ {
		var err error
		if more, err = db.Index(ctx, 100); err != nil {
			t.Fatal(err)
		}
	}
	if times < 3 {
		t.Errorf("they were indexed in %d times", times)
	}
	for i := range 5 {
		var n int
		must(t, db.read.QueryRowContext(ctx, "SELECT count(*) FROM words WHERE words MATCH ?", fmt.Sprintf("\"somebody49999.%d@example.org\"", i+1)).Scan(&n))
		if n != 1 {
			t.Errorf("the last recipient of message %d is found in %d", i+1, n)
		}
	}
}

func TestSearch(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 9)
	all := entries(t, db, mail.View{Folder: ids["INBOX"]})
	if _, err := db.Index(ctx, 100); err != nil {
		t.Fatal(err)
	}
	must(t, db.PutText(ctx, all[2], "the quarterly figures, größer than ever"))
	do(t, db, mail.SetFlags{IDs: all[:1], Add: mail.Seen})
	for text, want := range map[string][]mail.ID{
		"figures":                      all[2:3],
		"quarter":                      all[2:3],
		"body:grosser":                 nil,
		"body:größ":                    all[2:3],
		"subject:\"subject 8\"":        all[1:2],
		"to:to7":                       all[2:3],
		"from:to7":                     nil,
		"cc:ann":                       nil,
		"from:ann is:read":             all[:1],
		"-is:unread":                   all[:1],
		"on:2026-01-09":                all[1:2],
		"before:2026-01-03":            all[8:],
		"since:2026-01-10":             all[:1],
		"larger:1007 smaller:1009":     all[1:2],
		"id:3@example.org":             all[6:7],
		"to7 or to8":                   all[1:3],
		"has:attachment":               nil,
		"\"100%\"":                     nil,
		"figures -quarterly":           nil,
		"tag:todo":                     nil,
		"(to:to1 or to:to2) subject:1": all[8:],
	} {
		q, err := query.Parse(text, time.Now())
		must(t, err)
		got, err := db.Search(ctx, q, ids["INBOX"], 0)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s finds %v, want %v: %v", text, got, want, err)
		}
	}
}

// A database that cannot be used is kept, told of, and built anew.
func TestDamaged(t *testing.T) {
	for name, harm := range map[string]func(t *testing.T, path string){
		"not a database": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(strings.Repeat("junk", 5000)), 0o600))
		},
		"cut short": func(t *testing.T, path string) {
			must(t, os.Truncate(path, 5000))
		},
		"newer": func(t *testing.T, path string) {
			db := openAt(t, path)
			_, err := db.write.Exec("PRAGMA user_version = 999")
			must(t, errors.Join(err, db.Close()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			db := openAt(t, path)
			must(t, db.SetMailboxes(context.Background(), []mail.Mailbox{{Name: "INBOX"}}))
			must(t, db.Close())
			harm(t, path)
			db = openAt(t, path)
			if db.Notice() == "" {
				t.Error("nobody is told")
			}
			if list, err := db.Folders(context.Background()); err != nil || len(list) > 0 {
				t.Errorf("the new one holds %v, %v", list, err)
			}
			if kept, err := filepath.Glob(path + ".2*"); err != nil || len(kept) == 0 {
				t.Errorf("the old one is gone: %v", err)
			}
		})
	}
}

// Another process's writes are noticed.
func TestVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	a, b := openAt(t, path), openAt(t, path)
	before, err := a.Version(context.Background())
	must(t, err)
	must(t, b.SetMailboxes(context.Background(), []mail.Mailbox{{Name: "INBOX"}}))
	after, err := a.Version(context.Background())
	if err != nil || after == before {
		t.Errorf("the version was %d and is %d, %v", before, after, err)
	}
}

func TestEviction(t *testing.T) {
	ctx := context.Background()
	db, ids := filled(t, 30)
	db.o.BodyBytes = 5000
	all := entries(t, db, mail.View{Folder: ids["INBOX"]})
	body := make([]byte, 1000)
	for i := range body {
		body[i] = byte(i * 7919 >> 3)
	}
	for _, id := range all {
		must(t, db.PutPart(ctx, id, "1", body))
	}
	var total int
	must(t, db.read.QueryRow("SELECT coalesce(sum(length(data)), 0) FROM bodies").Scan(&total))
	if total > 5000 {
		t.Errorf("%d octets are kept", total)
	}
}

func BenchmarkApply(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		db, ids := filled(b, 0)
		all := make([]mail.Header, 10000)
		for i := range all {
			all[i] = header(10000-i, 0)
		}
		b.StartTimer()
		for chunk := range slices.Chunk(all, 1000) {
			must(b, db.Apply(context.Background(), ids["INBOX"], mail.Delta{New: chunk, Counts: mail.Unknown()}))
		}
		b.StopTimer()
		db.Close()
		b.StartTimer()
	}
}

func BenchmarkEntries(b *testing.B) {
	db, ids := filled(b, 100000)
	for name, limit := range map[string]int{"300": 300, "all": 0} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := db.Entries(context.Background(), mail.View{Folder: ids["INBOX"]}, limit); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What is used after it was closed fails, and does nothing worse.
func TestClosed(t *testing.T) {
	db, ids := filled(t, 1)
	must(t, db.Close())
	must(t, db.Close())
	ctx := context.Background()
	if _, err := db.Entries(ctx, mail.View{Folder: ids["INBOX"]}, 0); err == nil {
		t.Error("a closed database was read")
	}
	if _, err := db.Do(ctx, mail.SetFlags{IDs: []mail.ID{mail.NewID(1, 1)}, Add: mail.Seen}, mail.Deed{}); err == nil {
		t.Error("a closed database was written")
	}
	if _, err := db.Version(ctx); err == nil {
		t.Error("a closed database was watched")
	}
}
