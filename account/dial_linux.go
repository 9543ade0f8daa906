package account

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// giveUp has the system end a connection whose other side does not acknowledge what
// it was sent. Without it that takes a quarter of an hour.
func giveUp(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		// An old kernel that refuses it costs time and nothing else.
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unanswered.Milliseconds()))
	})
}
