package imap

import (
	"context"
	"strconv"
	"strings"
	"time"

	"posthorn/account/imap/client"
	"posthorn/mail"
)

// Search asks the server for the messages that match. What IMAP cannot ask for
// is looked for as near as it can.
func (s *Source) Search(ctx context.Context, mailbox string, q mail.Query) ([]mail.UID, uint32, error) {
	sel, err := s.open(ctx, mailbox)
	if err != nil {
		return nil, 0, err
	}
	args := criteria(q)
	if !ascii(args) && !s.c.UTF8() {
		args = append([]any{"CHARSET UTF-8"}, args...)
	}
	found, err := s.c.Search(ctx, args...)
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

func ascii(args []any) bool {
	for _, a := range args {
		if _, ok := a.(string); !ok {
			return false // a literal: Quoted makes one of what is not ASCII
		}
	}
	return true
}

// criteria compiles a query (RFC 9051, section 6.4.4).
func criteria(q mail.Query) []any {
	switch q := q.(type) {
	case mail.And:
		if len(q) == 0 {
			return []any{"ALL"}
		}
		var list []any
		for _, part := range q {
			list = append(list, criteria(part)...)
		}
		return list
	case mail.Or:
		return either(q)
	case mail.Not:
		return append([]any{"NOT"}, grouped(q.Query)...)
	case mail.Text:
		return textCriteria(q)
	case mail.Date:
		return []any{map[mail.DateOp]string{mail.Before: "SENTBEFORE", mail.Since: "SENTSINCE", mail.On: "SENTON"}[q.Op], searchDate(q.Day)}
	case mail.Size:
		if q.Larger {
			return []any{"LARGER", strconv.FormatInt(q.Octets, 10)}
		}
		return []any{"SMALLER", strconv.FormatInt(q.Octets, 10)}
	case mail.HasFlag:
		return flagCriteria(q.Flag)
	case mail.Keyword:
		return []any{"KEYWORD", keyword(q.Name)}
	case mail.HasAttachment:
		return []any{`OR HEADER Content-Type "multipart/mixed" HEADER Content-Disposition "attachment"`}
	}
	return []any{"ALL"}
}

func searchDate(t time.Time) string { return t.Format("2-Jan-2006") }

// grouped puts parentheses around what is more than one criterion.
func grouped(q mail.Query) []any {
	list := criteria(q)
	if _, ok := q.(mail.And); !ok || len(list) == 1 {
		return list
	}
	return append(append([]any{"("}, list...), ")")
}

// either nests what matches one or the other: OR takes two.
func either(q mail.Or) []any {
	switch len(q) {
	case 0:
		return []any{"NOT ALL"}
	case 1:
		return grouped(q[0])
	}
	return append(append([]any{"OR"}, grouped(q[0])...), grouped(q[1:])...)
}

func textCriteria(q mail.Text) []any {
	keys := map[mail.TextField]string{mail.AnyText: "TEXT", mail.BodyText: "BODY", mail.FromField: "FROM", mail.ToField: "TO", mail.CcField: "CC",
		mail.BccField: "BCC", mail.SubjectField: "SUBJECT", mail.ListField: "HEADER List-Id", mail.MessageIDField: "HEADER Message-ID"}
	return []any{keys[q.Field], client.Quoted(q.Value)}
}

func flagCriteria(f mail.Flags) []any {
	words := map[mail.Flags]string{mail.Seen: "SEEN", mail.Answered: "ANSWERED", mail.Flagged: "FLAGGED", mail.Deleted: "DELETED", mail.Draft: "DRAFT"}
	if w, ok := words[f]; ok {
		return []any{w}
	}
	return []any{"KEYWORD", client.FlagNames(f)[0]}
}

// keyword keeps to what an atom may be made of.
func keyword(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r) {
			return '_'
		}
		return r
	}, s)
	if s == "" {
		return "_"
	}
	return s
}
