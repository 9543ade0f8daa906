package carrier

import (
	"context"

	"posthorn/account"
	"posthorn/store"
)

// prove claims the note of a message that is proved to be the noted one without
// being retrieved again: it has its size and its header. It returns nil where there
// is none, or no proof.
func (s *session) prove(ctx context.Context, m account.Waiting) (*note, error) {
	list := s.candidates(m)
	if len(list) == 0 {
		return nil, nil
	}
	if n := list[0]; n.State == store.Incomplete && s.tells(m.UIDL) { // nothing is deleted for it
		n.claimed = true
		return n, nil
	}
	d, err := s.header(ctx, m)
	if err != nil || d == nil {
		return nil, err
	}
	n := alike(list, d.header())
	switch {
	case n == nil:
		s.mute = s.mute || s.tells(m.UIDL) // the server gave its UIDL to another message
		return nil, nil
	case !d.unique: // others may have the same
		return nil, nil
	}
	n.claimed = true
	return n, nil
}

// header returns the digest of a message's header, or nil where the server would
// not give it.
func (s *session) header(ctx context.Context, m account.Waiting) (*digest, error) {
	h, ok := s.Drop.(Topper)
	if !ok {
		return nil, nil
	}
	d := newDigest()
	err := h.Header(ctx, m, d)
	if refused(ctx, err) {
		return nil, nil
	}
	return d, err
}
