package query

import (
	"testing"
	"time"

	"posthorn/mail"
)

func TestSplit(t *testing.T) {
	for text, want := range map[string]struct{ ask, look string }{
		"":                            {"", ""},
		"word":                        {"word", ""},
		"has:attachment":              {"nothing", "has:attachment"},
		"-has:attachment":             {"nothing", "-has:attachment"},
		"word has:attachment":         {"word", "has:attachment"},
		"(word has:attachment) other": {"word other", "has:attachment"},
		"word (from:a or has:attachment) -is:read": {"word is:unread", "from:a or has:attachment"},
		"word or has:attachment":                   {"mixed", ""},
		"a (word or has:attachment)":               {"mixed", ""},
		"-(word has:attachment)":                   {"mixed", ""},
	} {
		q, err := Parse(text, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		ask, look, ok := Split(q)
		got := flat(ask)
		switch {
		case !ok:
			got = "mixed"
		case ask == nil:
			got = "nothing"
		}
		if got != want.ask || flat(look) != want.look {
			t.Errorf("%q: asked is %q, looked at %q", text, got, flat(look))
		}
	}
}

// flat writes a query without the parentheses around what stands side by side anyway.
func flat(q mail.Query) string {
	list, ok := q.(mail.And)
	if !ok {
		return String(q)
	}
	s := ""
	for _, part := range list {
		if s != "" {
			s += " "
		}
		s += flat(part)
	}
	return s
}
