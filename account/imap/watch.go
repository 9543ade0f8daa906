package imap

import (
	"context"
	"time"

	"posthorn/account/imap/client"
)

// Servers may hang up on who is idle for 30 minutes (RFC 9051, section 6.3.13);
// some routers forget a line much sooner.
const renewIdle = 9 * time.Minute

// pollWatch is how often a server without IDLE is asked.
const pollWatch = time.Minute

// Watch calls changed whenever the mailbox may have changed, until ctx ends or
// the line breaks.
func (s *Source) Watch(ctx context.Context, mailbox string, changed func()) error {
	if _, err := s.reopen(ctx, mailbox, client.SelectOptions{}); err != nil {
		return err
	}
	s.listen(changed)
	defer s.listen(nil)
	for ctx.Err() == nil {
		if err := s.rest(ctx); err != nil && ctx.Err() == nil {
			return s.fail("watch the mailbox "+mailbox, err)
		}
	}
	return ctx.Err()
}

func (s *Source) listen(changed func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = changed
}

// rest waits for news once.
func (s *Source) rest(ctx context.Context) error {
	if s.c.Has("IDLE") {
		return s.c.Idle(ctx, renewIdle)
	}
	t := time.NewTimer(pollWatch)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.c.Done(): // the line broke; asking says how
	case <-t.C:
	}
	return s.c.Noop(ctx)
}
