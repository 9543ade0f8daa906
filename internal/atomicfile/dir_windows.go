package atomicfile

import (
	"errors"
	"syscall"
)

// SyncDir makes what was created, renamed or removed in a folder survive a power
// cut. It does nothing where the system or the file system cannot sync a folder.
func SyncDir(string) error { return nil }

const errorSharingViolation = syscall.Errno(32)

// inUse reports whether another program keeps a file from being replaced.
func inUse(err error) bool {
	return errors.Is(err, errorSharingViolation) || errors.Is(err, syscall.ERROR_ACCESS_DENIED)
}
