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
