//go:build !windows

package maildir

import (
	"errors"
	"os"
	"syscall"
)

// infoMark stands between the unique part of a name and the flags.
const infoMark = ":2,"

// syncDir makes what was renamed into or out of a folder survive a power cut.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func otherDevice(err error) bool { return errors.Is(err, syscall.EXDEV) }
