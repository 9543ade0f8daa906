package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/sync"
)

// fakeEngine is an engine with a few messages that change only by Do.
type fakeEngine struct {
	rows    []mail.Summary
	folders []mail.Folder
	did     []mail.Change
	sent    []mail.Outgoing
	drafts  [][]byte
	events  chan sync.Event
}

func now() time.Time { return time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) }

func newFake() *fakeEngine {
	e := &fakeEngine{events: make(chan sync.Event)}
	for i, f := range []struct {
		name   string
		role   mail.Role
		unread int
	}{{"INBOX", mail.Inbox, 3}, {"Drafts", mail.Drafts, 0}, {"Sent", mail.Sent, 0}, {"Archive", mail.Archive, 0}, {"Trash", mail.Trash, 0}, {"Lists", mail.NoRole, 0}, {"Lists/choir", mail.NoRole, 12}, {"Ärger & Co\x1b[31m", mail.NoRole, 0}} {
		e.folders = append(e.folders, mail.Folder{ID: mail.NewFolderID(0, int64(i+1)), Account: "ann", Mailbox: mail.Mailbox{Name: f.name, Delimiter: "/", Role: f.role, Counts: mail.Counts{Total: 10, Unread: f.unread}}})
	}
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
		e.rows = append(e.rows, mail.Summary{ID: mail.NewID(0, int64(i+1)), Thread: mail.ThreadID(mail.NewID(0, int64(i+1))), Account: "ann", Folder: e.folders[0].ID, Received: now().Add(-m.ago), Size: 4000,
			Flags: m.flags, Attachment: i == 0, Envelope: mail.Envelope{Subject: m.subject, Date: now().Add(-m.ago), From: []mail.Address{{Name: m.from, Address: "x@example.org"}}}})
	}
	return e
}

func (e *fakeEngine) Accounts() []sync.AccountInfo {
	return []sync.AccountInfo{{Name: "ann", Address: mail.Address{Name: "Ann", Address: "ann@example.org"}, Self: []mail.Address{{Name: "Ann", Address: "ann@example.org"}}, State: sync.Online}}
}
func (e *fakeEngine) Events() <-chan sync.Event { return e.events }
func (e *fakeEngine) Focus(mail.FolderID)       {}
func (e *fakeEngine) Refresh(string)            {}

func (e *fakeEngine) Folders(context.Context, string) ([]mail.Folder, error) { return e.folders, nil }

func (e *fakeEngine) Entries(_ context.Context, v mail.View, _ int) (list []mail.Entry, err error) {
	if v.Folder != 0 && v.Folder != e.folders[0].ID {
		return nil, nil
	}
	for _, r := range e.rows {
		list = append(list, mail.Entry{ID: r.ID, Thread: r.Thread})
	}
	return list, nil
}

func (e *fakeEngine) Rows(_ context.Context, ids []mail.ID) (list []mail.Summary, err error) {
	for _, id := range ids {
		for _, r := range e.rows {
			if r.ID == id {
				list = append(list, r)
			}
		}
	}
	return list, nil
}

func (e *fakeEngine) Do(_ context.Context, c mail.Change) error {
	e.did = append(e.did, c)
	return nil
}
func (e *fakeEngine) Undo(context.Context) (string, error) { return "the last change", nil }

func (e *fakeEngine) SaveDraft(_ context.Context, _ string, _ mail.ID, raw []byte) (mail.ID, error) {
	e.drafts = append(e.drafts, raw)
	return mail.NewID(0, 100), nil
}

func (e *fakeEngine) Send(_ context.Context, m mail.Outgoing) error {
	e.sent = append(e.sent, m)
	return nil
}
func (e *fakeEngine) Outbox(context.Context) ([]mail.Queued, error) { return nil, nil }

// errLost is a failure with a hint.
type errLost struct{ error }

func (errLost) Hint() string { return "go online" }

func (e *fakeEngine) Raw(_ context.Context, id mail.ID) ([]byte, error) {
	if id == e.rows[4].ID {
		return nil, errLost{errors.New("the message is not here\x1b[31m")}
	}
	for _, r := range e.rows {
		if r.ID == id {
			return fmt.Appendf(nil, "From: Mira Castell <mira@example.org>\r\nTo: ann@example.org\r\nSubject: %s\r\nMessage-ID: <1@x>\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"+
				"Dear Ann,\r\n\r\nthe lens is back, and it is clean for the first time since anybody can \r\nremember. See https://example.org/lens for pictures.\r\n\r\n> Is it clean?\r\n>> Who has it?\r\n\r\n日本語もあります。\r\n-- \r\nMira\r\n", r.Subject), nil
		}
	}
	return nil, errors.New("no such message")
}

func (e *fakeEngine) Open(ctx context.Context, id mail.ID, _ render.Options) (*message.Message, error) {
	raw, err := e.Raw(ctx, id)
	if err != nil {
		return nil, err
	}
	return message.Parse(raw), nil
}

func (e *fakeEngine) Search(_ context.Context, _ string, _ mail.FolderID, _ mail.Query, _ bool, found func([]mail.ID)) (string, error) {
	found([]mail.ID{e.rows[1].ID})
	found([]mail.ID{e.rows[1].ID, e.rows[3].ID})
	return "server", nil
}
