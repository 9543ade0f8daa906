package safe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"posthorn/internal/disk"
)

// maxSameName bounds how many files of one name a folder is given.
const maxSameName = 10000

// WriteNew writes data to a file that did not exist, into a folder and nowhere else, and
// returns its path: the name, which anybody may have made up, goes through
// [FileName], and is numbered where it is taken. The folder is made where it is
// missing. Only the user can read the file. A disk that is full is an error of
// package disk.
func WriteNew(dir, name string, data io.Reader) (path string, err error) {
	defer func() { err = disk.Explain(dir, err) }()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	name = FileName(name)
	ext := filepath.Ext(name)
	for n := 1; n < maxSameName; n++ {
		path := filepath.Join(dir, name)
		if n > 1 {
			path = filepath.Join(dir, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), n, ext))
		}
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		_, err = io.Copy(f, data)
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(path) // half an attachment looks like a whole one
			return "", err
		}
		return path, nil
	}
	return "", fmt.Errorf("%s has too many files called %s", dir, name)
}
