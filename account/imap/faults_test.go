package imap

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"posthorn/account"
	"posthorn/account/imap/client"
	"posthorn/mail"
	"posthorn/mail/query"
)

// A shaky server has an inbox of five messages, of the UIDs 1 to 5, and does
// something else than answering as soon as it comes to what is asked of the
// message with UID 3.
type shaky struct {
	addr     *net.TCPAddr
	sessions sync.WaitGroup
	at       string // "cut", "no", also "at once"; "nothing", "garbage at one"; "garbage", "garbage first": for all messages
}

const ill = 3

func newShaky(t *testing.T, at string) *shaky {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &shaky{addr: l.Addr().(*net.TCPAddr), at: at}
	s.sessions.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.sessions.Go(func() {
				defer conn.Close()
				s.talk(conn)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.sessions.Wait()
	})
	return s
}

// source logs in.
func (s *shaky) source(t *testing.T) *Source {
	t.Helper()
	return dial(t, Options{Server: account.Server{Host: "127.0.0.1", Port: s.addr.Port, TLS: account.Plain},
		Login: account.Login{User: "ann", Password: func(context.Context) (string, error) { return "secret", nil }}})
}

func (s *shaky) talk(conn net.Conn) {
	fmt.Fprint(conn, "* OK [CAPABILITY IMAP4rev1] hi\r\n")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		tag, rest, _ := strings.Cut(lines.Text(), " ")
		verb, arg, _ := strings.Cut(rest, " ")
		if strings.EqualFold(verb, "UID") {
			verb, arg, _ = strings.Cut(arg, " ")
		}
		switch strings.ToUpper(verb) {
		case "SELECT", "EXAMINE":
			fmt.Fprint(conn, "* 5 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 6] x\r\n")
		case "SEARCH":
			var found string
			if set, ok := strings.CutPrefix(arg, "UID "); ok {
				for n := 1; n <= 5; n++ {
					if within(set, n) {
						found += fmt.Sprint(" ", n)
					}
				}
			}
			fmt.Fprint(conn, "* SEARCH"+found+"\r\n")
		case "FETCH":
			set, items, _ := strings.Cut(arg, " ")
			if end, done := s.fetch(conn, tag, set, items); end {
				return
			} else if done {
				continue
			}
		}
		fmt.Fprintf(conn, "%s OK done\r\n", tag)
	}
}

// fetch answers FETCH. It reports whether the connection ends, and whether the
// command is answered already.
func (s *shaky) fetch(w io.Writer, tag, set, items string) (end, done bool) {
	first, _ := strings.CutSuffix(s.at, " at once") // before any other message
	if first != s.at && within(set, ill) && (strings.Contains(items, "ENVELOPE") || strings.Contains(items, "BODY")) {
		fmt.Fprint(w, map[bool]string{true: tag + " NO [SERVERBUG] message 3 is corrupt\r\n"}[first == "no"])
		return first == "cut", true
	}
	for n := 1; n <= 5; n++ {
		if !within(set, n) {
			continue
		}
		asked := strings.Contains(items, "ENVELOPE") || strings.Contains(items, "BODY")
		if n == ill && asked {
			switch s.at {
			case "cut":
				return true, false
			case "no":
				fmt.Fprintf(w, "%s NO [SERVERBUG] message %d is corrupt\r\n", tag, n)
				return false, true
			}
		}
		switch {
		case !asked:
			fmt.Fprintf(w, "* %d FETCH (UID %d FLAGS ())\r\n", n, n)
		case n == ill && s.at == "nothing":
			fmt.Fprintf(w, "* %d FETCH (UID %d FLAGS () ENVELOPE NIL BODY[HEADER] NIL)\r\n", n, n)
		case n == ill && s.at == "garbage at one" && strings.Contains(items, "ENVELOPE"):
			fmt.Fprintf(w, "* %d FETCH (ENVELOPE (NIL \"letter %d\" ((( FLAGS () UID %d)\r\n", n, n, n)
		case s.at == "garbage first":
			fmt.Fprintf(w, "* %d FETCH (ENVELOPE (NIL \"letter %d\" ((( FLAGS () UID %d)\r\n", n, n, n)
		case s.at == "garbage":
			fmt.Fprintf(w, "* %d FETCH (UID %d FLAGS () RFC822.SIZE x ENVELOPE (NIL \"letter %d\" (((\r\n", n, n, n)
		case strings.Contains(items, "ENVELOPE"):
			fmt.Fprint(w, strings.TrimPrefix(strings.TrimSpace(header(n, n, fmt.Sprint("letter ", n), "")), "S: ")+"\r\n")
		default:
			raw := fmt.Sprintf("Subject: letter %d\r\n\r\n", n)
			fmt.Fprintf(w, "* %d FETCH (UID %d FLAGS () RFC822.SIZE 9 BODY[HEADER] {%d}\r\n%s)\r\n", n, n, len(raw), raw)
		}
	}
	return false, false
}

// within reports whether a number is in a set.
func within(set string, n int) bool {
	for part := range strings.SplitSeq(set, ",") {
		first, last, ok := strings.Cut(part, ":")
		low, _ := strconv.Atoi(first)
		high := low
		if ok {
			high, _ = strconv.Atoi(last)
		}
		if n >= min(low, high) && n <= max(low, high) {
			return true
		}
	}
	return false
}

// pull reads the mailbox as an engine does: what came is kept, and after a break
// it goes on from there. It returns the subjects by UID.
func (s *shaky) pull(t *testing.T, sessions int) (subjects map[mail.UID]string, last error) {
	t.Helper()
	subjects = map[mail.UID]string{}
	var at mail.Cursor
	for range sessions {
		last = nil
		for d, err := range s.source(t).Changes(t.Context(), "INBOX", at) {
			if err != nil {
				last = err
				break
			}
			for _, h := range d.New {
				subjects[h.UID] = h.Subject
			}
			at = d.Cursor
		}
	}
	return subjects, last
}

// A message at which the server breaks the line, or that it refuses, costs that
// message and no other.
func TestOneBadMessage(t *testing.T) {
	for at, why := range map[string]string{
		"cut": "(cannot be read: the server breaks the line when it is asked for)",
		"no":  "(cannot be read: the server says: message 3 is corrupt)",

		"cut at once":    "(cannot be read: the server breaks the line when it is asked for)",
		"no at once":     "(cannot be read: the server says: message 3 is corrupt)",
		"nothing":        "(cannot be read: what the server says of it cannot be read)",
		"garbage at one": "letter 3",
	} {
		t.Run(at, func(t *testing.T) {
			got, err := newShaky(t, at).pull(t, 12)
			if err != nil || got["3"] != why {
				t.Errorf("the ill one is %q (%v)", got["3"], err)
			}
			for n := 1; n <= 5; n++ {
				if want := fmt.Sprint("letter ", n); n != ill && got[mail.UID(strconv.Itoa(n))] != want {
					t.Errorf("%s is missing: there is %q (%v)", want, got, err)
				}
			}
		})
	}
}

// A message that could not be read is asked for again when it is time, alone, and
// takes the place of what was shown of it.
func TestAskedAgain(t *testing.T) {
	for _, at := range []string{"no", "cut"} {
		t.Run(at, func(t *testing.T) {
			sick, well := newShaky(t, at), newShaky(t, "")
			var cursor mail.Cursor
			read := func(server *shaky, after time.Duration) (better []mail.Header, unreadable int, err error) {
				s := server.source(t)
				s.now = func() time.Time { return time.Unix(1_800_000_000, 0).Add(after) }
				for d, err := range s.Changes(t.Context(), "INBOX", cursor) {
					if err != nil {
						return better, unreadable, err
					}
					better, unreadable, cursor = append(better, d.Better...), unreadable+d.Unreadable, d.Cursor
				}
				return better, unreadable, nil
			}
			told := 0
			for range 8 {
				_, n, _ := read(sick, 0)
				told += n
			}
			if told != 1 {
				t.Errorf("%d messages are told to be unreadable", told)
			}
			if better, n, err := read(well, time.Minute); len(better) > 0 || n > 0 || err != nil {
				t.Errorf("too early: %v, %d, %v", better, n, err)
			}
			if better, n, err := read(sick, 2*time.Hour); len(better) > 0 || n > 0 || (err != nil) != (at == "cut") {
				t.Errorf("still ill: %v, %d, %v", better, n, err)
			}
			if better, _, err := read(well, 3*time.Hour); len(better) > 0 || err != nil {
				t.Errorf("too early after the second time: %v, %v", better, err)
			}
			if better, _, err := read(well, 5*time.Hour); len(better) != 1 || better[0].UID != "3" || better[0].Subject != "letter 3" || err != nil {
				t.Errorf("well again: %v, %v", better, err)
			}
			if c, h := decodeWith(cursor); !h.none() || c.count != 5 || c.low != 1 || c.next != 6 {
				t.Errorf("in the end the cursor is %+v, %+v", c, h)
			}
		})
	}
}

// What came of new messages before a break is not asked for again, and a server
// that wants to be left alone is not asked for single messages.
func TestNewOnesBeforeABreak(t *testing.T) {
	start := "C: p2 SELECT INBOX" + selected + "S: p2 OK done\n" +
		"C: p3 FETCH 1:3 <F>\nS: * 1 FETCH (UID 3 FLAGS ())\nS: p3 OK done\n" +
		"C: p4 UID SEARCH UID 4:*\nS: * SEARCH 5 12\nS: p4 OK done\nC: p5 UID FETCH 5,12 <H>\n"
	known := cursor{validity: 7, low: 1, next: 4, count: 1}
	for _, c := range []struct{ answer, ends, holes string }{
		{header(2, 5, "b", "") + "X", "closed the connection", "12:12"},
		{header(2, 5, "b", "") + "S: p5 NO [LIMIT] slowly", "slowly", ""},
	} {
		s := session(t, "", start+c.answer)
		at, got := known.encode(), ""
		var last error
		for d, err := range s.Changes(t.Context(), "INBOX", at) {
			if last = err; err != nil {
				break
			}
			at = d.Cursor
			for _, h := range d.New {
				got += h.Subject
			}
		}
		cur, h := decodeWith(at)
		var ranges []string
		for _, r := range h.ranges {
			ranges = append(ranges, fmt.Sprintf("%d:%d", r.First, r.Last))
		}
		if last == nil || !strings.Contains(last.Error(), c.ends) || strings.Join(ranges, " ") != c.holes {
			t.Errorf("it ends with %v, %q, at %+v with holes %v", last, got, cur, ranges)
		}
		if c.holes != "" && (got != "b" || cur.next != 13 || cur.count != 2) {
			t.Errorf("it has %q, at %+v", got, cur)
		}
	}
}

// A cursor with holes is read as it was written, and one that is damaged is the
// beginning.
func TestCursorWithHoles(t *testing.T) {
	c := cursor{7, 1, 13, 60, 3}
	h := holes{ranges: []client.Range{{First: 2, Last: 4}, {First: 9, Last: 9}}, suspect: client.Range{First: 2, Last: 3}, stage: 1, barren: 1, ill: []illness{{5, 2, 1_800_000_000}}}
	if c2, h2 := decodeWith(c.encodeWith(h)); c2 != c || !reflect.DeepEqual(h2, h) {
		t.Errorf("read is %+v, %+v", c2, h2)
	}
	for _, s := range []mail.Cursor{"", "2 1 2 3", "2 7 1 13 60 3 0 -1", "3 1 2 3 4 5"} {
		if c, h := decodeWith(s); c != (cursor{}) || !h.none() {
			t.Errorf("%q is %+v, %+v", s, c, h)
		}
	}
	var many holes
	for u := uint32(1); u < 10000; u += 7 {
		many.add(u, u)
	}
	if len(many.ranges) > maxHoles || !many.has(1) || !many.has(9997-9997%7+1) {
		t.Errorf("there are %d holes: %v", len(many.ranges), many.ranges)
	}
}

// What a server says of messages and cannot be read is no empty mailbox: the
// messages are there, or the reading fails.
func TestUnreadableItems(t *testing.T) {
	for _, at := range []string{"garbage", "garbage first"} {
		t.Run(at, func(t *testing.T) {
			if got, err := newShaky(t, at).pull(t, 1); len(got) == 0 && err == nil {
				t.Error("an empty mailbox, and no error")
			}
		})
	}
}

// The criteria of a search mean what the query means (RFC 9051, section 6.4.4:
// OR takes two keys, NOT one; several in parentheses are one key).
func TestCriteriaMean(t *testing.T) {
	for q, want := range map[string]string{
		"a b":             "(TEXT a TEXT b)",
		"a or b":          "OR TEXT a TEXT b",
		"a or b or c":     "OR TEXT a OR TEXT b TEXT c",
		"(a b) or c":      "OR (TEXT a TEXT b) TEXT c",
		"a or (b c)":      "OR TEXT a (TEXT b TEXT c)",
		"a or b or (c d)": "OR TEXT a OR TEXT b (TEXT c TEXT d)",
		"-(a or (b c))":   "NOT OR TEXT a (TEXT b TEXT c)",
		"-(a b)":          "NOT (TEXT a TEXT b)",
		"-a or b":         "OR NOT TEXT a TEXT b",
	} {
		t.Run(q, func(t *testing.T) {
			parsed, err := query.Parse(q, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			key, err := criterion(parsed)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.ReplaceAll(key.String(), `"`, ""); got != want {
				t.Errorf("%q is sent as %s, not %s", q, got, want)
			}
		})
	}
}
