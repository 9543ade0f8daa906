package sync

import (
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
	"posthorn/mail"
	"posthorn/mail/message"
)

// lives is how many users TestNothingIsLost has, and days how many rounds each of
// them works. POSTHORN_LIVES has it go on with others from a number on.
const lives, days = 8, 10

// Whatever servers do, wherever processes die, and whatever becomes of the cache: in
// the end each message is where it was put, once; each draft is there once, with its
// last text; and nothing was done to what was not named.
func TestNothingIsLost(t *testing.T) {
	first, _ := strconv.Atoi(os.Getenv("POSTHORN_LIVES"))
	for n := first; n < first+lives; n++ {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			r := rand.New(rand.NewPCG(15, uint64(n)))
			in(t, func(t *testing.T, w *world) {
				u := &user{world: w, r: r, marks: map[string]*mark{}, drafts: map[string]mail.ID{}, texts: map[string]bool{}}
				for range 6 {
					u.arrives("INBOX")
				}
				for day := range days {
					u.day(day)
				}
				u.settle()
				if t.Failed() {
					t.Logf("done was:\n%s", strings.Join(u.done, "\n"))
				}
			})
		})
	}
}

// A user does things all day. What must become of each message is known by a mark
// in its subject.
type user struct {
	*world
	r       *rand.Rand
	last    int
	marks   map[string]*mark
	drafts  map[string]mail.ID
	refused bool // the server said no to something
	older   []byte
	texts   map[string]bool // drafts whose last text was found
	done    []string
}

// A mark is a message.
type mark struct {
	folder  string
	flagged bool
	deleted bool
	touched bool   // by the user
	text    string // of a draft, its last
}

func (u *user) note(format string, args ...any) {
	u.done = append(u.done, fmt.Sprintf(format, args...))
}

// arrives puts a message on the server. Some are twins by their Message-ID.
func (u *user) arrives(mailbox string) {
	u.last++
	time.Sleep(time.Second) // so that twins can be told from each other
	subject := fmt.Sprint("m", u.last)
	raw := fmt.Sprintf("Message-ID: <%d@example.org>\r\nSubject: %s\r\nDate: Mon, 2 Nov 2026 14:00:00 +0000\r\n\r\ntext %s\r\n", u.last/2, subject, strings.Repeat("x", u.r.IntN(3)))
	u.host.put(mailbox, 0, []byte(raw))
	u.marks[subject] = &mark{folder: mailbox}
	u.note("%s arrives in %s", subject, mailbox)
}

// day has things done online or offline, by one process or two, and may end with a
// crash or the loss of the cache.
func (u *user) day(n int) {
	u.unkind()
	crashes := u.r.IntN(3) == 0
	l := u.begin(Options{OnDemand: crashes})
	if !crashes {
		l.start()
		l.after(time.Second)
	}
	for range u.r.IntN(4) {
		u.act(l)
		if u.r.IntN(2) == 0 {
			l.after(time.Duration(u.r.IntN(90)) * time.Second)
		}
	}
	if u.r.IntN(4) == 0 {
		second := u.begin(Options{OnDemand: true})
		u.act(second)
		u.act(l)
		second.closeFiles()
		second.stop()
		u.note("so far in two processes")
	}
	if u.r.IntN(3) == 0 {
		u.arrives([]string{"INBOX", "Archive"}[u.r.IntN(2)])
	}
	if crashes {
		u.crash(l)
	} else {
		l.after(time.Duration(u.r.IntN(300)) * time.Second)
	}
	l.stop()
	l.end()
	u.host.crash = nil
	u.lose()
}

// crash has the process die at some step of playing the journal.
func (u *user) crash(l *life) {
	c := &crash{at: 1 + u.r.IntN(25), kill: l.stop}
	u.host.crash = c
	l.start()
	l.Flush(l.ctx, "work")
	u.note("crash at step %d of %d: %s", c.at, len(c.steps), c.steps[max(0, len(c.steps)-1):])
}

// unkind sets how the server behaves for a day.
func (u *user) unkind() {
	u.host.kind()
	steps := []string{"list", "read INBOX", "flags", "move", "clear", "expunge", "append", "search", "headers"}
	step := steps[u.r.IntN(len(steps))]
	var r *rule
	switch u.r.IntN(5) {
	case 0:
		r = cut(step, after(u.r.IntN(2)), once)
	case 1:
		r = cut(step, after(u.r.IntN(2)), once, done)
	case 2:
		r = refuse(step, busy(account.AboutKind, "later"), times(3))
	case 3:
		if step == "clear" { // then it is in both, which is told
			return
		}
		r = refuse(step, denied("no"), once)
		u.refused = true
	case 4:
		u.host.renumber([]string{"INBOX", "Archive", "Drafts"}[u.r.IntN(3)])
		u.note("a mailbox is numbered anew")
		return
	}
	u.note("the server at %s: %+v", step, *r)
	u.host.be(r)
}

// act does one thing.
func (u *user) act(l *life) {
	t := l.t
	t.Helper()
	if u.r.IntN(3) == 0 {
		u.write(l)
		return
	}
	var ids []mail.ID
	var m *mark
	subject := ""
	for _, f := range []string{"INBOX", "Archive", "Trash"} {
		if _, err := l.db.FolderByName(t.Context(), f); err != nil {
			return // nothing is known yet
		}
		for _, s := range l.rows(f) {
			if u.r.IntN(3) == 0 || m == nil {
				ids, m, subject = []mail.ID{s.ID}, u.marks[s.Subject], s.Subject
			}
		}
	}
	if m == nil || m.deleted {
		return
	}
	m.touched = true
	switch u.r.IntN(5) {
	case 0, 1:
		m.flagged = u.r.IntN(2) == 0
		c := mail.SetFlags{IDs: ids, Remove: mail.Flagged}
		if m.flagged {
			c = mail.SetFlags{IDs: ids, Add: mail.Flagged}
		}
		u.note("%s is flagged: %v", subject, m.flagged)
		l.do(c)
	case 2, 3:
		m.folder = []string{"INBOX", "Archive", "Trash"}[u.r.IntN(3)]
		u.note("%s is moved to %s", subject, m.folder)
		l.do(mail.Move{IDs: ids, To: l.folder(m.folder).ID})
	case 4:
		m.deleted = true
		u.note("%s is deleted for good", subject)
		l.do(mail.Expunge{IDs: ids})
	}
}

// write saves a draft, a new one or one from before.
func (u *user) write(l *life) {
	subject := fmt.Sprint("d", 1+u.r.IntN(3))
	m := u.marks[subject]
	if m == nil {
		m = &mark{folder: "Drafts", touched: true}
	}
	text := fmt.Sprintf("version %d%s", len(u.done), strings.Repeat("x", u.r.IntN(2)))
	raw := fmt.Sprintf("Message-ID: <%s@example.org>\r\nSubject: %s\r\nDate: Mon, 2 Nov 2026 14:00:00 +0000\r\n\r\n%s\r\n", subject, subject, text)
	id, err := l.SaveDraft(l.t.Context(), "work", u.drafts[subject], []byte(raw))
	if err != nil {
		u.note("%s is not saved: %v", subject, err)
		return
	}
	if was := u.drafts[subject]; was != 0 && was != id {
		l.t.Errorf("the draft %s was %v and is %v", subject, was, id)
	}
	m.text, u.marks[subject], u.drafts[subject] = text, m, id
	u.note("%s is saved as %v: %s", subject, id, text)
	if u.r.IntN(3) == 0 {
		if err := l.LeaveDraft(l.t.Context(), id); err != nil {
			l.t.Error(err)
		}
	}
}

// lose takes the cache away, or puts an older one in its place.
func (u *user) lose() {
	path := filepath.Join(u.dir, "cache.db")
	now, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		u.t.Fatal(err)
	}
	switch u.r.IntN(6) {
	case 0:
		u.note("the cache is lost")
		os.Remove(path)
	case 1:
		if u.older != nil {
			u.note("the cache is an older one")
			if err := os.WriteFile(path, u.older, 0o600); err != nil {
				u.t.Fatal(err)
			}
		}
	case 2:
		u.older = now
	}
}

// settle has the server be kind, and compares.
func (u *user) settle() {
	u.host.kind()
	l := u.run()
	defer l.end()
	l.after(3 * time.Hour)
	l.Refresh("work")
	l.after(3 * time.Hour)
	found := map[string][]string{} // by mark: the folders on the server
	for _, b := range u.host.boxes {
		var server, cache []string
		for _, m := range b.msgs {
			parsed := message.Parse(m.raw)
			subject := parsed.Envelope.Subject
			found[subject] = append(found[subject], b.Name)
			server = append(server, fmt.Sprint(subject, " ", m.flags))
			u.is(subject, b.Name, m)
		}
		for _, s := range l.rows(b.Name) {
			cache = append(cache, fmt.Sprint(s.Subject, " ", s.Flags))
		}
		slices.Sort(server)
		slices.Sort(cache)
		if !slices.Equal(server, cache) {
			u.t.Errorf("%s has %v on the server and %v in the cache", b.Name, server, cache)
		}
	}
	for subject, m := range u.marks {
		// What the server refuses half-way is left half done, and told.
		twice := u.refused && m.touched && (m.text == "" || u.texts[subject])
		if n := len(found[subject]); n != 1 && !(m.deleted && n == 0) && !(twice && n > 1) {
			u.t.Errorf("%s is %d times on the server, in %v", subject, n, found[subject])
		}
	}
	if n, err := l.kept.Pending(u.t.Context()); n != 0 || err != nil {
		u.t.Errorf("%d jobs are left, %v", n, err)
	}
}

// is checks one message of the server.
func (u *user) is(subject, folder string, found *msg) {
	m := u.marks[subject]
	switch {
	case m == nil:
		u.t.Errorf("%s comes from nowhere", subject)
	case m.text != "" && strings.Contains(string(found.raw), m.text+"\r\n"):
		u.texts[subject] = true
	case m.text != "" && !u.refused:
		u.t.Errorf("%s has the text %q, want %s", subject, found.raw, m.text)
	case u.refused && m.touched:
	case m.deleted:
		u.t.Errorf("%s was deleted and is in %s", subject, folder)
	case folder != m.folder, found.flags.Has(mail.Flagged) != m.flagged:
		u.t.Errorf("%s is in %s, flagged %v; want %+v", subject, folder, found.flags.Has(mail.Flagged), *m)
	}
}
