package client

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"posthorn/mail"
)

// A Key is a search key with its arguments (RFC 9051, section 6.4.4). All that this
// package makes are one key, in parentheses where they are made of several, so that
// they can stand within each other.
type Key struct{ args []any }

func key(args ...any) Key { return Key{args} }

// String returns a key as it is sent, but for texts that are sent as literals.
func (k Key) String() string {
	var b strings.Builder
	for i, a := range k.args {
		if i > 0 && k.args[i-1] != "(" && a != ")" {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, a)
	}
	return b.String()
}

// All matches what all keys match: everything if there are none.
func All(keys ...Key) Key {
	switch len(keys) {
	case 0:
		return key("ALL")
	case 1:
		return keys[0]
	}
	return key(slices.Concat([]any{"("}, arguments(keys), []any{")"})...)
}

// Any matches what any of the keys matches. OR takes two, so they are nested.
func Any(keys ...Key) Key {
	switch len(keys) {
	case 0:
		return Not(All())
	case 1:
		return keys[0]
	}
	return key(slices.Concat([]any{"OR"}, keys[0].args, Any(keys[1:]...).args)...)
}

// Not matches what a key does not.
func Not(k Key) Key { return key(slices.Concat([]any{"NOT"}, k.args)...) }

// Where a text is looked for.
type Where string

// The places of a text, of those that are no header field by their name.
const (
	Anywhere  Where = "TEXT"
	InBody    Where = "BODY"
	InFrom    Where = "FROM"
	InTo      Where = "TO"
	InCc      Where = "CC"
	InBcc     Where = "BCC"
	InSubject Where = "SUBJECT"
)

// Holds matches messages with a text.
func Holds(w Where, text string) Key { return key(string(w), Quoted(text)) }

// Header matches messages with a text in a header field.
func Header(name, text string) Key { return key("HEADER", name, Quoted(text)) }

// Sent matches by the day in the Date field.
func Sent(op mail.DateOp, day time.Time) Key {
	return key([...]string{mail.Before: "SENTBEFORE", mail.Since: "SENTSINCE", mail.On: "SENTON"}[op], day.Format("2-Jan-2006"))
}

// Larger matches messages of more octets.
func Larger(octets int64) Key { return key("LARGER", strconv.FormatInt(octets, 10)) }

// Smaller matches messages of fewer octets.
func Smaller(octets int64) Key { return key("SMALLER", strconv.FormatInt(octets, 10)) }

// Unseen matches messages that were not read.
func Unseen() Key { return key("UNSEEN") }

// Marked matches messages that have all of some flags.
func Marked(flags mail.Flags) Key {
	var keys []Key
	for _, name := range FlagNames(flags) {
		if system, ok := strings.CutPrefix(name, `\`); ok {
			keys = append(keys, key(strings.ToUpper(system)))
		} else {
			keys = append(keys, Keyword(name))
		}
	}
	return All(keys...)
}

// Keyword matches messages with a keyword. What no keyword can hold stands there as _.
func Keyword(name string) Key {
	name = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\]`, r) {
			return '_'
		}
		return r
	}, name)
	if name == "" {
		name = "_"
	}
	return key("KEYWORD", name)
}

// UIDs matches messages by their UIDs.
func UIDs(set imap.UIDSet) Key { return key("UID", set) }

// UIDRange matches messages from a UID to another. 0 stands for that of the last
// message, also where that is smaller.
func UIDRange(first, last uint32) Key {
	var set imap.UIDSet
	set.AddRange(imap.UID(first), imap.UID(last))
	return UIDs(set)
}

func arguments(keys []Key) (args []any) {
	for _, k := range keys {
		args = append(args, k.args...)
	}
	return args
}

// searchArgs returns the arguments of a SEARCH that has all of some keys, and is to
// return something where the server can be told.
func (c *Client) searchArgs(result string, keys []Key) []any {
	if len(keys) == 0 {
		keys = []Key{All()}
	}
	args := arguments(keys)
	literal := func(a any) bool { _, is := a.(Literal); return is } // Quoted makes one of what is not ASCII
	if slices.ContainsFunc(args, literal) && !c.UTF8() {
		args = slices.Insert(args, 0, any("CHARSET UTF-8"))
	}
	if c.Has("ESEARCH") || c.Has("IMAP4REV2") { // RFC 4731
		args = slices.Insert(args, 0, any("RETURN ("+result+")"))
	}
	return args
}
