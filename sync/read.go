package sync

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"posthorn/mail"
)

// Folders returns the folders of an account, or of all for the empty name.
func (e *Engine) Folders(ctx context.Context, account string) ([]mail.Folder, error) {
	if account != "" {
		w, err := e.named(account)
		if err != nil {
			return nil, err
		}
		return w.DB.Folders(ctx)
	}
	var all []mail.Folder
	for _, w := range e.workers {
		list, err := w.DB.Folders(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// Rows returns messages as a list shows them, in the order of their ids. Those
// that are not there any more are left out.
func (e *Engine) Rows(ctx context.Context, ids []mail.ID) ([]mail.Summary, error) {
	order, parts, err := e.bySlot(ids)
	if err != nil {
		return nil, err
	}
	if len(order) == 1 {
		return order[0].DB.Rows(ctx, ids)
	}
	byID := make(map[mail.ID]mail.Summary, len(ids))
	for _, w := range order {
		rows, err := w.DB.Rows(ctx, parts[w])
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			byID[r.ID] = r
		}
	}
	rows := make([]mail.Summary, 0, len(ids))
	for _, id := range ids {
		if r, ok := byID[id]; ok {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// Entries returns the places of a list, all for limit 0. A view of all accounts
// together is in one order; conversations do not cross accounts.
func (e *Engine) Entries(ctx context.Context, v mail.View, limit int) ([]mail.Entry, error) {
	w, err := e.viewed(v)
	if err != nil {
		return nil, err
	}
	if w != nil {
		return w.DB.Entries(ctx, v, limit)
	}
	var blocks []block
	for _, w := range e.workers {
		entries, err := w.DB.Entries(ctx, v, limit)
		if err != nil {
			return nil, err
		}
		more, err := w.blocks(ctx, entries)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, more...)
	}
	slices.SortStableFunc(blocks, order(v.Sort))
	return join(blocks, limit), nil
}

// viewed returns the worker of the one account that a view shows, or nil.
func (e *Engine) viewed(v mail.View) (*worker, error) {
	switch {
	case v.Folder != 0:
		return e.of(v.Folder.Slot())
	case v.Account != "":
		return e.named(v.Account)
	case len(e.workers) == 1:
		return e.workers[0], nil
	}
	return nil, nil
}

// A block is what stays together in a list: a conversation, or one message. It
// is sorted by its first message, and by the newest of all.
type block struct {
	entries         []mail.Entry
	when            time.Time
	sender, subject string
	size            int64
}

// rowsAtOnce is how many rows are looked at in one step of a long list.
const rowsAtOnce = 2000

// blocks groups entries and finds out what they are sorted by.
func (w *worker) blocks(ctx context.Context, entries []mail.Entry) ([]block, error) {
	var list []block
	for chunk := range slices.Chunk(entries, rowsAtOnce) {
		ids := make([]mail.ID, len(chunk))
		for i, en := range chunk {
			ids[i] = en.ID
		}
		rows, err := w.DB.Rows(ctx, ids)
		if err != nil {
			return nil, err
		}
		byID := make(map[mail.ID]*mail.Summary, len(rows))
		for i := range rows {
			byID[rows[i].ID] = &rows[i]
		}
		for _, en := range chunk {
			if s := byID[en.ID]; s != nil {
				list = grow(list, en, s)
			}
		}
	}
	return list, nil
}

// grow adds an entry to the last block, if it belongs there, or begins one.
func grow(list []block, en mail.Entry, s *mail.Summary) []block {
	if n := len(list); n > 0 && en.Depth > 0 {
		b := &list[n-1]
		b.entries = append(b.entries, en)
		if s.When().After(b.when) {
			b.when = s.When()
		}
		return list
	}
	b := block{entries: []mail.Entry{en}, when: s.When(), subject: s.Subject, size: s.Size}
	if len(s.From) > 0 {
		b.sender = s.From[0].Display()
	}
	return append(list, b)
}

// order returns the comparison of a sort, newest first where nothing else
// decides.
func order(s mail.Sort) func(a, b block) int {
	newest := func(a, b block) int { return b.when.Compare(a.when) }
	fold := func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
	switch s {
	case mail.ByDateAscending:
		return func(a, b block) int { return a.when.Compare(b.when) }
	case mail.BySender:
		return func(a, b block) int { return cmp.Or(fold(a.sender, b.sender), newest(a, b)) }
	case mail.BySubject:
		return func(a, b block) int { return cmp.Or(fold(a.subject, b.subject), newest(a, b)) }
	case mail.BySize:
		return func(a, b block) int { return cmp.Or(cmp.Compare(b.size, a.size), newest(a, b)) }
	}
	return newest
}

// join lists the entries of blocks, at most limit of them unless that is 0.
func join(blocks []block, limit int) []mail.Entry {
	var list []mail.Entry
	for _, b := range blocks {
		list = append(list, b.entries...)
		if limit > 0 && len(list) >= limit {
			return list[:limit]
		}
	}
	return list
}
