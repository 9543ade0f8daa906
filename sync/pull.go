package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"posthorn/account"
	"posthorn/cache"
	"posthorn/mail"
)

// relist brings the list of mailboxes up to date, and finds out by their counts
// which of them changed.
func (w *worker) relist(ctx context.Context) (bool, error) {
	if !w.agenda.take(&w.agenda.list) {
		return false, nil
	}
	err := w.reading(ctx, func(src Source) error { return w.listFrom(ctx, src) })
	if err != nil {
		w.agenda.change(func() { w.agenda.list = true })
		return true, err
	}
	w.pause.reason, w.told = nil, nil
	return true, nil
}

func (w *worker) listFrom(ctx context.Context, src Source) error {
	w.agenda.take(&w.agenda.list) // connecting puts it there
	boxes, err := src.Mailboxes(ctx)
	if err != nil {
		return err
	}
	if err := w.DB.SetMailboxes(ctx, boxes); err != nil {
		return err
	}
	folders, err := w.DB.Folders(ctx)
	if err != nil {
		return err
	}
	counts := make(map[string]mail.Counts, len(boxes))
	for _, b := range boxes {
		counts[b.Name] = b.Counts
	}
	seen := make(map[mail.FolderID]sight, len(folders))
	for _, f := range folders {
		if seen[f.ID], err = w.see(ctx, src, f, counts[f.Name]); err != nil {
			return err
		}
	}
	w.agenda.listed(folders, seen)
	w.agenda.turn(w.Poll)
	w.events.put(FoldersChanged{w.Name})
	poke(w.moved)
	return nil
}

// see compares what a source said of a mailbox with what is known.
func (w *worker) see(ctx context.Context, src Source, f mail.Folder, c mail.Counts) (sight, error) {
	s := sight{Counts: c}
	comparer, ok := src.(Comparer)
	if !ok || f.NoSelect {
		return s, nil
	}
	known, err := w.DB.Cursor(ctx, f.ID)
	if err != nil {
		return s, err
	}
	if known == "" { // it was never read
		s.changed, s.sure = true, true
		return s, nil
	}
	s.changed, s.sure = comparer.Compare(f.Name, known)
	_, s.later = src.(Counter)
	s.later = s.later && (f.Role != mail.Inbox || !w.auto.Load()) // it is wanted at once
	return s, nil
}

// gaugeEvery is how often the server is asked how full the account is.
const gaugeEvery = time.Hour

// gauge asks how full the account is, when nothing else is to be done.
func (w *worker) gauge(ctx context.Context) (bool, error) {
	g, ok := w.src.(Gauge)
	if !ok || !w.gauged.IsZero() && time.Since(w.gauged) < gaugeEvery {
		return false, nil
	}
	q, err := g.Quota(ctx)
	if err != nil && broken(err) {
		return true, err
	}
	w.gauged = time.Now()
	w.mu.Lock()
	changed := err == nil && w.state.Quota != q
	if changed {
		w.state.Quota = q
	}
	info := w.state
	w.mu.Unlock()
	if changed {
		w.events.put(AccountChanged{w.Name, info.State, info.Err, info.Progress})
	}
	return true, nil
}

// countSome asks for the counts of mailboxes that did not come with the list, or
// has them read where they cannot be asked for.
func (w *worker) countSome(ctx context.Context) (bool, error) {
	some := w.agenda.uncounted()
	if len(some) == 0 {
		return false, nil
	}
	byName, names := map[string]look{}, []string{}
	for _, l := range some {
		byName[l.Name], names = l, append(names, l.Name)
	}
	return true, w.reading(ctx, func(src Source) error {
		counter, ok := src.(Counter)
		if !ok {
			for _, name := range names {
				w.agenda.touch(name)
			}
			return nil
		}
		var failed error
		err := counter.Count(ctx, names, func(name string, c mail.Counts, err error) {
			l := byName[name]
			if err == nil {
				var s sight
				if s, err = w.see(ctx, src, l.Folder, c); err == nil {
					w.agenda.counted(l.ID, s)
					return
				}
			}
			failed = errors.Join(failed, w.unread(&l, err))
		})
		return errors.Join(err, failed)
	})
}

// pullOne reads the mailbox that is first on the agenda, until it is whole or
// something else is more urgent.
func (w *worker) pullOne(ctx context.Context) (bool, error) {
	l, rank := w.agenda.next()
	if l == nil {
		return false, nil
	}
	// Without progress to resume from, only the user may interrupt.
	stop := func(d mail.Delta, moved bool) bool {
		return w.agenda.pressing() || moved && (!l.begun && d.Done < d.Of || w.agenda.urgent(rank))
	}
	r, err := w.pullFrom(ctx, l, stop)
	if err == nil {
		w.agenda.read(l.ID, r)
		return true, nil
	}
	if broken(err) || ctx.Err() != nil {
		w.agenda.touch(l.Name)
		return true, err
	}
	return true, w.unread(l, err)
}

// unread deals with a mailbox that cannot be read on a line that is good.
func (w *worker) unread(l *look, err error) error {
	w.log.Warn("read mailbox", "mailbox", l.Name, "err", err)
	var said *account.Error
	switch {
	case errors.Is(err, mail.ErrGone): // another process found that out
		w.agenda.change(func() { w.agenda.list = true })
		return nil
	case !errors.As(err, &said): // this side failed: the others fare no better
		w.agenda.touch(l.Name)
		return err
	case said.Kind == account.NotFound:
		w.agenda.change(func() { w.agenda.list = true })
		return nil
	}
	if w.agenda.postpone(l.ID, err) {
		w.notice("", fmt.Errorf("%s cannot be read: %w", l.Name, err))
	}
	return nil
}

// A stopper decides after a delta whether to stop. Moved says that the cursor is
// not where the reading began.
type stopper func(d mail.Delta, moved bool) bool

// A reading is what came of reading a mailbox.
type reading struct {
	whole  bool // it was read to its end
	moved  bool // the cursor moved on
	counts mail.Counts
	told   string // of messages that cannot be read, empty if there are none
}

// pullFrom reads a mailbox, delta by delta.
func (w *worker) pullFrom(ctx context.Context, l *look, stop stopper) (reading, error) {
	r := reading{counts: mail.Unknown()}
	began, fresh, changed, gone := time.Now(), 0, 0, 0
	unreadable, why := 0, ""
	err := w.resuming(ctx, func(src Source) (moved bool, err error) {
		cursor, err := w.DB.Cursor(ctx, l.ID)
		if err != nil {
			return false, err
		}
		for d, err := range src.Changes(ctx, l.Name, cursor) {
			if err != nil {
				return moved, err
			}
			if err := w.apply(ctx, l, d); err != nil {
				return moved, err
			}
			fresh, changed, gone = fresh+len(d.New), changed+len(d.Flags), gone+len(d.Gone)
			if unreadable += d.Unreadable; d.Unreadable > 0 {
				why = d.Why
			}
			moved = moved || d.Cursor != cursor
			r.counts, r.moved = d.Counts, r.moved || moved
			if stop(d, moved) {
				return moved, nil
			}
		}
		r.whole = true
		return moved, nil
	})
	if unreadable > 0 {
		r.told = unreadables(l.Name, unreadable, why)
		w.notice(r.told, nil)
	}
	level := slog.LevelDebug
	if fresh+changed+gone > 0 {
		level = slog.LevelInfo
	}
	w.log.Log(ctx, level, "mailbox read", "mailbox", l.Name, "new", fresh, "flags", changed, "gone", gone, "whole", r.whole, "took", time.Since(began).Round(time.Millisecond))
	return r, err
}

// unreadables tells of messages that the server would not give.
func unreadables(mailbox string, n int, why string) string {
	what := "a message"
	if n > 1 {
		what = fmt.Sprint(n, " messages")
	}
	return fmt.Sprintf("%s of %s cannot be read: %s (tried again later)", what, mailbox, why)
}

// apply writes a delta to the cache and tells of it.
func (w *worker) apply(ctx context.Context, l *look, d mail.Delta) error {
	fresh, err := w.arrived(ctx, l, d)
	if err != nil {
		return err
	}
	if err := w.DB.Apply(ctx, l.ID, d); err != nil {
		return fmt.Errorf("%s: %w", l.Name, err)
	}
	w.saying(Syncing, nil, Progress{l.Leaf(), d.Done, d.Of})
	if d.Reset || len(d.New)+len(d.Better)+len(d.Flags)+len(d.Gone) > 0 || d.Whole != nil {
		w.index = true
		w.events.put(FolderChanged{w.Name, l.ID})
	}
	w.events.put(FoldersChanged{w.Name})
	if fresh > 0 {
		w.events.put(NewMail{w.Name, l.ID, fresh})
	}
	return nil
}

// arrived counts the unread messages of a delta that have just come. While a
// mailbox is read for the first time, old messages are new to us too.
func (w *worker) arrived(ctx context.Context, l *look, d mail.Delta) (int, error) {
	if l.Role != mail.Inbox || !l.whole || d.Reset {
		return 0, nil
	}
	var uids []mail.UID
	for _, h := range d.New {
		if !h.Flags.Has(mail.Seen) && !h.Flags.Has(mail.Deleted) {
			uids = append(uids, h.UID)
		}
	}
	if len(uids) == 0 {
		return 0, nil
	}
	_, missing, err := w.DB.Lookup(ctx, l.ID, uids)
	return len(missing), err
}

// pullTop reads what is new in a mailbox.
func (w *worker) pullTop(ctx context.Context, mailbox string) error {
	return w.pullUntil(ctx, mailbox, func(_ mail.Delta, moved bool) bool { return moved })
}

// pullNow brings one mailbox up to date at once, for something that depends on
// it.
func (w *worker) pullNow(ctx context.Context, mailbox string) error {
	return w.pullUntil(ctx, mailbox, func(mail.Delta, bool) bool { return false })
}

func (w *worker) pullUntil(ctx context.Context, mailbox string, stop stopper) error {
	all := w.agenda.all()
	i := slices.IndexFunc(all, func(l look) bool { return l.Name == mailbox })
	if i < 0 {
		f, err := w.DB.FolderByName(ctx, mailbox)
		if errors.Is(err, cache.ErrNoFolder) { // the cache is new
			if err = w.reading(ctx, func(src Source) error { return w.listFrom(ctx, src) }); err == nil {
				f, err = w.DB.FolderByName(ctx, mailbox)
			}
		}
		if err != nil {
			return err
		}
		all, i = []look{{Folder: f}}, 0
	}
	_, err := w.pullFrom(ctx, &all[i], stop)
	return err
}

// indexAtOnce is how many messages are indexed before the worker looks whether
// something else is to be done.
const indexAtOnce = 200

// indexSome continues the cache's index while there is nothing else to do.
func (w *worker) indexSome(ctx context.Context) (bool, error) {
	if !w.index {
		return false, nil
	}
	more, err := w.DB.Index(ctx, indexAtOnce)
	if err != nil && !errors.Is(err, context.Canceled) {
		return true, err
	}
	w.index, w.untidy = more, true
	if !more {
		w.events.put(MessagesChanged{w.Name})
	}
	return true, nil
}

// tidySome gives back to the disk what the cache does not need any more, until
// something else is to be done. That it fails is no reason to stop.
func (w *worker) tidySome(ctx context.Context) (bool, error) {
	if !w.untidy {
		return false, nil
	}
	ctx, cancel := w.agenda.undisturbed(ctx)
	defer cancel()
	more, err := w.DB.Tidy(ctx)
	if err != nil && ctx.Err() == nil {
		w.log.Warn("give space back", "err", err)
	}
	w.untidy = more || ctx.Err() != nil
	return true, nil
}
