package disk_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"posthorn/internal/disk"
	"posthorn/internal/disk/disktest"
)

func TestExplain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, c := range []struct {
		err  error
		want disk.Reason
		says string
		hint string
	}{
		{syscall.ENOSPC, disk.Full, "the disk is full", "free some space in " + dir + ", then try again"},
		{&fs.PathError{Op: "write", Path: path, Err: syscall.ENOSPC}, disk.Full, "the disk is full", "free some space in " + dir + ", then try again"},
		{fmt.Errorf("copy: %w", &os.LinkError{Op: "rename", Old: "a", New: path, Err: syscall.EDQUOT}), disk.Quota, "the quota of the disk is used up", "free some space in " + dir + ", then try again"},
		{errors.Join(errors.New("other"), os.NewSyscallError("open", syscall.EROFS)), disk.ReadOnly, "the file system is read-only", "have " + dir + " mounted for writing, then try again"},
		{&fs.PathError{Op: "open", Path: path, Err: syscall.EACCES}, disk.NotAllowed, "no permission for " + path, "check who owns " + dir + ", and who may read and write there"},
		{fs.ErrPermission, disk.NotAllowed, "no permission for " + path, "check who owns " + dir + ", and who may read and write there"},
		{syscall.EMFILE, disk.TooManyFiles, "too many files are open", "close other programs, or allow more open files with ulimit -n"},
		{syscall.ENFILE, disk.TooManyFiles, "too many files are open", "close other programs, or allow more open files with ulimit -n"},
		{syscall.EIO, disk.Failing, "the disk reports an error", "check the disk that holds " + dir + ", and copy what is on it while that is possible"},
	} {
		err := disk.Explain(path, c.err)
		var e *disk.Error
		if !errors.As(err, &e) || e.Reason != c.want || err.Error() != c.says || e.Hint() != c.hint || !errors.Is(err, c.err) {
			t.Errorf("%v is told as %#v: %v; %s", c.err, err, err, e.Hint())
		}
		wrapped := fmt.Errorf("try: %w", err)
		if again := disk.Explain("elsewhere", wrapped); again != wrapped {
			t.Errorf("%v is explained twice: %v", wrapped, again)
		}
	}
	for _, err := range []error{nil, errors.New("other"), fs.ErrNotExist, fs.ErrExist, syscall.EINVAL} {
		if got := disk.Explain(path, err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}

// Where the caller does not know the file, the error of the system may.
func TestPathOfTheSystem(t *testing.T) {
	for _, c := range []struct {
		err  error
		hint string
	}{
		{fmt.Errorf("store: %w", &fs.PathError{Op: "write", Path: "/none/tmp/file", Err: syscall.ENOSPC}), "free some space in /none/tmp, then try again"},
		{&os.LinkError{Op: "rename", Old: "/none/tmp/file", New: "/none/new/file", Err: syscall.ENOSPC}, "free some space in /none/new, then try again"},
		{syscall.ENOSPC, "free some space in the folder, then try again"},
	} {
		var e *disk.Error
		if errors.As(disk.Explain("", c.err), &e); e == nil || e.Hint() != c.hint {
			t.Errorf("%v: the hint is %q, want %q", c.err, e.Hint(), c.hint)
		}
	}
	says(t, disk.Explain("", fs.ErrPermission), "no permission for a file")
	says(t, disk.Explain("", &fs.PathError{Op: "open", Path: "/none/file", Err: syscall.EACCES}), "no permission for /none/file")
}

func says(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// A hint names the folder, whether the path is that of a file or of the folder.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "file")} {
		if got := (&disk.Error{Path: path}).Folder(); got != dir {
			t.Errorf("the folder of %s is %s", path, got)
		}
	}
}

func TestProbe(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "file")} {
		if err := disk.Probe(path); err != nil {
			t.Error(err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if err := disk.Probe(filepath.Join(dir, "none", "file")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestProbeFull(t *testing.T) {
	dir := disktest.Small(t, "1m")
	if err := disk.Probe(dir); err != nil {
		t.Fatal(err)
	}
	free := disktest.Fill(t, dir)
	err := disk.Probe(dir)
	var e *disk.Error
	if !errors.As(err, &e) || e.Reason != disk.Full || !strings.Contains(e.Hint(), dir) {
		t.Errorf("of a full disk it says %v", err)
	}
	free()
	if err := disk.Probe(dir); err != nil {
		t.Errorf("after space was made: %v", err)
	}
}
