package maildir

import (
	"context"
	"path/filepath"

	"github.com/fsnotify/fsnotify"

	"posthorn/mail"
)

// Watch calls changed with the mailbox whenever a file comes into it, goes, or is renamed,
// by whatever program, and at first, for what happened before. Several changes at once
// may be told as one.
func (s *Source) Watch(ctx context.Context, mailbox string, _ mail.Cursor, changed func(string)) error {
	op := "watch folder " + mailbox
	dir, err := s.dirOf(op, mailbox)
	if err != nil {
		return err
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return failed(op, err)
	}
	defer w.Close()
	for _, sub := range []string{"cur", "new"} {
		if err := w.Add(filepath.Join(s.root, dir, sub)); err != nil {
			return failed(op, err)
		}
	}
	changed(mailbox)
	return failed(op, listen(ctx, w, func() { changed(mailbox) }))
}

func listen(ctx context.Context, w *fsnotify.Watcher, changed func()) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case ev, ok := <-w.Events:
			if !ok {
				return fsnotify.ErrClosed
			}
			if ev.Op&(fsnotify.Create|fsnotify.Rename|fsnotify.Remove) != 0 {
				drain(w)
				changed()
			}
		case err, ok := <-w.Errors:
			if !ok {
				return fsnotify.ErrClosed
			}
			if err != fsnotify.ErrEventOverflow {
				return err
			}
			changed()
		}
	}
}

// drain drops the events that are there already: they are told as one.
func drain(w *fsnotify.Watcher) {
	for range 1000 {
		select {
		case <-w.Events:
		default:
			return
		}
	}
}
