package maildir

import (
	"errors"
	"syscall"
)

// infoMark stands between the unique part of a name and the flags. A colon
// cannot be in a file name here.
const infoMark = ";2,"

const (
	errorNotSameDevice = syscall.Errno(17)
	errorDiskFull      = syscall.Errno(112)
)

func diskFull(err error) bool { return errors.Is(err, errorDiskFull) }

func otherDevice(err error) bool { return errors.Is(err, errorNotSameDevice) }
