package query

import (
	"slices"
	"strings"
	"time"

	"posthorn/mail"
)

// Match reports whether a message matches. Text is asked for the message's body
// only where the query looks into it.
func Match(q mail.Query, s *mail.Summary, text func() string) bool {
	switch q := q.(type) {
	case nil:
		return true
	case mail.And:
		return !slices.ContainsFunc(q, func(part mail.Query) bool { return !Match(part, s, text) })
	case mail.Or:
		return slices.ContainsFunc(q, func(part mail.Query) bool { return Match(part, s, text) })
	case mail.Not:
		return !Match(q.Query, s, text)
	case mail.Text:
		return matchText(q, s, text)
	case mail.Date:
		return matchDate(q, s.When())
	case mail.Size:
		if q.Larger {
			return s.Size > q.Octets
		}
		return s.Size < q.Octets
	case mail.HasFlag:
		return s.Flags.Has(q.Flag)
	case mail.Keyword:
		return slices.ContainsFunc(s.Keywords, func(k string) bool { return strings.EqualFold(k, q.Name) })
	case mail.HasAttachment:
		return s.Attachment
	}
	return false
}

func matchText(q mail.Text, s *mail.Summary, text func() string) bool {
	want := Fold(q.Value)
	in := func(h string) bool { return strings.Contains(Fold(h), want) }
	people := func(list []mail.Address) bool { return in(mail.FormatAddresses(list)) }
	switch q.Field {
	case mail.FromField:
		return people(s.From)
	case mail.ToField:
		return people(s.To)
	case mail.CcField:
		return people(s.Cc)
	case mail.BccField:
		return people(s.Bcc)
	case mail.SubjectField:
		return in(s.Subject)
	case mail.MessageIDField:
		return strings.EqualFold(s.MessageID, q.Value)
	case mail.BodyText:
		return in(text())
	case mail.AnyText:
		return in(s.Subject) || slices.ContainsFunc([][]mail.Address{s.From, s.To, s.Cc, s.Bcc, s.ReplyTo, s.Sender}, people) || in(text())
	}
	return false
}

func matchDate(q mail.Date, t time.Time) bool {
	y, m, d := t.Date()
	day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	switch q.Op {
	case mail.Before:
		return day.Before(q.Day)
	case mail.Since:
		return !day.Before(q.Day)
	}
	return day.Equal(q.Day)
}
