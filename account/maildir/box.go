package maildir

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"posthorn/mail"
)

// A box is a mailbox: a folder with cur, new and tmp, and what is known of it.
type box struct {
	dir   string
	now   func() time.Time
	files files
	stamp stamp // of cur and new when files was read; zero: not to be relied upon

	// told is what the receiver of the last cursor knows.
	told   files
	cursor mail.Cursor
	shared bool // files may be in use as told, and is not to be written to
}

// files are the messages of a mailbox.
type files map[mail.UID]file

// A file is a message: where it lies.
type file struct {
	name  string // in cur or new
	isNew bool
	sum   uint64 // of the UID
}

// A stamp tells a folder from what it was before: when its cur and new were last
// written to.
type stamp struct{ cur, new int64 }

// coarse is a generous bound on how exact file systems are in telling the time of
// a change. Of a folder that changed so recently nothing can be concluded.
const coarse = 2 * time.Second

// box returns what is known of the mailbox in a folder on disk.
func (s *Source) box(dir string) *box {
	b := s.boxes[dir]
	if b == nil {
		b = &box{dir: filepath.Join(s.root, dir), now: s.now}
		s.boxes[dir] = b
	}
	return b
}

// open returns a mailbox by its name, looked at just now.
func (s *Source) open(op, mailbox string) (*box, error) {
	b, err := s.find(op, mailbox)
	if err != nil {
		return nil, err
	}
	return b, failed(op, b.look())
}

// find returns a mailbox by its name.
func (s *Source) find(op, mailbox string) (*box, error) {
	dir, err := s.dirOf(op, mailbox)
	if err != nil {
		return nil, err
	}
	return s.box(dir), nil
}

// sub returns the path of a file in cur, new or tmp.
func (b *box) sub(elem ...string) string {
	return filepath.Join(append([]string{b.dir}, elem...)...)
}

func (b *box) path(f file) string {
	if f.isNew {
		return b.sub("new", f.name)
	}
	return b.sub("cur", f.name)
}

func (b *box) stampNow() (stamp, error) {
	cur, err := os.Stat(b.sub("cur"))
	if err != nil {
		return stamp{}, err
	}
	fresh, err := os.Stat(b.sub("new"))
	if err != nil {
		return stamp{}, err
	}
	return stamp{cur.ModTime().UnixNano(), fresh.ModTime().UnixNano()}, nil
}

// settled reports whether a change after t would have given another stamp.
func (s stamp) settled(t time.Time) bool {
	return max(s.cur, s.new) < t.Add(-coarse).UnixNano()
}

// look reads the folder, unless it is as it was.
func (b *box) look() error {
	began := b.now()
	before, err := b.stampNow()
	if err != nil {
		return err
	}
	if b.files != nil && before == b.stamp {
		return nil
	}
	for range 5 {
		if err := b.read(); err != nil {
			return err
		}
		after, err := b.stampNow()
		if err != nil {
			return err
		}
		if after == before {
			break
		}
		// A file that is renamed while the folder is read may be missed.
		before, began = after, b.now()
	}
	b.stamp = stamp{}
	if before.settled(began) {
		b.stamp = before
	}
	return nil
}

// read lists the folder. It lists new before cur, the way files move.
func (b *box) read() error {
	list := make(files, len(b.files)+16)
	for _, sub := range []string{"new", "cur"} {
		names, err := listDir(b.sub(sub))
		if err != nil {
			return err
		}
		for _, name := range names {
			if strings.HasPrefix(name, ".") {
				continue
			}
			uid, _ := split(name)
			f := file{name: name, isNew: sub == "new", sum: b.files[uid].sum}
			if f.sum == 0 {
				f.sum = sum(uid)
			}
			if old := b.files[uid]; old.name == name {
				f.name = old.name // one copy is enough
			}
			list[uid] = f
		}
	}
	b.files, b.shared = list, false
	return nil
}

func listDir(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}

// sum stands for a UID in a cursor.
func sum(uid mail.UID) uint64 {
	h := sha256.Sum256([]byte(uid))
	return max(1, binary.BigEndian.Uint64(h[:]))
}

func (f file) letters() string {
	_, letters := split(f.name)
	return letters
}

func (f file) flags() mail.Flags { return flagsOf(f.letters()) }

func (list files) counts() mail.Counts {
	c := mail.Counts{Total: len(list)}
	for _, f := range list {
		if !f.flags().Has(mail.Seen) {
			c.Unread++
		}
	}
	return c
}

// set notes where a message lies now, without looking.
func (b *box) set(uid mail.UID, f file) {
	b.own()
	f.sum = sum(uid)
	b.files[uid] = f
}

// drop notes that a message is gone.
func (b *box) drop(uid mail.UID) {
	b.own()
	delete(b.files, uid)
}

func (b *box) own() {
	if b.shared {
		b.files, b.shared = maps.Clone(b.files), false
	}
	if b.files == nil {
		b.files = make(files)
	}
	b.stamp = stamp{}
}

// with calls do with a message's file. When the file is not where it was, do is
// called again with where it is now, and the error is [fs.ErrNotExist] only for a
// message that is gone.
func (b *box) with(uid mail.UID, do func(file) error) error {
	f, ok := b.files[uid]
	if ok {
		if err := do(f); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	b.stamp = stamp{}
	if err := b.look(); err != nil {
		return err
	}
	if f, ok = b.files[uid]; !ok {
		return &fs.PathError{Op: "find", Path: string(uid), Err: fs.ErrNotExist}
	}
	return do(f)
}
