package logfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/gofrs/flock"

	"posthorn/internal/disk"
)

// The bounds of what the log takes on disk: the file that is written to and the
// older ones, .1 the youngest of them.
const (
	maxSize = 2 << 20 // octets of a file, from which on it is renamed
	older   = 3       // files
	// A file that cannot be renamed may become so many times as large. One that
	// another process is about to rename is not given up as soon.
	muchTooLarge, farTooLarge = 2, 64
)

// A file is the log on disk. Several processes may write to it at once:
//
//   - each line is one write to a file opened for appending, so that lines of two
//     processes never mix;
//   - who rotates holds a lock, and looks again once it has it, so that two
//     processes do not rotate one after the other;
//   - before each line a writer looks whether the name still stands for its file.
//     A line that was on its way meanwhile lands in the file renamed to .1.
//
// A failure to write is told once, and the line is dropped: the program goes on.
type file struct {
	path  string
	size  int64 // octets after which it is rotated
	older int   // files that are kept beside it
	tell  func(error)

	mu   sync.Mutex
	f    *os.File
	info fs.FileInfo // of f
	torn bool        // the last line was not written whole
	told bool
}

// Write appends a line. It never fails.
func (l *file) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.append(line); err != nil && !l.told {
		l.told = true
		l.tell(fmt.Errorf("write the log: %w", disk.Explain(l.path, err)))
	}
	return len(line), nil
}

func (l *file) append(line []byte) error {
	size, err := l.current()
	if err != nil {
		return err
	}
	if size > 0 && size+int64(len(line)) > l.size {
		rotated := l.rotate()
		if size, err = l.current(); err != nil {
			return err
		}
		if rotated != nil && (size > muchTooLarge*l.size && !errors.Is(rotated, errBusy) || size > farTooLarge*l.size) {
			return fmt.Errorf("%s has %d octets and cannot be renamed: %w", l.path, size, rotated)
		}
	}
	if l.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := l.f.Write(line)
	l.torn = n < len(line) && (n > 0 || l.torn)
	return err
}

// current makes sure that f is the file of that name, and returns its size.
func (l *file) current() (int64, error) {
	info, err := os.Stat(l.path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s is not a file", l.path) // opening a pipe would wait for its reader
	case err == nil && l.f != nil && os.SameFile(info, l.info):
		return info.Size(), nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return 0, err
	}
	return l.open()
}

func (l *file) open() (int64, error) {
	l.close()
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, errors.Join(err, f.Close())
	}
	if info.Mode().Perm()&0o077 != 0 {
		f.Chmod(0o600)
	}
	l.f, l.info = f, info
	return info.Size(), nil
}

// errBusy says that another process is rotating.
var errBusy = errors.New("another process does that")

// rotate renames the file to .1, .1 to .2 and so on; the last one is overwritten.
func (l *file) rotate() error {
	lock := flock.New(l.path+".lock", flock.SetPermissions(0o600))
	defer lock.Close()
	if ok, err := lock.TryLock(); err != nil {
		return err
	} else if !ok {
		return errBusy
	}
	if info, err := os.Stat(l.path); err != nil || !os.SameFile(info, l.info) {
		return err // somebody else was faster
	}
	l.close() // some systems do not rename what is open
	for n := l.older; n > 0; n-- {
		err := os.Rename(name(l.path, n-1), name(l.path, n))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// name returns the name of the nth file, 0 being the one that is written to.
func name(path string, n int) string {
	if n == 0 {
		return path
	}
	return path + "." + strconv.Itoa(n)
}

func (l *file) close() error {
	if l.f == nil {
		return nil
	}
	err := l.f.Close()
	l.f, l.info = nil, nil
	return err
}

// Close closes the file. A line written afterwards opens it again.
func (l *file) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.close()
}
