package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"posthorn/mail"
)

// What the user did is noted in the store with what takes it back, so it can be
// taken back after a restart as well.

// deeds numbers what the user does, by the time: the last has the highest number,
// also where several processes are at work.
type deeds struct{ last atomic.Int64 }

func (d *deeds) next() int64 {
	for {
		was := d.last.Load()
		now := max(time.Now().UnixNano(), was+1)
		if d.last.CompareAndSwap(was, now) {
			return now
		}
	}
}

// Words for deeds. What is filed is called by where it went.
const (
	deedMove   = "move"
	deedCopy   = "copy"
	deedFlags  = "flags"
	deedDelete = "delete"
	deedFile   = "file "
)

func deedOf(c mail.Change) string {
	switch c := c.(type) {
	case mail.Move:
		return deedMove
	case mail.Copy:
		return deedCopy
	case mail.SetFlags:
		return deedFlags
	case mail.Expunge:
		return deedDelete
	case mail.File:
		return deedFile + c.To.String()
	}
	return ""
}

// ErrNothingToUndo says that nothing was done that can be taken back.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// Undo takes back what [Engine.Do] did last to messages that are still there, and
// says what that was, and where they are. What the servers have not heard of is as
// if it had never been done. It fails with [ErrNothingToUndo] when nothing is left.
func (e *Engine) Undo(ctx context.Context) (string, error) {
	for {
		what, of, err := e.lastDeed(ctx)
		if err != nil {
			return "", err
		}
		if len(of) == 0 {
			return "", ErrNothingToUndo
		}
		var u undone
		for _, p := range of {
			if err := u.take(ctx, p.w, p.deed); err != nil {
				return "", err
			}
		}
		if u.messages > 0 {
			return u.describe(what), nil
		}
	}
}

// A part of a deed is what was done to messages of one account.
type part struct {
	w    *worker
	deed mail.Deed
}

// lastDeed returns what was done last, by account.
func (e *Engine) lastDeed(ctx context.Context) (what string, parts []part, err error) {
	for _, w := range e.workers {
		d, err := w.Store.LastDeed(ctx)
		if err != nil {
			return "", nil, err
		}
		switch {
		case d.Number == 0 || len(parts) > 0 && d.Number < parts[0].deed.Number:
			continue
		case len(parts) > 0 && d.Number > parts[0].deed.Number:
			parts = nil
		}
		what, parts = d.What, append(parts, part{w, d})
	}
	return what, parts, nil
}

// undone is what was taken back.
type undone struct {
	messages int
	where    []string // the folders in which they lie now
}

// looked is how many messages are looked at for the folders that they lie in.
const looked = 100

// take takes a part of a deed back.
func (u *undone) take(ctx context.Context, w *worker, d mail.Deed) error {
	ids, err := w.DB.Undo(ctx, d)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return nil
	}
	w.changed()
	u.messages += len(ids)
	rows, err := w.DB.Rows(ctx, ids[:min(len(ids), looked)])
	if err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	slices.SortStableFunc(rows, func(a, b mail.Summary) int { return cmp.Compare(a.Folder, b.Folder) })
	for _, r := range rows {
		name := r.FolderName
		if f, err := w.DB.Folder(ctx, r.Folder); err == nil && f.Role == mail.Inbox {
			name = "the inbox"
		}
		if !slices.Contains(u.where, name) {
			u.where = append(u.where, name)
		}
	}
	return nil
}

// describe says what was taken back.
func (u *undone) describe(what string) string {
	these := "1 message"
	if u.messages != 1 {
		these = fmt.Sprintf("%d messages", u.messages)
	}
	now, in := "", ""
	if where := strings.Join(u.where, ", "); len(u.where) > 3 {
		now, in = fmt.Sprintf(", now in %d folders", len(u.where)), fmt.Sprintf(" in %d folders", len(u.where))
	} else if where != "" {
		now, in = ", now in "+where, " in "+where
	}
	to, filed := strings.CutPrefix(what, deedFile)
	switch {
	case filed:
		return "took " + these + " back from " + to + now
	case what == deedMove:
		return "took back the move of " + these + now
	case what == deedFlags:
		return "took back the flags of " + these + in
	case what == deedCopy:
		return "took back the copy of " + these
	case what == deedDelete:
		return "took back the deletion of " + these + now
	}
	return "took back what was done to " + these
}
