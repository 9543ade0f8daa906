package account

import (
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The system notices within half a minute that the other side of a line is dead,
// whether something was sent or not.
func TestDeadLine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	conn, err := Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: Plain}.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	get := func(level, option int) (n int) {
		t.Helper()
		var failed error
		err := raw.Control(func(fd uintptr) { n, failed = unix.GetsockoptInt(int(fd), level, option) })
		if err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		return n
	}
	const half = 30
	if get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) == 0 {
		t.Error("the system does not ask after the other side")
	}
	idle, again, count := get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL), get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT)
	if idle+again*count >= half || time.Duration(idle+again*count)*time.Second != deadAfter {
		t.Errorf("a line at rest is given up after %d + %d × %d seconds", idle, count, again)
	}
	if ms := get(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT); ms == 0 || ms >= half*1000 {
		t.Errorf("what is not acknowledged is waited for %d ms", ms)
	}
}
