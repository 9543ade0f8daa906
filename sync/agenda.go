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
}

// A request is something that somebody waits for.
type request struct {
	ctx  context.Context
	do   func(context.Context) error
	done chan error // capacity 1
}

// A look is what there is to do for one mailbox.
type look struct {
	mail.Folder
	dirty  bool        // to be read
	begun  bool        // its newest page was read since the last time it was whole
	whole  bool        // was read to its end since the engine began
	count  bool        // to be counted, to see whether it is dirty
	pause  pause       // after the server would not give it
	counts mail.Counts // the server's, at the last look
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
	a.mu.Unlock()
	poke(a.wake)
}

// ask puts a request on the agenda.
func (a *agenda) ask(r *request) {
	a.change(func() { a.asked, a.hurry = append(a.asked, r), true })
}

// answer takes the request that waits longest, or nil.
func (a *agenda) answer() *request {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked) == 0 {
		return nil
	}
	r := a.asked[0]
	a.asked = slices.Delete(a.asked, 0, 1)
	return r
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
			l.dirty, l.begun = true, false
		}
	})
}

// touch says that a mailbox may have changed.
func (a *agenda) touch(mailbox string) {
	a.change(func() {
		for _, l := range a.looks {
			if l.Name == mailbox {
				l.dirty = true
			}
		}
	})
}

// listed takes over a new list of folders. Those that are new are to be read,
// those of which the counts did not come with the list are to be counted, and of
// the others, those whose counts are not those of the last look are to be read.
func (a *agenda) listed(folders []mail.Folder, counts map[string]mail.Counts) {
	a.mu.Lock()
	defer a.mu.Unlock()
	old := a.looks
	a.looks = nil
	for _, f := range folders {
		if f.NoSelect {
			continue
		}
		l := &look{dirty: true, counts: mail.Unknown()}
		if i := slices.IndexFunc(old, func(o *look) bool { return o.ID == f.ID }); i >= 0 {
			l = old[i]
		}
		l.Folder = f
		l.compare(counts[f.Name])
		a.looks = append(a.looks, l)
	}
}

func (l *look) compare(c mail.Counts) {
	l.count = c.Total < 0 && !l.dirty
	if c.Total >= 0 && c != l.counts {
		l.dirty, l.counts = true, c
	}
}

// uncounted takes a mailbox that is to be counted, or nil.
func (a *agenda) uncounted() *look {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range a.looks {
		if l.count && !l.dirty && l.pause.over() {
			l.count = false
			taken := *l
			return &taken
		}
	}
	return nil
}

// counted compares a mailbox's counts with those of the last look.
func (a *agenda) counted(id mail.FolderID, c mail.Counts) {
	a.change(func() {
		for _, l := range a.looks {
			if l.ID == id && c.Total >= 0 {
				l.compare(c)
			}
		}
	})
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
		l.dirty = l.dirty || !r.whole
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
