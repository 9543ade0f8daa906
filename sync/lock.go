package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"

	"posthorn/internal/disk"
)

// errElsewhere says that another process is online for the account.
var errElsewhere = errors.New("another Posthorn is online for this account, and does the work")

// tick is how often another process's doings are looked for.
const tick = time.Second

// outboxPoll is how often it is looked whether another process put something
// into the outbox.
const outboxPoll = 2 * time.Second

// A lock makes sure that one process at a time works on an account. Its zero
// value, without a file, is always held.
type lock struct{ file *flock.Flock }

func newLock(path string) lock {
	if path == "" {
		return lock{}
	}
	return lock{flock.New(path, flock.SetPermissions(0o600))}
}

// hold takes the lock, and fails when another process has it.
func (l lock) hold() error {
	if l.file == nil || l.file.Locked() {
		return nil
	}
	ok, err := l.file.TryLock()
	if err != nil {
		return fmt.Errorf("lock the account: %w", disk.Explain(l.file.Path(), err))
	}
	if !ok {
		return errElsewhere
	}
	return nil
}

// release gives the lock back.
func (l lock) release() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// A gate lets one in at a time, and lets who waits give up.
type gate chan struct{}

func newGate() gate { return make(gate, 1) }

// enter waits until nobody is within, but not longer than ctx lasts.
func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// must enters in order to leave something in order, which nothing may keep from.
// Who is within stays for no longer than it takes to stop what ctx ended.
func (g gate) must() { g <- struct{}{} }

func (g gate) leave() { <-g }
