// Package carrier empties a drop, which is a POP3 server, into a mailroom, which
// is a Maildir, so that every message is in one of them at each moment and in the
// mailroom once at the end: whatever the server does, wherever the line or this
// program ends.
//
// For each message: it is retrieved; a note of it is made, which survives a power
// cut; it is delivered, so that it survives one too; it is deleted in the drop.
// QUIT makes the deletions final, and then the notes are forgotten. A note that is
// found at the beginning of a session was left by one that did not end well: what it
// says was about to be delivered is looked for in the mailroom (ledger.go).
//
// What is noted may still be in the drop, or may not, if it was the answer to QUIT
// that was lost. No UIDL alone can tell: servers reuse them, repeat them, or have
// none. So a message is deleted without being delivered again only if it is proved to
// be the noted one: by UIDL, size and header where the UIDL can be relied upon; by
// size and header where the header has a mark of its own; else it is retrieved again
// and compared whole. Each note stands for one message: of twins in the drop each
// is delivered.
//
// Whatever a server refuses for one message keeps no other from coming.
package carrier

import (
	"context"
	"errors"
	"io"

	"posthorn/account"
	"posthorn/store"
)

// A Drop is a place that mail waits in to be taken away: a POP3 server.
type Drop interface {
	// List returns what waits, oldest first.
	List(ctx context.Context) ([]account.Waiting, error)
	// Retrieve writes a waiting message to w, with line ends as LF, and
	// nothing but the message. The error is [account.Incomplete] when all came
	// that the server sent, and that is less than there is.
	Retrieve(ctx context.Context, m account.Waiting, w io.Writer) error
	// Delete marks a message for deletion.
	Delete(ctx context.Context, m account.Waiting) error
	// Quit ends the session and makes the deletions final. Close without Quit
	// takes them back.
	Quit(ctx context.Context) error
	Close() error
}

// A Topper is a Drop that gives the header of a message without the rest.
type Topper interface {
	// Header writes the header as Retrieve would, and perhaps more.
	Header(ctx context.Context, m account.Waiting, w io.Writer) error
}

// A Mailroom is where mail from a Drop is put: a Maildir.
type Mailroom interface {
	// Deliver stores what write writes as a new message in the inbox, under a
	// name, and returns once it would survive a power cut.
	Deliver(ctx context.Context, name string, write func(io.Writer) error) error
	// Delivered reports whether a message was delivered under a name and is
	// still there. It would survive a power cut then.
	Delivered(name string) (bool, error)
}

// Notes are kept durably: by [*store.Account].
type Notes interface {
	Deliveries(ctx context.Context) ([]store.Delivery, error)
	NoteDeliveries(ctx context.Context, list ...store.Delivery) error
	ForgetDeliveries(ctx context.Context, names ...string) error
}

// A Spool holds a message while it is on its way.
type Spool interface {
	io.Writer
	CopyTo(w io.Writer) error
	Close() error
}

// A Carrier empties a drop.
type Carrier struct {
	Drop     Drop
	Room     Mailroom
	Notes    Notes
	Spool    func() Spool       // returns an empty one
	Progress func(done, of int) // told how many messages were dealt with
}

// A Result is what came of a session.
type Result struct {
	Waiting   int     // messages that were in the drop
	Delivered int     // those that were new
	Left      []error // what is to be told of messages that stay in the drop
}

// Empty has one session with the drop, which it ends. The error says why the
// session ended early; what came before that was delivered.
func (c Carrier) Empty(ctx context.Context) (Result, error) {
	s := session{Carrier: c}
	err := s.run(ctx)
	s.result.Left = s.left.told()
	return s.result, err
}

// A session is one with a drop.
type session struct {
	Carrier
	ledger
	list    []account.Waiting
	again   []account.Waiting // came incomplete
	deleted []string          // names of the notes of what was deleted
	unread  bool              // the server would not give a message: it may be any that is noted
	left    leftovers
	result  Result
}

func (s *session) run(ctx context.Context) error {
	if err := s.settle(ctx, s.Notes, s.Room); err != nil {
		return err
	}
	var err error
	if s.list, err = s.Drop.List(ctx); err != nil {
		return err
	}
	s.result.Waiting = len(s.list)
	s.judge(s.list)
	s.left.toldShort = s.incompletes() >= always
	for i, m := range s.inOrder(s.list) {
		s.Progress(i, len(s.list))
		if err := s.one(ctx, m); err != nil {
			return s.stop(ctx, err)
		}
	}
	for _, m := range s.again {
		if err := s.once(ctx, m, true); err != nil {
			return s.stop(ctx, err)
		}
	}
	return s.finish(ctx)
}

// finish makes the deletions final. What was noted and is not in the drop any more
// is forgotten then, and so is what was noted and has gone from there meanwhile.
func (s *session) finish(ctx context.Context) error {
	if err := s.flush(ctx, s.Notes); err != nil {
		return err
	}
	if err := s.Drop.Quit(ctx); err != nil {
		return err
	}
	gone := append(s.deleted, s.gone(s.unread)...)
	if len(gone) == 0 {
		return nil
	}
	return s.Notes.ForgetDeliveries(ctx, gone...)
}

// stop ends a session early. What was deleted so far was delivered, so the
// deletions may become final, if the line still stands.
func (s *session) stop(ctx context.Context, err error) error {
	if account.ScopeOf(err) == account.AboutLine || ctx.Err() != nil {
		return errors.Join(err, s.flush(context.WithoutCancel(ctx), s.Notes))
	}
	s.unread = true // for what comes after it was not looked at
	return errors.Join(err, s.finish(ctx))
}

// one deals with a message of the drop.
func (s *session) one(ctx context.Context, m account.Waiting) error {
	n, err := s.prove(ctx, m)
	switch {
	case err != nil:
		return err
	case n == nil:
		return s.once(ctx, m, false)
	case n.State == store.Incomplete:
		return nil // it was told, and is left alone
	}
	return s.remove(ctx, m, n)
}

// once retrieves a message and deals with it. One that comes incomplete is
// retrieved once more, as the last.
func (s *session) once(ctx context.Context, m account.Waiting, last bool) error {
	b := s.Spool()
	defer b.Close()
	d := newDigest()
	err := s.Drop.Retrieve(ctx, m, io.MultiWriter(b, d))
	var short error
	switch {
	case err == nil:
	case account.KindOf(err) == account.Incomplete && !last:
		s.again = append(s.again, m)
		return nil
	case account.KindOf(err) == account.Incomplete:
		short = err
	case refused(ctx, err):
		s.unread = true
		s.left.refused(err)
		return nil
	default:
		return err
	}
	n, err := s.same(m, d, s.Room)
	if err != nil {
		return &deliveryError{err}
	}
	if n == nil {
		if n, err = s.take(ctx, m, d, b, short); err != nil {
			return err
		}
	} else if n.State == store.Incomplete {
		return nil // it was told before
	}
	if short != nil {
		s.left.incomplete(short)
		return nil
	}
	return s.remove(ctx, m, n)
}

// take delivers a message that is new.
func (s *session) take(ctx context.Context, m account.Waiting, d *digest, b Spool, short error) (*note, error) {
	n := &note{Delivery: store.Delivery{Name: newName(), UIDL: m.UIDL, Size: m.Size, Header: d.header(), Content: d.content()}}
	if err := s.flush(ctx, s.Notes, n); err != nil {
		return nil, &deliveryError{err}
	}
	write, state := b.CopyTo, store.Delivered
	if short != nil {
		write, state = func(w io.Writer) error { return errors.Join(mark(w, m, d), b.CopyTo(w)) }, store.Incomplete
	}
	if err := s.Room.Deliver(ctx, n.Name, write); err != nil {
		return nil, &deliveryError{err}
	}
	s.arrived(n, state)
	s.result.Delivered++
	s.left.whole(short == nil)
	return n, nil
}

// remove deletes a message that is delivered.
func (s *session) remove(ctx context.Context, m account.Waiting, n *note) error {
	err := s.Drop.Delete(ctx, m)
	if refused(ctx, err) {
		s.left.refused(err)
		return nil
	}
	if err == nil {
		s.deleted = append(s.deleted, n.Name)
	}
	return err
}

// refused reports whether an error is the server's word about one message, after
// which it can be asked for the next.
func refused(ctx context.Context, err error) bool {
	var e *account.Error
	return errors.As(err, &e) && ctx.Err() == nil && account.ScopeOf(err) != account.AboutLine
}

// A deliveryError is a failure on this side: the disk is full, perhaps.
type deliveryError struct{ err error }

func (e *deliveryError) Error() string { return e.err.Error() + "; it stays on the server" }
func (e *deliveryError) Unwrap() error { return e.err }
