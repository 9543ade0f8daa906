package imap

import (
	"context"
	"time"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// Servers may hang up on who is idle for 30 minutes (RFC 9051, section 6.3.13);
// some routers forget a line much sooner.
const renewIdle = 9 * time.Minute

// pollWatch is how often a server without IDLE is asked.
const pollWatch = time.Minute

// Watch calls changed with the mailbox whenever it may have changed, and with
// others of which the server tells, until ctx ends or the line breaks. It begins with
// the mailbox if something happened there since a cursor, while nobody watched. With
// the empty name it is called when mailboxes were made, renamed or deleted.
func (s *Source) Watch(ctx context.Context, mailbox string, since mail.Cursor, changed func(mailbox string)) error {
	sel, err := s.reopen(ctx, mailbox, client.SelectOptions{})
	if err != nil {
		return err
	}
	s.listen(changed, mailbox)
	defer s.listen(nil, "")
	if s.missed(mailbox, sel, since) {
		changed(mailbox)
	}
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

// missed reports whether a mailbox that was opened just now is not as it was at a
// cursor. It says so once of each state: who cannot get a cursor there need not try
// for ever.
func (s *Source) missed(mailbox string, sel *client.Selected, since mail.Cursor) bool {
	is := client.Status{Messages: int(sel.Exists), UIDNext: sel.UIDNext, Validity: sel.Validity, ModSeq: sel.ModSeq}
	if changed, _ := s.compare(is, since); !changed || s.told.mailbox == mailbox && s.told.Status == is {
		return false
	}
	s.told = sighting{mailbox, is}
	return true
}

// A sighting is a mailbox as it was seen.
type sighting struct {
	mailbox string
	client.Status
}

// watching returns the mailbox that is watched.
func (s *Source) watching() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.watched
}

// news tells of a mailbox.
func (s *Source) news(mailbox string) {
	s.mu.Lock()
	f := s.changed
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
