package query

import (
	"strconv"
	"strings"

	"posthorn/mail"
)

// String writes a query as a person would type it. [Parse] reads it as the same
// query, but for quotation marks within a text, which cannot be typed.
func String(q mail.Query) string {
	switch q := q.(type) {
	case mail.And:
		return join(q, " ")
	case mail.Or:
		return join(q, " or ")
	case mail.Not:
		return negated(q.Query)
	case mail.Text:
		return textKey(q.Field) + quoted(q.Value, q.Field == mail.AnyText)
	case mail.Date:
		return [...]string{mail.Before: "before:", mail.Since: "since:", mail.On: "on:"}[q.Op] + q.Day.Format("2006-01-02")
	case mail.Size:
		if q.Larger {
			return "larger:" + size(q.Octets)
		}
		return "smaller:" + size(q.Octets)
	case mail.HasFlag:
		return flags(q.Flag)
	case mail.Keyword:
		return "tag:" + quoted(q.Name, false)
	case mail.HasAttachment:
		return "has:attachment"
	}
	return ""
}

// join writes terms side by side, in parentheses those that would come apart.
func join[T ~[]mail.Query](list T, with string) string {
	words := make([]string, len(list))
	for i, q := range list {
		words[i] = String(q)
		switch q := q.(type) {
		case mail.Or:
			words[i] = "(" + words[i] + ")"
		case mail.And:
			if with == " " || len(q) == 0 {
				words[i] = "(" + words[i] + ")"
			}
		}
	}
	return strings.Join(words, with)
}

func negated(q mail.Query) string {
	switch q := q.(type) {
	case mail.HasFlag:
		if q.Flag == mail.Seen {
			return "is:unread"
		}
	case mail.And, mail.Or:
		return "-(" + String(q) + ")"
	}
	return "-" + String(q)
}

func textKey(f mail.TextField) string {
	if f == mail.AnyText {
		return ""
	}
	for key, field := range textKeys() {
		if field == f {
			return key + ":"
		}
	}
	return ""
}

// quoted puts a text in quotes where it would be read as something else. Bare
// says that no key stands before it.
func quoted(s string, bare bool) string {
	s = strings.ReplaceAll(s, `"`, "")
	special := s == "" || strings.ContainsAny(s, " \t\n()")
	if bare {
		special = special || s[0] == '-' || strings.Contains(s, ":") || strings.EqualFold(s, "or") || strings.EqualFold(s, "not")
	}
	if special {
		return `"` + s + `"`
	}
	return s
}

func size(n int64) string {
	for _, u := range []struct {
		octets int64
		name   string
	}{{1 << 30, "G"}, {1 << 20, "M"}, {1 << 10, "k"}} {
		if n >= u.octets && n%u.octets == 0 {
			return strconv.FormatInt(n/u.octets, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// flags writes a term for each flag.
func flags(f mail.Flags) string {
	var terms []string
	for _, name := range f.Names() {
		if name == "seen" {
			name = "read"
		}
		terms = append(terms, "is:"+name)
	}
	return strings.Join(terms, " ")
}
