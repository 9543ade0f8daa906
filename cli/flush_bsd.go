//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package cli

import "golang.org/x/sys/unix"

// flushInput throws away what was typed. Where that fails, it stays.
func flushInput(fd uintptr) {
	const reading = 1 // FREAD of sys/fcntl.h
	unix.IoctlSetPointerInt(int(fd), unix.TIOCFLUSH, reading)
}
