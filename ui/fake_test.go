package ui

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/query"
	"posthorn/mail/render"
	"posthorn/sync"
)

// fakeEngine is an engine without servers and disks. It does what it is told, at
// once and in full: a message that was moved lies where it was moved to. When
// its methods answer, and whether they fail, is for its [calls] to say. What
// changes it stands in fake_changes_test.go.
type fakeEngine struct {
	calls
	accounts []sync.AccountInfo // the slot of each is its index
	folders  []mail.Folder      // without counts
	rows     []mail.Summary
	raw      map[mail.ID][]byte // a message that is not here cannot be read
	last     int64              // the highest row that was given
	done     [][]mail.Change    // what takes back each change, the last one last
	told     []string           // and what is said then
	outbox   []mail.Queued
	events   chan sync.Event
	closed   bool

	did  []mail.Change // by Do
	sent []mail.Outgoing

	drafts   [][]byte  // as they were saved, one after the other
	replaced []mail.ID // what each replaced
	expunged [][]byte  // what was deleted for good, or whose copy was taken back
}

func now() time.Time { return time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) }

// newFake returns an engine with an account for each name, or with the one of
// ann. The first account has the messages that the screens show, each other one
// has one message.
func newFake(names ...string) *fakeEngine {
	if len(names) == 0 {
		names = []string{"ann"}
	}
	e := &fakeEngine{calls: newCalls(), raw: map[mail.ID][]byte{}, events: make(chan sync.Event, 1<<12)}
	for slot, name := range names {
		owner := mail.Address{Name: strings.ToUpper(name[:1]) + name[1:], Address: name + "@example.org"}
		e.accounts = append(e.accounts, sync.AccountInfo{Name: name, Address: owner, Self: []mail.Address{owner}, State: sync.Online})
		e.addFolders(slot, name)
		if slot == 0 {
			e.addSamples()
			continue
		}
		m := sample("Notice for "+name, "The office", time.Duration(slot)*time.Hour)
		m.Folder = e.folder(slot, mail.Inbox).ID
		e.put(slot, m, text(m))
	}
	return e
}

func (e *fakeEngine) addFolders(slot int, account string) {
	for i, f := range []struct {
		name string
		role mail.Role
	}{{"INBOX", mail.Inbox}, {"Drafts", mail.Drafts}, {"Sent", mail.Sent}, {"Archive", mail.Archive}, {"Trash", mail.Trash}, {"Lists", mail.NoRole}, {"Lists/choir", mail.NoRole}, {"Ärger & Co\x1b[31m", mail.NoRole}} {
		e.folders = append(e.folders, mail.Folder{ID: mail.NewFolderID(slot, int64(i+1)), Account: account, Mailbox: mail.Mailbox{Name: f.name, Delimiter: "/", Role: f.role}})
	}
}

func (e *fakeEngine) addSamples() {
	for i, m := range []struct {
		from, subject string
		ago           time.Duration
		flags         mail.Flags
	}{
		{"Mira Castell", "Skerry lighthouse: the lens is back from the workshop", time.Hour, 0},
		{"山田花子", "灯台の写真をありがとうございました", 26 * time.Hour, mail.Seen | mail.Flagged},
		{"سلمى حداد", "مرحباً من الميناء", 50 * time.Hour, 0},
		{"Zoë 🌊", "🎂🎉 Saturday!! 👩‍👩‍👧‍👦 + 🐕‍🦺 → 🏖️ (bring 🧁)", 80 * time.Hour, mail.Seen | mail.Answered},
		{"evil\x1b[2J\x07", "\x1b]0;PWNED\x07 \u202egnp.exe\r\nX", 400 * time.Hour, 0},
		{"हिन्दी नाम", "e\u0301e\u0301 combining " + strings.Repeat("a\u0308", 10), 9000 * time.Hour, mail.Seen},
	} {
		s := sample(m.subject, m.from, m.ago)
		s.Folder, s.Flags, s.Attachment = e.folders[0].ID, m.flags, i == 0
		raw := text(s)
		if i == 4 {
			raw = nil
		}
		e.put(0, s, raw)
	}
	for range 12 {
		s := sample("rehearsal", "Choir", 10000*time.Hour)
		s.Folder = e.folders[6].ID
		e.put(0, s, text(s))
	}
}

// sample is a message that came some time ago.
func sample(subject, from string, ago time.Duration) mail.Summary {
	return mail.Summary{Received: now().Add(-ago), Size: 4000,
		Envelope: mail.Envelope{Subject: subject, Date: now().Add(-ago), From: []mail.Address{{Name: from, Address: "x@example.org"}}}}
}

// text is the text of a sample.
func text(s mail.Summary) []byte {
	return fmt.Appendf(nil, "From: Mira Castell <mira@example.org>\r\nTo: ann@example.org\r\nSubject: %s\r\nMessage-ID: <1@x>\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"+
		"Dear Ann,\r\n\r\nthe lens is back, and it is clean for the first time since anybody can \r\nremember. See https://example.org/lens for pictures.\r\n\r\n> Is it clean?\r\n>> Who has it?\r\n\r\n日本語もあります。\r\n-- \r\nMira\r\n", s.Subject)
}

// put adds a message under a new id, as a conversation of its own if it is in
// none.
func (e *fakeEngine) put(slot int, s mail.Summary, raw []byte) mail.ID {
	e.last++
	s.ID, s.Account = mail.NewID(slot, e.last), e.accounts[slot].Name
	s.Thread = cmp.Or(s.Thread, mail.ThreadID(s.ID))
	e.rows = append(e.rows, s)
	e.raw[s.ID] = raw
	return s.ID
}

// row returns the message with an id, or nil.
func (e *fakeEngine) row(id mail.ID) *mail.Summary {
	i := slices.IndexFunc(e.rows, func(s mail.Summary) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return &e.rows[i]
}

// folder returns an account's folder with a role, or nil.
func (e *fakeEngine) folder(slot int, r mail.Role) *mail.Folder {
	i := slices.IndexFunc(e.folders, func(f mail.Folder) bool { return f.ID.Slot() == slot && f.Role == r })
	if i < 0 {
		return nil
	}
	return &e.folders[i]
}

// in returns the ids of the messages in a folder.
func (e *fakeEngine) in(f mail.FolderID) (ids []mail.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.rows {
		if s.Folder == f {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func (e *fakeEngine) Accounts() []sync.AccountInfo {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.accounts)
}

func (e *fakeEngine) Events() <-chan sync.Event { return e.events }
func (e *fakeEngine) Focus(mail.FolderID)       {}
func (e *fakeEngine) Refresh(string)            {}

func (e *fakeEngine) Folders(ctx context.Context, account string) ([]mail.Folder, error) {
	return call(ctx, &e.calls, "Folders", account, func() (list []mail.Folder, err error) {
		for _, f := range e.folders {
			if account != "" && f.Account != account {
				continue
			}
			for _, s := range e.rows {
				if s.Folder == f.ID {
					f.Total++
					if !s.Flags.Has(mail.Seen) {
						f.Unread++
					}
				}
			}
			list = append(list, f)
		}
		return list, nil
	})
}

func (e *fakeEngine) Entries(ctx context.Context, v mail.View, limit int) ([]mail.Entry, error) {
	return call(ctx, &e.calls, "Entries", v.Account, func() ([]mail.Entry, error) {
		var list []mail.Entry
		for _, t := range e.conversations(v) {
			for i, s := range t {
				list = append(list, mail.Entry{ID: s.ID, Thread: s.Thread, Depth: int32(min(i, 1))})
			}
		}
		if limit > 0 {
			list = list[:min(limit, len(list))]
		}
		return list, nil
	})
}

// conversations returns what a view shows, in its order. Without conversations
// each message stands alone. The first message of a conversation is its oldest.
func (e *fakeEngine) conversations(v mail.View) [][]mail.Summary {
	var all [][]mail.Summary
	at := map[mail.ThreadID]int{}
	for _, s := range e.viewed(v) {
		i, known := at[s.Thread]
		if known && v.Threads {
			all[i] = append(all[i], s)
			continue
		}
		at[s.Thread] = len(all)
		all = append(all, []mail.Summary{s})
	}
	for _, t := range all {
		slices.SortStableFunc(t, func(a, b mail.Summary) int { return a.When().Compare(b.When()) })
	}
	slices.SortStableFunc(all, func(a, b []mail.Summary) int { return order(v.Sort, a, b) })
	return all
}

// viewed returns the messages of a view, unordered.
func (e *fakeEngine) viewed(v mail.View) (list []mail.Summary) {
	for _, s := range e.rows {
		i := slices.IndexFunc(e.folders, func(f mail.Folder) bool { return f.ID == s.Folder })
		here := s.Folder == v.Folder || v.Folder == 0 && e.folders[i].Role == v.Role
		if here && (v.Account == "" || s.Account == v.Account) && e.fits(v.Filter, s) {
			list = append(list, s)
		}
	}
	return list
}

func (e *fakeEngine) fits(q mail.Query, s mail.Summary) bool {
	return query.Match(q, &s, func() string { return string(e.raw[s.ID]) })
}

// order compares conversations by their first messages, or by their newest.
func order(by mail.Sort, a, b []mail.Summary) int {
	newest := b[len(b)-1].When().Compare(a[len(a)-1].When())
	fold := func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
	switch by {
	case mail.ByDateAscending:
		return -newest
	case mail.BySender:
		return cmp.Or(fold(a[0].From[0].Display(), b[0].From[0].Display()), newest)
	case mail.BySubject:
		return cmp.Or(fold(a[0].Subject, b[0].Subject), newest)
	case mail.BySize:
		return cmp.Or(cmp.Compare(b[0].Size, a[0].Size), newest)
	}
	return newest
}

func (e *fakeEngine) Rows(ctx context.Context, ids []mail.ID) ([]mail.Summary, error) {
	return call(ctx, &e.calls, "Rows", "", func() (list []mail.Summary, err error) {
		for _, id := range ids {
			if s := e.row(id); s != nil {
				list = append(list, *s)
			}
		}
		return list, nil
	})
}

// errLost is a failure with a hint.
type errLost struct{ error }

func (errLost) Hint() string { return "go online" }

func (e *fakeEngine) Copy(ctx context.Context, id mail.ID, out io.Writer) error {
	raw, err := call(ctx, &e.calls, "Copy", "", func() ([]byte, error) { return e.read(id) })
	if err != nil {
		return err
	}
	_, err = out.Write(raw)
	return err
}

func (e *fakeEngine) Whole(ctx context.Context, id mail.ID, use func(*message.Message) error) error {
	raw, err := call(ctx, &e.calls, "Whole", "", func() ([]byte, error) { return e.read(id) })
	if err != nil {
		return err
	}
	return use(message.Parse(raw))
}

func (e *fakeEngine) read(id mail.ID) ([]byte, error) {
	switch raw, known := e.raw[id]; {
	case !known:
		return nil, errors.New("no such message")
	case raw == nil:
		return nil, errLost{errors.New("the message is not here\x1b[31m")}
	default:
		return raw, nil
	}
}

func (e *fakeEngine) Open(ctx context.Context, id mail.ID, _ render.Options) (*message.Message, error) {
	return call(ctx, &e.calls, "Open", "", func() (*message.Message, error) {
		raw, err := e.read(id)
		if err != nil {
			return nil, err
		}
		return message.Parse(raw), nil
	})
}

// Search tells the older half of what it finds first.
func (e *fakeEngine) Search(ctx context.Context, account string, folder mail.FolderID, q mail.Query, _ bool, found func([]mail.ID)) (string, error) {
	ids, err := call(ctx, &e.calls, "Search", account, func() (ids []mail.ID, err error) {
		var list []mail.Summary
		for _, s := range e.rows {
			if (account == "" || s.Account == account) && (folder == 0 || s.Folder == folder) && e.fits(q, s) {
				list = append(list, s)
			}
		}
		slices.SortStableFunc(list, func(a, b mail.Summary) int { return b.When().Compare(a.When()) })
		for _, s := range list {
			ids = append(ids, s.ID)
		}
		return ids, nil
	})
	if err != nil {
		return "", err
	}
	found(slices.Clone(ids[len(ids)/2:]))
	if err := e.wait(ctx, "Search", amid); err != nil {
		return "", err
	}
	found(slices.Clone(ids))
	return "server", nil
}
