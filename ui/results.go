package ui

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/safe"
)

// results are what a search has found so far, in place of a folder.
type results struct {
	number int // of the search
	text   string
	left   int      // accounts that still search
	where  []string // where they looked
	hits   []hit    // the newest first
	seen   map[mail.ID]bool
	off    map[mail.ID]away // what was moved or deleted; it is not shown
	looks  turn             // questions whether it is there again
	cancel context.CancelFunc
	before mail.View
}

// An away message was taken out of the folder that it lay in.
type away struct {
	from mail.FolderID
	look int // the last question for what is there again before that
}

// A hit is a message that was found, and its date.
type hit struct {
	id   mail.ID
	when time.Time
}

type found struct {
	number int
	hits   []hit
	where  string
	done   bool
	err    error
	next   <-chan found
}

// A scope is where a search looks: a folder, or all of an account.
type scope struct {
	account string
	folder  mail.FolderID
}

// search shows a list of its own that fills as results come.
func (l listing) search(text string, q mail.Query, scopes []scope) (listing, tea.Cmd) {
	before := l.view
	if l.results != nil {
		before = l.results.before
	}
	l = l.stop()
	l.searches++
	ctx, cancel := context.WithCancel(l.ctx)
	l.results = &results{number: l.searches, text: text, left: len(scopes), seen: map[mail.ID]bool{}, off: map[mail.ID]away{}, cancel: cancel, before: before}
	l.Model = l.Reset()
	l.Empty = "Searching …"
	var cmds []tea.Cmd
	for _, s := range scopes {
		cmds = append(cmds, world{ctx, l.engine}.search(l.searches, s, q))
	}
	return l, tea.Batch(cmds...)
}

// search searches, and answers as results come.
func (w world) search(number int, s scope, q mail.Query) tea.Cmd {
	answers := make(chan found)
	tell := func(f found) {
		f.number, f.next = number, answers
		select {
		case answers <- f:
		case <-w.ctx.Done():
		}
	}
	run := func() tea.Msg {
		defer close(answers)
		seen := map[mail.ID]bool{}
		var failure error
		where, err := w.engine.Search(w.ctx, s.account, s.folder, q, false, func(ids []mail.ID) {
			fresh := slices.DeleteFunc(slices.Clone(ids), func(id mail.ID) bool { return seen[id] })
			rows, err := w.engine.Rows(w.ctx, fresh)
			if err != nil {
				failure = err
				return
			}
			f := found{}
			for _, r := range rows {
				seen[r.ID] = true
				f.hits = append(f.hits, hit{r.ID, r.When()})
			}
			tell(f)
		})
		tell(found{where: where, done: true, err: cmp.Or(err, failure)})
		return nil
	}
	return tea.Batch(run, awaitFound(answers))
}

func awaitFound(answers <-chan found) tea.Cmd {
	return func() tea.Msg {
		f, ok := <-answers
		if !ok {
			return nil
		}
		return f
	}
}

// found adds results to the list.
func (l listing) found(msg found) (listing, tea.Cmd) {
	if l.results == nil || msg.number != l.results.number {
		return l, nil
	}
	r := *l.results
	for _, h := range msg.hits {
		if !r.seen[h.id] {
			r.seen[h.id] = true
			r.hits = append(r.hits[:len(r.hits):len(r.hits)], h)
		}
	}
	slices.SortStableFunc(r.hits, func(a, b hit) int { return b.when.Compare(a.when) })
	cmds := []tea.Cmd{awaitFound(msg.next)}
	if msg.done {
		r.left--
		if msg.where != "" && !slices.Contains(r.where, msg.where) {
			r.where = append(r.where[:len(r.where):len(r.where)], msg.where)
		}
		if msg.err != nil {
			cmds = append(cmds, fail(msg.err))
		}
	}
	l.results = &r
	return l.showHits(), tea.Batch(cmds...)
}

func (l listing) showHits() listing {
	l.Model = l.SetEntries(l.results.entries())
	if l.results.left == 0 {
		l.Empty = "Nothing was found."
		if len(l.results.hits) > 0 {
			l.Empty = "Nothing is left of what was found."
		}
	}
	return l
}

// entries returns what is shown of the results.
func (r *results) entries() (list []mail.Entry) {
	for _, h := range r.hits {
		if _, off := r.off[h.id]; !off {
			list = append(list, mail.Entry{ID: h.id})
		}
	}
	return list
}

// takeOff takes messages off the results: a search is not asked again after each
// change, as a folder is.
func (l listing) takeOff(ids []mail.ID) listing {
	return l.setOff(func(off map[mail.ID]away) {
		for _, id := range ids {
			s, _ := l.Row(id)
			off[id] = away{s.Folder, l.results.looks.asked}
		}
	})
}

// putBack puts messages among the results again.
func (l listing) putBack(ids []mail.ID) listing {
	return l.setOff(func(off map[mail.ID]away) {
		for _, id := range ids {
			delete(off, id)
		}
	})
}

func (l listing) setOff(change func(map[mail.ID]away)) listing {
	if l.results == nil {
		return l
	}
	r := *l.results
	r.off = maps.Clone(r.off)
	change(r.off)
	l.results = &r
	return l.showHits()
}

type wentBack struct {
	number int // of the search
	n      int
	rows   []mail.Summary
}

// lookBack looks which messages that were taken off are where they were.
func (l listing) lookBack() (listing, tea.Cmd) {
	if l.results == nil || len(l.results.off) == 0 {
		return l, nil
	}
	r := *l.results
	w, n, ids := l.world, r.looks.ask(), slices.Collect(maps.Keys(r.off))
	l.results = &r
	return l, func() tea.Msg {
		rows, err := w.engine.Rows(w.ctx, ids)
		if err != nil {
			return failed{err}
		}
		return wentBack{r.number, n, rows}
	}
}

// wentBack shows those again.
func (l listing) wentBack(msg wentBack) listing {
	if l.results == nil || msg.number != l.results.number {
		return l
	}
	r := *l.results
	l.results = &r
	if !r.looks.take(msg.n) {
		return l
	}
	var ids []mail.ID
	for _, s := range msg.rows {
		if a := r.off[s.ID]; a.from != 0 && a.from == s.Folder && msg.n > a.look {
			ids = append(ids, s.ID)
		}
	}
	return l.putBack(ids)
}

func (r *results) title() string {
	s := "Search: " + safe.Line(r.text)
	switch {
	case r.left > 0:
		s += " …"
	case len(r.where) > 0:
		s += " (" + strings.Join(r.where, ", ") + ")"
	}
	return s
}

// stop leaves a search without showing anything else.
func (l listing) stop() listing {
	if l.results != nil {
		l.results.cancel()
		l.results = nil
	}
	return l
}
