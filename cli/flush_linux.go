package cli

import "golang.org/x/sys/unix"

// flushInput throws away what was typed. Where that fails, it stays.
func flushInput(fd uintptr) { unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCIFLUSH) }
