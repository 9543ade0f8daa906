// Package list is the pane of messages. It holds places, not messages: it asks
// for the rows that are in view (see [Model.Missing]) and forgets others, so that
// a million messages cost what a screenful does.
package list

import (
	"slices"
	"time"

	"posthorn/mail"
	"posthorn/ui/cells"
	"posthorn/ui/theme"
)

// Model is the pane.
type Model struct {
	Theme   theme.Theme
	Measure cells.Measure
	Title   string
	Empty   string           // what is said where there is nothing
	To      bool             // show whom messages went to: in Sent and Drafts
	Mark    func(string) int // the colour of an account, where several are shown; nil: one account
	Flat    string           // why there are no conversations to fold; empty: there may be some
	Focused bool
	Now     func() time.Time

	all      []mail.Entry // before folding
	entries  []mail.Entry
	folded   map[mail.ThreadID]bool
	hidden   map[mail.ThreadID]int // answers that folding hides
	rows     map[mail.ID]row
	selected map[mail.ID]bool
	absent   int // those of them that are not in the list at present
	cursor   int
	top      int
	touched  bool // the user moved: the cursor stays on its message from then on
	w, h     int
}

// New returns an empty list.
func New(t theme.Theme) Model {
	return Model{Theme: t, Now: time.Now, rows: map[mail.ID]row{}, selected: map[mail.ID]bool{}, folded: map[mail.ThreadID]bool{}}
}

// SetSize gives the pane its size.
func (m Model) SetSize(w, h int) Model {
	m.w, m.h = w, h
	return m.follow()
}

// visible is how many rows fit below the title.
func (m Model) visible() int { return max(m.h-1, 1) }

// SetEntries shows other places. The cursor stays on its message, and on its row
// of the screen; where the message is gone, on what came into its place. What is
// selected stays so while it is away, as in a list of which only the beginning was
// read, but counts only where it can be seen.
func (m Model) SetEntries(all []mail.Entry) Model {
	m.all = all
	m.absent = len(m.selected)
	if m.absent > 0 {
		m.absent -= len(m.present())
	}
	return m.refold()
}

// present returns the selected messages that are in the list, in its order.
func (m Model) present() (ids []mail.ID) {
	for _, e := range m.all {
		if m.selected[e.ID] {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// refold computes what folding leaves.
func (m Model) refold() Model {
	before, had := m.Current()
	offset := m.cursor - m.top
	m.entries, m.hidden = m.all, nil
	if len(m.folded) > 0 {
		m.entries, m.hidden = make([]mail.Entry, 0, len(m.all)), map[mail.ThreadID]int{}
		for _, e := range m.all {
			if e.Depth > 0 && m.folded[e.Thread] {
				m.hidden[e.Thread]++
			} else {
				m.entries = append(m.entries, e)
			}
		}
	}
	if had {
		for i, e := range m.entries {
			if e.ID == before && m.touched {
				if m.top > 0 { // at the top, new mail is seen coming
					m.top = max(i-offset, 0)
				}
				m.cursor = i
				break
			}
		}
	}
	return m.follow()
}

// Reset shows another folder from its top.
func (m Model) Reset() Model {
	m.cursor, m.top, m.touched = 0, 0, false
	m.all, m.entries, m.hidden = nil, nil, nil
	m.absent = 0
	m.selected, m.folded = map[mail.ID]bool{}, map[mail.ThreadID]bool{}
	m.rows = map[mail.ID]row{}
	return m
}

// keepRows bounds the rows that are remembered.
const keepRows = 2000

// A row is what is known of a message. One that was asked for and is not there is
// known too, or it would be asked for again and again.
type row struct {
	mail.Summary
	here   bool
	answer int // the number of the answer that it came with
}

// SetRows takes the rows that there are of those that were asked for. What came
// with a later answer, by its number, stays.
func (m Model) SetRows(answer int, asked []mail.ID, rows []mail.Summary) Model {
	if len(m.rows) > keepRows {
		m.rows = map[mail.ID]row{}
	}
	set := func(id mail.ID, r row) {
		if r.answer >= m.rows[id].answer {
			m.rows[id] = r
		}
	}
	here := make(map[mail.ID]bool, len(rows))
	for _, r := range rows {
		here[r.ID] = true
		set(r.ID, row{r, true, answer})
	}
	for _, id := range asked {
		if !here[id] {
			set(id, row{answer: answer})
		}
	}
	return m
}

// InView returns the ids in view and a page around it.
func (m Model) InView() []mail.ID {
	from, to := max(m.top-m.visible(), 0), min(m.top+2*m.visible(), len(m.entries))
	ids := make([]mail.ID, 0, to-from)
	for _, e := range m.entries[min(from, to):to] {
		ids = append(ids, e.ID)
	}
	return ids
}

// Missing returns the ids in view whose rows are not there yet.
func (m Model) Missing() []mail.ID {
	for i := m.top; i < min(m.top+m.visible(), len(m.entries)); i++ {
		if _, ok := m.rows[m.entries[i].ID]; !ok {
			return m.InView()
		}
	}
	return nil
}

// Len returns how many places there are.
func (m Model) Len() int { return len(m.entries) }

// Current returns the message under the cursor.
func (m Model) Current() (mail.ID, bool) {
	if m.cursor < 0 || m.cursor >= len(m.entries) {
		return 0, false
	}
	return m.entries[m.cursor].ID, true
}

// Row returns what is known of a message.
func (m Model) Row(id mail.ID) (mail.Summary, bool) {
	r := m.rows[id]
	return r.Summary, r.here
}

// Chosen returns the selected messages, or the one under the cursor; where that
// stands for a folded conversation, all of it.
func (m Model) Chosen() []mail.ID {
	if m.Selected() > 0 {
		return m.present()
	}
	return m.under()
}

// under returns the messages that the row under the cursor stands for.
func (m Model) under() (ids []mail.ID) {
	id, ok := m.Current()
	if !ok {
		return nil
	}
	thread := m.entries[m.cursor].Thread
	if m.hidden[thread] == 0 {
		return []mail.ID{id}
	}
	for _, e := range m.all {
		if e.Thread == thread {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// Conversation returns the messages of the list that are in the conversation of
// one of them, in their order.
func (m Model) Conversation(id mail.ID) (ids []mail.ID) {
	i := slices.IndexFunc(m.all, func(e mail.Entry) bool { return e.ID == id })
	if i < 0 || m.all[i].Thread == 0 {
		return []mail.ID{id}
	}
	for _, e := range m.all {
		if e.Thread == m.all[i].Thread {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// Selected returns how many messages are selected.
func (m Model) Selected() int { return len(m.selected) - m.absent }

// ClearSelection selects nothing.
func (m Model) ClearSelection() Model {
	m.selected, m.absent = map[mail.ID]bool{}, 0
	return m
}

// follow keeps the cursor among the places, and the window around it.
func (m Model) follow() Model {
	m.cursor = max(min(m.cursor, len(m.entries)-1), 0)
	if m.cursor < m.top {
		m.top = m.cursor
	}
	if n := m.visible(); m.cursor >= m.top+n {
		m.top = m.cursor - n + 1
	}
	m.top = max(min(m.top, len(m.entries)-m.visible()), 0)
	return m
}

// MoveTo puts the cursor on a place.
func (m Model) MoveTo(i int) Model {
	m.cursor, m.touched = i, true
	return m.follow()
}

// Scroll moves the window, and the cursor with it where it must.
func (m Model) Scroll(n int) Model {
	m.touched = true
	m.top = max(min(m.top+n, len(m.entries)-m.visible()), 0)
	m.cursor = max(min(m.cursor, m.top+m.visible()-1), m.top)
	return m.follow()
}

// At returns the place on a line of the pane.
func (m Model) At(y int) (int, bool) {
	i := m.top + y - 1
	return i, y > 0 && y <= m.visible() && i < len(m.entries)
}

// Move moves the cursor by places.
func (m Model) Move(n int) Model { return m.MoveTo(m.cursor + n) }

// HalfPages moves the cursor by half pages.
func (m Model) HalfPages(n int) Model { return m.Move(n * max(m.visible()/2, 1)) }

// Top puts the cursor on the first place.
func (m Model) Top() Model { return m.MoveTo(0) }

// Bottom puts the cursor on the last place.
func (m Model) Bottom() Model { return m.MoveTo(len(m.entries) - 1) }

// Select selects what is under the cursor, or no longer, and goes on to the next.
func (m Model) Select() Model { return m.toggle().Move(1) }

// toggle selects what the row under the cursor stands for, or no longer.
func (m Model) toggle() Model {
	id, _ := m.Current()
	was := m.selected[id]
	for _, id := range m.under() {
		if was {
			delete(m.selected, id)
		} else {
			m.selected[id] = true
		}
	}
	return m
}

// SelectThread selects the conversation under the cursor.
func (m Model) SelectThread() Model {
	if m.Len() == 0 {
		return m
	}
	thread := m.entries[m.cursor].Thread
	if thread == 0 {
		return m.toggle()
	}
	for _, e := range m.all {
		if e.Thread == thread {
			m.selected[e.ID] = true
		}
	}
	return m
}

// SelectAll selects all messages; with some selected, none.
func (m Model) SelectAll() Model {
	if m.Selected() > 0 {
		return m.ClearSelection()
	}
	for _, e := range m.all {
		m.selected[e.ID] = true
	}
	return m
}

// Foldable reports whether the message under the cursor is of a conversation with
// answers.
func (m Model) Foldable() bool {
	if m.Len() == 0 || m.entries[m.cursor].Thread == 0 {
		return false
	}
	thread := m.entries[m.cursor].Thread
	return slices.ContainsFunc(m.all, func(e mail.Entry) bool { return e.Thread == thread && e.Depth > 0 })
}

// Fold hides or shows the answers of the conversation under the cursor. Where
// there are none nothing is noted, or one that comes later would not be seen.
func (m Model) Fold() Model {
	if !m.Foldable() {
		return m
	}
	thread := m.entries[m.cursor].Thread
	for m.cursor > 0 && m.entries[m.cursor].Depth > 0 {
		m.cursor--
	}
	if m.folded[thread] {
		delete(m.folded, thread)
	} else {
		m.folded[thread] = true
	}
	return m.refold()
}
