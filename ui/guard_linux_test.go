package ui

import (
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"

	"posthorn/ui/panetest"
)

// guarded runs what may do no input or output on a thread of its own, which the
// system lets use no file, lock of a file, network or program: the whole test ends
// with SIGSYS and its stack where one is asked for. The thread ends with it.
func guarded(t *testing.T, do func()) {
	t.Helper()
	done := make(chan syscall.Errno)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread goes, and its filter with it
		if err := forbid(forbidden()); err != 0 {
			done <- err
			return
		}
		do()
		done <- 0
	}()
	if err := <-done; err != 0 {
		t.Skipf("the system cannot guard a thread here: %v", err)
	}
}

// forbidden are the calls that begin any use of a file, the network or a program.
// Without them nothing can be read or written but what is open, as the runtime's
// own pipes are.
func forbidden() []uint32 {
	list := []uint32{syscall.SYS_OPENAT, syscall.SYS_UNLINKAT, syscall.SYS_MKDIRAT, syscall.SYS_READLINKAT, syscall.SYS_FLOCK, syscall.SYS_FSYNC, syscall.SYS_FDATASYNC,
		syscall.SYS_PREAD64, syscall.SYS_PWRITE64, syscall.SYS_SOCKET, syscall.SYS_CONNECT, syscall.SYS_SENDTO, syscall.SYS_RECVFROM, syscall.SYS_EXECVE, syscall.SYS_GETDENTS64}
	switch runtime.GOARCH {
	case "amd64":
		return append(list, 262, 332) // newfstatat, statx
	case "arm64":
		return append(list, 79, 291)
	}
	return list
}

// forbid has each of some calls of this thread end the program.
func forbid(calls []uint32) syscall.Errno {
	const (
		setSeccomp, filterMode = 22, 2 // of prctl
		setNoNewPrivileges     = 38
		trap, allow            = 0x00030000, 0x7fff0000
	)
	load := syscall.SockFilter{Code: syscall.BPF_LD | syscall.BPF_W | syscall.BPF_ABS} // the number of the call
	program := []syscall.SockFilter{load}
	for _, n := range calls {
		program = append(program, syscall.SockFilter{Code: syscall.BPF_JMP | syscall.BPF_JEQ | syscall.BPF_K, K: n, Jf: 1}, syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: trap})
	}
	program = append(program, syscall.SockFilter{Code: syscall.BPF_RET | syscall.BPF_K, K: allow})
	filter := syscall.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if _, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, setNoNewPrivileges, 1, 0); err != 0 {
		return err
	}
	_, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, setSeccomp, filterMode, uintptr(unsafe.Pointer(&filter)))
	runtime.KeepAlive(program)
	return err
}

// No command's Update does input or output, nor does drawing what comes of it:
// neither by itself nor by asking the engine.
func TestNoInputOrOutput(t *testing.T) {
	_ = time.Now().Local().String() // has the time zone read before
	for _, before := range [][]string{{}, {"enter"}, {"left"}, {"c", "ann@example.org", "tab", "tab", "tab", "tab", "text"}, {"/", "clean", "enter"}, {"x", "j", "x"}} {
		t.Run(strings.Join(before, " "), func(t *testing.T) {
			play(t, 160, 50, func(s *session) {
				s.keys(before...)
				for _, c := range s.m.keys.Commands(s.m.place()) {
					s.guard(c.Name, func(m Model) (Model, tea.Cmd) { return m.run(m.actions[c.Name]) })
				}
			})
		})
	}
}

// guard does something to the model, answers what it may ask, and draws what comes
// of it, under guard. The session goes on as if nothing had been done.
func (s *session) guard(name string, do func(Model) (Model, tea.Cmd)) {
	s.t.Helper()
	m := s.m
	s.e.guarded(true)
	guarded(s.t, func() {
		m, _ = do(m)
		for _, msg := range []tea.Msg{nil, panetest.Key("enter"), panetest.Key("y")} {
			next, _ := m.Update(msg)
			m = next.(Model)
			_ = m.View()
		}
	})
	s.e.guarded(false)
	if asked := s.e.violations(); len(asked) > 0 {
		s.t.Fatalf("%s asks the engine for %v", name, asked)
	}
}
