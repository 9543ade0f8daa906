package maildir

import (
	"errors"
	"syscall"
)

// infoMark stands between the unique part of a name and the flags. A colon
// cannot be in a file name here.
const infoMark = ";2,"

const errorNotSameDevice = syscall.Errno(17)

func otherDevice(err error) bool { return errors.Is(err, errorNotSameDevice) }
