package maildir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/mail/query"
)

func open(t testing.TB) *Source {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "Maildir"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func letter(subject, body string) []byte {
	return fmt.Appendf(nil, "From: Ann Roe <ann@example.org>\r\nTo: ben@example.net\r\nSubject: %s\r\n"+
		"Date: Mon, 2 Mar 2026 10:00:00 +0100\r\nMessage-ID: <%s@example.org>\r\n\r\n%s\r\n", subject, subject, body)
}

func add(t testing.TB, s *Source, mailbox, subject string, f mail.Flags) mail.Place {
	t.Helper()
	p, err := s.Append(t.Context(), mailbox, f, time.Time{}, letter(subject, "Hello, "+subject))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func deliver(t testing.TB, s *Source, uidl, text string) error {
	t.Helper()
	return s.Deliver(t.Context(), uidl, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// A view is what a cache would hold of a mailbox.
type view struct {
	cursor   mail.Cursor
	subjects map[mail.UID]string
	flags    map[mail.UID]mail.Flags
	deltas   []mail.Delta // of the last pull
}

// pull applies all changes to the view, at most n deltas if n is not 0.
func (v *view) pull(t testing.TB, s *Source, mailbox string, n int) {
	t.Helper()
	if v.subjects == nil {
		v.subjects, v.flags = make(map[mail.UID]string), make(map[mail.UID]mail.Flags)
	}
	v.deltas = nil
	for d, err := range s.Changes(t.Context(), mailbox, v.cursor) {
		if err != nil {
			t.Fatal(err)
		}
		v.apply(d)
		if len(v.deltas) == n {
			break
		}
	}
}

func (v *view) apply(d mail.Delta) {
	named := make(map[mail.UID]bool)
	for _, h := range d.New {
		v.subjects[h.UID], v.flags[h.UID], named[h.UID] = h.Subject, h.Flags, true
	}
	for _, f := range d.Flags {
		named[f.UID] = true
		if _, ok := v.subjects[f.UID]; ok {
			v.flags[f.UID] = f.Flags
		}
	}
	gone := slices.Clone(d.Gone)
	for uid := range v.subjects {
		if d.Whole != nil && !named[uid] {
			gone = append(gone, uid)
		}
	}
	for _, uid := range gone {
		delete(v.subjects, uid)
		delete(v.flags, uid)
	}
	v.cursor = d.Cursor
	v.deltas = append(v.deltas, d)
}

func (v *view) want(t testing.TB, subjects ...string) {
	t.Helper()
	got := slices.Sorted(maps.Values(v.subjects))
	slices.Sort(subjects)
	if !slices.Equal(got, subjects) {
		t.Fatalf("messages %q, want %q", got, subjects)
	}
}

// age makes a mailbox look as if nothing had changed in it for a minute.
func age(t testing.TB, s *Source, dir string) {
	t.Helper()
	then := time.Now().Add(-time.Minute)
	for _, sub := range []string{"cur", "new"} {
		if err := os.Chtimes(filepath.Join(s.root, dir, sub), then, then); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMailboxes(t *testing.T) {
	s := open(t)
	for _, name := range []string{"Lists/Go", "Письма/Работа", "R&D", "example.org"} {
		if err := s.Create(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, "Lists/Go", "one", mail.Seen)
	add(t, s, "Lists/Go", "two", 0)
	list, err := s.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, strings.TrimRight(fmt.Sprintf("%s %d/%d %s", m.Name, m.Unread, m.Total, m.Role), " "))
		if m.NoSelect != (m.Name == "Lists" || m.Name == "Письма") {
			t.Errorf("%s: no select %v", m.Name, m.NoSelect)
		}
	}
	slices.Sort(got)
	want := []string{"Archive 0/0 archive", "Drafts 0/0 drafts", "INBOX 0/0 inbox", "Junk 0/0 junk", "Lists 0/0", "Lists/Go 1/2",
		"R&D 0/0", "Sent 0/0 sent", "Trash 0/0 trash", "example.org 0/0", "Письма 0/0", "Письма/Работа 0/0"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := os.Stat(filepath.Join(s.root, ".Lists.Go", "cur")); err != nil {
		t.Error(err)
	}
}

func TestForeignFolders(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{".Sent Items", ".Spam", ".A&B", ".Entw\xfcrfe", ".&broken", "..gone"} {
		if err := makeMaildir(filepath.Join(dir, d)); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.Mailboxes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		err := s.Count(t.Context(), []string{m.Name}, func(name string, _ mail.Counts, err error) {
			if err != nil {
				t.Errorf("%q cannot be opened: %v", name, err)
			}
		})
		if err != nil {
			t.Error(err)
		}
		if m.Name == "Sent Items" && m.Role != mail.Sent || m.Name == "Spam" && m.Role != mail.JunkMail {
			t.Errorf("%s has role %q", m.Name, m.Role)
		}
		if m.Name == "Sent" || m.Name == "Junk" || strings.Contains(m.Name, "gone") {
			t.Errorf("%q should not be there", m.Name)
		}
	}
}

func TestOrganize(t *testing.T) {
	s, ctx := open(t), t.Context()
	for _, bad := range []string{"", "INBOX", "inbox", "a//b", "/a", "a\nb", "Sent", strings.Repeat("x", 300)} {
		if err := s.Create(ctx, bad); account.KindOf(err) != account.Denied {
			t.Errorf("Create(%q) = %v", bad, err)
		}
	}
	for _, name := range []string{"A", "A/B", "AB"} {
		if err := s.Create(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, "A/B", "one", 0)
	if err := s.Rename(ctx, "A", "C"); err != nil {
		t.Fatal(err)
	}
	var v view
	v.pull(t, s, "C/B", 0)
	v.want(t, "one")
	if err := s.Remove(ctx, "C/B"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(ctx, "INBOX"); account.KindOf(err) != account.Denied {
		t.Errorf("Remove(INBOX) = %v", err)
	}
	err := s.Count(ctx, []string{"A", "A/B", "C/B", "nowhere", "C", "AB"}, func(name string, _ mail.Counts, err error) {
		if there := name == "C" || name == "AB"; there && err != nil || !there && account.KindOf(err) != account.NotFound {
			t.Errorf("Count(%s) = %v", name, err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestChanges(t *testing.T) {
	s := open(t)
	var v view
	v.pull(t, s, "INBOX", 0)
	v.want(t)
	one := add(t, s, "INBOX", "one", 0)
	two := add(t, s, "INBOX", "two", mail.Seen|mail.Flagged)
	v.pull(t, s, "INBOX", 0)
	v.want(t, "one", "two")
	if got := v.flags[two.UID]; got != mail.Seen|mail.Flagged {
		t.Errorf("flags %v", got)
	}
	if err := s.SetFlags(t.Context(), []mail.Place{one}, mail.Seen|mail.Answered|mail.Draft, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Expunge(t.Context(), []mail.Place{two, {Mailbox: "INBOX", UID: "gone"}}); err != nil {
		t.Fatal(err)
	}
	v.pull(t, s, "INBOX", 0)
	v.want(t, "one")
	d := v.deltas[0]
	if d.Whole != nil || len(d.New) != 0 || len(d.Flags) != 1 || !slices.Equal(d.Gone, []mail.UID{two.UID}) {
		t.Errorf("delta %+v", d)
	}
	if d.Counts != (mail.Counts{Total: 1, Unread: 0}) || v.flags[one.UID] != mail.Seen|mail.Answered|mail.Draft {
		t.Errorf("counts %+v, flags %v", d.Counts, v.flags[one.UID])
	}
}

func TestChangesAfterRestart(t *testing.T) {
	s := open(t)
	var v view
	keep, gone := add(t, s, "INBOX", "keep", 0), add(t, s, "INBOX", "gone", 0)
	v.pull(t, s, "INBOX", 0)
	age(t, s, ".")
	for v.pull(t, s, "INBOX", 0); len(v.deltas) > 1; {
		t.Fatal("more than one delta")
	}
	again, err := Open(s.root)
	if err != nil {
		t.Fatal(err)
	}
	v.pull(t, again, "INBOX", 0)
	if len(v.deltas) != 0 {
		t.Errorf("nothing changed, but got %+v", v.deltas)
	}
	add(t, s, "INBOX", "new", 0)
	if err := s.Expunge(t.Context(), []mail.Place{gone}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetFlags(t.Context(), []mail.Place{keep}, mail.Seen, 0); err != nil {
		t.Fatal(err)
	}
	v.pull(t, again, "INBOX", 0)
	v.want(t, "keep", "new")
	if len(v.deltas[0].New) != 1 || v.flags[keep.UID] != mail.Seen {
		t.Errorf("delta %+v", v.deltas[0])
	}
}

func TestChangesResume(t *testing.T) {
	s := open(t)
	var all []string
	for i := range 3*firstBatch + 7 {
		all = append(all, fmt.Sprintf("m%03d", i))
		p := add(t, s, "INBOX", all[i], 0)
		when := time.Now().Add(time.Duration(i-1000) * time.Minute)
		if err := os.Chtimes(filepath.Join(s.root, "cur", join(p.UID, "")), when, when); err != nil {
			t.Fatal(err)
		}
	}
	for _, restart := range []bool{false, true} {
		var v view
		v.pull(t, s, "INBOX", 1)
		v.want(t, slices.Clone(all[len(all)-firstBatch:])...)
		if d := v.deltas[0]; d.New[0].Subject != all[len(all)-1] || d.Done != firstBatch || d.Of != len(all) {
			t.Errorf("first delta: %s, %d of %d", d.New[0].Subject, d.Done, d.Of)
		}
		src := s
		if restart {
			src, _ = Open(s.root)
			all = append(all, "late")
			add(t, s, "INBOX", "late", 0)
		}
		v.pull(t, src, "INBOX", 0)
		v.want(t, slices.Clone(all)...)
		v.pull(t, src, "INBOX", 0)
		v.want(t, slices.Clone(all)...)
	}
}

// TestOtherPrograms changes files behind the back of a source that remembers
// where they were.
func TestOtherPrograms(t *testing.T) {
	s := open(t)
	if err := deliver(t, s, "u1", "Subject: one\n\nx\n"); err != nil {
		t.Fatal(err)
	}
	var v view
	v.pull(t, s, "INBOX", 0)
	v.want(t, "one")
	uid := slices.Collect(maps.Keys(v.subjects))[0]
	at := mail.Place{Mailbox: "INBOX", UID: uid}
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(filepath.Join(s.root, from), filepath.Join(s.root, to)); err != nil {
			t.Fatal(err)
		}
	}
	move("new/"+string(uid), "cur/"+string(uid)+":2,S")
	if err := s.SetFlags(t.Context(), []mail.Place{at}, mail.Flagged, 0); err != nil {
		t.Fatal(err)
	}
	move("cur/"+string(uid)+":2,FS", "cur/"+string(uid)+":2,FSab")
	var raw bytes.Buffer
	if err := s.Fetch(t.Context(), at, "", &raw); err != nil || raw.String() != "Subject: one\n\nx\n" {
		t.Fatalf("%q, %v", &raw, err)
	}
	if err := s.SetFlags(t.Context(), []mail.Place{at}, mail.Answered, mail.Flagged); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(s.root, "cur", string(uid)+":2,RSab")); err != nil {
		t.Error("letters of another program were lost:", err)
	}
	v.pull(t, s, "INBOX", 0)
	if v.want(t, "one"); v.flags[uid] != mail.Seen|mail.Answered {
		t.Errorf("flags %v", v.flags[uid])
	}
	move("cur/"+string(uid)+":2,RSab", ".Trash/cur/"+string(uid)+":2,RSab")
	if err := s.Fetch(t.Context(), at, "", io.Discard); account.KindOf(err) != account.NotFound {
		t.Errorf("fetch what is gone: %v", err)
	}
	v.pull(t, s, "INBOX", 0)
	v.want(t)
}

func TestMoveAndCopy(t *testing.T) {
	s, ctx := open(t), t.Context()
	one, two := add(t, s, "INBOX", "one", mail.Seen), add(t, s, "INBOX", "two", 0)
	copies, err := s.Copy(ctx, []mail.Place{one}, "Archive")
	if err != nil {
		t.Fatal(err)
	}
	moved, err := s.Move(ctx, []mail.Place{one, {Mailbox: "INBOX", UID: "gone"}, two}, "Archive")
	if err != nil {
		t.Fatal(err)
	}
	if copies[0].UID == one.UID || moved[0].UID != one.UID || moved[1].UID != "" || moved[2] != (mail.Place{Mailbox: "Archive", UID: two.UID}) {
		t.Errorf("copies %v, moved %v", copies, moved)
	}
	var in, ar view
	in.pull(t, s, "INBOX", 0)
	in.want(t)
	ar.pull(t, s, "Archive", 0)
	ar.want(t, "one", "one", "two")
	if ar.flags[copies[0].UID] != mail.Seen {
		t.Error("the copy lost its flags")
	}
	if _, err := s.Move(ctx, moved[:1], "nowhere"); account.KindOf(err) != account.NotFound {
		t.Errorf("move to nowhere: %v", err)
	}
}

func TestMoveOntoTheSameName(t *testing.T) {
	s, ctx := open(t), t.Context()
	for _, sub := range []string{"cur", ".Trash/cur"} {
		if err := os.WriteFile(filepath.Join(s.root, sub, "same:2,S"), letter(escape(sub), ""), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	moved, err := s.Move(ctx, []mail.Place{{Mailbox: "INBOX", UID: "same"}}, "Trash")
	if err != nil || moved[0].UID == "same" || moved[0].UID == "" {
		t.Fatalf("%v, %v", moved, err)
	}
	var v view
	v.pull(t, s, "Trash", 0)
	v.want(t, escape("cur"), escape(".Trash/cur"))
}

func TestSections(t *testing.T) {
	s := open(t)
	raw := "Subject: parts\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\n\r\nfirst\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
	at, err := s.Append(t.Context(), "Sent", mail.Seen, time.Time{}, []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	raw = strings.ReplaceAll(raw, "\r\n", "\n")
	head, body, _ := strings.Cut(raw, "\n\n")
	for part, want := range map[string]string{"": raw, "HEADER": head + "\n\n", "TEXT": body, "1": "first", "2": "JVBERg=="} {
		var b bytes.Buffer
		if err := s.Fetch(t.Context(), at, part, &b); err != nil || b.String() != want {
			t.Errorf("part %q: %q, %v; want %q", part, &b, err, want)
		}
	}
	if err := s.Fetch(t.Context(), at, "3", io.Discard); account.KindOf(err) != account.NotFound {
		t.Errorf("part 3: %v", err)
	}
	h, err := s.Headers(t.Context(), "Sent", []mail.UID{at.UID, "gone"})
	if err != nil || len(h) != 1 || !h[0].Structure.HasAttachment() || h[0].Size != int64(len(raw)) {
		t.Errorf("%+v, %v", h, err)
	}
}

// Of heavy messages, not more come at once than one batch may weigh, so that memory
// does not grow with their number; and they all come.
func TestHeavyMessages(t *testing.T) {
	s := open(t)
	people := "Subject: people\nTo: " + strings.Repeat("a@b.c,\n ", maxWeight/4) + "d@e.f\n\nt"
	parts := "Subject: parts\nContent-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\na\n", maxWeight) + "--x--\n"
	const each = 12
	for range each {
		for _, raw := range []string{people, parts} {
			if _, err := s.Append(t.Context(), "INBOX", 0, time.Time{}, []byte(raw)); err != nil {
				t.Fatal(err)
			}
		}
	}
	var v view
	v.pull(t, s, "INBOX", 0)
	if len(v.subjects) != 2*each || len(v.deltas) < 4 {
		t.Errorf("%d messages came in %d batches", len(v.subjects), len(v.deltas))
	}
	for i, d := range v.deltas {
		weight := 0
		for _, h := range d.New[:max(0, len(d.New)-1)] {
			weight += weigh(&h)
		}
		if weight >= maxWeight {
			t.Errorf("batch %d of %d messages weighs too much: %d", i, len(d.New), weight)
		}
	}
}

func TestLargeMessages(t *testing.T) {
	big := strings.Repeat("0123456789abcdef\n", 20000)
	tests := []struct {
		name, raw  string
		attachment bool
	}{
		{"text", "Subject: s\n\n" + big, false},
		{"multipart", "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n" + big + "\n--b\nContent-Disposition: attachment; filename=x.zip\n\nx\n--b--\n", true},
		{"one part", "Subject: s\nContent-Type: application/zip\n\n" + big, true},
		{"a piece", "Subject: s\nContent-Type: message/partial; id=p; number=1; total=2\n\nSubject: w\n\n" + big, true},
		{"a long header", "X: " + strings.Repeat("y ", 50000) + "\nSubject: s\n\n" + big, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "m")
			if err := os.WriteFile(path, []byte(tt.raw), 0o600); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			h, err := readHeader(f)
			if err != nil || h.Subject != "s" || h.Size != int64(len(tt.raw)) || h.Structure.HasAttachment() != tt.attachment {
				t.Errorf("subject %q, size %d, structure %+v, %v", h.Subject, h.Size, h.Structure, err)
			}
			if tt.name == "a piece" && h.Structure.Params["id"] != "p" {
				t.Errorf("whose piece it is is not in %+v", h.Structure)
			}
		})
	}
}

func TestSearch(t *testing.T) {
	s := open(t)
	one, two := add(t, s, "INBOX", "one", 0), add(t, s, "INBOX", "two", mail.Seen)
	for q, want := range map[string][]mail.UID{
		"subject:one": {one.UID}, "is:read": {two.UID}, "body:two": {two.UID}, "hello": {one.UID, two.UID},
		"from:ann is:unread": {one.UID}, "has:attachment": nil,
	} {
		parsed, err := query.Parse(q, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := s.Search(t.Context(), "INBOX", parsed)
		slices.Sort(want)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", q, got, err, want)
		}
	}
}

func TestWatch(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	changed, ended := make(chan struct{}, 100), make(chan error)
	go func() { ended <- s.Watch(ctx, "INBOX", "", func(string) { changed <- struct{}{} }) }()
	wait := func() {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(5 * time.Second):
			t.Fatal("nothing was told")
		}
	}
	wait()
	other, err := Open(s.root)
	if err != nil {
		t.Fatal(err)
	}
	p := add(t, other, "INBOX", "one", 0)
	wait()
	if err := other.Expunge(t.Context(), []mail.Place{p}); err != nil {
		t.Fatal(err)
	}
	wait()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Watch returned %v", err)
	}
}

func TestCanceled(t *testing.T) {
	s := open(t)
	add(t, s, "INBOX", "one", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.Changes(ctx, "INBOX", "") {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Changes: %v", err)
		}
	}
	if err := s.Deliver(ctx, "u", func(io.Writer) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("Deliver: %v", err)
	}
}
