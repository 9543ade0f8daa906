package imap

import (
	"context"

	"posthorn/mail"
)

// Quota returns how full the account is: of the limits on its inbox, the one
// that is nearest. It is zero where the server tells none.
func (s *Source) Quota(ctx context.Context) (mail.Quota, error) {
	if !s.c.Has("QUOTA") {
		return mail.Quota{}, nil
	}
	if err := s.settle(ctx); err != nil {
		return mail.Quota{}, err
	}
	list, err := s.c.Quota(ctx, "INBOX")
	if err != nil {
		if refused(err) { // not every mailbox has one
			err = nil
		}
		return mail.Quota{}, s.fail("ask for the quota", err)
	}
	var nearest mail.Quota
	for _, q := range list {
		m := mail.Quota{Used: q.Used, Limit: q.Limit}
		if q.Resource == "STORAGE" {
			m.Used, m.Limit = q.Used*1024, q.Limit*1024
		}
		if m.Percent() > nearest.Percent() || nearest.Limit == 0 {
			nearest = m
		}
	}
	return nearest, nil
}
