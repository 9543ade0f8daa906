package query

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"posthorn/mail"
)

func now() time.Time { return time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC) }

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func any(s string) mail.Query { return mail.Text{Value: s} }

func TestParse(t *testing.T) {
	unread := mail.Not{Query: mail.HasFlag{Flag: mail.Seen}}
	for in, want := range map[string]mail.Query{
		"":                      mail.And{},
		"report":                any("report"),
		"annual report":         mail.And{any("annual"), any("report")},
		`"annual report"`:       any("annual report"),
		"from:ann":              mail.Text{Field: mail.FromField, Value: "ann"},
		`subject:"a b" is:new`:  mail.And{mail.Text{Field: mail.SubjectField, Value: "a b"}, unread},
		"a or b":                mail.Or{any("a"), any("b")},
		"a b or c":              mail.Or{mail.And{any("a"), any("b")}, any("c")},
		"a (b or c)":            mail.And{any("a"), mail.Or{any("b"), any("c")}},
		"-a not b":              mail.And{mail.Not{Query: any("a")}, mail.Not{Query: any("b")}},
		"-is:unread":            mail.Not{Query: unread},
		"before:2026-01-31":     mail.Date{Op: mail.Before, Day: day(2026, 1, 31)},
		"since:7d":              mail.Date{Op: mail.Since, Day: day(2026, 11, 16)},
		"on:yesterday":          mail.Date{Op: mail.On, Day: day(2026, 11, 22)},
		"larger:2M smaller:10k": mail.And{mail.Size{Larger: true, Octets: 2 << 20}, mail.Size{Octets: 10 << 10}},
		"has:attachment":        mail.HasAttachment{},
		"tag:todo":              mail.Keyword{Name: "todo"},
		"id:<a@b>":              mail.Text{Field: mail.MessageIDField, Value: "a@b"},
		`"or"`:                  any("or"),
		"10:30":                 any("10:30"),
		"well-known":            any("well-known"),
		"日本":                    any("日本"),
	} {
		got, err := Parse(in, now())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %#v, %v; want %#v", in, got, err, want)
		}
	}
}

func TestString(t *testing.T) {
	for _, s := range []string{
		"", "report", "annual report", `"annual report"`, "from:ann", `subject:"a b" is:unread`, "a or b", "a b or c", "a (b or c)", "(a b) c",
		"-a", "-(a b)", "-(a or b) c", "--a", "-is:unread", "before:2026-01-31", "since:2026-11-16 on:2026-11-22", "larger:2M smaller:10k",
		"larger:1500", "has:attachment", "tag:todo", "id:a@b", `"or"`, `"10:30"`, `"-x"`, `from:"a)"`, "is:read", "is:receipt-sent", "list:dev bcc:x",
	} {
		q, err := Parse(s, now())
		if err != nil {
			t.Errorf("Parse(%q): %v", s, err)
		} else if got := String(q); got != s {
			t.Errorf("String(Parse(%q)) = %q", s, got)
		}
	}
	if got := String(nil); got != "" {
		t.Errorf("String(nil) = %q", got)
	}
	if got, want := String(mail.HasFlag{Flag: mail.Seen | mail.Flagged}), "is:read is:starred"; got != want {
		t.Errorf("String of two flags = %q, want %q", got, want)
	}
}

// An error points at the word that is wrong.
func TestParseError(t *testing.T) {
	for in, at := range map[string]string{
		"a is:blue":     "is:blue",
		"a before:soon": "before:soon",
		"size:3":        "size:3",
		"(a":            "(",
		"a)":            ")",
		"a -":           "",
		"larger:big a":  "larger:big",
		"from: ann":     "from:",
		"x or":          "or",
		"has:wings":     "has:wings",
		"not":           "not",
	} {
		_, err := Parse(in, now())
		var e *Error
		if at == "" {
			continue
		}
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q) gives %v, want an error", in, err)
		} else if got := in[e.Pos : e.Pos+e.Len]; got != at {
			t.Errorf("Parse(%q) points at %q, want %q: %v", in, got, at, err)
		}
	}
}

func TestMatch(t *testing.T) {
	s := &mail.Summary{Size: 5000, Flags: mail.Seen, Keywords: []string{"Todo"}, Attachment: true, Received: day(2026, 11, 22),
		Envelope: mail.Envelope{Subject: "Annual Report", MessageID: "a@b", Date: day(2026, 11, 22),
			From: []mail.Address{{Name: "Ann Roe", Address: "ann@example.org"}}, To: []mail.Address{{Address: "ben@example.org"}}}}
	for in, want := range map[string]bool{
		"":                    true,
		"annual":              true,
		"from:roe":            true,
		"from:ben":            false,
		"to:ben is:read":      true,
		"is:unread":           false,
		"body:figures":        true,
		"-body:figures":       false,
		"subject:x or id:a@b": true,
		"tag:todo":            true,
		"since:2026-11-22":    true,
		"before:2026-11-22":   false,
		"on:yesterday":        true,
		"larger:4k":           true,
		"smaller:4k":          false,
		"has:attachment":      true,
	} {
		q, err := Parse(in, now())
		if err != nil {
			t.Fatal(err)
		}
		if got := Match(q, s, func() string { return "the figures" }); got != want {
			t.Errorf("%q matches: %v, want %v", in, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a (b or -c)", `from:"x`, strings.Repeat("(", 100), strings.Repeat("-", 100), "on:", "since:d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := Parse(s, now())
		var e *Error
		if errors.As(err, &e) && (e.Pos < 0 || e.Pos+e.Len > len(s)) {
			t.Errorf("Parse(%q) points at %d+%d", s, e.Pos, e.Len)
		}
		if err != nil || strings.Count(s, "(")+strings.Count(s, "-") > maxDepth/2 {
			return
		}
		again, err := Parse(String(q), now())
		if err != nil || !reflect.DeepEqual(again, q) {
			t.Errorf("%q is written as %q, which is %#v, %v; want %#v", s, String(q), again, err, q)
		}
	})
}
