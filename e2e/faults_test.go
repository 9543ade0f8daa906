package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/cache"
	"posthorn/internal/lab"
	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/store"
	"posthorn/sync"
)

// Faults is how often the line fails in TestFaults. POSTHORN_FAULTS has it fail
// another number of times. It does so in some worlds at a time, as they mostly wait.
const faults, worlds = 1000, 8

// stuck is how long one pass may take: there is no bound on all of them. It is
// longer than a client waits for a server that works through a mailbox: octets
// that come twice may end in the length of a TLS record, and then each side waits
// for the other.
const stuck = 5 * time.Minute

// Whatever a line does at whatever octet: afterwards the cache has what the
// server has, and what the user did was done once.
//
// Two devices work on one account. The user changes messages with even numbers,
// over a line that fails, the other device those with odd ones, so that it is
// known what must become of each.
func TestFaults(t *testing.T) {
	n := setting(t, "POSTHORN_FAULTS", faults)
	if testing.Short() {
		n = 50
	}
	srv := lab.Need(t, lab.Options{})
	for i := range worlds {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			inWorld(t, srv, i, (n+i)/worlds)
		})
	}
}

// inWorld has the line of a world fail n times.
func inWorld(t *testing.T, srv *lab.Servers, number, n int) {
	w := newWorld(t, srv, number)
	for i := range n {
		w.run()
		if t.Failed() {
			t.Fatalf("in run %d the line was to %+v; done was %s", i, w.fault, strings.Join(w.done, ", "))
		}
	}
	t.Logf("of %d passes over a line that fails, %d failed; %d changes of the user's, %d of the other device's", n, w.failed, w.mine, w.others)
	if w.failed < n/4 {
		t.Errorf("only %d of %d passes failed: the line does too little", w.failed, n)
	}
}

func setting(t *testing.T, name string, byDefault int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return byDefault
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// world is an account, the server it is on, and the two devices.
type world struct {
	t     *testing.T
	rng   *rand.Rand
	line  *lab.Line
	kept  *store.Account
	db    *cache.DB
	bad   *sync.Engine // over the line that fails
	good  *sync.Engine // over one that does not, on the same cache
	other *imap.Source

	next   int                        // the number of the next message
	want   map[string]map[string]bool // by Message-ID: the mailboxes it must be in
	seen   map[string]bool            // by Message-ID: whether it must be read
	fault  lab.Fault
	done   []string
	failed int
	mine   int
	others int
}

func newWorld(t *testing.T, srv *lab.Servers, number int) *world {
	t.Helper()
	user := fmt.Sprint("ann", number)
	line, err := lab.OpenLine(fmt.Sprintf("127.0.0.1:%d", srv.IMAPS))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	w := &world{t: t, rng: seed.Rand(t, uint64(number)), line: line, other: source(t, srv, user),
		want: map[string]map[string]bool{}, seen: map[string]bool{}}
	dir := t.TempDir()
	kept, err := store.Open(t.Context(), filepath.Join(dir, "data"), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	accounts, err := kept.Accounts(t.Context(), []string{"ann"})
	if err != nil {
		t.Fatal(err)
	}
	w.kept = accounts[0]
	if w.db, err = cache.Open(t.Context(), filepath.Join(dir, "ann.db"), "ann", w.kept, cache.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	engine := func(port int) *sync.Engine {
		o := imap.Options{Server: account.Server{Host: "localhost", Port: port, TLS: account.Implicit, CAFile: srv.CA},
			Login: account.Login{User: user, Password: func(context.Context) (string, error) { return lab.Password, nil }}}
		return sync.New([]sync.Account{{Name: "ann", Store: w.kept, DB: w.db,
			Dial: func(ctx context.Context) (sync.Source, error) { return imap.Dial(ctx, o) }}}, sync.Options{OnDemand: true})
	}
	w.bad, w.good = engine(line.Port()), engine(srv.IMAPS)
	for _, box := range boxes()[1:] {
		if err := w.other.Create(t.Context(), box); err != nil {
			t.Fatal(err)
		}
	}
	for range 40 {
		w.arrives("INBOX")
	}
	w.pass(w.good)
	return w
}

// run has both devices do something, synchronises over a line that fails, then
// over one that does not, and looks.
func (w *world) run() {
	w.t.Helper()
	w.done = nil
	for range w.rng.IntN(3) {
		w.otherDoes()
	}
	for range w.rng.IntN(3) {
		w.userDoes()
	}
	w.fault = lab.Fault{Kind: lab.Cut + lab.Kind(w.rng.IntN(int(lab.Kinds-lab.Cut))), Up: w.rng.IntN(3) == 0, After: w.rng.Int64N(9000)}
	if w.fault.Up {
		w.fault.After = 300 + w.rng.Int64N(1500)
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), stuck)
	fault := w.fault
	if fault.Kind == lab.Stall { // the user gives up, at once or somewhat later
		patience := time.Duration(w.rng.Int64N(int64(20 * time.Millisecond)))
		fault.Then = func() { time.AfterFunc(patience, cancel) }
	}
	w.line.Fail(fault)
	if w.bad.Pass(ctx, "ann", sync.PassOptions{}) != nil {
		w.failed++
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		w.t.Errorf("the pass over the line that fails took %v", stuck)
	}
	cancel()
	w.line.Fail(lab.Fault{})
	w.pass(w.good)
	w.compare()
}

// pass synchronises until that succeeds: after a line broke, the first try may
// find that it did.
func (w *world) pass(e *sync.Engine) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), stuck)
	defer cancel()
	var err error
	for range 3 {
		if err = e.Pass(ctx, "ann", sync.PassOptions{}); err == nil {
			return
		}
	}
	w.t.Errorf("over a good line: %v", err)
}

func boxes() []string { return []string{"INBOX", "Archive", "Work"} }

// letter is the id of a message and its text.
func (w *world) letter() (id string, raw []byte) {
	w.next++
	id = fmt.Sprintf("%d@example.org", w.next)
	return id, fmt.Appendf(nil, "From: a@example.org\r\nSubject: letter %d\r\nMessage-ID: <%s>\r\nDate: Mon, 2 Nov 2026 14:00:00 +0000\r\n\r\ntext\r\n", w.next, id)
}

// arrives puts a message of the other device's into a mailbox.
func (w *world) arrives(mailbox string) {
	w.t.Helper()
	id, raw := w.letter()
	if _, err := w.other.Append(w.t.Context(), mailbox, 0, time.Now(), raw); err != nil {
		w.t.Fatal(err)
	}
	w.want[id] = map[string]bool{mailbox: true}
}

// otherDoes does what another device may do, to messages with odd numbers.
func (w *world) otherDoes() {
	w.t.Helper()
	w.others++
	box, all := boxes()[w.rng.IntN(len(boxes()))], w.onServer()
	if w.rng.IntN(2) == 0 {
		w.arrives(box)
		w.done = append(w.done, fmt.Sprintf("%d arrived in %s", w.next, box))
		return
	}
	var theirs []stored
	for _, m := range all[box] {
		if odd(m.id) {
			theirs = append(theirs, m)
		}
	}
	if len(theirs) == 0 {
		return
	}
	m := theirs[w.rng.IntN(len(theirs))]
	at := []mail.Place{{Mailbox: box, UID: m.uid}}
	var err error
	switch w.rng.IntN(3) {
	case 0:
		err = w.other.Expunge(w.t.Context(), at)
		delete(w.want[m.id], box)
	case 1:
		err = w.other.SetFlags(w.t.Context(), at, mail.Seen, 0)
		w.seen[m.id] = true
	case 2:
		to := boxes()[w.rng.IntN(len(boxes()))]
		_, err = w.other.Move(w.t.Context(), at, to)
		delete(w.want[m.id], box)
		w.want[m.id][to] = true
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.done = append(w.done, "another device changed "+m.id)
}

func odd(id string) bool {
	return strings.ContainsRune("13579", rune(id[strings.IndexByte(id, '@')-1]))
}

// userDoes does what the user may do, to messages with even numbers.
func (w *world) userDoes() {
	w.t.Helper()
	w.mine++
	ctx := w.t.Context()
	folders, err := w.db.Folders(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	folders = slices.DeleteFunc(folders, func(f mail.Folder) bool { return !slices.Contains(boxes(), f.Name) })
	to := folders[w.rng.IntN(len(folders))]
	if w.rng.IntN(6) == 0 {
		for id, raw := w.letter(); ; id, raw = w.letter() {
			if odd(id) {
				continue
			}
			w.userChanges(fmt.Sprintf("%s put into %s", id, to.Name), mail.Append{To: to.ID, Flags: mail.Seen, Date: time.Now(), Raw: raw})
			w.want[id], w.seen[id] = map[string]bool{to.Name: true}, true
			return
		}
	}
	var mine []mail.Summary
	for _, m := range w.inCache() {
		if !odd(m.MessageID) {
			mine = append(mine, m)
		}
	}
	m := mine[w.rng.IntN(len(mine))]
	one := []mail.ID{m.ID}
	switch w.rng.IntN(5) {
	case 0:
		w.userChanges("read "+m.MessageID, mail.SetFlags{IDs: one, Add: mail.Seen})
		w.seen[m.MessageID] = true
	case 1:
		w.userChanges("unread "+m.MessageID, mail.SetFlags{IDs: one, Remove: mail.Seen})
		delete(w.seen, m.MessageID)
	case 2, 3:
		if len(w.want[m.MessageID]) > 1 || to.Name == m.FolderName {
			return // of two copies it would not be known which is meant
		}
		w.userChanges(fmt.Sprintf("moved %s from %s to %s", m.MessageID, m.FolderName, to.Name), mail.Move{IDs: one, To: to.ID})
		delete(w.want[m.MessageID], m.FolderName)
		w.want[m.MessageID][to.Name] = true
	case 4:
		if len(mine) < 10 {
			return
		}
		w.userChanges(fmt.Sprintf("deleted %s from %s", m.MessageID, m.FolderName), mail.Expunge{IDs: one})
		delete(w.want[m.MessageID], m.FolderName)
	}
}

func (w *world) userChanges(what string, c mail.Change) {
	w.t.Helper()
	if err := w.bad.Do(w.t.Context(), c); err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
	w.done = append(w.done, what)
}

// stored is a message on the server.
type stored struct {
	id    string
	uid   mail.UID
	flags mail.Flags
}

// onServer returns what the server has, by mailbox.
func (w *world) onServer() map[string][]stored {
	w.t.Helper()
	all := map[string][]stored{}
	for _, box := range boxes() {
		for d, err := range w.other.Changes(w.t.Context(), box, "") {
			if err != nil {
				w.t.Fatal(err)
			}
			for _, h := range d.New {
				all[box] = append(all[box], stored{h.MessageID, h.UID, h.Flags})
			}
		}
	}
	return all
}

// inCache returns what the cache has.
func (w *world) inCache() []mail.Summary {
	w.t.Helper()
	ctx := w.t.Context()
	folders, err := w.db.Folders(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []mail.Summary
	for _, f := range folders {
		list, err := w.db.Entries(ctx, mail.View{Folder: f.ID}, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		ids := make([]mail.ID, len(list))
		for i, e := range list {
			ids[i] = e.ID
		}
		rows, err := w.db.Rows(ctx, ids)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, rows...)
	}
	return all
}

// compare holds what is in the cache, on the server, and expected, against each
// other.
func (w *world) compare() {
	w.t.Helper()
	var server, cached, wanted []string
	for box, list := range w.onServer() {
		for _, m := range list {
			server = append(server, fmt.Sprintf("%s %s read=%t", m.id, box, m.flags&mail.Seen != 0))
		}
	}
	for _, m := range w.inCache() {
		cached = append(cached, fmt.Sprintf("%s %s read=%t", m.MessageID, m.FolderName, m.Flags&mail.Seen != 0))
	}
	for id, boxes := range w.want {
		for box := range boxes {
			wanted = append(wanted, fmt.Sprintf("%s %s read=%t", id, box, w.seen[id]))
		}
	}
	w.same("the cache", cached, "the server", server)
	w.same("the server", server, "what was done", wanted)
	if n, err := w.kept.Pending(w.t.Context()); n != 0 || err != nil {
		w.t.Errorf("%d changes still wait, %v", n, err)
	}
}

func (w *world) same(what string, got []string, than string, want []string) {
	w.t.Helper()
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if slices.Equal(got, want) {
		return
	}
	for _, s := range got {
		if i, ok := slices.BinarySearch(want, s); ok {
			want = slices.Delete(want, i, i+1)
		} else {
			w.t.Errorf("%s has %s, and %s has not", what, s, than)
		}
	}
	for _, s := range want {
		w.t.Errorf("%s has %s, and %s has not", than, s, what)
	}
}
