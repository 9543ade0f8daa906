package disk

import "syscall"

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
