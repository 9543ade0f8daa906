package imap

import (
	"context"
	"errors"
	"slices"
	"strings"

	"posthorn/account/imap/client"
)

// Extensions are what is used of a server's capabilities where it offers them.
// Each can be turned off by its name.
func Extensions() []string {
	return []string{
		"COMPRESS=DEFLATE", "CONDSTORE", "ENABLE", "ESEARCH", "ID", "IDLE", "IMAP4REV2", "LIST-EXTENDED", "LIST-STATUS",
		"LITERAL+", "LITERAL-", "MOVE", "NOTIFY", "QRESYNC", "QUOTA", "SASL-IR", "SPECIAL-USE", "UIDPLUS", "UTF8=ACCEPT",
	}
}

// Offers returns which of the [Extensions] are used with this server, and which
// of them it does not offer or are turned off.
func (s *Source) Offers() (used, unused []string) {
	for _, name := range Extensions() {
		if s.c.Has(name) {
			used = append(used, name)
		} else {
			unused = append(unused, name)
		}
	}
	return used, unused
}

// introduce says who we are, without which some servers open no mailbox, and
// turns on what is of use.
func (s *Source) introduce(ctx context.Context) error {
	if s.c.Has("ID") {
		if _, err := s.c.ID(ctx, "posthorn"); err != nil { // whatever it answers
			return s.fail("say who we are", err)
		}
	}
	if err := s.compress(ctx); err != nil {
		return err
	}
	var want []string
	for _, name := range []string{"CONDSTORE", "QRESYNC", "UTF8=ACCEPT"} {
		if s.c.Has(name) {
			want = append(want, name)
		}
	}
	if len(want) == 0 || !s.c.Has("ENABLE") {
		return nil
	}
	enabling, err := s.c.Enable(ctx, want...)
	s.enabling = enabling
	return s.fail("turn on extensions", err)
}

// settle waits for what [Source.introduce] has begun, before mailboxes are
// named.
func (s *Source) settle(ctx context.Context) error {
	if s.enabling == nil {
		return nil
	}
	enabled, err := s.enabling.Wait(ctx)
	if err != nil && !refused(err) {
		return s.fail("turn on extensions", err)
	}
	s.enabling, s.qresync = nil, slices.Contains(enabled, "QRESYNC")
	return nil
}

// compress has the line compressed, unless it is none: towards this machine that
// costs more than it saves.
func (s *Source) compress(ctx context.Context) error {
	if !s.c.Has("COMPRESS=DEFLATE") || s.o.Server.Loopback() && !s.o.Compress {
		return nil
	}
	if err := s.c.Compress(ctx); err != nil && !refused(err) {
		return s.fail("compress the line", err)
	}
	return nil
}

// refused reports whether the server said no, and goes on.
func refused(err error) bool {
	var said *client.Error
	return errors.As(err, &said) && !strings.EqualFold(said.Kind, "BYE")
}
