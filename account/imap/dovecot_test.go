package imap

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/internal/lab"
	"posthorn/mail"
	"posthorn/mail/query"
)

func dial(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func as(s *lab.Servers, port int, mode account.TLS, user string) Options {
	return Options{Server: account.Server{Host: "localhost", Port: port, TLS: mode, CAFile: s.CA},
		Login: account.Login{User: user, Password: func(context.Context) (string, error) { return lab.Password, nil }}}
}

func letter(n int) []byte {
	return fmt.Appendf(nil, "From: Ann <ann@example.org>\r\nTo: ben@example.org\r\nSubject: =?utf-8?q?L=C3=A9tter?= %d\r\nMessage-ID: <%d@example.org>\r\n"+
		"References: <0@example.org>\r\nDate: Mon, 2 Nov 2026 14:%02d:00 +0100\r\n\r\nbody %d\r\n", n, n, n%60, n)
}

// changes reads all deltas into one picture of the mailbox.
func changes(t *testing.T, s *Source, mailbox string, since mail.Cursor) (headers []mail.Header, all []mail.Delta) {
	t.Helper()
	for d, err := range s.Changes(context.Background(), mailbox, since) {
		if err != nil {
			t.Fatal(err)
		}
		headers, all = append(headers, d.New...), append(all, d)
	}
	return headers, all
}

func store(t *testing.T, s *Source, mailbox string, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if _, err := s.Append(context.Background(), mailbox, 0, time.Date(2026, 11, 2, 14, i%60, 0, 0, time.UTC), letter(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDovecotLogin(t *testing.T) {
	srv := lab.Need(t, lab.Options{})
	for name, tt := range map[string]struct {
		o    Options
		kind account.Kind // Other: it works
	}{
		"implicit TLS": {as(srv, srv.IMAPS, account.Implicit, "ann"), account.Other},
		"STARTTLS":     {as(srv, srv.IMAP, account.StartTLS, "ann"), account.Other},
		"plain":        {as(srv, srv.IMAP, account.Plain, "ann"), account.Other},
		"PLAIN": {func() Options {
			o := as(srv, srv.IMAPS, account.Implicit, "ann")
			o.Login.Mechanism = "PLAIN"
			return o
		}(), account.Other},
		"wrong password": {func() Options {
			o := as(srv, srv.IMAPS, account.Implicit, "ann")
			o.Login.Password = func(context.Context) (string, error) { return "wrong", nil }
			return o
		}(), account.BadLogin},
		"untrusted": {func() Options {
			o := as(srv, srv.IMAPS, account.Implicit, "ann")
			o.Server.CAFile = ""
			return o
		}(), account.Untrusted},
		"TLS where there is none": {as(srv, srv.IMAP, account.Implicit, "ann"), account.NoTLS},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Dial(context.Background(), tt.o)
			if tt.kind == account.Other {
				if err != nil {
					t.Fatal(err)
				}
				s.Close()
				return
			}
			if account.KindOf(err) != tt.kind {
				t.Errorf("got %v, of kind %d; want kind %d", err, account.KindOf(err), tt.kind)
			}
		})
	}
}

// A mailbox is read, and what another client does to it is seen.
func TestDovecotChanges(t *testing.T) {
	ctx := context.Background()
	srv := lab.Need(t, lab.Options{})
	a, b := dial(t, as(srv, srv.IMAP, account.Plain, "ann")), dial(t, as(srv, srv.IMAP, account.Plain, "ann"))
	store(t, a, "INBOX", 1, 250)
	headers, deltas := changes(t, a, "INBOX", "")
	if len(headers) != 250 || len(deltas[0].New) != headerPace().first || headers[0].MessageID != "250@example.org" || headers[249].MessageID != "1@example.org" {
		t.Fatalf("%d headers in %d deltas, first %d", len(headers), len(deltas), len(deltas[0].New))
	}
	h := headers[0]
	if h.Subject != "Létter 250" || h.From[0] != (mail.Address{Name: "Ann", Address: "ann@example.org"}) || !slices.Equal(h.References, []string{"0@example.org"}) ||
		h.Structure == nil || h.Structure.Type != "text/plain" || h.Size != int64(len(letter(250))) || h.Received.IsZero() {
		t.Errorf("the newest is %+v", h)
	}
	last := deltas[len(deltas)-1]
	if last.Counts != (mail.Counts{Total: 250, Unread: 250}) || last.Done != last.Of {
		t.Errorf("the last delta says %+v", last)
	}
	if headers, deltas := changes(t, a, "INBOX", last.Cursor); len(headers) > 0 || len(deltas) != 1 {
		t.Errorf("where nothing changed there are %d headers, %d deltas", len(headers), len(deltas))
	}
	at := func(i int) []mail.Place {
		return []mail.Place{{Mailbox: "INBOX", Validity: last.Validity, UID: headers[i].UID}}
	}
	if err := b.SetFlags(ctx, at(0), mail.Seen|mail.Flagged, 0); err != nil {
		t.Fatal(err)
	}
	if err := b.Expunge(ctx, at(1)); err != nil {
		t.Fatal(err)
	}
	store(t, b, "INBOX", 251, 252)
	fresh, deltas := changes(t, a, "INBOX", last.Cursor)
	if len(fresh) != 2 || fresh[0].MessageID != "252@example.org" {
		t.Errorf("new are %d: %+v", len(fresh), fresh)
	}
	flags, gone := map[mail.UID]mail.Flags{}, []mail.UID{}
	for _, d := range deltas {
		gone = append(gone, d.Gone...)
		for _, f := range d.Flags {
			flags[f.UID] = f.Flags
		}
	}
	if flags[headers[0].UID] != mail.Seen|mail.Flagged || !slices.Contains(gone, headers[1].UID) {
		t.Errorf("flags %v, gone %v", flags, gone)
	}
	if c := deltas[len(deltas)-1].Counts; c != (mail.Counts{Total: 251, Unread: 250}) {
		t.Errorf("the counts are %+v", c)
	}
}

// A first look that is interrupted goes on where it was.
func TestDovecotResume(t *testing.T) {
	srv := lab.Need(t, lab.Options{})
	s := dial(t, as(srv, srv.IMAP, account.Plain, "ann"))
	store(t, s, "INBOX", 1, 1300)
	seen := map[string]int{}
	var cursor mail.Cursor
	for round := 0; ; round++ {
		finished := true
		for d, err := range s.Changes(context.Background(), "INBOX", cursor) {
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range d.New {
				seen[h.MessageID]++
			}
			cursor = d.Cursor
			if len(d.New) > 0 {
				finished = false
				break
			}
		}
		if round == 0 {
			store(t, s, "INBOX", 1301, 1302)
		}
		if finished {
			break
		}
	}
	if len(seen) != 1302 {
		t.Errorf("%d of 1302 messages were seen", len(seen))
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was fetched %d times", id, n)
		}
	}
}

func TestDovecotEdit(t *testing.T) {
	ctx := context.Background()
	srv := lab.Need(t, lab.Options{})
	s := dial(t, as(srv, srv.IMAP, account.Plain, "ann"))
	if err := s.Create(ctx, "Büro & mehr"); err != nil {
		t.Fatal(err)
	}
	boxes, err := s.Mailboxes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]mail.Role{}
	for _, b := range boxes {
		roles[b.Name] = b.Role
	}
	if roles["INBOX"] != mail.Inbox || roles["Sent"] != mail.Sent || roles["Archive"] != mail.Archive {
		t.Errorf("the mailboxes are %v", roles)
	}
	if _, ok := roles["Büro & mehr"]; !ok {
		t.Errorf("the new mailbox is missing: %v", roles)
	}
	p, err := s.Append(ctx, "INBOX", mail.Seen, time.Now(), letter(1))
	if err != nil || p.UID == "" {
		t.Fatalf("stored at %+v, %v", p, err)
	}
	moved, err := s.Move(ctx, []mail.Place{p}, "Büro & mehr")
	if err != nil || len(moved) != 1 || moved[0].UID == "" {
		t.Fatalf("moved to %+v, %v", moved, err)
	}
	var b bytes.Buffer
	if err := s.Fetch(ctx, moved[0], "", &b); err != nil || !bytes.Equal(b.Bytes(), letter(1)) {
		t.Errorf("it reads %q, %v", b.String(), err)
	}
	b.Reset()
	if err := s.Fetch(ctx, moved[0], "1", &b); err != nil || b.String() != "body 1\r\n" {
		t.Errorf("its text reads %q, %v", b.String(), err)
	}
	if err := s.Fetch(ctx, mail.Place{Mailbox: "INBOX", UID: "9999"}, "", &b); account.KindOf(err) != account.NotFound {
		t.Errorf("a message that is not there: %v", err)
	}
	wrong := moved[0]
	wrong.Validity++
	if err := s.SetFlags(ctx, []mail.Place{wrong}, mail.Seen, 0); account.KindOf(err) != account.Renumbered {
		t.Errorf("a place in a renumbered mailbox: %v", err)
	}
	var all []mail.Counts
	err = s.Count(ctx, []string{"Büro & mehr", "There is none", "Büro & mehr"}, func(_ string, c mail.Counts, err error) {
		if all = append(all, c); (len(all) == 2) != (err != nil) {
			t.Errorf("the counts %d: %v", len(all), err)
		}
	})
	if one := (mail.Counts{Total: 1}); err != nil || !slices.Equal(all, []mail.Counts{one, mail.Unknown(), one}) {
		t.Errorf("the counts are %+v, %v", all, err)
	}
}

func TestDovecotSearch(t *testing.T) {
	srv := lab.Need(t, lab.Options{})
	s := dial(t, as(srv, srv.IMAP, account.Plain, "ann"))
	store(t, s, "INBOX", 1, 12)
	for text, want := range map[string]int{
		"subject:létter": 12, "body:\"body 7\"": 1, "body 3": 1, "from:ann -body:1": 8, "from:nobody": 0, "is:unread": 12,
		"id:5@example.org": 1, "(body:\"body 2\" or body:\"body 3\") to:ben": 2, "since:2026-11-02 before:2026-11-03": 12, "larger:1k": 0,
		"on:2026-11-01": 0, "tag:todo": 0, "not (body:\"body 2\" or body:\"body 3\")": 10,
	} {
		q, err := query.Parse(text, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		uids, _, err := s.Search(context.Background(), "INBOX", q)
		if err != nil || len(uids) != want {
			t.Errorf("%s finds %d, want %d: %v", text, len(uids), want, err)
		}
		if headers, err := s.Headers(context.Background(), "INBOX", uids); err != nil || len(headers) != len(uids) {
			t.Errorf("%s: %d headers, %v", text, len(headers), err)
		}
	}
}

func TestDovecotWatch(t *testing.T) {
	srv := lab.Need(t, lab.Options{})
	w, s := dial(t, as(srv, srv.IMAP, account.Plain, "ann")), dial(t, as(srv, srv.IMAP, account.Plain, "ann"))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	news, ended := make(chan string, 1000), make(chan error, 1)
	go func() { ended <- w.Watch(ctx, "INBOX", "", func(mailbox string) { news <- mailbox }) }()
	watched := []string{"INBOX"}
	if w.c.Has("NOTIFY") {
		watched = append(watched, "Archive")
	}
	for _, mailbox := range watched {
		for told := false; !told; {
			store(t, s, mailbox, 1, 1) // the watch may not have begun at the first
			select {
			case name := <-news:
				told = name == mailbox
			case err := <-ended:
				t.Fatalf("the watch ended: %v", err)
			case <-time.After(2 * time.Second):
			}
		}
	}
	cancel()
	if err := <-ended; err != context.Canceled {
		t.Errorf("the watch ended with %v", err)
	}
}

// Over a compressed line everything is as without, and each extension can be
// turned off.
func TestDovecotExtensions(t *testing.T) {
	srv := lab.Need(t, lab.Options{})
	plain := as(srv, srv.IMAPS, account.Implicit, "ann")
	store(t, dial(t, plain), "INBOX", 1, 5)
	want, _ := changes(t, dial(t, plain), "INBOX", "")
	small := plain
	small.Compress = true
	bare := plain
	bare.Without = Extensions()
	for name, o := range map[string]Options{"compressed": small, "without any": bare} {
		s := dial(t, o)
		if got, _ := changes(t, s, "INBOX", ""); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read is %v, not %v", name, got, want)
		}
		if name == "compressed" && !s.c.Has("COMPRESS=DEFLATE") {
			t.Log("left out: this Dovecot does not compress")
		}
		used, _ := s.Offers()
		if off := len(used) == 0; off != (name == "without any") {
			t.Errorf("%s: used are %v", name, used)
		}
		if _, err := s.Append(t.Context(), "INBOX", 0, time.Now(), letter(6)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		all, _ := changes(t, s, "INBOX", "")
		last := []mail.Place{{Mailbox: "INBOX", UID: all[0].UID}}
		var b bytes.Buffer
		if err := s.Fetch(t.Context(), last[0], "", &b); err != nil || !bytes.Equal(b.Bytes(), letter(6)) {
			t.Errorf("%s: fetched is %q, %v", name, b.String(), err)
		}
		if err := s.Expunge(t.Context(), last); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got, _ := changes(t, s, "INBOX", ""); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: left is %v, not %v", name, got, want)
		}
	}
}
