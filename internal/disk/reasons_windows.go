package disk

import (
	"io/fs"
	"os"
	"syscall"
)

// A meaning is what an error of the system means.
type meaning struct {
	errno syscall.Errno
	means Reason
}

func reasons() []meaning {
	return []meaning{
		{4, TooManyFiles}, // ERROR_TOO_MANY_OPEN_FILES
		{19, ReadOnly},    // ERROR_WRITE_PROTECT
		{23, Failing},     // ERROR_CRC
		{39, Full},        // ERROR_HANDLE_DISK_FULL
		{112, Full},       // ERROR_DISK_FULL
		{1117, Failing},   // ERROR_IO_DEVICE
		{1295, Quota},     // ERROR_DISK_QUOTA_EXCEEDED
	}
}

// access asks whether a file can be written, without opening it.
func access(path string) error {
	i, err := os.Stat(path)
	if err == nil && !i.IsDir() && i.Mode().Perm()&0o200 == 0 {
		err = fs.ErrPermission
	}
	return err
}
