package maildir

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"posthorn/account"
	"posthorn/internal/atomicfile"
	"posthorn/mail"
)

// The steps of storing a message, in order. Tests fail or die before each.
const (
	stepCreate  = "create in tmp"
	stepWrite   = "write"
	stepSync    = "sync"
	stepClose   = "close"
	stepRename  = "rename"
	stepSyncDir = "sync folder"
	stepDone    = "return"
)

func (s *Source) at(step string) error {
	if s.fault == nil {
		return nil
	}
	return s.fault(step)
}

// store makes a message's file, and returns once it would survive a power cut. A
// file that is to be in new is only ever put there.
func (s *Source) store(b *box, f file, date time.Time, write func(io.Writer) error) error {
	if err := s.at(stepCreate); err != nil {
		return err
	}
	name, err := unique(s.now())
	if err != nil {
		return err
	}
	tmp := b.sub("tmp", string(name))
	if err := s.spool(tmp, date, write); err != nil {
		os.Remove(tmp)
		return err
	}
	if err := s.publish(b, f, tmp); err != nil {
		os.Remove(tmp)
		return err
	}
	if err := errors.Join(s.at(stepSyncDir), atomicfile.SyncDir(filepath.Dir(b.path(f)))); err != nil {
		return err
	}
	return s.at(stepDone)
}

// spool writes a file in tmp and syncs it.
func (s *Source) spool(tmp string, date time.Time, write func(io.Writer) error) error {
	w, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := errors.Join(s.at(stepWrite), write(w)); err != nil {
		return err
	}
	if err := errors.Join(s.at(stepSync), w.Sync()); err != nil {
		return err
	}
	if err := errors.Join(s.at(stepClose), w.Close()); err != nil {
		return err
	}
	if date.IsZero() {
		return nil
	}
	return os.Chtimes(tmp, date, date)
}

// publish renames a file out of tmp. It does not replace another.
func (s *Source) publish(b *box, f file, tmp string) error {
	if err := s.at(stepRename); err != nil {
		return err
	}
	path := b.path(f)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fs.ErrExist)
	}
	return os.Rename(tmp, path)
}

// Deliver stores a message in the inbox.
func (s *Source) Deliver(ctx context.Context, uidl string, write func(io.Writer) error) error {
	const op = "store a message that was fetched"
	if err := ctx.Err(); err != nil {
		return err
	}
	uid, err := s.name(uidl)
	if err != nil {
		return undelivered(op, err)
	}
	b := s.box(".")
	err = s.store(b, file{name: string(uid), isNew: true}, time.Time{}, write)
	b.stamp = stamp{}
	if err != nil {
		s.uidls.stamp = stamp{}
		return undelivered(op, err)
	}
	s.uidls.add(uidl, b)
	return nil
}

// undelivered wraps whatever kept a message from being stored. It is none of the
// kinds that say something of one message only.
func undelivered(op string, err error) error {
	var e *account.Error
	if errors.As(err, &e) || errors.Is(err, context.Canceled) {
		return err
	}
	failure := onDisk(op, err)
	failure.Kind, failure.Retry = account.Other, account.RetryByKind
	return failure
}

// Delivered reports whether a message with a UIDL lies in the Maildir, so that it
// would survive a power cut: who delivered it may have died before that. One that was
// moved out of the inbox since counts as well.
func (s *Source) Delivered(uidl string) (bool, error) {
	if uidl == "" {
		return false, nil
	}
	if err := s.uidls.load(s); err != nil {
		return false, failed("look for a message that was fetched", err)
	}
	if s.uidls.has[uidl] == 0 {
		return false, nil
	}
	b := s.box(".")
	err := errors.Join(s.at(stepSyncDir), atomicfile.SyncDir(b.sub("new")), atomicfile.SyncDir(b.sub("cur")))
	return err == nil, failed("look for a message that was fetched", err)
}

// name returns the name for a message with a UIDL. Where there are others with
// the same, or the name would be too long, it is still made so that uidls reads
// the UIDL from it.
func (s *Source) name(uidl string) (mail.UID, error) {
	if uidl == "" {
		return unique(s.now())
	}
	if err := s.uidls.load(s); err != nil {
		return "", err
	}
	uid, fits := uidlName(uidl)
	if !fits {
		return s.longName(uidl)
	}
	b := s.box(".")
	for n := s.uidls.has[uidl] + 1; ; n++ {
		if n > 1 {
			uid, _ = uidlName(uidl)
			uid += mail.UID(fmt.Sprintf("~%d", n))
		}
		if _, err := os.Lstat(b.sub("new", string(uid))); errors.Is(err, fs.ErrNotExist) {
			return uid, nil
		}
	}
}

// longUIDLs is the folder for UIDLs that are too long for a file name, each in a
// file that is named as the message is.
const longUIDLs = "uidl"

// longName makes up a name and keeps the UIDL in a file beside.
func (s *Source) longName(uidl string) (mail.UID, error) {
	uid, err := unique(s.now())
	if err != nil {
		return "", err
	}
	dir := filepath.Join(s.root, longUIDLs)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, string(uid))
	err = s.spool(path, time.Time{}, func(w io.Writer) error {
		_, err := io.WriteString(w, uidl)
		return err
	})
	if err != nil {
		os.Remove(path)
		return "", err
	}
	return uid, errors.Join(atomicfile.SyncDir(dir), atomicfile.SyncDir(s.root))
}

// uidls are the UIDLs that messages in the Maildir carry, and how many carry each.
type uidls struct {
	has   map[string]int
	stamp stamp // of the inbox
}

// load reads the names of all messages, unless the inbox is as it was.
func (u *uidls) load(s *Source) error {
	inbox := s.box(".")
	at, err := inbox.stampNow()
	if err != nil || u.has != nil && at == u.stamp {
		return err
	}
	dirs, err := s.dirs()
	if err != nil {
		return err
	}
	long, err := s.longUIDLs()
	if err != nil {
		return err
	}
	u.has = make(map[string]int)
	for _, d := range dirs {
		b := s.box(d)
		if err := b.look(); err != nil {
			return err
		}
		u.read(b.files, long)
	}
	u.stamp = at
	return nil
}

func (u *uidls) read(list files, long map[mail.UID]string) {
	for uid := range list {
		if id, ok := uidlOf(uid); ok {
			u.has[id]++
		} else if id, ok := long[uid]; ok {
			u.has[id]++
		}
	}
}

// add notes a message that was delivered just now. That does not count as a
// change of the inbox by someone else.
func (u *uidls) add(uidl string, inbox *box) {
	if u.has != nil {
		u.has[uidl]++
	}
	if at, err := inbox.stampNow(); err == nil {
		u.stamp = at
	}
}

// longUIDLs reads the UIDLs that are kept in files, by the names of messages.
func (s *Source) longUIDLs() (map[mail.UID]string, error) {
	dir := filepath.Join(s.root, longUIDLs)
	names, err := listDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	list := make(map[mail.UID]string, len(names))
	for _, n := range names {
		b, err := os.ReadFile(filepath.Join(dir, n))
		if err != nil {
			return nil, err
		}
		list[mail.UID(n)] = string(b)
	}
	return list, nil
}

// writeLF writes a message with LF for CRLF.
func writeLF(w io.Writer, raw []byte) error {
	_, err := w.Write(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")))
	return err
}
