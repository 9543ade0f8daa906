package ramdir

import "syscall"

// place is a file system in memory (tmpfs).
const place = "/dev/shm"

// free returns how much may be written there.
func free(dir string) uint64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0
	}
	return s.Bavail * uint64(s.Bsize)
}
