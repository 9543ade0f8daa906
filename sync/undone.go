package sync

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"posthorn/cache"
	"posthorn/mail"
)

// undone is what was taken back.
type undone struct {
	ids   map[mail.ID]bool
	where []string // the folders in which they lie now
}

// looked is how many messages are looked at for the folders that they lie in.
const looked = 100

// note notes which messages a step concerned that were still there.
func (u *undone) note(ctx context.Context, s step, done cache.Done) error {
	var ids []mail.ID
	for _, c := range done.Inverse {
		ids = append(ids, messages(c)...)
	}
	var folders []mail.FolderID
	switch c := s.change.(type) {
	case mail.Move:
		if len(ids) > 0 {
			folders = []mail.FolderID{c.To}
		}
	case mail.Expunge:
		ids = c.IDs
	default:
		rows, err := s.w.DB.Rows(ctx, ids[:min(len(ids), looked)])
		if err != nil {
			return err
		}
		for _, r := range rows {
			folders = append(folders, r.Folder)
		}
	}
	for _, id := range ids {
		u.ids[id] = true
	}
	slices.Sort(folders)
	for _, id := range slices.Compact(folders) {
		f, err := s.w.DB.Folder(ctx, id)
		if err != nil {
			return err
		}
		name := f.Name
		if f.Role == mail.Inbox {
			name = "the inbox"
		}
		if !slices.Contains(u.where, name) {
			u.where = append(u.where, name)
		}
	}
	return nil
}

// describe says what was taken back of a change.
func (u *undone) describe(of mail.Change) string {
	what := "1 message"
	if n := len(u.ids); n != 1 {
		what = fmt.Sprintf("%d messages", n)
	}
	where := strings.Join(u.where, ", ")
	if len(u.where) > 3 {
		where = fmt.Sprintf("%d folders", len(u.where))
	}
	switch c := of.(type) {
	case mail.Move:
		return fmt.Sprintf("took back the move of %s, now in %s", what, where)
	case mail.File:
		return fmt.Sprintf("took %s back from %s, now in %s", what, c.To, where)
	case mail.SetFlags:
		return fmt.Sprintf("took back the flags of %s in %s", what, where)
	case mail.Copy:
		return "took back the copy of " + what
	}
	return "took back what was done to " + what
}
