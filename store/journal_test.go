package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"posthorn/internal/ramdir"
	"posthorn/mail"
)

func never(*mail.Job) bool { return false }

// at is a message as a cache knows it, with its number as its UID.
func at(a *Account, n int64, mailbox string) mail.Located {
	return mail.Located{ID: mail.NewID(a.slot, n), At: mail.Place{Mailbox: mailbox, Validity: 7, UID: mail.UID(fmt.Sprint(n))},
		MessageID: fmt.Sprintf("%d@example.org", n), Received: time.Unix(n, 0), Size: 100 + n}
}

func job(op mail.Op, to string, messages ...mail.Located) mail.Job {
	j := mail.Job{Op: op, To: to}
	for _, m := range messages {
		j.Items = append(j.Items, mail.Item{Located: m})
	}
	return j
}

// deed is one that is not to be taken back.
func deed(jobs ...mail.Job) mail.Deed { return mail.Deed{Jobs: jobs} }

func letter(a *Account, n int64, to, raw string) mail.Job {
	j := job(mail.OpAppend, to, mail.Located{ID: mail.NewID(a.slot, n), MessageID: fmt.Sprintf("%d@example.org", n), Size: int64(len(raw))})
	j.Add, j.Date, j.Raw = mail.Seen, time.Unix(9, 0), []byte(raw)
	return j
}

// open lists the jobs in their order, each as "op mailbox/uid… > target".
func open(t *testing.T, a *Account) (list []string) {
	t.Helper()
	must(t, a.eachJob(t.Context(), func(j *jobRow) bool {
		s := string(j.Op)
		for _, it := range j.Items {
			s += fmt.Sprintf(" %s/%s", it.At.Mailbox, it.At.UID)
		}
		if j.To != "" {
			s += " > " + j.To
		}
		list = append(list, s)
		return true
	}))
	return list
}

func wantOpen(t *testing.T, a *Account, want ...string) {
	t.Helper()
	if got := open(t, a); !slices.Equal(got, want) {
		t.Errorf("the jobs are %q, want %q", got, want)
	}
}

// texts returns the files that hold texts.
func texts(t *testing.T, s *Store) []string {
	t.Helper()
	if !exists(s.texts()) {
		return nil
	}
	return list(t, s.texts())
}

// Where a message lies is in its ref, and moves with what the source answers: later
// jobs about it find it there, whatever the cache knew when they were written.
func TestRefsMove(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a := account(t, s, "home")
	one, two := at(a, 1, "INBOX"), at(a, 2, "INBOX")
	must(t, a.Do(ctx, 0, deed(job(mail.OpMove, "Archive", one, two))))
	must(t, a.Do(ctx, 0, deed(job(mail.OpMove, "Trash", one))))
	wantOpen(t, a, "move INBOX/1 INBOX/2 > Archive", "move INBOX/1 > Trash")
	j, err := a.Next(ctx, never)
	must(t, err)
	must(t, a.Begin(ctx, j))
	must(t, a.Finish(ctx, j, []mail.Place{{Mailbox: "Archive", Validity: 3, UID: "11"}, {Mailbox: "Archive", Validity: 3}}))
	wantOpen(t, a, "move Archive/11 > Trash")

	// A cache that has seen nothing of this writes of message 2 as it knew it.
	must(t, a.Do(ctx, 1, deed(job(mail.OpExpunge, "", two))))
	wantOpen(t, a, "move Archive/11 > Trash", "expunge Archive/")
	e, err := a.Event(ctx)
	must(t, err)
	two.At = mail.Place{Mailbox: "Archive", Validity: 3, UID: "12"} // one that has
	must(t, a.Do(ctx, e.Number, deed(job(mail.OpFlags, "", at(a, 3, "Sent")))))
	wantOpen(t, a, "move Archive/11 > Trash", "expunge Archive/", "flags Sent/3")

	lying, err := a.Lying(ctx, "Archive", 3, []mail.Header{{UID: "11"}, {UID: "12"}})
	must(t, err)
	if len(lying) != 1 || lying["11"] != one.ID {
		t.Errorf("in Archive lie %v", lying)
	}
	if lying, err = a.Lying(ctx, "Archive", 4, []mail.Header{{UID: "11"}}); err != nil || len(lying) != 0 {
		t.Errorf("numbered anew, there lie %v, %v", lying, err)
	}
}

// Each change counts the journal's events on by one, and is told to who has not
// seen it yet.
func TestTouched(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a, b := account(t, s, "home"), account(t, s, "work")
	var all [][]mail.ID
	step := func(f func() error) {
		t.Helper()
		before, err := a.Event(ctx)
		must(t, err)
		must(t, f())
		after, err := a.Event(ctx)
		must(t, err)
		if after.Number != before.Number+1 || after.Store != before.Store || after.Store == "" {
			t.Errorf("after %+v comes %+v", before, after)
		}
		touched, err := a.Touched(ctx, before.Number)
		must(t, err)
		var ids []mail.ID
		for _, m := range touched {
			ids = append(ids, m.ID)
		}
		all = append(all, ids)
	}
	one, two := at(a, 1, "INBOX"), at(a, 2, "INBOX")
	copied := job(mail.OpCopy, "Archive", two)
	copied.Items[0].Made = mail.NewID(a.slot, 5)
	step(func() error { return a.Do(ctx, 0, deed(job(mail.OpFlags, "", one))) })
	must(t, b.Do(ctx, 0, deed(job(mail.OpFlags, "", at(b, 9, "INBOX")))))
	step(func() error { return a.Do(ctx, 0, deed(copied)) })
	next := func() *mail.Job {
		j, err := a.Next(ctx, never)
		must(t, err)
		return j
	}
	step(func() error { return a.Refuse(ctx, next(), "no") })
	step(func() error { return a.Finish(ctx, next(), []mail.Place{{Mailbox: "Archive", UID: "1"}}) })
	want := [][]mail.ID{{one.ID}, {two.ID, mail.NewID(a.slot, 5)}, {one.ID}, {two.ID, mail.NewID(a.slot, 5)}}
	if !reflect.DeepEqual(all, want) {
		t.Errorf("told were %v, want %v", all, want)
	}
}

// A job waits for earlier ones about the same message, and for one that is to be
// played before; others pass.
func TestUntied(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a := account(t, s, "home")
	one, two, three := at(a, 1, "INBOX"), at(a, 2, "INBOX"), at(a, 3, "INBOX")
	copied := job(mail.OpCopy, "Archive", one)
	copied.Items[0].Made = mail.NewID(a.slot, 5)
	made := at(a, 5, "")
	made.At.UID = ""
	must(t, a.Do(ctx, 0, deed(copied, job(mail.OpExpunge, "", made), job(mail.OpFlags, "", two, one), job(mail.OpFlags, "", two), job(mail.OpMove, "Trash", three))))
	waits := func(j *mail.Job) bool { return j.Seq == 1 }
	j, err := a.Next(ctx, waits)
	must(t, err)
	if j == nil || j.Seq != 5 {
		t.Errorf("next is %+v", j)
	}
	must(t, a.Postpone(ctx, 1, "busy"))
	if n, err := a.Untried(ctx); n != 1 || err != nil {
		t.Errorf("untried are %d, %v", n, err)
	}
}

// A text is there as long as a job names it, whatever fails.
func TestTexts(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a := account(t, s, "home")
	must(t, a.Do(ctx, 0, deed(letter(a, 1, "Drafts", "first"))))
	replace := func(old, n int64, raw string) mail.ID {
		id, err := a.Replace(ctx, 0, mail.Located{ID: mail.NewID(a.slot, old)}, letter(a, n, "Drafts", raw))
		must(t, err)
		return id
	}
	if id := replace(1, 2, "second"); id != mail.NewID(a.slot, 1) {
		t.Errorf("it is %v now", id)
	}
	if b, err := a.Text(ctx, mail.NewID(a.slot, 1)); string(b) != "second" || err != nil {
		t.Errorf("the text is %q, %v", b, err)
	}
	j, err := a.Next(ctx, never)
	must(t, err)
	must(t, a.Begin(ctx, j))
	if id := replace(1, 3, "third"); id != mail.NewID(a.slot, 1) {
		t.Errorf("it is %v now", id)
	}
	if b, err := a.Text(ctx, mail.NewID(a.slot, 3)); string(b) != "second" || err != nil { // which may be on the server
		t.Errorf("the older text is %q, %v", b, err)
	}
	wantOpen(t, a, "append / > Drafts", "append / > Drafts", "expunge /")
	if n := len(texts(t, s)); n != 2 {
		t.Errorf("there are %d texts", n)
	}
	must(t, a.Finish(ctx, j, []mail.Place{{Mailbox: "Drafts", Validity: 1, UID: "8"}}))
	wantOpen(t, a, "append / > Drafts", "expunge Drafts/8")

	// What is to be deleted before it was uploaded never is.
	must(t, a.Do(ctx, 0, deed(letter(a, 20, "Drafts", "in vain"))))
	must(t, a.Do(ctx, 0, deed(job(mail.OpExpunge, "", mail.Located{ID: mail.NewID(a.slot, 20)}))))
	if j, err := a.Next(ctx, func(j *mail.Job) bool { return j.Seq < 4 }); err != nil || j != nil {
		t.Errorf("next is %+v, %v", j, err)
	}
	wantOpen(t, a, "append / > Drafts", "expunge Drafts/8")
	if n := len(texts(t, s)); n != 1 {
		t.Errorf("there are %d texts", n)
	}

	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := a.Do(cancelled, 0, deed(letter(a, 9, "Drafts", "never"))); err == nil {
		t.Error("who was told to stop went on")
	}
	if n := len(texts(t, s)); n != 1 {
		t.Errorf("there are %d texts", n)
	}
	must(t, os.RemoveAll(s.texts()))
	j, err = a.Next(ctx, never)
	must(t, err)
	if j == nil || j.Op != mail.OpExpunge {
		t.Errorf("after a text that is missing comes %+v", j)
	}
	if said, err := a.Refusals(ctx, 0); err != nil || len(said) != 1 || !strings.Contains(said[0], "is missing") {
		t.Errorf("told is %q, %v", said, err)
	}
}

// A job that was taken back or made anew between being read and being played is not
// played as it was.
func TestChangedBeforeItIsPlayed(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a := account(t, s, "home")
	one, two := at(a, 1, "INBOX"), at(a, 2, "INBOX")
	back := func(items ...mail.Located) mail.Inverse {
		return mail.Inverse{Of: 0, Job: job(mail.OpMove, "INBOX", items...)}
	}
	deeds := int64(0)
	undo := func() {
		d, err := a.LastDeed(ctx)
		must(t, err)
		_, err = a.Undo(ctx, 0, d)
		must(t, err)
	}
	move := mail.Deed{Jobs: []mail.Job{job(mail.OpMove, "Archive", one, two)}}
	for name, c := range map[string]struct {
		inverse mail.Inverse
		replace bool
	}{"wholly": {inverse: back(one, two)}, "in part": {inverse: back(two)}, "made anew": {replace: true}} {
		d := move
		deeds++
		d.Number, d.Inverses = deeds, []mail.Inverse{c.inverse}
		if c.replace {
			d = deed(letter(a, 5, "Drafts", "first"))
		}
		must(t, a.Do(ctx, 0, d))
		j, err := a.Next(ctx, never)
		must(t, err)
		if c.replace {
			_, err := a.Replace(ctx, 0, mail.Located{ID: mail.NewID(a.slot, 5)}, letter(a, 6, "Drafts", "second"))
			must(t, err)
		} else {
			undo()
		}
		if err := a.Begin(ctx, j); !errors.Is(err, ErrChanged) {
			t.Errorf("taken back %s, it begins: %v", name, err)
		}
		for {
			j, err := a.Next(ctx, never)
			must(t, err)
			if j == nil {
				break
			}
			must(t, a.Begin(ctx, j))
			must(t, a.Finish(ctx, j, make([]mail.Place, len(j.Items))))
		}
	}
}

// What was begun, or what a later job rests on, is done the other way round; the rest
// of a job is as if it had never been. What cannot be taken back stays.
func TestUndo(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a := account(t, s, "home")
	one, two, three := at(a, 1, "INBOX"), at(a, 2, "INBOX"), at(a, 3, "INBOX")
	must(t, a.Do(ctx, 0, mail.Deed{Number: 1, What: "move", Jobs: []mail.Job{job(mail.OpMove, "Archive", one, two)},
		Inverses: []mail.Inverse{{Job: job(mail.OpMove, "INBOX", one, two)}}}))
	must(t, a.Do(ctx, 0, deed(job(mail.OpFlags, "", two))))
	must(t, a.Do(ctx, 0, mail.Deed{Number: 2, What: "delete", Jobs: []mail.Job{job(mail.OpExpunge, "", three)},
		Inverses: []mail.Inverse{{Job: job("", "", three)}}}))
	undo := func(what string, want ...mail.ID) {
		t.Helper()
		d, err := a.LastDeed(ctx)
		must(t, err)
		got, err := a.Undo(ctx, 0, d)
		must(t, err)
		if d.What != what || !slices.Equal(got, want) {
			t.Errorf("taken back was %q of %v, want %q of %v", d.What, got, what, want)
		}
	}
	undo("delete", three.ID)
	wantOpen(t, a, "move INBOX/1 INBOX/2 > Archive", "flags INBOX/2")
	undo("move", one.ID, two.ID)
	wantOpen(t, a, "move INBOX/2 > Archive", "flags INBOX/2", "move INBOX/2 > INBOX")
	undo("")

	must(t, a.Do(ctx, 0, mail.Deed{Number: 3, What: "delete", Jobs: []mail.Job{job(mail.OpExpunge, "", three)},
		Inverses: []mail.Inverse{{Job: job("", "", three)}}}))
	j, err := a.Next(ctx, func(j *mail.Job) bool { return j.Seq < 5 })
	must(t, err)
	must(t, a.Begin(ctx, j))
	undo("delete")
	wantOpen(t, a, "move INBOX/2 > Archive", "flags INBOX/2", "move INBOX/2 > INBOX", "expunge INBOX/3")
}

// The last hundred deeds can be taken back.
func TestKeptDeeds(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a := account(t, s, "home")
	for n := range int64(keptDeeds + 20) {
		must(t, a.Do(ctx, 0, mail.Deed{Number: n + 1, Jobs: []mail.Job{job(mail.OpFlags, "", at(a, n+1, "INBOX"))},
			Inverses: []mail.Inverse{{Job: job(mail.OpFlags, "", at(a, n+1, "INBOX"))}}}))
	}
	n := 0
	for {
		d, err := a.LastDeed(ctx)
		must(t, err)
		if d.Number == 0 {
			break
		}
		_, err = a.Undo(ctx, 0, d)
		must(t, err)
		n++
	}
	if n != keptDeeds {
		t.Errorf("%d deeds could be taken back", n)
	}
}

// What is long in a text is written once, however often that is saved, and the text is
// read as it was written.
func TestSharedPieces(t *testing.T) {
	dir, ctx := ramdir.New(t), t.Context()
	s := openIn(t, dir)
	a := account(t, s, "home")
	attachment := func(b byte) string { return strings.Repeat(strings.Repeat(string(b), 76)+"\r\n", 2000) }
	text := func(n int, parts ...string) string {
		s := fmt.Sprintf("Subject: %d\r\n\r\n--x\r\n\r\nbody %d\r\n", n, n)
		for _, p := range parts {
			s += "--x\r\nContent-Type: a/b\r\n\r\n" + p
		}
		return s + "--x--\r\n"
	}
	pieces := func() (n int) {
		for _, name := range texts(t, s) {
			if strings.HasSuffix(name, shared) {
				n++
			}
		}
		return n
	}
	id := mail.NewID(a.slot, 1)
	for n, c := range []struct {
		raw    string
		pieces int
	}{
		{text(0), 0}, {text(1, attachment('a')), 1}, {text(2, attachment('a')), 1}, {text(3, attachment('a'), attachment('b')), 2},
		{text(4, attachment('a'), attachment('a')), 2}, {attachment('c'), 3}, {strings.Repeat("\n", 40_000), 3}, {strings.Repeat("-", 40_000), 4}, {"", 4},
	} {
		old := mail.Located{ID: id}
		if n == 0 {
			old.ID = 0
		}
		_, err := a.Replace(ctx, 0, old, letter(a, 1, "Drafts", c.raw))
		must(t, err)
		if got, err := a.Text(ctx, id); string(got) != c.raw || err != nil {
			t.Errorf("text %d is %d octets, want %d: %v", n, len(got), len(c.raw), err)
		}
		if got := pieces(); got != c.pieces {
			t.Errorf("after text %d there are %d pieces, want %d", n, got, c.pieces)
		}
	}
	_, err := a.Replace(ctx, 0, mail.Located{ID: id}, letter(a, 1, "Drafts", text(9, attachment('a'))))
	must(t, err)
	old := time.Now().Add(-2 * strayTime)
	for _, name := range texts(t, s) {
		must(t, os.Chtimes(s.textPath(name), old, old))
	}
	openIn(t, dir)
	if got, err := a.Text(ctx, id); string(got) != text(9, attachment('a')) || err != nil || pieces() != 1 {
		t.Errorf("swept, the text is %d octets, of %d pieces: %v", len(got), pieces(), err)
	}
}

// What processes leave that died is removed after a day, and nothing else.
func TestSweepTexts(t *testing.T) {
	dir, ctx := ramdir.New(t), t.Context()
	s := openIn(t, dir)
	a := account(t, s, "home")
	must(t, a.Do(ctx, 0, deed(letter(a, 1, "Drafts", "mine"))))
	mine := texts(t, s)[0]
	old := time.Now().Add(-2 * strayTime)
	for _, name := range []string{mine, "old.eml", "kept.found.eml"} {
		must(t, os.WriteFile(s.textPath(name), []byte("x"), 0o600))
		must(t, os.Chtimes(s.textPath(name), old, old))
	}
	must(t, os.WriteFile(s.textPath("young.eml"), []byte("x"), 0o600))
	got := texts(t, openIn(t, dir))
	want := []string{mine, "kept.found.eml", "young.eml"}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("left are %q, want %q", got, want)
	}
}

// The journal of an earlier version's cache is taken over once, in its order, with
// what waits for what.
func TestTakeOver(t *testing.T) {
	s, ctx := openIn(t, ramdir.New(t)), t.Context()
	a := account(t, s, "home")
	jobs := []mail.Job{letter(a, 1, "Drafts", "new"), job(mail.OpExpunge, "", at(a, 2, "Drafts")), job(mail.OpFlags, "", at(a, 3, "INBOX"))}
	jobs[0].Seq, jobs[1].Seq, jobs[1].After, jobs[2].Seq = 40, 41, 40, 50
	must(t, a.TakeOver(ctx, jobs[:2]))
	must(t, a.TakeOver(ctx, jobs)) // the cache was not done with it when the process died
	wantOpen(t, a, "append / > Drafts", "expunge Drafts/2", "flags INBOX/3")
	j, err := a.Next(ctx, func(j *mail.Job) bool { return j.Seq == 1 })
	must(t, err)
	if j.Op != mail.OpFlags || len(texts(t, s)) != 1 {
		t.Errorf("next is %+v, and there are %d texts", j, len(texts(t, s)))
	}
}

// Of a damaged store, the jobs that can be read are played, and no text is lost.
func TestDamagedJournal(t *testing.T) {
	from := ramdir.New(t)
	s, ctx := openIn(t, from), t.Context()
	a := account(t, s, "home")
	for n := range int64(40) {
		must(t, a.Do(ctx, 0, deed(job(mail.OpMove, strings.Repeat("long ", 20), at(a, n+1, "INBOX")), letter(a, n+100, "Drafts", fmt.Sprint("text ", n)))))
	}
	_, err := s.db.Exec("VACUUM")
	must(t, err)
	must(t, s.Close())
	whole, err := os.ReadFile(s.path)
	must(t, err)
	page := int(binary.BigEndian.Uint16(whole[16:]))
	saved := 0
	for n := 0; n < len(whole); n += page {
		for what, filler := range map[string][]byte{"zeros": make([]byte, page), "garbage": bytes.Repeat([]byte{0xa5, 0x17, 0xff, 0x03}, page/4)} {
			t.Run(fmt.Sprintf("%s at %d", what, n), func(t *testing.T) {
				dir := ramdir.New(t)
				must(t, os.CopyFS(filepath.Join(dir, "data"), os.DirFS(filepath.Join(from, "data"))))
				must(t, os.WriteFile(filepath.Join(dir, "data", "store.db"), append(append(append([]byte{}, whole[:n]...), filler...), whole[n+page:]...), 0o600))
				s := openIn(t, dir)
				a := account(t, s, "home")
				named, err := namedTexts(ctx, s.db)
				must(t, err)
				for _, name := range texts(t, s) {
					if !named[name] && !strings.HasSuffix(name, found) {
						t.Errorf("nothing keeps the text %s", name)
					}
				}
				if len(texts(t, s)) != 40 || len(named) < 40 && !strings.Contains(s.Notice(), s.texts()) {
					t.Errorf("there are %d texts, and the user is told %q", len(texts(t, s)), s.Notice())
				}
				for {
					j, err := a.Next(ctx, never)
					must(t, err)
					if j == nil {
						break
					}
					saved++
					must(t, a.Begin(ctx, j))
					must(t, a.Finish(ctx, j, make([]mail.Place, len(j.Items))))
				}
			})
		}
	}
	if all := 80 * 2 * len(whole) / page; saved < all/2 {
		t.Errorf("of %d jobs %d were saved", all, saved)
	}
}
