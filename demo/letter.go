package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// letters holds the sample mail: letters with fields and a text, between lines of
// three percent signs. A field is one of those that letter.set knows; what stands
// between << and >> is chosen from, and <<n>> is the number of a letter that is
// repeated.
//
//go:embed letters
var letters embed.FS

const (
	letterEnd = "%%%"
	htmlBegin = "%%html"
)

// A letter is a sample message before it is put into MIME.
type letter struct {
	id, re            string
	list              string
	boxes             []string // folders of Ann's; "ben" is the drop
	when              time.Time
	age, every        time.Duration
	repeat            int
	flags             []imap.Flag
	from, to, cc      string
	subject           string
	charset, transfer string
	flowed            bool
	headers           []string
	files             []file
	inline            []file
	invite, bounce    string
	text, html        string
	refs              []string // ids of what came before in the thread
}

// readLetters reads all letters, those that are repeated as often as they are.
// What is answered comes before its answer.
func readLetters(now time.Time) ([]*letter, error) {
	names, err := fs.Glob(letters, "letters/*.txt")
	if err != nil {
		return nil, err
	}
	var all []*letter
	byID := make(map[string]*letter)
	for _, name := range names {
		b, err := letters.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for i, source := range strings.Split(string(b), "\n"+letterEnd+"\n") {
			list, err := repeated(source, now)
			if err != nil {
				return nil, fmt.Errorf("%s, letter %d: %w", name, i+1, err)
			}
			for _, l := range list {
				if err := l.thread(byID); err != nil {
					return nil, fmt.Errorf("%s, letter %s: %w", name, l.id, err)
				}
				all = append(all, l)
			}
		}
	}
	return all, nil
}

// thread joins a letter with the one that it answers.
func (l *letter) thread(byID map[string]*letter) error {
	byID[l.id] = l
	if l.re == "" {
		return nil
	}
	parent := byID[l.re]
	if parent == nil {
		return fmt.Errorf("answers %q, which is not there", l.re)
	}
	l.refs = append(append(l.refs, parent.refs...), parent.messageID())
	return nil
}

// repeated reads a letter once for each time that it is repeated, oldest last.
func repeated(source string, now time.Time) ([]*letter, error) {
	first, err := readLetter(source, 1, 0)
	if err != nil {
		return nil, err
	}
	var list []*letter
	for i := range max(1, first.repeat) {
		l, err := readLetter(source, max(1, first.repeat)-i, i)
		if err != nil {
			return nil, err
		}
		l.when = now.Add(-l.age)
		if l.repeat > 0 {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			l.when = l.when.Add(-time.Duration(i)*l.every - time.Duration(rng.IntN(300))*time.Minute)
			l.id += "-" + strconv.Itoa(i)
			if l.re != "" {
				l.re += "-" + strconv.Itoa(i)
			}
			if i < 2 {
				l.flags = nil // the newest are unread
			}
		}
		list = append(list, l)
	}
	return list, nil
}

// readLetter reads a letter, with the choices of its i-th repetition.
func readLetter(source string, n, i int) (*letter, error) {
	source = choose(strings.ReplaceAll(source, "<<n>>", strconv.Itoa(n)), rand.New(rand.NewPCG(seed, uint64(len(source)*1000+i))))
	head, body, _ := strings.Cut(source, "\n\n")
	if h, html, ok := strings.Cut(head, "\n"+htmlBegin+"\n"); ok { // no text at all
		head, body = h, htmlBegin+"\n"+html+"\n\n"+body
	}
	l := &letter{to: annName + " <" + annAddr + ">", charset: "utf-8", transfer: "8bit"}
	for line := range strings.SplitSeq(head, "\n") {
		name, value, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("%q is no field", line)
		}
		if err := l.set(name, value); err != nil {
			return nil, err
		}
	}
	if len(l.boxes) == 0 {
		l.boxes = []string{"INBOX"}
	}
	l.text, l.html, _ = strings.Cut("\n"+body, "\n"+htmlBegin+"\n")
	l.text = strings.TrimPrefix(l.text, "\n")
	return l, nil
}

// choose replaces every <<a|b|c>> by one of a, b and c.
func choose(s string, rng *rand.Rand) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "<<")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.Index(rest, ">>")
		if end < 0 {
			b.WriteString("<<" + rest)
			return b.String()
		}
		for strings.HasPrefix(rest[end+2:], ">") { // the last choice ends with an address
			end++
		}
		choices := strings.Split(rest[:end], "|")
		b.WriteString(choices[rng.IntN(len(choices))])
		s = rest[end+2:]
	}
}

// set reads a field of a letter.
func (l *letter) set(name, value string) (err error) {
	switch name {
	case "id":
		l.id = value
	case "re":
		l.re = value
	case "list":
		l.list, l.to = value, value+" <"+value+"@lists.example.org>"
	case "box":
		l.boxes = strings.Split(value, ", ")
	case "age":
		l.age, err = parseAge(value)
	case "repeat":
		times, every, _ := strings.Cut(value, " ")
		if l.repeat, err = strconv.Atoi(times); err == nil {
			l.every, err = parseAge(every)
		}
	case "flags":
		for f := range strings.FieldsSeq(value) {
			l.flags = append(l.flags, imap.Flag(`\`+strings.ToUpper(f[:1])+f[1:]))
		}
	case "from":
		l.from = value
	case "to":
		l.to = value
	case "cc":
		l.cc = value
	case "subject":
		l.subject = value
	case "charset":
		l.charset = value
	case "transfer":
		l.transfer = value
	case "format":
		l.flowed = value == "flowed"
	default:
		return l.setPart(name, value)
	}
	return err
}

// setPart reads a field that adds a header or a part.
func (l *letter) setPart(name, value string) error {
	kind, rest, _ := strings.Cut(value, "; ")
	switch name {
	case "header":
		l.headers = append(l.headers, value)
	case "list-unsubscribe":
		l.headers = append(l.headers, "List-Unsubscribe: <"+value+">")
	case "attach":
		l.files = append(l.files, file{kind: kind, name: rest})
	case "inline":
		cid, fileName, _ := strings.Cut(rest, "; ")
		l.inline = append(l.inline, file{kind: kind, name: fileName, cid: cid})
	case "invite":
		l.invite = value
	case "bounce":
		l.bounce = value
	default:
		return fmt.Errorf("there is no field %q", name)
	}
	return nil
}

// parseAge reads a time such as 3d4h30m.
func parseAge(s string) (time.Duration, error) {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		return time.ParseDuration(s)
	}
	n, err := strconv.Atoi(days)
	if err != nil || rest == "" {
		return time.Duration(n) * 24 * time.Hour, err
	}
	d, err := time.ParseDuration(rest)
	return time.Duration(n)*24*time.Hour + d, err
}
