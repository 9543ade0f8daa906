// Package spoof tells names that pretend to be others: senders whose name is
// somebody else's address, hosts whose letters look like those of another, names
// whose letters are turned around, files whose name hides what they are.
//
// What it returns says in plain words what is wrong; it holds nothing but text
// that is safe to print.
package spoof

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"posthorn/mail"
	"posthorn/mail/safe"
)

// maxPeople bounds the addresses of one field that are looked at.
const maxPeople = 50

// Senders returns what is doubtful about those that a message says it is from,
// or that an answer would go to.
func Senders(e *mail.Envelope) (doubts []string) {
	add := func(list []mail.Address, what string) {
		for _, a := range list[:min(len(list), maxPeople)] {
			doubts = append(doubts, Address(a, what)...)
		}
	}
	add(e.From, "the sender")
	add(e.Sender, "who sent it")
	add(e.ReplyTo, "who gets an answer")
	return doubts
}

// Address returns what is doubtful about one address. Who is how the text names
// its owner.
func Address(a mail.Address, who string) (doubts []string) {
	address := safe.Truncate(safe.Line(a.Address), 60)
	if named := addressIn(a.Name); named != "" && !strings.Contains(strings.ToLower(a.Address), named) {
		doubts = append(doubts, fmt.Sprintf("the name of %s reads %s, but the address is %s", who, safe.Truncate(safe.Line(named), 60), address))
	}
	if turned(a.Name) || turned(a.Address) {
		doubts = append(doubts, fmt.Sprintf("the name of %s holds characters that turn the text around: %s", who, safe.Truncate(safe.Line(Visible(a.String())), 80)))
	}
	if why := Host(a.Domain()); why != "" {
		doubts = append(doubts, fmt.Sprintf("the address of %s, %s, %s", who, address, why))
	}
	return doubts
}

// addressIn returns what reads like a mail address in a name, in lower case.
func addressIn(name string) string {
	name = strings.ToLower(safe.Line(norm.NFKC.String(name[:min(len(name), 1000)]))) // full-width forms are others of the same letters
	for rest := name; ; {
		at := strings.IndexByte(rest, '@')
		if at < 0 {
			return ""
		}
		start := strings.LastIndexAny(rest[:at], " \"<([{'`,;:|/") + 1
		end := len(rest)
		if n := strings.IndexAny(rest[at:], " >\")]}',;:|/"); n >= 0 {
			end = at + n
		}
		if start < at && strings.Contains(strings.Trim(rest[at+1:end], "."), ".") {
			return strings.TrimRight(rest[start:end], ".")
		}
		rest = rest[at+1:]
	}
}

// Host returns why a host may not be what it looks like, as the end of a
// sentence about it; empty where there is no reason to think so.
func Host(host string) string {
	readable := readableHost(host)
	for label := range strings.SplitSeq(readable, ".") {
		switch scripts := scriptsOf(label); {
		case len(scripts) > 1:
			return "mixes letters of several alphabets: " + strings.Join(scripts, ", ")
		case len(scripts) == 1 && scripts[0] != "Latin" && looksLatin(label):
			return "is made of letters that look like others: they are " + scripts[0]
		}
	}
	return ""
}

// OtherForm returns the other form of an internationalized host in a URL, an
// address or a host on its own: the letters for one that is encoded, the code for
// one that is written in letters; empty where there is none. It is meant to be
// shown beside the host, never instead of it.
func OtherForm(s string) string {
	if len(s) > maxHost {
		return ""
	}
	host := hostIn(s)
	if isASCII(host) && !strings.Contains(strings.ToLower(host), "xn--") {
		return ""
	}
	convert := idna.ToASCII
	if isASCII(host) {
		convert = idna.ToUnicode
	}
	other, err := convert(strings.ToLower(host))
	if other = safe.Line(other); err != nil || other == host {
		return ""
	}
	return other
}

const maxHost = 4096

// hostIn returns the host in a URL or an address.
func hostIn(s string) string {
	if _, after, ok := strings.Cut(s, "://"); ok {
		s = after
		if n := strings.IndexAny(s, "/?#"); n >= 0 {
			s = s[:n]
		}
	}
	s = strings.TrimPrefix(s, "mailto:")
	s = s[strings.LastIndexByte(s, '@')+1:]
	if n := strings.IndexAny(s, "/?#:> "); n >= 0 {
		s = s[:n]
	}
	return s
}

func readableHost(host string) string {
	if len(host) > maxHost || isASCII(host) && !strings.Contains(strings.ToLower(host), "xn--") {
		return ""
	}
	if readable, err := idna.ToUnicode(host); err == nil {
		return readable
	}
	return host
}

// scriptsOf names the alphabets of the letters in a label. Those that are
// written together everywhere count as one.
func scriptsOf(label string) (list []string) {
	seen := map[string]bool{}
	for _, r := range label {
		if name := script(r); name != "" && !seen[name] {
			seen[name] = true
			list = append(list, name)
		}
	}
	if seen["Kana"] && len(list) <= 3 && !seen["Cyrillic"] && !seen["Greek"] || seen["Han"] && len(list) == 2 && (seen["Latin"] || seen["Hangul"]) {
		return list[:1] // as Japanese, Korean and Chinese are written
	}
	return list
}

func script(r rune) string {
	switch {
	case !unicode.IsLetter(r):
		return ""
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return "Kana"
	}
	for _, name := range []string{"Latin", "Cyrillic", "Greek", "Han", "Hangul", "Armenian", "Cherokee", "Hebrew", "Arabic", "Thai", "Georgian", "Devanagari", "Lisu", "Coptic"} {
		if unicode.Is(unicode.Scripts[name], r) {
			return name
		}
	}
	return "others"
}

// latinLike are letters of other alphabets that look like Latin ones.
const latinLike = "авсеԁһіјкӏмпорԛѕтуѵԝхьгзбё" + "αγεηικνορτυχωςβ" + "աշսօգհոցտ"

// looksLatin reports whether all letters of a label could be taken for Latin ones.
func looksLatin(label string) bool {
	return strings.IndexFunc(label, func(r rune) bool { return unicode.IsLetter(r) && !strings.ContainsRune(latinLike, unicode.ToLower(r)) }) < 0
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}
