package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"posthorn/account"
	"posthorn/cache"
	"posthorn/mail"
	"posthorn/store"
)

// The journal is played in order, one job at a time. Begin is written before
// the server hears of a job and Finish after it said yes, so a job that was
// begun and not finished may have been played. Flags and deletions can be played
// again; for the rest the server is asked what it has. A job that the server
// wants to hear of later has a pause of its own; those after it that share no
// message with it pass.

// maxAttempts is how often a job is tried that fails for no known reason.
const maxAttempts = 5

// playOne plays the oldest job of the journal that does not wait.
func (w *worker) playOne(ctx context.Context) (bool, error) {
	if !w.agenda.take(&w.agenda.journal) {
		return false, nil
	}
	w.resting = false
	job, err := w.DB.Next(ctx, w.waits)
	if err != nil {
		return true, err
	}
	if job == nil {
		return false, nil
	}
	w.agenda.change(func() { w.agenda.journal = true })
	// At first the newest messages are looked at, where most of what is sought is.
	for _, look := range []func(context.Context, string) error{w.pullTop, w.pullNow} {
		if !w.unplaced(job) {
			break
		}
		delete(w.blind, job.Mailbox)
		if err := look(ctx, job.Mailbox); err != nil {
			return true, w.unplayed(ctx, job, err)
		}
		if job, err = w.DB.Next(ctx, w.waits); err != nil || job == nil {
			return true, err
		}
	}
	return true, w.play(ctx, job)
}

// unplaced reports whether the server must be asked first where the messages of
// a job lie: not every server tells where it has put what it was given.
func (w *worker) unplaced(job *cache.Job) bool {
	return job.Mailbox != "" && (w.blind[job.Mailbox] || job.Lost())
}

// play plays a job, and settles it with the cache unless it is to be tried
// again.
func (w *worker) play(ctx context.Context, job *cache.Job) error {
	src, err := w.online(ctx)
	if err != nil {
		return err
	}
	ed, ok := src.(Editor)
	if !ok {
		return w.refuse(ctx, job, errors.New("this account's mail cannot be changed"))
	}
	if bringing(job) && job.Op != mail.OpAppend && job.To == "" {
		return w.refuse(ctx, job, errors.New("the folder is not there any more"))
	}
	again := job.Begun
	switch err := w.DB.Begin(ctx, job); {
	case errors.Is(err, store.ErrChanged):
		return nil // it is looked at again
	case err != nil:
		return err
	}
	moved, err := w.perform(ctx, src, ed, job, again)
	if err == nil && bringing(job) {
		moved, err = locate(ctx, src, job, moved)
	}
	if err != nil {
		return w.unplayed(ctx, job, err)
	}
	if err := w.DB.Finish(ctx, job, moved); err != nil {
		return err
	}
	delete(w.postponed, job.Seq)
	w.log.Info("job played", "op", job.Op, "mailbox", job.Mailbox, "target", job.To, "messages", len(job.Places), "again", again)
	if job.To != "" {
		w.agenda.touch(job.To)
	}
	if slices.ContainsFunc(moved, func(p mail.Place) bool { return p.UID == "" }) {
		w.blind[job.To] = true
	}
	w.events.put(FoldersChanged{w.Name})
	return nil
}

// unplayed decides what becomes of a job that failed.
func (w *worker) unplayed(ctx context.Context, job *cache.Job, err error) error {
	retry := account.RetryOf(err)
	switch {
	case ctx.Err() != nil, broken(err):
		return err
	case retry == account.RetryNow && job.Mailbox != "" && job.Attempts < maxAttempts:
		// What is known of the mailbox is of before. The cache finds the
		// messages again by what they are.
		return w.pullNow(ctx, job.Mailbox)
	case retry == account.RetryLater:
		return w.postpone(ctx, job, err, fmt.Sprintf("%s is not done yet, and is tried again: %v", said(job), err))
	case account.KindOf(err) == account.Other && job.Attempts < maxAttempts:
		return err
	}
	if job.Op == mail.OpAppend {
		return w.keep(ctx, job, err)
	}
	return w.refuse(ctx, job, err)
}

// keep is for a message that the server would not take: it exists nowhere else,
// so it is never given up. If the folder it was for is gone, it goes to the one
// that is there for the like; otherwise it stays in its folder, on this computer
// alone, and is tried again now and then.
func (w *worker) keep(ctx context.Context, job *cache.Job, err error) error {
	if account.KindOf(err) == account.NotFound && job.Attempts < maxAttempts {
		done, err := w.rehome(ctx, job)
		if done || err != nil {
			return err
		}
	}
	return w.postpone(ctx, job, err, fmt.Sprintf("%s is kept on this computer: %v", said(job), err))
}

// rehome finds another mailbox for a message whose own is gone, or makes that
// anew, and reports whether there is one now.
func (w *worker) rehome(ctx context.Context, job *cache.Job) (bool, error) {
	role := mail.Sent
	if job.Add.Has(mail.Draft) {
		role = mail.Drafts
	}
	if err := w.listFrom(ctx, w.src); err != nil {
		return false, err
	}
	if f, err := w.DB.FolderByRole(ctx, role); err == nil && f.Name != job.To {
		return true, w.DB.Retarget(ctx, job, f.ID)
	}
	org, ok := w.src.(Organizer)
	if !ok || job.To == "" {
		return false, nil
	}
	if err := org.Create(ctx, job.To); err != nil {
		w.log.Warn("make a folder anew", "folder", job.To, "err", err)
		return false, nil
	}
	return true, w.listFrom(ctx, w.src)
}

// waits reports whether the time of a job has not come.
func (w *worker) waits(job *mail.Job) bool {
	switch p, ok := w.postponed[job.Seq]; {
	case ok && job.Why == "" && account.RetryOf(p.reason) != account.RetryLater: // it is to be put elsewhere
		delete(w.postponed, job.Seq)
	case ok && !p.over():
		return true
	}
	if w.eager || !job.Leisurely || !time.Now().Before(w.upload) {
		return false
	}
	w.resting = true
	return true
}

// seldom is how long a job waits that the server has refused.
const seldom = time.Hour

// postpone leaves a job for later, and says so once, for however many jobs.
func (w *worker) postpone(ctx context.Context, job *cache.Job, err error, text string) error {
	p := w.postponed[job.Seq]
	first, news := !account.Same(p.reason, err), w.newReason(err)
	p.fail(err)
	if account.RetryOf(err) != account.RetryLater {
		p.until = time.Now().Add(jitter(seldom))
	}
	w.postponed[job.Seq] = p
	if !first {
		return nil
	}
	if err := w.Store.Postpone(ctx, job.Seq, advised(err)); err != nil {
		return err
	}
	w.log.Warn("a job waits", "op", job.Op, "job", job.Seq, "err", err)
	w.events.put(MessagesChanged{w.Name})
	if news {
		w.notice(text, err)
	}
	return nil
}

// newReason reports whether no job waits for the same reason.
func (w *worker) newReason(err error) bool {
	for _, p := range w.postponed {
		if account.Same(p.reason, err) {
			return false
		}
	}
	return true
}

// advised returns an error as it is kept for who asks later: the sentence, and what
// can be done.
func advised(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		return err.Error() + " — " + hinted.Hint()
	}
	return err.Error()
}

// again reports whether the time of a job has come that waited.
func (w *worker) again() bool {
	if w.resting && !time.Now().Before(w.upload) {
		return true
	}
	for _, p := range w.postponed {
		if p.over() {
			return true
		}
	}
	return false
}

// refuse takes a change back, and says so.
func (w *worker) refuse(ctx context.Context, job *cache.Job, err error) error {
	delete(w.postponed, job.Seq)
	if err := w.DB.Refuse(ctx, job, said(job)+" was taken back: "+advised(err)); err != nil {
		return err
	}
	w.log.Warn("job refused", "op", job.Op, "mailbox", job.Mailbox, "target", job.To, "messages", len(job.Places), "err", err)
	if !incidental(job) {
		w.notice(fmt.Sprintf("%s was taken back: %v", said(job), err), err)
	}
	w.events.put(FoldersChanged{w.Name})
	w.events.put(MessagesChanged{w.Name})
	if job.Mailbox != "" {
		w.agenda.touch(job.Mailbox)
	}
	return nil
}

// incidental reports whether a job only notes that messages were read. In a
// mailbox of somebody else that is refused each time, and nobody asked for it.
func incidental(job *cache.Job) bool {
	return job.Op == mail.OpFlags && job.Add == mail.Seen && job.Remove == 0
}

// bringing reports whether a job brings messages to a mailbox.
func bringing(job *cache.Job) bool {
	return job.Op == mail.OpMove || job.Op == mail.OpCopy || job.Op == mail.OpAppend
}

// said names what a job does.
func said(job *cache.Job) string {
	switch job.Op {
	case mail.OpMove:
		return "the move to " + job.To
	case mail.OpCopy:
		return "the copy to " + job.To
	case mail.OpExpunge:
		return "the deletion"
	case mail.OpAppend:
		return "the message for " + job.To
	}
	return "the change of flags"
}

// perform has the server do what a job says, and returns where the messages lie
// afterwards.
func (w *worker) perform(ctx context.Context, src Source, ed Editor, job *cache.Job, again bool) ([]mail.Place, error) {
	if job.Op != mail.OpAppend && len(job.Places) == 0 {
		return nil, nil // they are gone
	}
	switch job.Op {
	case mail.OpFlags:
		return nil, ed.SetFlags(ctx, job.Places, job.Add, job.Remove)
	case mail.OpExpunge:
		return nil, ed.Expunge(ctx, job.Places)
	case mail.OpMove:
		return w.move(ctx, src, ed, job, again)
	case mail.OpCopy:
		return w.copy(ctx, src, ed, job, again)
	case mail.OpAppend:
		return w.append(ctx, src, ed, job, again)
	}
	return nil, fmt.Errorf("the journal holds %q, which this version does not know", job.Op)
}
