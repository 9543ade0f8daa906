package ui

import (
	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/ui/list"
	"posthorn/ui/search"
	"posthorn/ui/turn"
)

// A listing is the pane of messages, with what fills it: a folder, or what a
// search finds.
type listing struct {
	list.Model
	world
	view   mail.View
	search search.Model // where there is one, its results are shown in place of the folder

	places  turn.Turn // questions for the entries
	loading bool      // they are being read
	stale   bool      // they changed meanwhile
	renew   bool      // the rows in view are read again with them

	summaries turn.Turn // questions for rows
	asking    int       // the question for rows in view that waits for its answer; 0: none
	refused   bool      // it failed: it is asked again when something happens
}

type (
	entriesLoaded struct {
		n       int
		entries []mail.Entry
		partial bool
		err     error
	}
	rowsLoaded struct {
		n     int
		asked []mail.ID
		rows  []mail.Summary
		err   error
	}
)

// firstEntries is how much of a list is asked for first, so that a first screen
// is painted before a long list is read.
const firstEntries = 300

// open shows another list from its top.
func (l listing) open(v mail.View) (listing, tea.Cmd) {
	l.search = l.search.Stop()
	l.view = v
	l.Model = l.Reset()
	l.Empty = "Loading …"
	return l.relist()
}

// relist shows the list anew, as in another order.
func (l listing) relist() (listing, tea.Cmd) {
	l.places.Forget()
	l.stale = false
	return l.load(firstEntries)
}

// load reads the list on screen: with limit 0 all of it.
func (l listing) load(limit int) (listing, tea.Cmd) {
	l.loading = true
	w, n, view := l.world, l.places.Ask(), l.view
	return l, func() tea.Msg {
		entries, err := w.engine.Entries(w.ctx, view, limit)
		return entriesLoaded{n, entries, limit > 0 && len(entries) == limit, err}
	}
}

// loaded shows a list. Its first part is shown before the whole is there. Where it
// could not be read, what is shown stays.
func (l listing) loaded(msg entriesLoaded) (listing, tea.Cmd) {
	if !l.places.Take(msg.n) || l.search.On() {
		return l, nil
	}
	l.loading = false
	if msg.err != nil {
		if l.Len() == 0 {
			l.Empty = "The list could not be read."
		}
		return l, fail(msg.err)
	}
	l.Model = l.SetEntries(msg.entries)
	l.Empty = "No messages."
	var rows, entries tea.Cmd
	if l.renew {
		l.renew = false
		l, rows = l.ask(l.InView())
	}
	if msg.partial || l.stale {
		l.stale = false
		l, entries = l.load(0)
	}
	return l, tea.Batch(rows, entries)
}

// again reads the list and the rows in view once more; a list that is being read
// is read again afterwards.
func (l listing) again() (listing, tea.Cmd) {
	switch {
	case l.search.On():
		return l.ask(l.InView())
	case l.loading:
		l.stale, l.renew = true, true
		return l, nil
	}
	l.renew = true
	limit := 0
	if l.Len() < firstEntries/2 {
		limit = firstEntries
	}
	return l.load(limit)
}

// missing asks for rows that came into view.
func (l listing) missing() (listing, tea.Cmd) {
	if l.asking != 0 || l.refused {
		return l, nil
	}
	if ids := l.Missing(); len(ids) > 0 {
		return l.ask(ids)
	}
	return l, nil
}

func (l listing) ask(ids []mail.ID) (listing, tea.Cmd) {
	if len(ids) == 0 {
		return l, nil
	}
	w, n := l.world, l.summaries.Ask()
	l.asking, l.refused = n, false
	return l, func() tea.Msg {
		rows, err := w.engine.Rows(w.ctx, ids)
		return rowsLoaded{n, ids, rows, err}
	}
}

// tookRows takes rows; each knows by itself whether a later answer was there
// before.
func (l listing) tookRows(msg rowsLoaded) (listing, tea.Cmd) {
	if msg.n == l.asking {
		l.asking = 0
	}
	if msg.err != nil {
		l.refused = true
		return l, fail(msg.err)
	}
	l.Model = l.SetRows(msg.n, msg.asked, msg.rows)
	return l, nil
}

// toggleThreads shows conversations, or each message by itself.
func (l listing) toggleThreads() (listing, tea.Cmd) {
	l.view.Threads = !l.view.Threads
	return l.relist()
}

// filter shows only what fits a query; nil shows everything.
func (l listing) filter(q mail.Query) (listing, tea.Cmd) {
	l.view.Filter = q
	return l.relist()
}

// seek shows what a search finds, as it comes.
func (l listing) seek(text string, q mail.Query, scopes []search.Scope) (_ listing, cmd tea.Cmd) {
	l.Model = l.Reset()
	l.search, cmd = l.search.Begin(text, q, scopes)
	l.Empty = l.search.Empty()
	return l, cmd
}

// answered takes what a search says.
func (l listing) answered(msg search.Answer) (_ listing, cmd tea.Cmd) {
	l.search, cmd = l.search.Update(msg)
	return l.showFound(), cmd
}

func (l listing) showFound() listing {
	if l.search.On() {
		l.Model, l.Empty = l.SetEntries(l.search.Entries()), l.search.Empty()
	}
	return l
}

// takeOff takes messages off the results.
func (l listing) takeOff(ids []mail.ID) listing {
	l.search = l.search.TakeOff(ids, func(id mail.ID) mail.FolderID {
		s, _ := l.Row(id)
		return s.Folder
	})
	return l.showFound()
}

// putBack puts messages among the results again.
func (l listing) putBack(ids []mail.ID) listing {
	l.search = l.search.PutBack(ids)
	return l.showFound()
}
