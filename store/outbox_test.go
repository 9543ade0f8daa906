package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"posthorn/internal/disk"
	"posthorn/internal/disk/disktest"
	"posthorn/internal/ramdir"
	"posthorn/mail"
)

// parcel is a message to some recipients.
func parcel(subject string, rcpt ...string) mail.Outgoing {
	return mail.Outgoing{Account: "home", From: "ann@example.org", Rcpt: rcpt,
		Raw:     []byte("Subject: " + subject + "\r\nMessage-ID: <" + subject + "@x>\r\n\r\nhello\r\n"),
		Answers: mail.Ref{ID: mail.NewID(0, 7), MessageID: "q@x"}, Draft: mail.Ref{ID: mail.NewID(0, 8), MessageID: "d@x"}}
}

func enqueue(t testing.TB, a *Account, m mail.Outgoing) mail.Queued {
	t.Helper()
	q, err := a.Enqueue(context.Background(), m)
	must(t, err)
	return q
}

// note notes what became of recipients, which are given as "address state".
func note(t testing.TB, a *Account, id int64, done bool, said ...string) {
	t.Helper()
	o := mail.Outcome{Done: done}
	for _, s := range said {
		address, state, _ := strings.Cut(s, " ")
		o.Recipients = append(o.Recipients, mail.Recipient{Address: address, State: mail.State(state)})
	}
	must(t, a.Note(context.Background(), id, o))
}

// standing returns what is in the outbox, "number state recipients" for each.
func standing(t testing.TB, a *Account) (all []string) {
	t.Helper()
	list, err := a.Outbox(context.Background())
	must(t, err)
	for _, q := range list {
		all = append(all, fmt.Sprint(q.ID, " ", q.State, " ", strings.Join(q.Rcpt, ",")))
	}
	return all
}

// What comes out of the outbox is what was put there.
func TestOutboxKeeps(t *testing.T) {
	ctx, dir := context.Background(), ramdir.New(t)
	s := openIn(t, dir)
	m := parcel("=?utf-8?q?T=C3=A9?=", "ben@x", "eve@x")
	m.Forwards, m.NotBefore = mail.Ref{ID: mail.NewID(3, 9), MessageID: "f@x"}, time.Now().Add(time.Hour)
	put := enqueue(t, account(t, s, "home"), m)
	must(t, s.Close())
	a := account(t, openIn(t, dir), "home")
	got, err := a.Queued(ctx, put.ID)
	must(t, err)
	got.Raw, err = a.QueuedText(ctx, put.ID)
	must(t, err)
	if !got.NotBefore.Equal(m.NotBefore) || !got.Queued.Equal(put.Queued) || !got.Next.Equal(m.NotBefore) {
		t.Errorf("the times are %v, %v, %v", got.NotBefore, got.Queued, got.Next)
	}
	got.NotBefore, got.Queued, got.Next = put.NotBefore, put.Queued, put.Next
	for i := range got.Recipients {
		got.Recipients[i].Next = put.Recipients[i].Next
	}
	if !reflect.DeepEqual(got, put) || got.Subject != "Té" || got.State != mail.Scheduled {
		t.Errorf("put was\n%+v, there is\n%+v", put, got)
	}
	for name, err := range map[string]error{"Queued": second(a.Queued(ctx, 9)), "Note": a.Note(ctx, 9, mail.Outcome{}), "Retry": a.Retry(ctx, 9, time.Time{}),
		"Dequeue": a.Dequeue(ctx, 9), "QueuedText": second(a.QueuedText(ctx, 9))} {
		if !errors.Is(err, ErrNotQueued) {
			t.Errorf("%s of a message that is not there: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// Each recipient has a state, and the message that of the one who needs most.
func TestOutboxStates(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		said []string
		want string
		done bool
	}{
		{nil, "1 waiting ben@x,eve@x", false},
		{[]string{"ben@x sending", "eve@x refused for now"}, "1 sending ben@x,eve@x", false},
		{[]string{"ben@x sent"}, "1 waiting eve@x", true},
		{[]string{"ben@x sent", "eve@x refused for now"}, "1 refused for now eve@x", true},
		{[]string{"ben@x sent", "eve@x failed"}, "1 failed eve@x", true},
		{[]string{"ben@x perhaps sent", "eve@x failed"}, "1 perhaps sent ben@x,eve@x", false},
		{[]string{"ben@x perhaps sent", "eve@x refused for now"}, "1 refused for now ben@x,eve@x", false},
		{[]string{"ben@x sent", "eve@x sent"}, "1 sent ", false},
		{[]string{"ben@x sent", "eve@x sent"}, "", true},
	} {
		s := openIn(t, ramdir.New(t))
		a := account(t, s, "home")
		q := enqueue(t, a, parcel("x", "ben@x", "eve@x"))
		note(t, a, q.ID, c.done, c.said...)
		if got := strings.Join(standing(t, a), "; "); got != c.want {
			t.Errorf("after %q it is %q, not %q", c.said, got, c.want)
		}
		if got, err := a.Queued(ctx, q.ID); c.want != "" && (err != nil || got.Done != c.done) {
			t.Errorf("after %q it is done: %v, %v", c.said, got.Done, err)
		}
		if n := len(texts(t, s)); (n == 0) != (c.want == "") {
			t.Errorf("after %q %d texts are kept", c.said, n)
		}
	}
}

// A retry is for those who were refused a message or wait. Who perhaps has it gets it
// again only when that is what is meant.
func TestOutboxRetry(t *testing.T) {
	for _, c := range []struct{ was, want string }{
		{"ben@x failed,eve@x sent", "ben@x waiting,eve@x sent"},
		{"ben@x refused for now,eve@x failed", "ben@x waiting,eve@x waiting"},
		{"ben@x refused for now,eve@x perhaps sent", "ben@x waiting,eve@x perhaps sent"},
		{"ben@x perhaps sent,eve@x sent", "ben@x waiting,eve@x sent"},
		{"ben@x perhaps sent,eve@x failed", "ben@x waiting,eve@x waiting"},
	} {
		a := account(t, openIn(t, ramdir.New(t)), "home")
		q := enqueue(t, a, parcel("x", "ben@x", "eve@x"))
		note(t, a, q.ID, false, strings.Split(c.was, ",")...)
		must(t, a.Retry(context.Background(), q.ID, time.Now()))
		q, err := a.Queued(context.Background(), q.ID)
		must(t, err)
		var got []string
		for _, r := range q.Recipients {
			got = append(got, r.Address+" "+string(r.State))
		}
		if g := strings.Join(got, ","); g != c.want {
			t.Errorf("of %q came %q, not %q", c.was, g, c.want)
		}
	}
}

// In haste, all are tried again who were tried and wait, and nobody else.
func TestOutboxHasten(t *testing.T) {
	ctx := context.Background()
	a := account(t, openIn(t, ramdir.New(t)), "home")
	now, later := time.Unix(1_700_000_000, 5), time.Unix(1_800_000_000, 0)
	states := []mail.State{mail.Waiting, mail.Scheduled, mail.Sending, mail.Accepted, mail.Deferred, mail.Failed, mail.Perhaps}
	for i := range 2 * len(states) {
		q := enqueue(t, a, parcel("x", "ben@x"))
		must(t, a.Note(ctx, q.ID, mail.Outcome{Recipients: []mail.Recipient{{Address: "ben@x", State: states[i/2], Next: later, Attempts: i % 2}}}))
	}
	must(t, a.Hasten(ctx, now))
	list, err := a.Outbox(ctx)
	must(t, err)
	for _, q := range list {
		r := q.Recipients[0]
		want := later
		if r.State.Waits() && r.Attempts > 0 {
			want = now
		}
		if !r.Next.Equal(want) {
			t.Errorf("%s, tried %d times, comes at %v", r.State, r.Attempts, r.Next)
		}
	}
}

// What follows from an outcome is written with it, or nothing is.
func TestOutboxFollows(t *testing.T) {
	ctx := context.Background()
	s := openIn(t, ramdir.New(t))
	a := account(t, s, "home")
	m := parcel("x", "ben@x", "eve@x")
	q := enqueue(t, a, m)
	item := func(row int64) []mail.Item {
		return []mail.Item{{Located: mail.Located{ID: mail.NewID(0, row), At: mail.Place{Mailbox: "INBOX", Validity: 1, UID: "4"}}}}
	}
	jobs := func() []mail.Job {
		return []mail.Job{{Op: mail.OpAppend, To: "Sent", Add: mail.Seen, Items: item(20)}, {Op: mail.OpFlags, Add: mail.Answered, Items: item(7)}, {Op: mail.OpExpunge, Items: item(8)}}
	}
	sent := []mail.Recipient{{Address: "ben@x", State: mail.Accepted}}
	bad := jobs()
	bad[2].Items = append(bad[2].Items, bad[2].Items...)
	_, err := s.db.Exec("CREATE UNIQUE INDEX strict ON items (job, message)") // so that the last job is refused
	must(t, err)
	if err := a.Note(ctx, q.ID, mail.Outcome{Recipients: sent, Jobs: bad, Done: true}); err == nil {
		t.Fatal("it was written")
	}
	if n, err := a.Pending(ctx); n != 0 || err != nil || !slices.Equal(standing(t, a), []string{"1 waiting ben@x,eve@x"}) {
		t.Errorf("of what failed there are %d jobs and %v, %v", n, standing(t, a), err)
	}
	must(t, a.Note(ctx, q.ID, mail.Outcome{Recipients: sent, Jobs: jobs(), Done: true}))
	j, err := a.Next(ctx, func(*mail.Job) bool { return false })
	must(t, err)
	if n, err := a.Pending(ctx); n != 3 || err != nil || string(j.Raw) != string(m.Raw) || len(texts(t, s)) != 1 {
		t.Errorf("there are %d jobs and %d texts, and the copy is %q, %v", n, len(texts(t, s)), j.Raw, err)
	}
	must(t, a.Finish(ctx, j, []mail.Place{{Mailbox: "Sent"}}))
	if raw, err := a.QueuedText(ctx, q.ID); string(raw) != string(m.Raw) || err != nil {
		t.Errorf("when its copy is in Sent, the message is %q, %v", raw, err)
	}
	note(t, a, q.ID, true, "eve@x sent")
	if n := len(texts(t, s)); n != 0 {
		t.Errorf("%d texts are left", n)
	}
}

// What is being sent is not taken back or sent again; after a crash, what was being
// sent was perhaps sent, and nothing else was.
func TestOutboxSending(t *testing.T) {
	ctx := context.Background()
	a := account(t, openIn(t, ramdir.New(t)), "home")
	q := enqueue(t, a, parcel("x", "ben@x", "eve@x"))
	enqueue(t, a, parcel("y", "ben@x"))
	note(t, a, q.ID, false, "ben@x sending", "eve@x failed")
	for name, err := range map[string]error{"retry": a.Retry(ctx, q.ID, time.Now()), "cancel": a.Dequeue(ctx, q.ID)} {
		if !errors.Is(err, ErrOnItsWay) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range 2 {
		if some, err := a.Doubt(ctx, "it died"); !some || err != nil {
			t.Errorf("doubt: %v, %v", some, err)
		}
	}
	if got := standing(t, a); !slices.Equal(got, []string{"1 perhaps sent ben@x,eve@x", "2 waiting ben@x"}) {
		t.Errorf("after a crash there is %q", got)
	}
	must(t, a.Retry(ctx, q.ID, time.Now()))
	if some, err := a.Doubt(ctx, "it died"); some || err != nil {
		t.Errorf("doubt: %v, %v", some, err)
	}
	must(t, a.Dequeue(ctx, q.ID))
	if got := enqueue(t, a, parcel("z", "ben@x")).ID; got != 3 {
		t.Errorf("the next has the number %d", got)
	}
	must(t, a.Dequeue(ctx, 3))
	if got := enqueue(t, a, parcel("z", "ben@x")).ID; got != 4 {
		t.Errorf("the number %d is given again", got)
	}
}

// A text that is gone costs that message only, and it can be taken out.
func TestOutboxTextGone(t *testing.T) {
	ctx := context.Background()
	s := openIn(t, ramdir.New(t))
	a := account(t, s, "home")
	enqueue(t, a, parcel("x", "ben@x"))
	list, err := os.ReadDir(s.texts())
	must(t, err)
	must(t, os.Remove(s.textPath(list[0].Name())))
	enqueue(t, a, parcel("y", "ben@x"))
	if got := standing(t, a); len(got) != 2 {
		t.Errorf("there is %q", got)
	}
	if _, err := a.QueuedText(ctx, 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the text that is gone: %v", err)
	}
	if raw, err := a.QueuedText(ctx, 2); err != nil || len(raw) == 0 {
		t.Errorf("the other is %q, %v", raw, err)
	}
	must(t, a.Dequeue(ctx, 1))
}

// Several processes put messages into one outbox and take them out of it, and no two
// messages get one number.
func TestOutboxOfMany(t *testing.T) {
	ctx, dir := context.Background(), ramdir.New(t)
	var mu sync.Mutex
	given := map[int64]bool{}
	var all sync.WaitGroup
	for range 3 {
		a := account(t, openIn(t, dir), "home")
		for range 5 {
			all.Go(func() {
				q, err := a.Enqueue(ctx, parcel("x", "ben@x"))
				if err == nil {
					err = a.Dequeue(ctx, q.ID)
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil || given[q.ID] {
					t.Errorf("number %d: %v", q.ID, err)
				}
				given[q.ID] = true
			})
		}
	}
	all.Wait()
	s := openIn(t, dir)
	if len(given) != 15 || len(standing(t, account(t, s, "home"))) != 0 || len(texts(t, s)) != 0 {
		t.Errorf("%d were put there, left are %v and %d texts", len(given), standing(t, account(t, s, "home")), len(texts(t, s)))
	}
}

// A full disk is called that, and leaves all as it was.
func TestOutboxFullDisk(t *testing.T) {
	ctx, dir := context.Background(), disktest.Small(t, "2m")
	s := openIn(t, dir)
	a := account(t, s, "home")
	q := enqueue(t, a, parcel("x", "ben@x"))
	free := disktest.Fill(t, dir)
	big := parcel("big", "ben@x")
	big.Raw = append(big.Raw, make([]byte, 1<<20)...)
	long := mail.Outcome{Recipients: []mail.Recipient{{Address: "ben@x", State: mail.Failed, Error: strings.Repeat("no ", 1<<18)}}}
	for op, err := range map[string]error{
		"put the message into the outbox":             second(a.Enqueue(ctx, big)),
		"note what became of message 1 in the outbox": a.Note(ctx, q.ID, long),
	} {
		var full *disk.Error
		if !errors.As(err, &full) || full.Reason != disk.Full || !strings.HasPrefix(err.Error(), op+": ") {
			t.Errorf("%s: %v", op, err)
		}
	}
	free()
	if got := standing(t, a); !slices.Equal(got, []string{"1 waiting ben@x"}) || len(texts(t, s)) != 1 {
		t.Errorf("afterwards there is %q, with %d texts", got, len(texts(t, s)))
	}
	must(t, a.Note(ctx, q.ID, long))
	enqueue(t, a, big)
}

// Of a damaged store the outbox is saved, and what belongs to it.
func TestOutboxSalvaged(t *testing.T) {
	ctx, dir := context.Background(), ramdir.New(t)
	s := openIn(t, dir)
	a := account(t, s, "home")
	for range 3 {
		enqueue(t, a, parcel("x", "ben@x", "eve@x"))
	}
	must(t, a.Dequeue(ctx, 3))
	note(t, a, 1, true, "ben@x sent", "eve@x failed")
	var page, size int64
	must(t, s.db.QueryRow("SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE tbl_name = 'accounts' AND type = 'index'").Scan(&page, &size))
	must(t, s.Close())
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt(make([]byte, size), (page-1)*size)
	must(t, errors.Join(err, f.Close()))
	s = openIn(t, dir)
	a = account(t, s, "home")
	if got := standing(t, a); s.Notice() == "" || strings.Contains(s.Notice(), "texts") || !slices.Equal(got, []string{"1 failed eve@x", "2 waiting ben@x,eve@x"}) {
		t.Errorf("saved is %q, and it says %q", got, s.Notice())
	}
	if raw, err := a.QueuedText(ctx, 2); err != nil || len(raw) == 0 {
		t.Errorf("the text is %q, %v", raw, err)
	}
	if q := enqueue(t, a, parcel("x", "ben@x")); q.ID != 4 {
		t.Errorf("the next has the number %d", q.ID)
	}
	if names, err := filepath.Glob(s.textPath("*" + found)); len(names) > 0 || err != nil {
		t.Errorf("%v are taken for lost, %v", names, err)
	}
}
