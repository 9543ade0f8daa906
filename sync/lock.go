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

// A lock makes sure that one process at a time works on an account. It has more
// than one file where earlier versions lock another. Without any it is always
// held.
type lock []*flock.Flock

func newLock(paths []string) (l lock) {
	for _, p := range paths {
		l = append(l, flock.New(p, flock.SetPermissions(0o600)))
	}
	return l
}

// hold takes the lock, and fails when another process has it.
func (l lock) hold() error {
	for _, f := range l {
		if f.Locked() {
			continue
		}
		ok, err := f.TryLock()
		if err == nil && ok {
			continue
		}
		if err != nil {
			err = fmt.Errorf("lock the account: %w", disk.Explain(f.Path(), err))
		} else {
			err = errElsewhere
		}
		return errors.Join(err, l.release())
	}
	return nil
}

// release gives the lock back.
func (l lock) release() error {
	var errs []error
	for _, f := range l {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
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
