package cache

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/store"
)

// writerDir names the folder in which this program is to write until it is
// killed, instead of testing.
const writerDir = "POSTHORN_TEST_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerDir); dir != "" {
		if err := writer(context.Background(), dir); err != nil {
			fmt.Println("failed", err)
		}
		os.Exit(1) // it never ends by itself
	}
	// As many examples as there is time for, unless -rapid.checks says how many.
	if err := flag.Set("rapid.checks", "15"); err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	os.Exit(m.Run()) // reads the flags
}

// batch is how many messages one delta of the writer has.
const batch = 30

// writer writes to a cache and an outbox, and says what it has done after, and
// what it is about to undo before. The cursor is the number of the newest
// message, so that what the database holds can be told from it.
func writer(ctx context.Context, dir string) error {
	say := func(format string, args ...any) { fmt.Printf(format+"\n", args...) } // at once: nothing is kept back
	say("start")
	s, err := store.Open(ctx, filepath.Join(dir, "data"), dir)
	if err != nil {
		return err
	}
	accounts, err := s.Accounts(ctx, []string{"other", "home"})
	if err != nil {
		return err
	}
	db, err := Open(ctx, filepath.Join(dir, "a.db"), "home", accounts[1], Options{})
	if err != nil {
		return err
	}
	if err := db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox, Counts: mail.Unknown()}, {Name: "Archive", Role: mail.Archive, Counts: mail.Unknown()}}); err != nil {
		return err
	}
	in, err := db.FolderByRole(ctx, mail.Inbox)
	if err != nil {
		return err
	}
	archive, err := db.FolderByRole(ctx, mail.Archive)
	if err != nil {
		return err
	}
	for {
		if err := writeCache(ctx, db, in.ID, archive.ID, say); err != nil {
			return err
		}
		if err := writeOutbox(ctx, db, archive.ID, say); err != nil {
			return err
		}
	}
}

func writeCache(ctx context.Context, db *DB, in, archive mail.FolderID, say func(string, ...any)) error {
	cursor, err := db.Cursor(ctx, in)
	if err != nil {
		return err
	}
	last, _ := strconv.Atoi(string(cursor)) // empty: from the beginning
	last += batch
	d := mail.Delta{Validity: 7, Cursor: mail.Cursor(fmt.Sprint(last)), Counts: mail.Unknown()}
	for n := last; n > last-batch; n-- {
		d.New = append(d.New, header(n, 0))
	}
	if err := db.Apply(ctx, in, d); err != nil {
		return err
	}
	say("applied %d", last)

	ids, _, err := db.Lookup(ctx, in, []mail.UID{d.New[0].UID, d.New[1].UID})
	if err != nil {
		return err
	}
	if err := db.PutPart(ctx, ids[0], "1", text(last)); err != nil {
		return err
	}
	say("body %d", last)
	if _, err := db.Index(ctx, batch/2); err != nil {
		return err
	}
	changes := []mail.Change{
		mail.SetFlags{IDs: ids[:1], Add: mail.Flagged}, mail.Move{IDs: ids[1:], To: archive},
		mail.Append{To: archive, Date: day(1), Raw: text(-last)},
	}
	for _, c := range changes {
		made, err := db.Do(ctx, c, mail.Deed{})
		if err != nil {
			return err
		}
		about := slices.Concat(made, ids)
		jobs, err := kept(db).Jobs(ctx, about)
		if err != nil {
			return err
		}
		var last int64
		for _, id := range about {
			for _, j := range jobs[id] {
				last = max(last, j.Seq)
			}
		}
		say("did %d", last)
	}
	for range changes[1:] { // the journal grows by one each time
		j, err := db.Next(ctx, never)
		if err != nil {
			return err
		}
		say("finishing %d", j.Seq)
		if err := db.Begin(ctx, j); err != nil {
			return err
		}
		var moved []mail.Place
		if j.To != "" {
			moved = []mail.Place{{Mailbox: j.To, UID: mail.UID(fmt.Sprint(j.Seq))}}
		}
		if err := db.Finish(ctx, j, moved); err != nil {
			return err
		}
		say("finished %d", j.Seq)
	}
	return nil
}

// writeOutbox puts a message into the outbox. The oldest one it takes for sent: its
// copy goes to a folder.
func writeOutbox(ctx context.Context, db *DB, sent mail.FolderID, say func(string, ...any)) error {
	box := kept(db)
	list, err := box.Outbox(ctx)
	if err != nil {
		return err
	}
	n := int64(1)
	if len(list) > 0 {
		n = list[len(list)-1].ID + 1
	}
	q, err := box.Enqueue(ctx, mail.Outgoing{From: "a@b.c", Rcpt: []string{"d@e.f"}, Raw: text(int(n))})
	if err != nil {
		return err
	}
	say("queued %d", q.ID)
	if err := box.Note(ctx, q.ID, mail.Outcome{Recipients: []mail.Recipient{{Address: "d@e.f", State: mail.Sending}}}); err != nil {
		return err
	}
	say("sending %d", q.ID)
	if len(list) < 3 {
		return nil
	}
	o := mail.Outcome{Recipients: []mail.Recipient{{Address: "d@e.f", State: mail.Accepted}}, Done: true}
	o.Seen, o.Jobs, err = db.Plan(ctx, mail.Append{To: sent, Date: day(1), Raw: text(int(list[0].ID))})
	if err != nil {
		return err
	}
	say("removing %d", list[0].ID)
	if err := box.Note(ctx, list[0].ID, o); err != nil {
		return err
	}
	say("removed %d", list[0].ID)
	return db.Show(ctx)
}

// text is a message of some size that tells its number, and so whether it is
// whole.
func text(n int) []byte {
	return fmt.Appendf(nil, "Message-ID: <text%d@example.org>\r\nSubject: %d\r\n\r\n%s\r\n", n, n, strings.Repeat(fmt.Sprintf("%d\r\n", n), 5000))
}

// said collects what the writers of a folder have said.
type said struct{ applied, bodies, did, finishing, finished, queued, sending, removing, removed map[int]bool }

func newSaid() *said {
	s := &said{}
	for _, m := range []*map[int]bool{&s.applied, &s.bodies, &s.did, &s.finishing, &s.finished, &s.queued, &s.sending, &s.removing, &s.removed} {
		*m = map[int]bool{}
	}
	return s
}

func (s *said) line(t *testing.T, line string) {
	t.Helper()
	word, number, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(number)
	m := map[string]map[int]bool{"applied": s.applied, "body": s.bodies, "did": s.did, "finishing": s.finishing, "finished": s.finished,
		"queued": s.queued, "sending": s.sending, "removing": s.removing, "removed": s.removed}[word]
	switch {
	case line == "start":
	case m == nil || err != nil:
		t.Fatalf("the writer said %q", line)
	default:
		m[n] = true
	}
}

// A writer is killed at any point, again and again. What it said that it stored
// is there, once and whole.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newSaid()
	rng := seed.Rand(t, 0) // how much it may say; where it is then, only the clock knows
	for round := 0; round < 8 || round < 40 && len(s.removed) == 0; round++ {
		lines := rng.IntN(45)
		if round < 2 {
			lines = round // in the middle of making the database
		}
		runWriter(t, dir, lines, s)
		checkCache(t, filepath.Join(dir, "a.db"), s)
		if t.Failed() {
			t.Fatalf("after round %d", round)
		}
	}
	if len(s.finished) == 0 || len(s.removed) == 0 || len(s.did) == len(s.finishing) {
		t.Errorf("the writers came to nothing: %+v", s)
	}
}

// runWriter starts a writer, kills it when it has said so many lines, and
// collects all it said.
func runWriter(t *testing.T, dir string, lines int, s *said) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerDir+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	r := bufio.NewReader(out)
	for n := 0; ; n++ {
		line, err := r.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			cmd.Process.Kill()
			t.Fatal(err)
		}
		s.line(t, strings.TrimSuffix(line, "\n"))
		if n == lines {
			must(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.Exited() {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}

func checkCache(t *testing.T, path string, s *said) {
	t.Helper()
	ctx := t.Context()
	db, err := Open(ctx, path, "home", numbered(t, filepath.Dir(path)), Options{})
	must(t, err)
	defer db.Close()
	if db.Notice() != "" && len(s.applied) > 0 {
		t.Error(db.Notice())
	}
	intact(t, db)

	last := 0
	if in, err := db.FolderByRole(ctx, mail.Inbox); err == nil {
		c, err := db.Cursor(ctx, in.ID)
		must(t, err)
		last, _ = strconv.Atoi(string(c))
	}
	for n := range s.applied {
		if n > last {
			t.Errorf("message %d was stored, and the cursor is %d", n, last)
		}
	}
	// The cursor and the messages up to it are one: all are there, none twice.
	var ids []mail.ID
	rs, err := db.read.Query("SELECT id FROM messages")
	must(t, err)
	for rs.Next() {
		var id int64
		must(t, rs.Scan(&id))
		ids = append(ids, mail.NewID(1, id))
	}
	must(t, rs.Err())
	known := map[string]mail.Summary{}
	for _, m := range rows(t, db, ids...) {
		if _, twice := known[m.MessageID]; twice {
			t.Errorf("%s is there twice", m.MessageID)
		}
		known[m.MessageID] = m
	}
	for n := 1; n <= last; n++ {
		want := header(n, 0)
		m, ok := known[want.MessageID]
		delete(known, want.MessageID)
		if !ok || m.Subject != want.Subject || m.Size != want.Size || !reflect.DeepEqual(m.From, want.From) || !reflect.DeepEqual(m.To, want.To) || m.FolderName == "" {
			t.Fatalf("message %d is %+v", n, m)
		}
		if p, err := db.Structure(ctx, m.ID); err != nil || !reflect.DeepEqual(p, want.Structure) {
			t.Errorf("the structure of %d is %+v, %v", n, p, err)
		}
		b, ok, err := db.Part(ctx, m.ID, "1")
		if err != nil || s.bodies[n] && !ok || ok && !bytes.Equal(b, text(n)) {
			t.Errorf("the body of %d has %d octets, %v, %v", n, len(b), ok, err)
		}
	}
	checkOutbox(t, kept(db), known, s)
	for _, m := range known { // what was made here
		if n, err := strconv.Atoi(m.Subject); err != nil || -n > last || m.FolderName != "Archive" {
			t.Errorf("nobody stored %+v", m)
		} else if b, ok, err := db.Part(ctx, m.ID, ""); !ok || err != nil || !bytes.Equal(b, text(n)) {
			t.Errorf("what was made here has %d octets, %v, %v", len(b), ok, err)
		}
	}
	checkJournal(t, db, s)
}

func intact(t *testing.T, db *DB) {
	t.Helper()
	var verdict string
	must(t, db.read.QueryRow("PRAGMA integrity_check").Scan(&verdict))
	if verdict != "ok" {
		t.Errorf("the database is damaged: %s", verdict)
	}
}

func checkJournal(t *testing.T, db *DB, s *said) {
	t.Helper()
	touched, err := kept(db).Touched(t.Context(), 0)
	must(t, err)
	ids := make([]mail.ID, len(touched))
	for i, m := range touched {
		ids[i] = m.ID
	}
	jobs, err := kept(db).Jobs(t.Context(), ids)
	must(t, err)
	open := map[int]bool{}
	for id, list := range jobs {
		// What the user sees and what the journal says are one.
		for _, j := range list {
			open[int(j.Seq)] = true
			m := rows(t, db, id)
			if len(m) != 1 || j.Op == mail.OpFlags && m[0].Flags != mail.Flagged || j.Op == mail.OpMove && m[0].FolderName != "Archive" {
				t.Errorf("job %d is in the journal, and the cache has %+v", j.Seq, m)
			}
		}
	}
	for n := range s.did {
		if !open[n] && !s.finishing[n] {
			t.Errorf("job %d was lost", n)
		}
		if open[n] && s.finished[n] {
			t.Errorf("job %d came back", n)
		}
	}
}

// checkOutbox looks at the outbox, beside the copies of what was sent.
func checkOutbox(t *testing.T, box *store.Account, copies map[string]mail.Summary, s *said) {
	t.Helper()
	list, err := box.Outbox(t.Context())
	must(t, err)
	found := map[int]mail.Queued{}
	for _, q := range list {
		found[int(q.ID)] = q
		raw, err := box.QueuedText(t.Context(), q.ID)
		if err != nil || !bytes.Equal(raw, text(int(q.ID))) || q.Subject != fmt.Sprint(q.ID) || q.From != "a@b.c" || len(q.Rcpt) != 1 {
			t.Errorf("message %d of the outbox has %d octets and is %q, from %q to %v, %v", q.ID, len(raw), q.Subject, q.From, q.Rcpt, err)
		}
	}
	for n := range s.queued {
		q, ok := found[n]
		_, copied := copies[fmt.Sprintf("text%d@example.org", n)]
		switch {
		case ok == copied:
			t.Errorf("message %d is in the outbox: %v, and its copy among what was sent: %v", n, ok, copied)
		case !ok && !s.removing[n]:
			t.Errorf("message %d of the outbox was lost", n)
		case ok && s.removed[n]:
			t.Errorf("message %d of the outbox came back", n)
		case ok && s.sending[n] && q.State != mail.Sending:
			t.Errorf("message %d of the outbox is %+v", n, q)
		}
	}
}

// Whatever somebody does to the database, what the user did is done, and is seen
// again as soon as the source has told of its messages.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	pristine := filepath.Join(t.TempDir(), "a.db")
	db := openAt(t, pristine)
	ctx, journal := t.Context(), kept(db)
	// told has the source tell of everything, and returns what the user sees then.
	told := func(db *DB) (list []mail.Summary, err error) {
		if err := db.SetMailboxes(ctx, []mail.Mailbox{{Name: "INBOX", Role: mail.Inbox}}); err != nil {
			return nil, err
		}
		f, err := db.FolderByName(ctx, "INBOX")
		if err != nil {
			return nil, err
		}
		if err := db.Apply(ctx, f.ID, mail.Delta{Validity: 7, New: []mail.Header{header(1, 0), header(2, 0)}, Counts: mail.Unknown()}); err != nil {
			return nil, err
		}
		var ids []mail.ID
		all, err := db.Entries(ctx, mail.View{Folder: f.ID}, 0)
		for _, e := range all {
			ids = append(ids, e.ID)
		}
		if err != nil {
			return nil, err
		}
		return db.Rows(ctx, ids)
	}
	want, err := told(db)
	must(t, err)
	for _, m := range want {
		do(t, db, mail.SetFlags{IDs: []mail.ID{m.ID}, Add: mail.Seen})
	}
	must(t, db.Close())
	whole, err := os.ReadFile(pristine)
	must(t, err)
	page := int(binary.BigEndian.Uint16(whole[16:]))
	garbage := bytes.Repeat([]byte{0xa5, 0x17, 0xff, 0x03}, len(whole)/4)

	damages := map[string][]byte{"empty": {}, "garbage": garbage, "one octet": whole[:1], "the header alone": whole[:100]}
	for n := 0; n < len(whole); n += page {
		damages[fmt.Sprintf("cut at %d", n+page/2)] = whole[:n+page/2]
		damages[fmt.Sprintf("garbage at %d", n)] = append(append(append([]byte{}, whole[:n]...), garbage[:page]...), whole[n+page:]...)
		damages[fmt.Sprintf("zeros at %d", n)] = append(append(append([]byte{}, whole[:n]...), make([]byte, page)...), whole[n+page:]...)
	}
	for name, content := range damages {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			must(t, os.WriteFile(path, content, 0o600))
			db, err := Open(ctx, path, "home", journal, Options{})
			must(t, err)
			defer db.Close()
			if db.Notice() != "" {
				intact(t, db)
			}
			got, err := told(db)
			if errors.Is(err, errDamaged) && db.Notice() == "" {
				return // it is told, with what to do
			}
			must(t, err)
			if len(got) != len(want) {
				t.Errorf("there are %d messages", len(got))
			}
			for i, m := range got {
				if m.ID != want[i].ID || m.Flags != mail.Seen {
					t.Errorf("message %d is %v, %v, and was %v", i, m.ID, m.Flags, want[i].ID)
				}
			}
			if db.Notice() == "" {
				return
			}
			if !strings.Contains(db.Notice(), "built anew") {
				t.Errorf("the person is told %q", db.Notice())
			}
			kept, err := filepath.Glob(path + ".2*")
			must(t, err)
			if len(content) <= 1 {
				return // there is nothing to keep
			}
			if len(kept) != 1 {
				t.Fatalf("kept are %v", kept)
			}
			if b, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(b, content) {
				t.Errorf("the file that is kept has %d octets of %d, %v", len(b), len(content), err)
			}
		})
	}
}

// Where the file was emptied, the last changes may still be in the WAL, which
// SQLite would delete.
func TestEmptiedBesideItsWAL(t *testing.T) {
	from, path := filepath.Join(t.TempDir(), "a.db"), filepath.Join(t.TempDir(), "a.db")
	db := openAt(t, from)
	must(t, db.SetMailboxes(t.Context(), []mail.Mailbox{{Name: "INBOX"}}))
	wal, err := os.ReadFile(from + "-wal") // as a crash would leave it
	must(t, err)
	must(t, os.WriteFile(path, nil, 0o600))
	must(t, os.WriteFile(path+"-wal", wal, 0o600))
	db = openAt(t, path)
	kept, err := filepath.Glob(path + ".2*-wal")
	if err != nil || len(kept) != 1 || db.Notice() == "" {
		t.Fatalf("kept are %v, %v, and the person is told %q", kept, err, db.Notice())
	}
	if b, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(b, wal) {
		t.Errorf("the WAL that is kept has %d octets of %d, %v", len(b), len(wal), err)
	}
}
