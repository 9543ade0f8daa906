package sync

import (
	"context"
	"fmt"
	"time"

	"posthorn/mail"
)

// A draft that is being written is saved here all the time. The server is given it
// now and then, as a text may be large and its line slow: not more often than once
// in uploadPause, and the line is busy with it for a twentieth of the time at most.
const (
	uploadPause = time.Minute
	uploadShare = 20
)

// SaveDraft puts a draft into the folder for drafts, in the place of the one that was
// saved before, if there is one. It returns the message, which stays the same however
// often it is saved. The draft is on this disk then; the server is given it later, or
// when [Engine.LeaveDraft] says that nobody writes on it any more.
func (e *Engine) SaveDraft(ctx context.Context, account string, old mail.ID, raw []byte) (mail.ID, error) {
	w, err := e.named(account)
	if err != nil {
		return 0, err
	}
	f, err := w.folderFor(ctx, mail.Drafts)
	if err != nil {
		return 0, err
	}
	id, err := w.DB.Replace(ctx, mail.Append{To: f.ID, Flags: mail.Draft | mail.Seen, Date: time.Now(), Raw: raw}, old)
	if err != nil {
		return 0, fmt.Errorf("save the draft: %w", err)
	}
	w.changed()
	return id, nil
}

// LeaveDraft has the server be given a draft now that nobody writes on it.
func (e *Engine) LeaveDraft(ctx context.Context, id mail.ID) error {
	w, err := e.of(id.Slot())
	if err != nil {
		return err
	}
	if err := w.Store.LeaveText(ctx, id); err != nil {
		return err
	}
	w.agenda.change(func() { w.agenda.journal, w.agenda.hurry = true, true })
	return nil
}

// uploaded notes that a draft was given to the server, which took some time.
func (w *worker) uploaded(took time.Duration) {
	w.upload = time.Now().Add(max(uploadPause, uploadShare*took))
}
