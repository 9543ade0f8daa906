package imap

import (
	"context"
	"errors"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// errUnasked says that IMAP has no words for a part of a query.
var errUnasked = errors.New("IMAP cannot be asked for attachments")

// Search asks the server for the messages that match.
func (s *Source) Search(ctx context.Context, mailbox string, q mail.Query) ([]mail.UID, uint32, error) {
	sel, err := s.open(ctx, mailbox)
	if err != nil {
		return nil, 0, err
	}
	keys, err := criteria(q)
	if err != nil {
		return nil, 0, s.fail("search in "+mailbox, err)
	}
	found, err := s.c.Search(ctx, keys...)
	if err != nil {
		return nil, 0, s.fail("search in "+mailbox, err)
	}
	uids := make([]mail.UID, len(found))
	for i, u := range found {
		uids[i] = uidOf(u)
	}
	return uids, sel.Validity, nil
}

// Headers fetches the headers of messages.
func (s *Source) Headers(ctx context.Context, mailbox string, uids []mail.UID) ([]mail.Header, error) {
	places := make([]mail.Place, len(uids))
	for i, u := range uids {
		places[i] = mail.Place{Mailbox: mailbox, UID: u}
	}
	numbers, err := s.at(ctx, places)
	if err != nil {
		return nil, err
	}
	var list []mail.Header
	w := &windows{c: s.c, items: headerItems, next: byUID(numbers), pace: headerPace()}
	err = w.all(ctx, func(fl *flight, _ error) error {
		list = append(list, fl.headers(true)...)
		return nil
	})
	return list, s.fail("fetch headers of "+mailbox, err)
}

// criteria compiles a query to keys that must all match.
func criteria(q mail.Query) ([]client.Key, error) {
	if list, ok := q.(mail.And); ok {
		return each(list)
	}
	k, err := criterion(q)
	return []client.Key{k}, err
}

func each(list []mail.Query) (keys []client.Key, err error) {
	for _, part := range list {
		k, err := criterion(part)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// criterion compiles a query to one key.
func criterion(q mail.Query) (client.Key, error) {
	switch q := q.(type) {
	case nil:
		return client.All(), nil
	case mail.And:
		keys, err := each(q)
		return client.All(keys...), err
	case mail.Or:
		keys, err := each(q)
		return client.Any(keys...), err
	case mail.Not:
		k, err := criterion(q.Query)
		return client.Not(k), err
	case mail.Text:
		return textKey(q), nil
	case mail.Date:
		return client.Sent(q.Op, q.Day), nil
	case mail.Size:
		if q.Larger {
			return client.Larger(q.Octets), nil
		}
		return client.Smaller(q.Octets), nil
	case mail.HasFlag:
		return client.Marked(q.Flag), nil
	case mail.Keyword:
		return client.Keyword(q.Name), nil
	}
	return client.Key{}, errUnasked
}

func textKey(q mail.Text) client.Key {
	switch q.Field {
	case mail.ListField:
		return client.Header("List-Id", q.Value)
	case mail.MessageIDField:
		return client.Header("Message-ID", q.Value)
	}
	return client.Holds(map[mail.TextField]client.Where{mail.AnyText: client.Anywhere, mail.BodyText: client.InBody, mail.FromField: client.InFrom,
		mail.ToField: client.InTo, mail.CcField: client.InCc, mail.BccField: client.InBcc, mail.SubjectField: client.InSubject}[q.Field], q.Value)
}
