package sync

import (
	"context"
	"slices"
	"sync"
	"time"

	"posthorn/account"
	"posthorn/mail"
)

// An agenda is what is to be done for an account. Everyone puts things on it;
// the worker takes the most urgent one.
type agenda struct {
	wake chan struct{} // capacity 1: something was put on it

	mu      sync.Mutex
	asked   []*request
	journal bool // there may be something to play
	list    bool // the mailboxes are to be listed
	hurry   bool // a pause is not to be waited for
	anew    bool // not even the one after a refused login
	focus   mail.FolderID
	looks   []*look
	disturb context.CancelFunc // ends what is done while there is nothing to do; nil for nothing
}

// A request is something that somebody waits for.
type request struct {
	ctx  context.Context
	do   func(context.Context) error
	done chan error // capacity 1
	long bool       // it goes on with something that takes long
}

// A look is what there is to do for one mailbox.
type look struct {
	mail.Folder
	doubt  bool        // to be found out whether it is to be read
	dirty  bool        // to be read
	begun  bool        // its newest page was read since the last time it was whole
	whole  bool        // was read to its end since the engine began
	count  bool        // to be counted, to see whether it is dirty
	pause  pause       // after the server would not give it
	counts mail.Counts // the server's, at the last look
	same   bool        // at the last look it was sure that nothing changed
	looked time.Time   // when it was read last
}

// A sight is what the list of mailboxes, or its counts, say of one.
type sight struct {
	mail.Counts      // the server's
	changed     bool // since it was read
	sure        bool // whether it did is known
	later       bool // counting it may tell more
}

// The ranks of mailboxes: the lower, the earlier they are read. Every mailbox's
// newest page comes before the rest of any.
const (
	onScreen = iota
	inbox
	others
	pages   // what is added to the rank of a mailbox of which a page was read
	nothing = 2 * pages
)

func (a *agenda) rank(l *look) int {
	r := others
	switch {
	case !l.dirty || !l.pause.over():
		return nothing
	case l.ID == a.focus:
		r = onScreen
	case l.Role == mail.Inbox:
		r = inbox
	}
	if l.begun {
		r += pages
	}
	return r
}

// change changes the agenda and wakes the worker.
func (a *agenda) change(f func()) {
	a.mu.Lock()
	f()
	if a.disturb != nil {
		a.disturb()
	}
	a.mu.Unlock()
	poke(a.wake)
}

// undisturbed returns a context that ends with the next change of the agenda, at
// once if somebody waits already.
func (a *agenda) undisturbed(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.disturb = cancel; len(a.asked) > 0 || a.journal {
		cancel()
	}
	return ctx, cancel
}

// ask puts a request on the agenda.
func (a *agenda) ask(r *request) {
	a.change(func() { a.asked, a.hurry = append(a.asked, r), true })
}

// answer takes the request that waits longest, or nil. Those that go on with something
// long wait for the others.
func (a *agenda) answer() *request {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(a.asked, func(r *request) bool { return !r.long }))
	r := a.asked[i]
	a.asked = slices.Delete(a.asked, i, i+1)
	return r
}

// awaited reports whether somebody waits for what does not take long.
func (a *agenda) awaited() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.asked, func(r *request) bool { return !r.long })
}

// dismiss ends all requests that wait.
func (a *agenda) dismiss(err error) {
	for r := a.answer(); r != nil; r = a.answer() {
		r.done <- err
	}
}

// take reports whether a thing was to be done, and takes it off the agenda.
func (a *agenda) take(what *bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := *what
	*what = false
	return was
}

// everything puts all there is to look at on the agenda, as after a time
// offline.
func (a *agenda) everything() {
	a.change(func() {
		a.list, a.journal = true, true
		for _, l := range a.looks {
			l.doubt, l.begun = true, false
		}
	})
}

// touch says that a mailbox may have changed, or with one that is not known, or no
// name, that there may be others.
func (a *agenda) touch(mailbox string) {
	a.change(func() {
		known := false
		for _, l := range a.looks {
			if l.Name == mailbox {
				l.dirty, known = true, true
			}
		}
		a.list = a.list || !known
	})
}

// listed takes over a new list of folders, with what was seen of each.
func (a *agenda) listed(folders []mail.Folder, seen map[mail.FolderID]sight) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.looks
	a.looks = nil
	for _, f := range folders {
		if f.NoSelect {
			continue
		}
		l := &look{doubt: true, counts: mail.Unknown()}
		if i := slices.IndexFunc(old, func(o *look) bool { return o.ID == f.ID }); i >= 0 {
			l = old[i]
		}
		l.Folder = f
		s := seen[f.ID]
		s.later = s.later && l.ID != a.focus
		l.count = false
		l.see(s)
		a.looks = append(a.looks, l)
	}
}

// see finds out whether a mailbox is to be read. Where it is not sure whether it
// changed it is read if there was doubt, else if its counts are not those of the last
// look.
func (l *look) see(s sight) {
	unknown := s.Total < 0
	l.same = s.sure && !s.changed
	switch {
	case l.same:
		l.doubt, l.whole = false, true
	case s.sure:
		l.dirty = true
	case unknown && !l.dirty && (s.later || !l.doubt):
		l.count = true
		return
	case l.doubt, s.Counts != l.counts:
		l.dirty = true
	}
	if l.doubt = false; !unknown {
		l.counts = s.Counts
	}
}

// countAtOnce bounds how many mailboxes are counted in one go, so that who waits has
// not to wait for all of them.
const countAtOnce = 300

// uncounted takes some mailboxes that are to be counted.
func (a *agenda) uncounted() (some []look) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.looks {
		if l.count && !l.dirty && l.pause.over() && len(some) < countAtOnce {
			l.count = false
			some = append(some, *l)
		}
	}
	return some
}

// counted takes over what the counts of a mailbox say.
func (a *agenda) counted(id mail.FolderID, s sight) {
	if s.later = false; s.Total < 0 {
		s.changed, s.sure = true, true
	}
	a.change(func() {
		for _, l := range a.looks {
			if l.ID == id {
				l.see(s)
			}
		}
	})
}

// turnSize is of how many messages a mailbox may be to have its turn at each poll.
// Larger ones have it so much less often.
const turnSize = 1000

// turn has one of the mailboxes read of which it is not sure whether they changed:
// the one that has waited longest. Flags may be others where the counts are not.
func (a *agenda) turn(poll time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var first *look
	for _, l := range a.looks {
		due := l.looked.Add(poll * time.Duration(max(l.counts.Total, 0)/turnSize))
		if l.same || l.dirty || l.looked.IsZero() || time.Now().Before(due) {
			continue
		}
		if first == nil || l.looked.Before(first.looked) {
			first = l
		}
	}
	if first != nil {
		first.dirty = true
	}
}

// all returns copies of what is known of the mailboxes.
func (a *agenda) all() []look {
	a.mu.Lock()
	defer a.mu.Unlock()
	list := make([]look, len(a.looks))
	for i, l := range a.looks {
		list[i] = *l
	}
	return list
}

// next takes the mailbox that is to be read first, or nil, and its rank. While
// it is read it is not dirty, so that who touches it meanwhile is heard.
func (a *agenda) next() (*look, int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var first *look
	best := nothing
	for _, l := range a.looks {
		if r := a.rank(l); r < best {
			first, best = l, r
		}
	}
	if first == nil {
		return nil, nothing
	}
	first.dirty = false
	taken := *first
	return &taken, best
}

// read notes how far a mailbox that [agenda.next] gave was read.
func (a *agenda) read(id mail.FolderID, r reading) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.looks {
		if l.ID != id {
			continue
		}
		l.begun, l.whole, l.count, l.pause = !r.whole && (l.begun || r.moved), l.whole || r.whole, false, pause{}
		l.dirty, l.looked = l.dirty || !r.whole, time.Now()
		if r.counts.Total >= 0 {
			l.counts = r.counts
		}
	}
}

// postpone notes that a mailbox could not be read, and reports whether that is
// news. It is read again after a pause, or, if that would be no use, when it was
// touched.
func (a *agenda) postpone(id mail.FolderID, err error) (news bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.looks {
		if l.ID == id {
			news = !account.Same(l.pause.reason, err)
			l.pause.fail(err)
			l.dirty = account.RetryOf(err) == account.RetryLater || account.RetryOf(err) == account.RetryNow
		}
	}
	return news
}

// impatient ends the pauses of all mailboxes.
func (a *agenda) impatient() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.looks {
		l.pause.until = time.Time{}
	}
}

// pressing reports whether the user waits for something, or did something.
func (a *agenda) pressing() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.asked) > 0 || a.journal || a.anew
}

// urgent reports whether something comes before a mailbox of a rank.
func (a *agenda) urgent(rank int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.list || slices.ContainsFunc(a.looks, func(l *look) bool { return a.rank(l) < rank })
}

// idle reports whether nothing is on the agenda, but for what waits until the
// line is back.
func (a *agenda) idle(paused bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked) > 0 || a.hurry || a.anew {
		return false
	}
	return paused || !a.journal && !a.list &&
		!slices.ContainsFunc(a.looks, func(l *look) bool { return (l.dirty || l.count) && l.pause.over() })
}
