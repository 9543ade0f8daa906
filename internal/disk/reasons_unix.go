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

// access asks whether a file can be written, without opening it: that would cost
// this process the locks it has on it.
func access(path string) error {
	const w = 2
	return syscall.Access(path, w)
}
