// Package search is what a search has found so far: which messages, where it
// looked, and what was taken out of the results since. It shows no rows: the list
// does, with the places that [Model.Entries] returns.
package search

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/ui/turn"
)

// Help says how a query is written.
const Help = "words · from: to: subject: body: · before: since: on: (2026-01-31, 7d) · is:unread is:starred · has:attachment · -not · a or b"

// An Engine searches.
type Engine interface {
	// Rows returns those messages that there are.
	Rows(ctx context.Context, ids []mail.ID) ([]mail.Summary, error)
	// Search tells what it finds as it comes, and returns where it looked.
	Search(ctx context.Context, account string, folder mail.FolderID, q mail.Query, local bool, found func([]mail.ID)) (where string, err error)
}

// A Scope is where a search looks: a folder, or all of an account.
type Scope struct {
	Account string
	Folder  mail.FolderID
}

// Model holds one search, or none.
type Model struct {
	ctx    context.Context
	engine Engine

	on     bool
	number int // of the search
	text   string
	left   int      // scopes in which it still looks
	where  []string // where it looked
	hits   []hit    // the newest first
	seen   map[mail.ID]bool
	off    map[mail.ID]away // what was moved or deleted; it is not shown
	looks  turn.Turn        // questions whether it is there again
	cancel context.CancelFunc
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

// An Answer is a message for [Model.Update].
type Answer interface{ ofSearch() int }

type (
	found struct {
		number int
		hits   []hit
		where  string
		done   bool
		err    error
		next   <-chan found
	}
	wentBack struct {
		number int
		n      int
		rows   []mail.Summary
	}
)

func (f found) ofSearch() int    { return f.number }
func (w wentBack) ofSearch() int { return w.number }

// Failed says that a search failed somewhere. What it found elsewhere stays.
type Failed struct{ Err error }

func fail(err error) tea.Cmd { return func() tea.Msg { return Failed{err} } }

// New returns a model that searches nothing yet. Ctx ends all its searches.
func New(ctx context.Context, e Engine) Model { return Model{ctx: ctx, engine: e} }

// Begin searches, in place of what was searched before. Text is how the query was
// written.
func (m Model) Begin(text string, q mail.Query, scopes []Scope) (Model, tea.Cmd) {
	m = m.Stop()
	m.number++
	m.on, m.text, m.left, m.seen, m.off = true, text, len(scopes), map[mail.ID]bool{}, map[mail.ID]away{}
	var ctx context.Context
	ctx, m.cancel = context.WithCancel(m.ctx)
	var cmds []tea.Cmd
	for _, s := range scopes {
		cmds = append(cmds, m.look(ctx, s, q))
	}
	return m, tea.Batch(cmds...)
}

// Stop ends the search and forgets what it found.
func (m Model) Stop() Model {
	if m.on {
		m.cancel()
	}
	return Model{ctx: m.ctx, engine: m.engine, number: m.number}
}

// On reports whether there is a search.
func (m Model) On() bool { return m.on }

// Searching reports whether there is more to come.
func (m Model) Searching() bool { return m.left > 0 }

// Empty says why there is nothing to show.
func (m Model) Empty() string {
	switch {
	case m.left > 0:
		return "Searching …"
	case len(m.hits) > 0:
		return "Nothing is left of what was found."
	}
	return "Nothing was found."
}

// Title says what is searched for, and where it was.
func (m Model) Title() string {
	s := "Search: " + safe.Line(m.text)
	switch {
	case m.left > 0:
		s += " …"
	case len(m.where) > 0:
		s += " (" + strings.Join(m.where, ", ") + ")"
	}
	return s
}

// Entries returns the messages to show, the newest first.
func (m Model) Entries() (list []mail.Entry) {
	for _, h := range m.hits {
		if _, off := m.off[h.id]; !off {
			list = append(list, mail.Entry{ID: h.id})
		}
	}
	return list
}

// Update takes an [Answer]. One to another search changes nothing.
func (m Model) Update(msg tea.Msg) (Model, tea.Cmd) {
	a, ok := msg.(Answer)
	if !ok || !m.on || a.ofSearch() != m.number {
		return m, nil
	}
	switch a := a.(type) {
	case found:
		return m.found(a)
	case wentBack:
		return m.wentBack(a), nil
	}
	return m, nil
}

// look searches in one scope, and answers as results come.
func (m Model) look(ctx context.Context, s Scope, q mail.Query) tea.Cmd {
	answers := make(chan found)
	tell := func(f found) {
		f.number, f.next = m.number, answers
		select {
		case answers <- f:
		case <-ctx.Done():
		}
	}
	run := func() tea.Msg {
		defer close(answers)
		seen := map[mail.ID]bool{}
		var failure error
		where, err := m.engine.Search(ctx, s.Account, s.Folder, q, false, func(ids []mail.ID) {
			fresh := slices.DeleteFunc(slices.Clone(ids), func(id mail.ID) bool { return seen[id] })
			rows, err := m.engine.Rows(ctx, fresh)
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
		if err == nil {
			err = failure
		}
		tell(found{where: where, done: true, err: err})
		return nil
	}
	return tea.Batch(run, await(answers))
}

func await(answers <-chan found) tea.Cmd {
	return func() tea.Msg {
		f, ok := <-answers
		if !ok {
			return nil
		}
		return f
	}
}

// found adds results.
func (m Model) found(msg found) (Model, tea.Cmd) {
	m.seen = maps.Clone(m.seen)
	m.hits = slices.Clone(m.hits)
	for _, h := range msg.hits {
		if !m.seen[h.id] {
			m.seen[h.id] = true
			m.hits = append(m.hits, h)
		}
	}
	slices.SortStableFunc(m.hits, func(a, b hit) int { return b.when.Compare(a.when) })
	cmds := []tea.Cmd{await(msg.next)}
	if msg.done {
		m.left--
		if msg.where != "" && !slices.Contains(m.where, msg.where) {
			m.where = append(m.where[:len(m.where):len(m.where)], msg.where)
		}
		if msg.err != nil {
			cmds = append(cmds, fail(msg.err))
		}
	}
	return m, tea.Batch(cmds...)
}
