package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"posthorn/account"
	"posthorn/cache"
	"posthorn/mail"
	"posthorn/mail/message"
)

// A message of the outbox goes out in this order: give it to the server, but for
// its end; mark it as being sent, so that it stands on disk; end it; put the copy
// into Sent, mark what it answers and remove the draft it was, all of them
// journalled; and last remove it from the outbox. A process that takes over from a dead one and finds a message marked as
// being sent does not know whether it was: it looks for it in Sent, and if it is
// not there the message stays, and the user decides.

// Attempts to send a message again wait for growing times, but no longer than
// this.
const lastRetry = time.Hour

// grace is how long a message may still be on its way when the engine ends, and
// noting how long it may take after that to note what became of it.
const (
	grace  = 8 * time.Second
	noting = 2 * time.Second
)

// mailman sends what is due in the outbox, until ctx ends.
func (w *worker) mailman(ctx context.Context) {
	defer w.logPanic()
	var p pause
	for ctx.Err() == nil {
		wait := time.Hour
		if w.holds.Load() && w.Sender != nil {
			wait = w.mailOnce(ctx, &p)
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-w.post:
		case <-ctx.Done():
		}
		t.Stop()
	}
}

// mailOnce sends what is due and returns how long to wait then. A failure of this
// side is told once, and makes it wait.
func (w *worker) mailOnce(ctx context.Context, p *pause) time.Duration {
	if w.hurried.Swap(false) {
		w.hasten(ctx)
		p.until = time.Time{}
	}
	if !p.over() {
		return time.Until(p.until)
	}
	err := w.sendDue(ctx)
	if err == nil {
		*p = pause{}
		return w.untilDue()
	}
	if !account.Same(p.reason, err) {
		w.notice("", err)
	}
	p.fail(err)
	return time.Until(p.until)
}

// untilDue returns how long no message is due.
func (w *worker) untilDue() time.Duration {
	next, waits, err := w.Account.Outbox.NextDue()
	switch {
	case err != nil:
		return time.Minute
	case !waits:
		return time.Hour
	}
	return min(max(time.Until(next), 0), time.Hour)
}

// sendDue sends the messages whose time has come. It fails with the first failure
// of this side, after it has tried all.
func (w *worker) sendDue(ctx context.Context) error {
	list, err := w.Account.Outbox.Due(time.Now())
	if err != nil {
		return err
	}
	var first error
	for _, q := range list {
		if ctx.Err() != nil {
			return first
		}
		if !w.claim(q.ID) {
			continue
		}
		if err := w.send(ctx, q.ID); err != nil && first == nil {
			first = err
		}
		w.unclaim(q.ID)
		w.events.put(OutboxChanged{w.Name})
	}
	return first
}

// send sends a message that is claimed. What it fails with is a failure of this
// side; a refusal is noted with the message.
func (w *worker) send(ctx context.Context, id int64) error {
	q, err := w.Account.Outbox.Get(id)
	if err != nil || q.State != mail.Waiting {
		return err
	}
	sctx, cancel := lingering(ctx, grace)
	defer cancel()
	ctx, done := lingering(ctx, grace+noting)
	defer done()
	var unmarked error
	results, err := w.Sender.Send(sctx, q.Outgoing, func() error {
		unmarked = w.Account.Outbox.Mark(ctx, id, mail.Sending, time.Time{}, "")
		w.events.put(OutboxChanged{w.Name})
		return unmarked
	})
	switch {
	case errors.Is(unmarked, cache.ErrNotQueued): // cancelled meanwhile
		return nil
	case unmarked != nil:
		return fmt.Errorf("%q was not sent: %w", q.Subject, unmarked)
	case err != nil:
		return w.unsent(ctx, q, results, err)
	}
	return w.sent(ctx, q, results)
}

// lingering returns a context that ends some time after ctx does.
func lingering(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.AfterFunc(d, cancel)
		context.AfterFunc(longer, func() { t.Stop() })
	})
	return longer, func() { stop(); cancel() }
}

// unsent decides what becomes of a message that was not sent, or perhaps. Of its
// recipients, those who were refused for good do not keep the others from another
// attempt.
func (w *worker) unsent(ctx context.Context, q mail.Queued, results []mail.Result, err error) error {
	box, why := w.Account.Outbox, advised(err)
	pause := min(growing(q.Attempts+3), lastRetry)
	if later, never := split(results); len(later) > 0 && len(never) > 0 && len(later)+len(never) == len(q.Rcpt) {
		if err := w.setAside(ctx, q, never); err != nil {
			return err
		}
		if err := box.Narrow(ctx, q.ID, recipients(later)); err != nil {
			return err
		}
		why = reasons(later)
		return box.Tried(ctx, q.ID, mail.Waiting, time.Now().Add(pause), why)
	}
	switch {
	case account.KindOf(err) == account.Uncertain:
		w.notice(fmt.Sprintf("%q was perhaps sent: %v", q.Subject, err), err)
		return box.Tried(ctx, q.ID, mail.Perhaps, time.Time{}, why)
	case isCancelled(err), account.RetryOf(err) == account.RetryLater:
		return box.Tried(ctx, q.ID, mail.Waiting, time.Now().Add(max(pause, account.WaitOf(err))), why)
	case account.RetryOf(err) == account.RetryAfterUser:
		w.notice("", err)
		return box.Tried(ctx, q.ID, mail.Waiting, time.Now().Add(loginPause), why)
	}
	w.notice(fmt.Sprintf("%q could not be sent: %v", q.Subject, err), err)
	return box.Tried(ctx, q.ID, mail.Failed, time.Time{}, why)
}

func isCancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// sent does what is to be done after a message went out.
func (w *worker) sent(ctx context.Context, q mail.Queued, results []mail.Result) error {
	if err := w.bookkeeping(ctx, q); err != nil {
		return fmt.Errorf("%q was sent: %w", q.Subject, err)
	}
	if err := w.refused(ctx, q, results); err != nil {
		return err
	}
	w.log.Info("sent", "message", q.ID, "octets", len(q.Raw))
	if err := w.Account.Outbox.Remove(ctx, q.ID); err != nil {
		return fmt.Errorf("%q was sent: %w", q.Subject, err)
	}
	return nil
}

// bookkeeping does in the cache and the journal what a sent message brings with
// it. It can be done twice.
func (w *worker) bookkeeping(ctx context.Context, q mail.Queued) error {
	if err := w.keepCopy(ctx, q); err != nil {
		return err
	}
	for _, m := range []struct {
		ref  mail.Ref
		flag mail.Flags
	}{{q.Answers, mail.Answered}, {q.Forwards, mail.Forwarded}} {
		ids, err := w.meant(ctx, m.ref)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			continue
		}
		if _, err := w.do(ctx, mail.SetFlags{IDs: ids, Add: m.flag}, mail.Deed{}); err != nil {
			return err
		}
	}
	ids, err := w.meant(ctx, q.Draft)
	if err != nil {
		return err
	}
	drafts, err := w.DB.Rows(ctx, ids)
	if err != nil {
		return err
	}
	drafts = slices.DeleteFunc(drafts, func(s mail.Summary) bool { return !s.Flags.Has(mail.Draft) })
	if len(drafts) == 0 {
		return nil
	}
	_, err = w.do(ctx, mail.Expunge{IDs: []mail.ID{drafts[0].ID}}, mail.Deed{})
	return err
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

// keepCopy puts the copy of a message into Sent, unless it is there. Without such
// a folder the message is sent all the same.
func (w *worker) keepCopy(ctx context.Context, q mail.Queued) error {
	f, err := w.folderFor(ctx, mail.Sent)
	if err != nil {
		w.notice(fmt.Sprintf("no copy of a sent message was kept: %v", err), err)
		return nil
	}
	if there, err := w.inCache(ctx, f, q.Raw); err != nil || there {
		return err
	}
	_, err = w.do(ctx, mail.Append{To: f.ID, Flags: mail.Seen, Date: time.Now(), Raw: q.Raw}, mail.Deed{})
	return err
}

// refused tells of recipients that were not accepted, and puts the message into
// the outbox again for them alone: those who were refused for now, and those who
// were for good.
func (w *worker) refused(ctx context.Context, q mail.Queued, results []mail.Result) error {
	later, never := split(results)
	if len(later) > 0 {
		if err := w.requeue(ctx, q, later, mail.Waiting, time.Now().Add(growing(6))); err != nil {
			return err
		}
	}
	if len(never) > 0 {
		return w.setAside(ctx, q, never)
	}
	return nil
}

// setAside keeps a message for recipients who were refused for good, and says so.
func (w *worker) setAside(ctx context.Context, q mail.Queued, never []mail.Result) error {
	w.notice(fmt.Sprintf("%q was not sent to everybody: %s", q.Subject, reasons(never)), never[0].Err)
	return w.requeue(ctx, q, never, mail.Failed, time.Time{})
}

// requeue puts a message into the outbox again for some of its recipients.
func (w *worker) requeue(ctx context.Context, q mail.Queued, some []mail.Result, state mail.State, next time.Time) error {
	rest := q.Outgoing
	rest.Rcpt, rest.Answers, rest.Forwards, rest.Draft = recipients(some), mail.Ref{}, mail.Ref{}, mail.Ref{}
	rest.NotBefore = next
	left, err := w.Account.Outbox.Add(ctx, rest)
	if err != nil {
		return fmt.Errorf("keep the message for those it was not sent to: %w", err)
	}
	return w.Account.Outbox.Tried(ctx, left.ID, state, next, reasons(some))
}

// split returns the recipients who were refused for now, and for good.
func split(results []mail.Result) (later, never []mail.Result) {
	for _, r := range results {
		switch {
		case r.Err == nil:
		case account.RetryOf(r.Err) == account.RetryLater:
			later = append(later, r)
		default:
			never = append(never, r)
		}
	}
	return later, never
}

func recipients(results []mail.Result) (list []string) {
	for _, r := range results {
		list = append(list, r.Rcpt)
	}
	return list
}

func reasons(results []mail.Result) string {
	var why []string
	for _, r := range results {
		why = append(why, advised(r.Err))
	}
	return strings.Join(why, "; ")
}

// inCache reports whether the cache's folder holds a message that is to be sent.
func (w *worker) inCache(ctx context.Context, f mail.Folder, raw []byte) (bool, error) {
	id := ownID(raw)
	if id == "" {
		return false, nil
	}
	ids, err := w.DB.Search(ctx, mail.Text{Field: mail.MessageIDField, Value: id}, f.ID, 1)
	return len(ids) > 0, err
}

// ownID returns the Message-ID by which a message can be told from all others,
// without angle brackets. A message that was sent on has that of the message it
// was, which may lie anywhere already: it has none of its own.
func ownID(raw []byte) string {
	m := message.Parse(raw)
	if m.Header.Get("Resent-From") != "" {
		return ""
	}
	return m.Envelope.MessageID
}

// recover looks at what a process that died has left marked as being sent.
func (w *worker) recover(ctx context.Context) error {
	list, err := w.Account.Outbox.List()
	if err != nil {
		return err
	}
	for _, q := range list {
		if q.State != mail.Sending && q.State != mail.Perhaps {
			continue
		}
		w.doubts = true
		if q.State == mail.Perhaps {
			continue
		}
		why := "Posthorn ended while the message was being sent; look into Sent before it is sent again"
		if err := w.Account.Outbox.Mark(ctx, q.ID, mail.Perhaps, time.Time{}, why); err != nil {
			return err
		}
		w.events.put(OutboxChanged{w.Name})
	}
	return nil
}

// settle looks in Sent for the messages that were perhaps sent. Those that are
// there were.
func (w *worker) settle(ctx context.Context) (bool, error) {
	if !w.doubts {
		return false, nil
	}
	list, err := w.Account.Outbox.List()
	if err != nil {
		return true, err
	}
	for _, q := range list {
		if q.State != mail.Perhaps || !w.claim(q.ID) {
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

func (w *worker) settleOne(ctx context.Context, q mail.Queued) error {
	f, err := w.DB.FolderByRole(ctx, mail.Sent)
	if err != nil {
		return nil // nowhere to look
	}
	there, err := w.inCache(ctx, f, q.Raw)
	if err == nil && !there {
		there, err = w.atServer(ctx, f, q.Raw)
	}
	if err != nil {
		return err
	}
	if !there {
		w.notice(fmt.Sprintf("%q was perhaps sent; it is kept in the outbox until you decide", q.Subject), nil)
		return nil
	}
	if err := w.sent(ctx, q, nil); err != nil {
		return err
	}
	w.events.put(OutboxChanged{w.Name})
	return nil
}

// atServer reports whether a mailbox on the server holds a message that is to be
// sent.
func (w *worker) atServer(ctx context.Context, f mail.Folder, raw []byte) (found bool, err error) {
	id := ownID(raw)
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

// hasten makes messages due that wait for another attempt.
func (w *worker) hasten(ctx context.Context) {
	list, err := w.Account.Outbox.List()
	if err != nil {
		return
	}
	for _, q := range list {
		if q.State == mail.Waiting && q.Attempts > 0 && w.claim(q.ID) {
			err = errors.Join(err, w.Account.Outbox.Mark(ctx, q.ID, mail.Waiting, time.Now(), q.Error))
			w.unclaim(q.ID)
		}
	}
	if err != nil {
		w.log.Warn("hasten the outbox", "err", err)
	}
}
