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

// Watch calls changed with the mailbox whenever it may have changed, and with
// others of which the server tells, until ctx ends or the line breaks.
func (s *Source) Watch(ctx context.Context, mailbox string, changed func(mailbox string)) error {
	if _, err := s.reopen(ctx, mailbox, client.SelectOptions{}); err != nil {
		return err
	}
	s.listen(changed, mailbox)
	defer s.listen(nil, "")
	if err := s.notifyAll(ctx); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if err := s.rest(ctx); err != nil && ctx.Err() == nil {
			return s.fail("watch the mailbox "+mailbox, err)
		}
	}
	return ctx.Err()
}

// notifyAll has the server tell of all mailboxes, once, where it can.
func (s *Source) notifyAll(ctx context.Context) error {
	if s.notified || !s.c.Has("NOTIFY") {
		return nil
	}
	s.notified = true
	if err := s.c.NotifyAll(ctx); err != nil && !refused(err) {
		return s.fail("ask to be told of all mailboxes", err)
	}
	return nil
}

func (s *Source) listen(changed func(string), mailbox string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed, s.watched = changed, mailbox
}

// news tells of a mailbox, the one that is watched for the empty name.
func (s *Source) news(mailbox string) {
	s.mu.Lock()
	f := s.changed
	if mailbox == "" {
		mailbox = s.watched
	}
	s.mu.Unlock()
	if f != nil {
		f(mailbox)
	}
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
