// Package disk says in plain words why files cannot be read or written, and what
// the user can do about it: a full disk is called that, whatever was being done.
package disk

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A Reason is what keeps files from being read or written.
type Reason uint8

// The reasons that have words of their own.
const (
	Full         Reason = iota + 1 // no space is left
	Quota                          // no space is left for this user
	ReadOnly                       // the file system can only be read
	NotAllowed                     // the file or the folder is someone else's
	TooManyFiles                   // of those that may be open at once
	Failing                        // the disk reports an error
)

// An Error is a file that could not be read or written for one of the reasons.
type Error struct {
	Reason Reason
	Path   string // the file, or the folder it was to be in; empty where nobody said it
	Err    error  // as the system told it
}

// Error returns the reason in plain words, instead of those of the system.
func (e *Error) Error() string {
	switch e.Reason {
	case Full:
		return "the disk is full"
	case Quota:
		return "the quota of the disk is used up"
	case ReadOnly:
		return "the file system is read-only"
	case NotAllowed:
		return "no permission for " + cmp.Or(e.Path, "a file")
	case TooManyFiles:
		return "too many files are open"
	default:
		return "the disk reports an error"
	}
}

// Unwrap returns the system's error.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns what the user can do about it.
func (e *Error) Hint() string {
	folder := cmp.Or(e.Folder(), "the folder")
	switch e.Reason {
	case Full, Quota:
		return "free some space in " + folder + ", then try again"
	case ReadOnly:
		return "have " + folder + " mounted for writing, then try again"
	case NotAllowed:
		return "check who owns " + folder + ", and who may read and write there"
	case TooManyFiles:
		return "close other programs, or allow more open files with ulimit -n"
	default:
		return "check the disk that holds " + folder + ", and copy what is on it while that is possible"
	}
}

// Folder returns the folder that could not be written to, if it is known.
func (e *Error) Folder() string {
	if e.Path == "" {
		return ""
	}
	if i, err := os.Stat(e.Path); err == nil && i.IsDir() {
		return e.Path
	}
	return filepath.Dir(e.Path)
}

// Explain returns an [Error] in the place of one that has a [Reason], and any
// other as it is. The path is that of the file as the user knows it, or of its
// folder; where it is empty, it is the one that the error of the system names.
func Explain(path string, err error) error {
	var e *Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	if r := reason(err); r != 0 {
		return &Error{r, cmp.Or(path, pathOf(err)), err}
	}
	return err
}

// pathOf returns the file that an error of the system is about.
func pathOf(err error) string {
	var one *fs.PathError
	var two *os.LinkError
	switch {
	case errors.As(err, &one):
		return one.Path
	case errors.As(err, &two):
		return two.New
	}
	return ""
}

// reason finds out why the system refused.
func reason(err error) Reason {
	for _, r := range reasons() {
		if errors.Is(err, r.errno) {
			return r.means
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return NotAllowed
	}
	return 0
}

// probed is how much Probe writes: more than SQLite ever asks for at once.
const probed = 64 << 10

// Probe tries whether the file at a path, or others in its folder, can be written,
// for those who were told only that something failed. The file itself is only
// looked at. Probe returns an [Error] where it finds the reason, and nil where it
// could write.
func Probe(path string) error {
	e := Error{Path: path}
	if err := access(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Explain(path, err)
	}
	f, err := os.CreateTemp(e.Folder(), ".tmp-")
	if err != nil {
		return Explain(e.Folder(), err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(make([]byte, probed))
	if err == nil {
		err = f.Sync()
	}
	return Explain(e.Folder(), errors.Join(err, f.Close()))
}
