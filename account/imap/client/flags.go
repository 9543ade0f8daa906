package client

import (
	"strings"

	"posthorn/mail"
)

// parseFlags reads a list of flags.
func parseFlags(r *Response) (flags mail.Flags, keywords []string) {
	r.list(func() {
		s := r.flag()
		if f := systemFlag(s); f != 0 {
			flags |= f
		} else if s != "" && !strings.EqualFold(s, `\Recent`) && s != `\*` {
			keywords = append(keywords, s)
		}
	})
	return flags, keywords
}

// flag reads a flag, whatever it is made of.
func (p *scanner) flag() string {
	if p.peek() == '"' {
		return p.quoted()
	}
	start := p.i
	for p.i < len(p.s) && p.s[p.i] != ' ' && p.s[p.i] != ')' {
		p.i++
	}
	return p.s[start:p.i]
}

func systemFlag(s string) mail.Flags {
	switch s {
	case `\Seen`:
		return mail.Seen
	case `\Answered`:
		return mail.Answered
	case `\Recent`:
		return 0
	}
	switch strings.ToLower(s) {
	case `\seen`:
		return mail.Seen
	case `\answered`:
		return mail.Answered
	case `\flagged`:
		return mail.Flagged
	case `\deleted`:
		return mail.Deleted
	case `\draft`:
		return mail.Draft
	case "$forwarded", "forwarded":
		return mail.Forwarded
	case "$junk", "junk":
		return mail.Junk
	case "$notjunk", "nonjunk", "notjunk":
		return mail.NotJunk
	case "$mdnsent":
		return mail.ReceiptSent
	}
	return 0
}

// FlagNames returns flags as IMAP writes them.
func FlagNames(f mail.Flags) []string {
	names := [...]string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, "$Forwarded", "$Junk", "$NotJunk", "$MDNSent"}
	var list []string
	for i, n := range names {
		if f&(1<<i) != 0 {
			list = append(list, n)
		}
	}
	return list
}

// flagList writes flags as a list.
func flagList(f mail.Flags) string { return "(" + strings.Join(FlagNames(f), " ") + ")" }
