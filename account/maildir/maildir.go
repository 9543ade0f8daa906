// Package maildir keeps mail in a Maildir: one file a message, in folders that
// other programs can read and write at the same time.
//
// A [Source] is one Maildir with its subfolders in the layout called Maildir++:
// the folder itself is INBOX, and beside its cur, new and tmp lie folders such as
// ".Lists.Go", whose name is Lists/Go here. Their names are in the modified UTF-7
// of IMAP (RFC 3501, section 5.1.3), as Dovecot and Courier write them.
//
// A message is written to tmp, synced, renamed into new or cur, and the folder is
// synced: at every moment it is there whole or not at all. What comes before ":2,"
// in the file's name never changes and is the message's UID; what comes after it
// are the flags. Nothing is locked, as the format has it: whatever was remembered
// of a folder is looked up anew when a file is no longer where it was.
//
// A message that was taken from a drop carries in its name, escaped but whole, the
// one that it was noted under before (earlier versions: its UIDL and a hash), so that
// it is known again even if nobody lived to note that it is here.
package maildir

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"posthorn/account"
	"posthorn/internal/atomicfile"
	"posthorn/internal/disk"
)

// A Source is a Maildir. It is used by one goroutine at a time; only Watch may
// run beside the other methods.
type Source struct {
	root  string
	boxes map[string]*box // by the folder on disk
	uidls uidls
	fault func(step string) error // set by tests, to fail or die at a step
	now   func() time.Time
}

// Open opens the Maildir in dir. It makes what is missing of it: the folder
// itself, and subfolders for sent mail, drafts, the archive, the trash and junk.
func Open(dir string) (*Source, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, failed("open the Maildir", err)
	}
	s := &Source{root: dir, boxes: make(map[string]*box), now: time.Now}
	if err := s.establish(); err != nil {
		return nil, failed("open the Maildir", err)
	}
	s.sweep()
	return s, nil
}

// Close forgets what is known of the Maildir.
func (s *Source) Close() error {
	clear(s.boxes)
	return nil
}

// establish makes the root and a folder for every role that has none.
func (s *Source) establish() error {
	if err := makeMaildir(s.root); err != nil {
		return err
	}
	dirs, err := s.dirs()
	if err != nil {
		return err
	}
	taken := roles(dirs)
	for _, r := range ownRoles {
		if _, ok := taken[r.role]; ok {
			continue
		}
		if err := makeMaildir(filepath.Join(s.root, dirName(r.names[0]))); err != nil {
			return err
		}
	}
	return atomicfile.SyncDir(s.root)
}

// makeMaildir makes a folder and its cur, new and tmp.
func makeMaildir(dir string) error {
	for _, sub := range []string{"tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	return atomicfile.SyncDir(dir)
}

// abandoned is the age at which a file in tmp is what a crash left behind.
const abandoned = 36 * time.Hour

// sweep removes what crashes left in tmp. What it cannot remove does no harm.
func (s *Source) sweep() {
	dirs, _ := s.dirs()
	for _, d := range dirs {
		tmp := filepath.Join(s.root, d, "tmp")
		entries, _ := os.ReadDir(tmp)
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && info.Mode().IsRegular() && s.now().Sub(info.ModTime()) > abandoned {
				os.Remove(filepath.Join(tmp, e.Name()))
			}
		}
	}
}

// failed wraps an error of the file system. A file or a folder that is not there
// is [account.NotFound].
func failed(op string, err error) error {
	var e *account.Error
	switch {
	case err == nil, errors.As(err, &e), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return &account.Error{Kind: account.NotFound, Op: op, Err: err}
	}
	return onDisk(op, err)
}

// onDisk wraps an error of the file system, with plain words and advice where the
// disk is the reason. One that the user can mend while nothing else has changed is
// worth another try.
func onDisk(op string, err error) *account.Error {
	err = disk.Explain("", err)
	e := &account.Error{Op: op, Err: err}
	var d *disk.Error
	if errors.As(err, &d) {
		e.Advice, e.Retry = d.Hint(), account.RetryLater
		if d.Reason == disk.NotAllowed {
			e.Kind, e.Retry = account.Denied, account.RetryByKind
		}
	}
	return e
}

// missing says that a mailbox or a message is not there.
func missing(op string, what any) error {
	return &account.Error{Kind: account.NotFound, Op: op, Err: fmt.Errorf("%v is not there", what)}
}
