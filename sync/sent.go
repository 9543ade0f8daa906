package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"posthorn/account"
	"posthorn/mail"
	"posthorn/store"
)

// What became of messages that were given to a server, and what follows from it.

// handed returns how recipients stand when the server has all but the end of a
// message: those whom it did not refuse may have it from then on.
func handed(to []mail.Recipient, results []mail.Result) []mail.Recipient {
	return each(to, results, func(r *mail.Recipient, refusal error) {
		if refusal != nil {
			refused(r, refusal)
			return
		}
		r.State, r.Next, r.Error = mail.Sending, time.Time{}, ""
	})
}

// outcomes returns how recipients stand after an attempt: by what the server said of
// each of them, or else of the message.
func outcomes(to []mail.Recipient, results []mail.Result, err error) []mail.Recipient {
	return each(to, results, func(r *mail.Recipient, refusal error) {
		switch {
		case refusal != nil:
			refused(r, refusal)
		case err == nil:
			r.State, r.Next, r.Error = mail.Accepted, time.Time{}, ""
		case account.KindOf(err) == account.Uncertain:
			r.State, r.Next, r.Error = mail.Perhaps, time.Time{}, advised(err)
		case isCancelled(err), account.ScopeOf(err) == account.AboutLine && account.RetryOf(err) == account.RetryLater:
			r.State, r.Next, r.Error = mail.Waiting, again(r, 3, err), advised(err)
		case account.RetryOf(err) == account.RetryAfterUser:
			r.State, r.Next, r.Error = mail.Waiting, time.Now().Add(loginPause), advised(err)
		default:
			refused(r, err)
		}
		r.Attempts++
	})
}

// each calls f for a copy of each recipient, with the server's refusal of that one.
func each(to []mail.Recipient, results []mail.Result, f func(*mail.Recipient, error)) []mail.Recipient {
	to = slices.Clone(to)
	for i := range to {
		var refusal error
		for _, r := range results {
			if r.Rcpt == to[i].Address {
				refusal = r.Err
			}
		}
		f(&to[i], refusal)
	}
	return to
}

// refused notes that a server would not have a message for a recipient: for now, or
// for good.
func refused(r *mail.Recipient, err error) {
	r.Error = advised(err)
	if account.RetryOf(err) == account.RetryLater {
		r.State, r.Next = mail.Deferred, again(r, 5, err)
		return
	}
	r.State, r.Next = mail.Failed, time.Time{}
}

// again returns when a message is to be tried again: the later, the more often it was
// tried, but not before the server wants that.
func again(r *mail.Recipient, patience int, err error) time.Time {
	return time.Now().Add(max(min(growing(r.Attempts+patience), lastRetry), account.WaitOf(err)))
}

func isCancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// addresses returns the addresses of recipients.
func addresses(list []mail.Recipient) (addresses []string) {
	for _, r := range list {
		addresses = append(addresses, r.Address)
	}
	return addresses
}

// tellUnsent tells of those who did not get a message, unless it is tried again.
func (w *worker) tellUnsent(q mail.Queued, became []mail.Recipient, results []mail.Result, err error) {
	var failed []string
	for _, r := range became {
		if r.State == mail.Failed && !slices.Contains(failed, r.Error) {
			failed = append(failed, r.Error)
		}
	}
	if account.KindOf(err) == account.Uncertain {
		w.notice(fmt.Sprintf("%q was perhaps sent: %v", q.Subject, err), err)
	} else if account.RetryOf(err) == account.RetryAfterUser && len(failed) == 0 {
		w.notice("", err)
	}
	if len(failed) == 0 {
		return
	}
	for _, r := range results {
		err = cmp.Or(err, r.Err)
	}
	text := "%q could not be sent: %s"
	if slices.ContainsFunc(became, func(r mail.Recipient) bool { return r.State != mail.Failed }) || len(q.Recipients) > len(became) {
		text = "%q was not sent to everybody: %s"
	}
	w.notice(fmt.Sprintf(text, q.Subject, strings.Join(failed, "; ")), err)
}

// note writes what became of a message and what follows from it. What cannot be
// written is kept in memory, and written when that can be done.
func (w *worker) note(ctx context.Context, q mail.Queued, became []mail.Recipient) error {
	o := mail.Outcome{Recipients: became}
	accepted := slices.ContainsFunc(became, isAccepted)
	if accepted && !q.Done {
		if err := w.follow(ctx, q, &o, w.DB.FolderByRole); err != nil {
			w.log.Info("what follows has to wait", "message", q.ID, "err", err)
		}
	}
	err := w.Store.Note(ctx, q.ID, o)
	gone := errors.Is(err, store.ErrNotQueued)
	w.mu.Lock()
	if delete(w.unnoted, q.ID); err != nil && !gone {
		w.unnoted[q.ID] = became
	}
	w.mu.Unlock()
	switch {
	case err == nil:
		return w.followed(ctx, o)
	case gone:
		return nil
	case accepted:
		return fmt.Errorf("%q was sent, and that is not noted yet: %w", q.Subject, err)
	}
	return err
}

func isAccepted(r mail.Recipient) bool { return r.State == mail.Accepted }

// followed shows what follows from an outcome.
func (w *worker) followed(ctx context.Context, o mail.Outcome) error {
	if len(o.Jobs) == 0 {
		return nil
	}
	err := w.DB.Show(ctx)
	w.changed()
	return err
}

// unnotedOf reports whether it is not noted yet what became of a message.
func (w *worker) unnotedOf(id int64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unnoted[id] != nil
}

// catchUpNoting notes what became of a message when it could not be noted.
func (w *worker) catchUpNoting(ctx context.Context, id int64) error {
	w.mu.Lock()
	became := w.unnoted[id]
	w.mu.Unlock()
	if became == nil {
		return nil
	}
	q, err := w.Store.Queued(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotQueued) {
		return err
	}
	return w.note(ctx, q, became)
}

// unfinished reports whether a message was sent of which the copy for Sent, or
// something else that follows, could not be made.
func unfinished(q mail.Queued) bool {
	return !q.Done && slices.ContainsFunc(q.Recipients, isAccepted)
}

// finish does what follows from a message's being sent once its copy has somewhere to
// go. Where the server will have no folder for it, there is no copy.
func (w *worker) finish(ctx context.Context, q mail.Queued) error {
	var o mail.Outcome
	err := w.follow(ctx, q, &o, w.folderFor)
	if errors.Is(err, errNoSent) {
		if isCancelled(err) || errors.Is(err, ErrOffline) || account.RetryOf(err) != account.RetryNever {
			w.log.Info("the copy of a message has to wait", "message", q.ID, "err", err)
			return nil
		}
		w.notice(fmt.Sprintf("%q was sent: %v", q.Subject, err), err)
		err = w.follow(ctx, q, &o, nil)
	}
	if err == nil {
		err = w.Store.Note(ctx, q.ID, o)
	}
	if err != nil {
		return fmt.Errorf("%q was sent: %w", q.Subject, err)
	}
	return w.followed(ctx, o)
}

// errNoSent says that there is no folder for copies of what was sent.
var errNoSent = errors.New("no copy can be kept of what is sent")

// follow adds to an outcome what follows from a message's being sent: the copy in the
// folder that sentFolder returns, the flags of what it answers, and the end of the
// draft that it was.
func (w *worker) follow(ctx context.Context, q mail.Queued, o *mail.Outcome, sentFolder func(context.Context, mail.Role) (mail.Folder, error)) error {
	var changes []mail.Change
	if sentFolder != nil {
		f, err := sentFolder(ctx, mail.Sent)
		if err != nil {
			return fmt.Errorf("%w: %w", errNoSent, err)
		}
		there, err := w.inCache(ctx, f, q)
		if err != nil {
			return err
		}
		if !there {
			raw, err := w.Store.QueuedText(ctx, q.ID)
			if err != nil {
				return err
			}
			changes = append(changes, mail.Append{To: f.ID, Flags: mail.Seen, Date: time.Now(), Raw: raw})
		}
	}
	more, err := w.marks(ctx, q)
	if err != nil {
		return err
	}
	if o.Seen, o.Jobs, err = w.DB.Plan(ctx, append(changes, more...)...); err != nil {
		return err
	}
	o.Done = true
	return nil
}

// marks returns what a sent message changes of others.
func (w *worker) marks(ctx context.Context, q mail.Queued) (changes []mail.Change, err error) {
	for _, m := range []struct {
		ref  mail.Ref
		flag mail.Flags
	}{{q.Answers, mail.Answered}, {q.Forwards, mail.Forwarded}} {
		ids, err := w.meant(ctx, m.ref)
		if err != nil {
			return nil, err
		}
		changes = append(changes, mail.SetFlags{IDs: ids, Add: m.flag})
	}
	ids, err := w.meant(ctx, q.Draft)
	if err != nil {
		return nil, err
	}
	drafts, err := w.DB.Rows(ctx, ids)
	for _, d := range drafts {
		if d.Flags.Has(mail.Draft) {
			return append(changes, mail.Expunge{IDs: []mail.ID{d.ID}}), err
		}
	}
	return changes, err
}

// meant finds the message that a ref names. Its id counts only as long as it is
// that of the same message: a cache that was built anew gives ids anew.
func (w *worker) meant(ctx context.Context, ref mail.Ref) ([]mail.ID, error) {
	if ref.ID != 0 && ref.ID.Slot() == w.DB.Slot() {
		rows, err := w.DB.Rows(ctx, []mail.ID{ref.ID})
		if err != nil {
			return nil, err
		}
		if len(rows) == 1 && rows[0].MessageID == ref.MessageID {
			return []mail.ID{ref.ID}, nil
		}
	}
	if ref.MessageID == "" {
		return nil, nil
	}
	return w.DB.Search(ctx, mail.Text{Field: mail.MessageIDField, Value: ref.MessageID}, 0, copies)
}

// copies is how many copies of a message are marked as answered.
const copies = 10

// inCache reports whether the cache's folder holds a message of the outbox.
func (w *worker) inCache(ctx context.Context, f mail.Folder, q mail.Queued) (bool, error) {
	if q.MessageID == "" {
		return false, nil
	}
	ids, err := w.DB.Search(ctx, mail.Text{Field: mail.MessageIDField, Value: q.MessageID}, f.ID, 1)
	return len(ids) > 0, err
}

// settle looks in Sent for the messages that were perhaps sent. Those that are
// there were.
func (w *worker) settle(ctx context.Context) (bool, error) {
	if !w.doubts {
		return false, nil
	}
	list, err := w.Store.Outbox(ctx)
	if err != nil {
		return true, err
	}
	for _, q := range list {
		if !slices.ContainsFunc(q.Recipients, isPerhaps) || !w.claim(q.ID) {
			continue
		}
		err := w.settleOne(ctx, q)
		w.unclaim(q.ID)
		if err != nil {
			return true, err
		}
	}
	w.doubts = false
	return true, nil
}

func isPerhaps(r mail.Recipient) bool { return r.State == mail.Perhaps }

// settleOne notes that a message was sent which is found in Sent. A copy that was put
// there for some recipients says nothing of the others.
func (w *worker) settleOne(ctx context.Context, q mail.Queued) error {
	f, err := w.DB.FolderByRole(ctx, mail.Sent)
	if err != nil {
		return nil // nowhere to look
	}
	there := false
	if !q.Done && !unfinished(q) {
		there, err = w.inCache(ctx, f, q)
		if err == nil && !there {
			there, err = w.atServer(ctx, f, q.MessageID)
		}
	}
	if err != nil {
		return err
	}
	if !there {
		w.notice(fmt.Sprintf("%q was perhaps sent; it is kept in the outbox until you decide", q.Subject), nil)
		return nil
	}
	var sent []mail.Recipient
	for _, r := range q.Recipients {
		if r.State == mail.Perhaps {
			r.State, r.Error = mail.Accepted, ""
			sent = append(sent, r)
		}
	}
	err = w.note(ctx, q, sent)
	w.events.put(OutboxChanged{w.Name})
	return err
}

// atServer reports whether a mailbox on the server holds a message with a Message-ID.
func (w *worker) atServer(ctx context.Context, f mail.Folder, id string) (found bool, err error) {
	if id == "" {
		return false, nil
	}
	err = w.reading(ctx, func(src Source) error {
		searcher, ok := src.(Searcher)
		if !ok {
			return nil
		}
		uids, _, err := searcher.Search(ctx, f.Name, mail.Text{Field: mail.MessageIDField, Value: id})
		found = len(uids) > 0
		return err
	})
	return found, err
}
