package maildir

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"posthorn/internal/atomicfile"
	"posthorn/mail"
)

// SetFlags renames the files of messages. A flag for which a Maildir has no
// letter is not kept.
func (s *Source) SetFlags(ctx context.Context, at []mail.Place, add, remove mail.Flags) error {
	return s.edit(ctx, "set flags", at, func(b *box, _ int, uid mail.UID, f file) error {
		letters := changed(f.letters(), add, remove)
		next := file{name: join(uid, letters)}
		if !f.isNew && next.name == f.name || f.isNew && letters == f.letters() {
			return nil
		}
		if err := os.Rename(b.path(f), b.path(next)); err != nil {
			return err
		}
		b.set(uid, next)
		return nil
	})
}

// Expunge removes the files of messages.
func (s *Source) Expunge(ctx context.Context, at []mail.Place) error {
	return s.edit(ctx, "delete messages", at, func(b *box, _ int, uid mail.UID, f file) error {
		if err := os.Remove(b.path(f)); err != nil {
			return err
		}
		b.drop(uid)
		return nil
	})
}

// edit does something with each message that is still there, and syncs the
// folder, after those that messages went to.
func (s *Source) edit(ctx context.Context, op string, at []mail.Place, do func(b *box, i int, uid mail.UID, f file) error, to ...*box) error {
	if len(at) == 0 {
		return nil
	}
	op += " in " + at[0].Mailbox
	b, err := s.open(op, at[0].Mailbox)
	if err != nil {
		return err
	}
	for i, p := range at {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, ok := b.files[p.UID]; !ok {
			continue
		}
		err := b.with(p.UID, func(f file) error { return do(b, i, p.UID, f) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return failed(op, err)
		}
	}
	for _, b := range append(to, b) {
		if err := errors.Join(atomicfile.SyncDir(b.sub("cur")), atomicfile.SyncDir(b.sub("new"))); err != nil {
			return failed(op, err)
		}
	}
	return nil
}

// Move renames the files of messages into another folder. They keep their UIDs,
// unless that folder has one of the same name.
func (s *Source) Move(ctx context.Context, at []mail.Place, to string) ([]mail.Place, error) {
	return s.transfer(ctx, "move messages", at, to, func(from, to *box, uid mail.UID, f file) (mail.UID, error) {
		target := uid
		if _, taken := to.files[uid]; taken {
			var err error
			if target, err = unique(s.now()); err != nil {
				return "", err
			}
		}
		next := file{name: join(target, f.letters()), isNew: f.isNew}
		if f.isNew {
			next.name = string(target)
		}
		err := os.Rename(from.path(f), to.path(next))
		if otherDevice(err) {
			if err = s.duplicate(from.path(f), to, next); err == nil {
				err = os.Remove(from.path(f))
			}
		}
		if err != nil {
			return "", err
		}
		to.set(target, next)
		from.drop(uid)
		return target, nil
	})
}

// Copy copies messages into another folder.
func (s *Source) Copy(ctx context.Context, at []mail.Place, to string) ([]mail.Place, error) {
	return s.transfer(ctx, "copy messages", at, to, func(from, to *box, uid mail.UID, f file) (mail.UID, error) {
		target, err := unique(s.now())
		if err != nil {
			return "", err
		}
		next := file{name: join(target, f.letters())}
		if err := s.duplicate(from.path(f), to, next); err != nil {
			return "", err
		}
		to.set(target, next)
		return target, nil
	})
}

// transfer brings messages into another folder and says where they lie then.
func (s *Source) transfer(ctx context.Context, op string, at []mail.Place, to string,
	one func(from, to *box, uid mail.UID, f file) (mail.UID, error)) ([]mail.Place, error) {
	target, err := s.open(op, to)
	if err != nil {
		return nil, err
	}
	moved := make([]mail.Place, len(at))
	for i := range moved {
		moved[i].Mailbox = to
	}
	err = s.edit(ctx, op, at, func(from *box, i int, uid mail.UID, f file) error {
		if from == target && op == "move messages" {
			moved[i].UID = uid
			return nil
		}
		next, err := one(from, target, uid, f)
		moved[i].UID = next
		return err
	}, target)
	return moved, err
}

// duplicate copies a message file into a folder, with its time.
func (s *Source) duplicate(path string, to *box, as file) error {
	src, err := os.Open(path)
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	return s.store(to, as, info.ModTime(), func(w io.Writer) error {
		_, err := io.Copy(w, src)
		return err
	})
}

// Append stores a message with flags. Its line ends become LF.
func (s *Source) Append(ctx context.Context, mailbox string, flags mail.Flags, date time.Time, raw []byte) (mail.Place, error) {
	op := "store a message in " + mailbox
	b, err := s.find(op, mailbox)
	if err != nil {
		return mail.Place{}, err
	}
	uid, err := unique(s.now())
	if err != nil {
		return mail.Place{}, failed(op, err)
	}
	f := file{name: join(uid, changed("", flags, 0))}
	err = s.store(b, f, date, func(w io.Writer) error { return writeLF(w, raw) })
	if err != nil {
		return mail.Place{}, failed(op, err)
	}
	b.stamp = stamp{}
	return mail.Place{Mailbox: mailbox, UID: uid}, nil
}
