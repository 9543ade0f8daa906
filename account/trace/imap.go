package trace

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// cut stands where something was left out.
const cut = "[cut]"

// imap is a dialogue of RFC 9051. Commands and responses may go on behind a
// literal; what is to be cut of them is decided at their beginning.
type imap struct {
	d         *Dialogue
	auth      string // the tag of the login that is going on
	out, back part
}

// A part is a command or a response as far as it has come.
type part struct {
	open  bool // it goes on behind a literal
	size  int64
	all   bool // nothing of it is shown
	texts bool // its quoted strings are not shown
}

func (x *imap) sent(l line) {
	if x.auth != "" && !x.out.open {
		x.d.client.say(cut)
		return
	}
	show := l.shown()
	if !x.out.open {
		tag, rest, _ := strings.Cut(l.head, " ")
		verb, args, _ := strings.Cut(rest, " ")
		verb = strings.ToUpper(verb)
		if verb == "UID" {
			name, _, _ := strings.Cut(args, " ")
			verb = strings.ToUpper(name)
		}
		x.out = part{all: verb == "LOGIN", texts: verb == "SEARCH" || verb == "SORT" || verb == "THREAD"}
		switch verb {
		case "LOGIN":
			show = tag + " LOGIN " + cut
		case "AUTHENTICATE":
			mechanism, initial, _ := strings.Cut(args, " ")
			if show = tag + " AUTHENTICATE " + mechanism; initial != "" {
				show += " " + cut
			}
			x.auth = tag
		}
	} else if x.out.all {
		show = cut
	}
	x.out.write(&x.d.client, show, l, literal(l.tail))
}

func (x *imap) received(l line) {
	n := int64(-1)
	show := l.shown()
	if !x.back.open {
		tag, rest, _ := strings.Cut(l.head, " ")
		word, _, _ := strings.Cut(strings.TrimLeft(rest, "0123456789 "), " ")
		x.back = part{texts: tag == "*" && strings.ToUpper(word) == "FETCH"}
		if tag == "*" && !words(word) {
			n = literal(l.tail)
		}
		switch {
		case x.auth == "":
		case strings.HasPrefix(l.head, "+"):
			show = "+ " + cut
		case tag == x.auth:
			x.auth = ""
		}
	} else {
		n = literal(l.tail)
	}
	x.back.write(&x.d.server, show, l, n)
}

// words reports whether a response is in words, at whose end nothing is
// announced.
func words(name string) bool {
	switch strings.ToUpper(name) {
	case "OK", "NO", "BAD", "BYE", "PREAUTH":
		return true
	}
	return false
}

// write writes a line of a command or a response, at whose end a literal of n
// octets is announced, or none for -1.
func (p *part) write(s *stream, show string, l line, n int64) {
	if p.texts {
		show = unquoted(show)
	}
	if p.open && !p.all {
		show = octets(p.size) + show
	}
	if n >= 0 && l.more > 0 {
		show += " " + announcement.FindString(l.tail)
	}
	p.open, p.size = n >= 0, n
	s.skip = max(n, 0)
	s.say(show)
}

var announcement = regexp.MustCompile(`\{(\d{1,18})\+?\}$`)

// literal returns the size of the literal that is announced at the end of a line,
// or -1.
func literal(end string) int64 {
	m := announcement.FindStringSubmatch(end)
	if m == nil {
		return -1
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// quoted is a string in quotes, also one whose end is not there, and the date
// that is no text of a message.
var quoted = regexp.MustCompile(`(?i)INTERNALDATE "[^"]{0,40}"|"(?:\\.|[^"\\])*(?:"|\\?$)`)

// unquoted puts lengths in the place of quoted strings.
func unquoted(s string) string {
	return quoted.ReplaceAllStringFunc(s, func(q string) string {
		if q[0] != '"' {
			return q
		}
		return fmt.Sprintf(`"%d octets"`, max(len(q)-2, 0))
	})
}
