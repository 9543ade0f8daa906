package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/sync"
)

// tell puts an event where the interface hears it.
func (e *fakeEngine) tell(list ...sync.Event) {
	if e.closed {
		return
	}
	for _, ev := range list {
		e.events <- ev
	}
}

// close ends the events.
func (e *fakeEngine) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	close(e.events)
}

// arrives puts a message that is newer than all others into a folder, as a
// server does.
func (e *fakeEngine) arrives(f mail.FolderID, subject string) mail.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := sample(subject, "Somebody", -time.Duration(e.last)*time.Second)
	s.Folder = f
	id := e.put(f.Slot(), s, text(s))
	e.changed(f)
	return id
}

// vanishes takes a message away, as another client does.
func (e *fakeEngine) vanishes(id mail.ID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f := e.row(id).Folder
	e.remove(id)
	e.changed(f)
}

// changed tells what a server's change of a folder leads to.
func (e *fakeEngine) changed(f mail.FolderID) {
	account := e.accounts[f.Slot()].Name
	e.tell(sync.FoldersChanged{Account: account}, sync.FolderChanged{Account: account, Folder: f})
}

func (e *fakeEngine) remove(id mail.ID) {
	e.rows = slices.DeleteFunc(e.rows, func(s mail.Summary) bool { return s.ID == id })
	delete(e.raw, id)
}

func (e *fakeEngine) Do(ctx context.Context, c mail.Change) error {
	_, err := call(ctx, &e.calls, "Do", "", func() (none struct{}, err error) {
		e.did = append(e.did, c)
		inverse, err := e.apply(c)
		if f, ok := c.(mail.SetFlags); ok && len(f.IDs) == 1 && f.Add == mail.Seen && f.Remove == 0 {
			return none, err // that it was read is not taken back
		}
		if len(inverse) > 0 {
			e.done, e.told = append(e.done, inverse), append(e.told, "took back: "+described(c))
		}
		return none, err
	})
	return err
}

// described says what a change is.
func described(c mail.Change) string {
	switch c := c.(type) {
	case mail.SetFlags:
		return "flags of " + count(c.IDs)
	case mail.Move:
		return "move of " + count(c.IDs)
	case mail.Copy:
		return "copy of " + count(c.IDs)
	case mail.File:
		return fmt.Sprintf("%s to %s", count(c.IDs), c.To)
	}
	return "a change"
}

// apply does a change and returns what takes it back.
func (e *fakeEngine) apply(c mail.Change) (inverse []mail.Change, err error) {
	switch c := c.(type) {
	case mail.SetFlags:
		inverse = e.setFlags(c)
	case mail.Move:
		inverse, err = e.move(c.IDs, func(int) mail.FolderID { return c.To })
	case mail.File:
		inverse, err = e.move(c.IDs, func(slot int) mail.FolderID { return e.folderFor(slot, c.To) })
	case mail.Copy:
		inverse, err = e.copy(c)
	case mail.Expunge:
		for _, id := range c.IDs {
			e.expunged = append(e.expunged, e.raw[id])
			e.remove(id)
		}
	case mail.Append:
		e.append(c)
	}
	for slot := range e.accounts {
		e.tell(sync.FoldersChanged{Account: e.accounts[slot].Name}, sync.MessagesChanged{Account: e.accounts[slot].Name})
	}
	return inverse, err
}

func (e *fakeEngine) setFlags(c mail.SetFlags) (inverse []mail.Change) {
	for _, id := range c.IDs {
		if s := e.row(id); s != nil {
			was := s.Flags
			s.Flags = s.Flags&^c.Remove | c.Add
			inverse = append(inverse, mail.SetFlags{IDs: []mail.ID{id}, Add: was &^ s.Flags, Remove: s.Flags &^ was})
		}
	}
	return inverse
}

// move moves messages to the folder that their account has for it.
func (e *fakeEngine) move(ids []mail.ID, to func(slot int) mail.FolderID) (inverse []mail.Change, err error) {
	for _, id := range ids {
		f := to(id.Slot())
		if f.Slot() != id.Slot() {
			return nil, errors.New("messages cannot be moved or copied to a folder of another account")
		}
		if s := e.row(id); s != nil && s.Folder != f {
			inverse = append(inverse, mail.Move{IDs: []mail.ID{id}, To: s.Folder})
			s.Folder = f
		}
	}
	return inverse, nil
}

// folderFor returns an account's folder with a role, and makes it if there is
// none.
func (e *fakeEngine) folderFor(slot int, r mail.Role) mail.FolderID {
	if f := e.folder(slot, r); f != nil {
		return f.ID
	}
	f := mail.Folder{ID: mail.NewFolderID(slot, int64(100+r)), Account: e.accounts[slot].Name, Mailbox: mail.Mailbox{Name: r.String(), Delimiter: "/", Role: r}}
	e.folders = append(e.folders, f)
	return f.ID
}

func (e *fakeEngine) copy(c mail.Copy) (inverse []mail.Change, err error) {
	for _, id := range c.IDs {
		if c.To.Slot() != id.Slot() {
			return nil, errors.New("messages cannot be moved or copied to a folder of another account")
		}
		if s := e.row(id); s != nil {
			twin := *s
			twin.Folder = c.To
			inverse = append(inverse, mail.Expunge{IDs: []mail.ID{e.put(id.Slot(), twin, e.raw[id])}})
		}
	}
	return inverse, nil
}

func (e *fakeEngine) append(c mail.Append) mail.ID {
	s := mail.Summary{Folder: c.To, Received: c.Date, Size: int64(len(c.Raw)), Flags: c.Flags, Envelope: message.Parse(c.Raw).Envelope}
	return e.put(c.To.Slot(), s, c.Raw)
}

// Undo takes back the last change to messages that are still there.
func (e *fakeEngine) Undo(ctx context.Context) (string, error) {
	return call(ctx, &e.calls, "Undo", "", func() (string, error) {
		for len(e.done) > 0 {
			n := len(e.done) - 1
			changes, text := e.done[n], e.told[n]
			e.done, e.told = e.done[:n], e.told[:n]
			if !slices.ContainsFunc(changes, e.concernsAny) {
				continue
			}
			for _, c := range changes {
				if _, err := e.apply(c); err != nil {
					return "", err
				}
			}
			return text, nil
		}
		return "", errors.New("there is nothing to undo")
	})
}

// concernsAny reports whether a message that a change is about is still there.
func (e *fakeEngine) concernsAny(c mail.Change) bool {
	var ids []mail.ID
	switch c := c.(type) {
	case mail.SetFlags:
		ids = c.IDs
	case mail.Move:
		ids = c.IDs
	case mail.Expunge:
		ids = c.IDs
	}
	return slices.ContainsFunc(ids, func(id mail.ID) bool { return e.row(id) != nil })
}

func (e *fakeEngine) LeaveDraft(ctx context.Context, id mail.ID) error {
	_, err := call(ctx, &e.calls, "LeaveDraft", "", func() (mail.ID, error) { return id, nil })
	return err
}

func (e *fakeEngine) SaveDraft(ctx context.Context, account string, old mail.ID, raw []byte) (mail.ID, error) {
	return call(ctx, &e.calls, "SaveDraft", account, func() (mail.ID, error) {
		slot := e.slot(account)
		if slot < 0 {
			return 0, fmt.Errorf("account %q: no such account", account)
		}
		e.drafts, e.replaced = append(e.drafts, raw), append(e.replaced, old)
		id := e.append(mail.Append{To: e.folderFor(slot, mail.Drafts), Flags: mail.Draft | mail.Seen, Date: now(), Raw: raw})
		if old != 0 {
			e.remove(old)
		}
		e.tell(sync.FoldersChanged{Account: account}, sync.MessagesChanged{Account: account})
		return id, nil
	})
}

func (e *fakeEngine) slot(account string) int {
	return slices.IndexFunc(e.accounts, func(a sync.AccountInfo) bool { return a.Name == account })
}

// Send puts a message into the outbox, where it lies until it is delivered.
func (e *fakeEngine) Send(ctx context.Context, m mail.Outgoing) error {
	_, err := call(ctx, &e.calls, "Send", m.Account, func() (none struct{}, err error) {
		e.sent = append(e.sent, m)
		e.outbox = append(e.outbox, mail.Queued{ID: int64(len(e.sent)), State: mail.Waiting, Queued: now(), Outgoing: m})
		e.tell(sync.OutboxChanged{Account: m.Account})
		return none, nil
	})
	return err
}

// delivers sends what the outbox has: then it lies in Sent, what it answers or
// passes on is marked, and its draft is gone.
func (e *fakeEngine) delivers() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, q := range e.outbox {
		e.append(mail.Append{To: e.folderFor(e.slot(q.Account), mail.Sent), Flags: mail.Seen, Date: now(), Raw: q.Raw})
		e.setFlags(mail.SetFlags{IDs: []mail.ID{q.Answers.ID}, Add: mail.Answered})
		e.setFlags(mail.SetFlags{IDs: []mail.ID{q.Forwards.ID}, Add: mail.Forwarded})
		e.remove(q.Draft.ID)
		e.tell(sync.OutboxChanged{Account: q.Account}, sync.FoldersChanged{Account: q.Account}, sync.MessagesChanged{Account: q.Account})
	}
	e.outbox = nil
}

func (e *fakeEngine) Outbox(ctx context.Context) ([]mail.Queued, error) {
	return call(ctx, &e.calls, "Outbox", "", func() ([]mail.Queued, error) { return slices.Clone(e.outbox), nil })
}
