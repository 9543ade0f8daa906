package sync

import (
	"context"
	"errors"
	"fmt"

	"posthorn/account"
	"posthorn/mail"
)

// Do does a change: it is in the cache and in the journal when Do returns, and
// is played to the server when that can be reached. The messages may belong to
// several accounts, unless they go to one folder.
func (e *Engine) Do(ctx context.Context, c mail.Change) error {
	steps, err := e.split(c)
	if err != nil {
		return err
	}
	var d mail.Deed
	if !isReading(c) {
		d = mail.Deed{Number: e.deeds.next(), What: deedOf(c)}
	}
	for _, s := range steps {
		if _, err := s.w.do(ctx, s.change, d); err != nil {
			return err
		}
	}
	return nil
}

// isReading reports whether a change only notes that a message was read: that is
// not what someone means to take back.
func isReading(c mail.Change) bool {
	f, ok := c.(mail.SetFlags)
	return ok && len(f.IDs) == 1 && f.Add == mail.Seen && f.Remove == 0
}

// do does a change to one account's messages, as a part of a deed. It returns the
// messages that it made.
func (w *worker) do(ctx context.Context, c mail.Change, d mail.Deed) ([]mail.ID, error) {
	if f, ok := c.(mail.File); ok {
		if _, err := w.folderFor(ctx, f.To); err != nil {
			return nil, err
		}
	}
	made, err := w.DB.Do(ctx, c, d)
	if err != nil {
		return nil, err
	}
	w.changed()
	return made, nil
}

// changed has the journal played, and tells of what is in the cache already.
func (w *worker) changed() {
	w.agenda.change(func() { w.agenda.journal, w.agenda.hurry = true, true })
	w.events.put(FoldersChanged{w.Name})
	w.events.put(MessagesChanged{w.Name})
}

// folderFor returns the account's folder with a role, and makes it if there is
// none.
func (w *worker) folderFor(ctx context.Context, r mail.Role) (mail.Folder, error) {
	f, err := w.DB.FolderByRole(ctx, r)
	if err == nil {
		return f, nil
	}
	if err := w.ask(ctx, func(ctx context.Context) error { return w.create(ctx, r) }); err != nil {
		return f, fmt.Errorf("%s has no folder for %s: %w", w.Name, r, err)
	}
	return w.DB.FolderByRole(ctx, r)
}

// create makes the mailbox for a role, unless the server turns out to have one.
func (w *worker) create(ctx context.Context, r mail.Role) error {
	name := map[mail.Role]string{mail.Drafts: "Drafts", mail.Sent: "Sent", mail.Archive: "Archive", mail.Trash: "Trash", mail.JunkMail: "Junk"}[r]
	return w.reading(ctx, func(src Source) error {
		if err := w.listFrom(ctx, src); err != nil {
			return err
		}
		if _, err := w.DB.FolderByRole(ctx, r); err == nil {
			return nil
		}
		org, ok := src.(Organizer)
		if !ok || name == "" {
			return errors.New("the server has none")
		}
		err := org.Create(ctx, name)
		if account.KindOf(err) == account.Denied {
			// Some servers keep all mailboxes below the inbox.
			err = org.Create(ctx, "INBOX."+name)
		}
		if err != nil {
			return err
		}
		return w.listFrom(ctx, src)
	})
}

// A step is a change to one account's messages.
type step struct {
	w      *worker
	change mail.Change
}

// split makes steps of a change.
func (e *Engine) split(c mail.Change) ([]step, error) {
	var to mail.FolderID
	switch c := c.(type) {
	case mail.Append:
		w, err := e.of(c.To.Slot())
		return []step{{w, c}}, err
	case mail.Move:
		to = c.To
	case mail.Copy:
		to = c.To
	}
	order, parts, err := e.bySlot(messages(c))
	if err != nil {
		return nil, err
	}
	var steps []step
	for _, w := range order {
		if to != 0 && w.DB.Slot() != to.Slot() {
			return nil, errors.New("messages cannot be moved or copied to a folder of another account")
		}
		steps = append(steps, step{w, with(c, parts[w])})
	}
	return steps, nil
}

// messages returns the messages that a change is about.
func messages(c mail.Change) []mail.ID {
	switch c := c.(type) {
	case mail.SetFlags:
		return c.IDs
	case mail.Move:
		return c.IDs
	case mail.Copy:
		return c.IDs
	case mail.File:
		return c.IDs
	case mail.Expunge:
		return c.IDs
	}
	return nil
}

// with returns the same change to other messages.
func with(c mail.Change, ids []mail.ID) mail.Change {
	switch c := c.(type) {
	case mail.SetFlags:
		c.IDs = ids
		return c
	case mail.Move:
		c.IDs = ids
		return c
	case mail.Copy:
		c.IDs = ids
		return c
	case mail.File:
		c.IDs = ids
		return c
	case mail.Expunge:
		c.IDs = ids
		return c
	}
	return c
}
