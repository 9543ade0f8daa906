// Package query reads what a person types to search, and says it again.
//
//	report                 the word anywhere
//	"annual report"        the words together
//	from:ann to:ben cc: bcc: subject: body: list: id: tag:
//	before:2026-01-31 since:7d on:yesterday      also 2w, 3m, 1y, today
//	larger:1M smaller:10k
//	is:unread|read|starred|answered|forwarded|draft|junk     has:attachment
//	-from:ann   not from:ann   a or b   (a or b) c
//
// Terms side by side must all match.
package query

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"posthorn/mail"
)

// An Error points at the word that cannot be understood: its place and length
// in bytes.
type Error struct {
	Pos, Len int
	Msg      string
}

// Error returns what is wrong, in words.
func (e *Error) Error() string { return e.Msg }

// maxDepth bounds parentheses and negations within each other.
const maxDepth = 50

// Parse reads a query. An empty one matches everything. Errors are of type
// [*Error]. Days that are counted are counted from now.
func Parse(s string, now time.Time) (mail.Query, error) {
	p := parser{tokens: lex(s), now: now, end: len(s)}
	q, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.more() {
		t := p.tokens[p.i]
		return nil, &Error{t.pos, t.len, "there is a ) without its ("}
	}
	return q, nil
}

type token struct {
	pos, len int
	text     string
	quoted   bool // the text was in quotes, so it is no operator
	key      string
}

// lex splits a query into words, quoted texts and parentheses. A key and its
// value are one token.
func lex(s string) (list []token) {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			i++
		case c == '(' || c == ')':
			list = append(list, token{pos: i, len: 1, text: s[i : i+1]})
			i++
		case c == '-' && i+1 < len(s) && s[i+1] != ' ':
			list = append(list, token{pos: i, len: 1, text: "-"})
			i++
		default:
			t := word(s, i)
			list = append(list, t)
			i += t.len
		}
	}
	return list
}

// word reads one word, or key:value; the value may be quoted.
func word(s string, start int) token {
	t := token{pos: start}
	var b strings.Builder
	i := start
	for i < len(s) && !strings.ContainsRune(" \t\n()", rune(s[i])) {
		switch {
		case s[i] == '"':
			t.quoted = true
			i++
			for i < len(s) && s[i] != '"' {
				b.WriteByte(s[i])
				i++
			}
			i++
		case s[i] == ':' && t.key == "" && !t.quoted && b.Len() > 0 && isKey(b.String()):
			t.key = strings.ToLower(b.String())
			b.Reset()
			i++
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	t.len = min(i, len(s)) - start
	t.text = b.String()
	return t
}

func isKey(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return true
}

type parser struct {
	tokens []token
	i, end int
	now    time.Time
}

func (p *parser) more() bool { return p.i < len(p.tokens) }

// is reports whether the next token is a certain operator.
func (p *parser) is(op string) bool {
	if !p.more() {
		return false
	}
	t := p.tokens[p.i]
	return !t.quoted && t.key == "" && strings.EqualFold(t.text, op)
}

func (p *parser) or(depth int) (mail.Query, error) {
	if depth > maxDepth {
		return nil, &Error{0, p.end, "the query is nested too deeply"}
	}
	q, err := p.and(depth)
	if err != nil {
		return nil, err
	}
	list := mail.Or{q}
	for p.is("or") {
		at := p.tokens[p.i]
		p.i++
		if q, err = p.and(depth); err != nil {
			return nil, err
		}
		if empty(q) {
			return nil, &Error{at.pos, at.len, "there is nothing after or"}
		}
		list = append(list, q)
	}
	if len(list) == 1 {
		return list[0], nil
	}
	if empty(list[0]) {
		return nil, &Error{0, p.end, "there is nothing before or"}
	}
	return list, nil
}

func empty(q mail.Query) bool {
	a, ok := q.(mail.And)
	return q == nil || ok && len(a) == 0
}

func (p *parser) and(depth int) (mail.Query, error) {
	list := mail.And{}
	for p.more() && !p.is("or") && !p.is(")") {
		q, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	if len(list) == 1 {
		return list[0], nil
	}
	return list, nil
}

func (p *parser) not(depth int) (mail.Query, error) {
	if depth > maxDepth {
		return nil, &Error{0, p.end, "the query is nested too deeply"}
	}
	if !p.is("-") && !p.is("not") {
		return p.term(depth)
	}
	at := p.tokens[p.i]
	p.i++
	if !p.more() || p.is("or") || p.is(")") {
		return nil, &Error{at.pos, at.len, "there is nothing after " + at.text}
	}
	q, err := p.not(depth + 1)
	if err != nil {
		return nil, err
	}
	return mail.Not{Query: q}, nil
}

func (p *parser) term(depth int) (mail.Query, error) {
	t := p.tokens[p.i]
	p.i++
	if t.key == "" && !t.quoted && t.text == "(" {
		q, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.is(")") {
			return nil, &Error{t.pos, t.len, "this ( is never closed"}
		}
		p.i++
		return q, nil
	}
	if t.key == "" {
		return mail.Text{Field: mail.AnyText, Value: t.text}, nil
	}
	q, msg := p.keyed(t)
	if msg != "" {
		return nil, &Error{t.pos, t.len, msg}
	}
	return q, nil
}

// textKeys are the keys whose value is looked for in a field.
func textKeys() map[string]mail.TextField {
	return map[string]mail.TextField{
		"text": mail.AnyText, "body": mail.BodyText, "from": mail.FromField, "to": mail.ToField, "cc": mail.CcField,
		"bcc": mail.BccField, "subject": mail.SubjectField, "list": mail.ListField, "id": mail.MessageIDField,
	}
}

func flagWords() map[string]mail.Flags {
	return map[string]mail.Flags{
		"read": mail.Seen, "seen": mail.Seen, "starred": mail.Flagged, "flagged": mail.Flagged, "answered": mail.Answered,
		"replied": mail.Answered, "forwarded": mail.Forwarded, "draft": mail.Draft, "junk": mail.Junk, "deleted": mail.Deleted,
	}
}

// keyed makes the term of a key and its value, or says what is wrong with it.
func (p *parser) keyed(t token) (mail.Query, string) {
	if t.text == "" {
		return nil, t.key + ": wants a value"
	}
	if f, ok := textKeys()[t.key]; ok {
		if f == mail.MessageIDField {
			t.text = strings.Trim(t.text, "<>")
		}
		return mail.Text{Field: f, Value: t.text}, ""
	}
	switch t.key {
	case "before", "since", "after", "on":
		return p.date(t)
	case "larger", "smaller":
		n, ok := octets(t.text)
		if !ok {
			return nil, fmt.Sprintf("%q is not a size; write 300k or 2M", t.text)
		}
		return mail.Size{Larger: t.key == "larger", Octets: n}, ""
	case "is":
		return isTerm(strings.ToLower(t.text))
	case "has":
		switch strings.ToLower(t.text) {
		case "attachment", "attachments":
			return mail.HasAttachment{}, ""
		}
		return nil, "has: knows attachment only"
	case "tag":
		return mail.Keyword{Name: t.text}, ""
	}
	return nil, fmt.Sprintf("there is no key %q; put the text in quotes to search for it", t.key+":")
}

func isTerm(word string) (mail.Query, string) {
	if word == "unread" || word == "unseen" || word == "new" {
		return mail.Not{Query: mail.HasFlag{Flag: mail.Seen}}, ""
	}
	f, ok := flagWords()[word]
	if !ok {
		f, ok = mail.ParseFlag(word)
	}
	if ok {
		return mail.HasFlag{Flag: f}, ""
	}
	return nil, fmt.Sprintf("is: does not know %q; it knows unread, read, starred, answered, forwarded, draft, junk", word)
}

func (p *parser) date(t token) (mail.Query, string) {
	day, ok := p.day(strings.ToLower(t.text))
	if !ok {
		return nil, fmt.Sprintf("%q is not a date; write 2026-01-31, 7d, yesterday", t.text)
	}
	op := map[string]mail.DateOp{"before": mail.Before, "since": mail.Since, "after": mail.Since, "on": mail.On}[t.key]
	return mail.Date{Op: op, Day: day}, ""
}

// day reads a date, or counts back from today.
func (p *parser) day(s string) (time.Time, bool) {
	y, m, d := p.now.Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	switch s {
	case "today":
		return today, true
	case "yesterday":
		return today.AddDate(0, 0, -1), true
	}
	for _, layout := range []string{"2006-01-02", "2006-1-2", "2006/01/02", "2.1.2006", "2-Jan-2006", "2006-01", "2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil || n < 0 || n > 40000 {
		return time.Time{}, false
	}
	switch s[len(s)-1] {
	case 'd':
		return today.AddDate(0, 0, -n), true
	case 'w':
		return today.AddDate(0, 0, -7*n), true
	case 'm':
		return today.AddDate(0, -n, 0), true
	case 'y':
		return today.AddDate(-n, 0, 0), true
	}
	return time.Time{}, false
}

func octets(s string) (int64, bool) {
	s = strings.TrimSuffix(strings.ToLower(s), "b")
	unit := int64(1)
	if s != "" {
		switch s[len(s)-1] {
		case 'k':
			unit = 1 << 10
		case 'm':
			unit = 1 << 20
		case 'g':
			unit = 1 << 30
		}
	}
	if unit > 1 {
		s = s[:len(s)-1]
	}
	n, err := strconv.ParseInt(s, 10, 32)
	return n * unit, err == nil && n >= 0 && utf8.ValidString(s)
}
