package sync_test

import (
	"context"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/imap"
	"posthorn/account/maildir"
	"posthorn/cache"
	"posthorn/demo"
	"posthorn/internal/lab"
	"posthorn/internal/ramdir"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/query"
	"posthorn/mail/render"
	"posthorn/store"
)

// A source is what can be filled and searched.
type source interface {
	Append(ctx context.Context, mailbox string, flags mail.Flags, date time.Time, raw []byte) (mail.Place, error)
	Search(ctx context.Context, mailbox string, q mail.Query) ([]mail.UID, uint32, error)
	Headers(ctx context.Context, mailbox string, uids []mail.UID) ([]mail.Header, error)
}

// A reader finds messages, which it names by their Message-IDs.
type reader func(t *testing.T, q mail.Query) []string

const searchedBox = "Searched"

// searched are the messages that are searched, by their names.
func searched() map[string]struct {
	flags mail.Flags
	raw   string
} {
	type m = struct {
		flags mail.Flags
		raw   string
	}
	head := func(day int, zone, from, subject string) string {
		return fmt.Sprintf("From: %s\r\nTo: Ben <ben@example.org>\r\nSubject: %s\r\nDate: %d Mar 2026 23:30:00 %s\r\nMIME-Version: 1.0\r\n", from, subject, day, zone)
	}
	const text = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	return map[string]m{
		"latin": {mail.Seen, head(1, "+0000", "Zoë Öberg <zoe@example.net>", "ÜBERSICHT der Straße") + "Cc: Carl <carl@example.com>\r\n" + text + "The annual report, with ÉTÉ in it.\r\n"},
		"russian": {mail.Flagged, head(2, "-0500", "=?utf-8?B?0JjQstCw0L0=?= <ivan@example.net>", "=?utf-8?B?0J/RgNC40LLQtdGCINC80LjRgA==?=") +
			text + "Встреча завтра.\r\n"},
		"greek":    {mail.Seen | mail.Answered, head(3, "+0900", "Ann <ann@example.org>", "ΟΔΥΣΣΕΑΣ") + text + "Ἰθάκη, ὁδός\r\n"},
		"chinese":  {0, head(4, "+0800", "Li <li@example.net>", "会议记录") + text + "明天在北京大学开会。\r\n"},
		"japanese": {mail.Forwarded, head(5, "+0900", "Sato <sato@example.net>", "サーバーの件") + text + "東京都庁で会議があります。\r\n"},
		"korean":   {0, head(6, "+0900", "Kim <kim@example.net>", "주간회의록") + text + "내일 서울에서 만나요.\r\n"},
		"thai":     {mail.Junk, head(7, "+0700", "Somchai <som@example.net>", "สวัสดีครับ") + text + "ประชุมพรุ่งนี้\r\n"},
		"list": {mail.Seen, head(8, "+0000", "Dev <dev@example.net>", "[go] a report") + "List-Id: Go talk <go.lists.example.org>\r\n" + text +
			"One line.\r\n" + strings.Repeat("Filling that makes it large.\r\n", 400)},
		"attached": {0, head(9, "+0000", "Ann <ann@example.org>", "The figures") + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + text + "See the attachment.\r\n--b\r\n" +
			"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0x\r\n--b--\r\n"},
		"footed": {0, head(10, "+0000", "Dora <dora@example.net>", "100% of it_all") + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + text + "Two texts.\r\n--b\r\n" +
			text + "The footer of a list.\r\n--b--\r\n"},
	}
}

// searches are queries with the messages that they find. Some readers cannot know.
func searches() []struct {
	query, found string
	cannot       map[string]string // reader: why it finds other messages, or none
} {
	type q = struct {
		query, found string
		cannot       map[string]string
	}
	all := "attached chinese footed greek japanese korean latin list russian thai"
	return []q{
		{query: "", found: all},
		{query: "subject:übersicht", found: "latin"}, {query: "subject:ÜBERSICHT", found: "latin"}, {query: "subject:straße", found: "latin"},
		{query: "subject:привет", found: "russian"}, {query: "subject:ПРИВЕТ", found: "russian"}, {query: "subject:ривет", found: "russian"},
		{query: "subject:οδυσσεασ", found: "greek"},
		{query: "subject:会议", found: "chinese"}, {query: "subject:サーバー", found: "japanese"}, {query: "subject:회의", found: "korean"}, {query: "subject:สวัสดี", found: "thai"},
		{query: "from:zoë", found: "latin"}, {query: "from:ÖBERG", found: "latin"}, {query: "from:иван", found: "russian"}, {query: "from:ann", found: "attached greek"},
		{query: "to:ben", found: all}, {query: "to:ann", found: ""}, {query: "cc:carl", found: "latin"}, {query: "cc:ben", found: ""}, {query: "bcc:ben", found: ""},
		{query: "body:report", found: "latin"}, {query: "report", found: "latin list"}, {query: "REPORT", found: "latin list"},
		{query: "body:été", found: "latin"}, {query: "body:встреча", found: "russian"}, {query: "body:ВСТРЕЧА", found: "russian"}, {query: "ЗАВТРА", found: "russian"},
		{query: "body:北京", found: "chinese"}, {query: "body:大学", found: "chinese"}, {query: "北京", found: "chinese"}, {query: "body:京北", found: ""},
		{query: "body:会議", found: "japanese"}, {query: "body:東京", found: "japanese"}, {query: "body:京都", found: "japanese"}, {query: "会議", found: "japanese"},
		{query: "body:서울", found: "korean"}, {query: "body:พรุ่งนี้", found: "thai"},
		{query: `body:"annual report"`, found: "latin"}, {query: `body:"report annual"`, found: ""},
		{query: "body:eport", found: "latin", cannot: map[string]string{"cache": "the index has words and their beginnings"}},
		{query: `subject:"100% of it_"`, found: "footed"}, {query: "subject:it.all", found: ""},
		{query: "list:go.lists", found: "list", cannot: lists()}, {query: "-list:go.lists", found: "attached chinese footed greek japanese korean latin russian thai", cannot: lists()},
		{query: "id:latin@example.org", found: "latin"}, {query: "id:<latin@example.org>", found: "latin"},
		{query: "before:2026-03-03", found: "latin russian"}, {query: "since:2026-03-09", found: "attached footed"}, {query: "on:2026-03-02", found: "russian"},
		{query: "on:2026-03-05", found: "japanese"}, {query: "-since:2026-03-02", found: "latin"},
		{query: "larger:10k", found: "list"}, {query: "-smaller:10k", found: "list"},
		{query: "is:read", found: "greek latin list"}, {query: "is:unread is:starred", found: "russian"}, {query: "is:answered", found: "greek"},
		{query: "is:forwarded", found: "japanese"}, {query: "is:draft", found: ""}, {query: "is:junk", found: "thai", cannot: map[string]string{"maildir": "its files have no such flag"}},
		{query: "has:attachment", found: "attached"}, {query: "-has:attachment since:2026-03-09", found: "footed"},
		{query: "has:attachment or from:dora", found: "attached footed"}, {query: "has:attachment body:footer", found: ""}, {query: "-has:attachment body:footer", found: "footed"},
		{query: "from:ivan or (subject:report subject:go)", found: "list russian"}, {query: "(from:ann or from:li) -is:read", found: "attached chinese"},
		{query: "-(from:ann or from:li or to:ben)", found: ""}, {query: "-(from:ann is:read)", found: "attached chinese footed japanese korean latin list russian thai"},
		{query: "not not from:li", found: "chinese"}, {query: "from:li or from:kim or from:sato", found: "chinese japanese korean"},
	}
}

func lists() map[string]string {
	return map[string]string{"cache": "it does not keep the field", "maildir": "it does not read the field"}
}

// Every reader answers every query, and all with the same messages.
func TestSearchConforms(t *testing.T) {
	now := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for name, open := range map[string]func(*testing.T) reader{"maildir": onMaildir, "demo": onDemo, "dovecot": onDovecot, "cache": inCache} {
		t.Run(name, func(t *testing.T) {
			read := open(t)
			for _, s := range searches() {
				q, err := query.Parse(s.query, now)
				if err != nil {
					t.Fatal(err)
				}
				got := read(t, q)
				slices.Sort(got)
				same := strings.Join(got, " ") == s.found
				switch why := s.cannot[name]; {
				case why == "" && !same:
					t.Errorf("%q finds %v, want %s", s.query, got, s.found)
				case why != "" && same:
					t.Errorf("%q finds the right messages, although %s", s.query, why)
				}
			}
		})
	}
}

// onSource returns a reader of a source that is filled first. What a server cannot be
// asked for is looked at in the rows, as the engine does.
func onSource(t *testing.T, s source) reader {
	t.Helper()
	fill(t, s)
	return func(t *testing.T, q mail.Query) (names []string) {
		ask, look, ok := query.Split(q)
		if !ok {
			t.Errorf("%s cannot be asked", query.String(q))
		}
		if ask == nil {
			ask = mail.And{}
		}
		uids, _, err := s.Search(t.Context(), searchedBox, ask)
		if err != nil {
			t.Errorf("%s: %v", query.String(q), err)
		}
		list, err := s.Headers(t.Context(), searchedBox, uids)
		if err != nil {
			t.Error(err)
		}
		for _, h := range list {
			row := &mail.Summary{Received: h.Received, Size: h.Size, Flags: h.Flags, Envelope: h.Envelope, Attachment: h.Structure.HasAttachment()}
			if query.Match(look, row, func() string { return "" }) {
				names = append(names, nameOf(h.MessageID))
			}
		}
		return names
	}
}

func nameOf(id string) string { return strings.TrimSuffix(id, "@example.org") }

func rawOf(name, raw string) []byte {
	return []byte("Message-ID: <" + name + "@example.org>\r\n" + raw)
}

func fill(t *testing.T, s source) {
	t.Helper()
	if o, ok := s.(interface {
		Create(ctx context.Context, mailbox string) error
	}); ok {
		if err := o.Create(t.Context(), searchedBox); err != nil {
			t.Fatal(err)
		}
	}
	for name, m := range searched() {
		if _, err := s.Append(t.Context(), searchedBox, m.flags, time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC), rawOf(name, m.raw)); err != nil {
			t.Fatal(err)
		}
	}
}

func onMaildir(t *testing.T) reader {
	s, err := maildir.Open(ramdir.New(t))
	if err != nil {
		t.Fatal(err)
	}
	return onSource(t, s)
}

func onDemo(t *testing.T) reader { return onSource(t, dialDemo(t)) }

func dialDemo(t *testing.T) *imap.Source {
	t.Helper()
	servers, err := demo.Start(t.Context(), demo.Options{Messages: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { servers.Close() })
	a := servers.Accounts()[0]
	return dial(t, a.IMAP, a.User, a.Password)
}

func onDovecot(t *testing.T) reader {
	s := lab.Need(t, lab.Options{})
	return onSource(t, dial(t, fmt.Sprintf("localhost:%d", s.IMAP), "ann", lab.Password))
}

func dial(t *testing.T, addr, user, password string) *imap.Source {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	s, err := imap.Dial(t.Context(), imap.Options{Server: account.Server{Host: host, Port: n, TLS: account.Plain},
		Login: account.Login{User: user, Password: func(context.Context) (string, error) { return password, nil }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// inCache returns a reader of a cache that was filled from the demo's server, every
// message of which was read.
func inCache(t *testing.T) reader {
	src, ctx := dialDemo(t), t.Context()
	fill(t, src)
	kept, err := store.Open(ctx, filepath.Join(ramdir.New(t), "data"), ramdir.New(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kept.Close() })
	accounts, err := kept.Accounts(ctx, []string{"home"})
	if err != nil {
		t.Fatal(err)
	}
	db, err := cache.Open(ctx, filepath.Join(ramdir.New(t), "home.db"), "home", accounts[0], cache.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	folder := fillCache(t, db, src)
	return func(t *testing.T, q mail.Query) (names []string) {
		ids, err := db.Search(t.Context(), q, folder, 0)
		if err != nil {
			t.Error(err)
		}
		rows, err := db.Rows(t.Context(), ids)
		if err != nil {
			t.Error(err)
		}
		for _, r := range rows {
			names = append(names, nameOf(r.MessageID))
		}
		return names
	}
}

func fillCache(t *testing.T, db *cache.DB, src *imap.Source) mail.FolderID {
	t.Helper()
	ctx := t.Context()
	if err := db.SetMailboxes(ctx, []mail.Mailbox{{Name: searchedBox, Delimiter: "/"}}); err != nil {
		t.Fatal(err)
	}
	folders, err := db.Folders(ctx)
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	in := folders[0].ID
	for d, err := range src.Changes(ctx, searchedBox, "") {
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Apply(ctx, in, d); err != nil {
			t.Fatal(err)
		}
	}
	for more := true; more; {
		if more, err = db.Index(ctx, 100); err != nil {
			t.Fatal(err)
		}
	}
	texts := maps.Collect(func(yield func(string, string) bool) {
		for name, m := range searched() {
			yield(name, render.Message(message.Parse(rawOf(name, m.raw)), render.Options{Width: 200, NoHeader: true}).Text())
		}
	})
	ids, err := db.Search(ctx, nil, in, 0)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.Rows(ctx, ids)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := db.PutText(ctx, r.ID, texts[nameOf(r.MessageID)]); err != nil {
			t.Fatal(err)
		}
	}
	return in
}
