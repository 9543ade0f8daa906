package setup

import (
	"context"
	"slices"
	"strings"

	"posthorn/account/discover"
)

// Find searches the servers of the address, and takes the best for the fields
// that were not given. Nothing found is no error; the error says why nothing can
// be.
func (s *Setup) Find(ctx context.Context) error {
	address := s.Get(Address)
	found, err := s.o.Finder.Find(ctx, address)
	if ctx.Err() != nil {
		return err // to be searched again
	}
	s.searched, s.found = address, found
	s.choose(found.Receiving, Incoming)
	s.choose(found.Sending, Outgoing)
	return err
}

// Candidates returns what was found for [Incoming] or [Outgoing], the best first.
func (s *Setup) Candidates(f Field) []discover.Service {
	if f == Incoming {
		return s.found.Receiving
	}
	return s.found.Sending
}

// Provider returns who runs the servers that were found, nil where that is none of
// the large ones, or where others were given.
func (s *Setup) Provider() *discover.Provider {
	if s.Found(Incoming) == "" {
		return nil
	}
	return s.found.Provider
}

// choose takes the best candidate for a server that was not given.
func (s *Setup) choose(list []discover.Service, f Field) {
	if s.values[f].text != "" && s.Found(f) == "" {
		return
	}
	i := slices.IndexFunc(list, func(c discover.Service) bool {
		given, is := s.values[Receive]
		return f == Outgoing || !is || given.text == string(c.Protocol)
	})
	if i >= 0 {
		s.take(list[i])
	}
}

// Choose takes one of the candidates.
func (s *Setup) Choose(c discover.Service) {
	s.take(c)
	s.changed(sideOf(c))
}

func sideOf(c discover.Service) Field {
	if c.Protocol == discover.SMTP {
		return Outgoing
	}
	return Incoming
}

func (s *Setup) take(c discover.Service) {
	fields := map[Field]string{Outgoing: c.Server.Addr(), OutgoingTLS: string(c.Server.TLS), OutgoingUser: c.User}
	if sideOf(c) == Incoming {
		fields = map[Field]string{Incoming: c.Server.Addr(), IncomingTLS: string(c.Server.TLS), IncomingUser: c.User, Receive: string(c.Protocol)}
	}
	for f, text := range fields {
		if v, given := s.values[f]; f == sideOf(c) || !given || v.found != "" {
			if strings.EqualFold(text, s.Get(Address)) && (f == IncomingUser || f == OutgoingUser) {
				delete(s.values, f) // it follows the address
				continue
			}
			s.values[f] = value{text, c.From}
		}
	}
}
