//go:build !windows

package maildir

import (
	"errors"
	"syscall"
)

// infoMark stands between the unique part of a name and the flags.
const infoMark = ":2,"

func otherDevice(err error) bool { return errors.Is(err, syscall.EXDEV) }
