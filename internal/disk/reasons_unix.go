//go:build !windows

package disk

import "syscall"

// A meaning is what an error of the system means.
type meaning struct {
	errno syscall.Errno
	means Reason
}

func reasons() []meaning {
	return []meaning{
		{syscall.ENOSPC, Full},
		{syscall.EDQUOT, Quota},
		{syscall.EROFS, ReadOnly},
		{syscall.EMFILE, TooManyFiles},
		{syscall.ENFILE, TooManyFiles},
		{syscall.EIO, Failing},
	}
}
