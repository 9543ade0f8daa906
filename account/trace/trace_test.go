package trace

import (
	"bytes"
	"encoding/base64"
	"errors"
	"regexp"
	"strings"
	"testing"
)

// What must not stand in a trace: a password, what SASL makes of it, and words
// of messages.
const password = "hunter2"

func sasl() string { return base64.StdEncoding.EncodeToString([]byte("\x00ann\x00" + password)) }

func secrets() []string {
	return []string{password, base64.StdEncoding.EncodeToString([]byte(password)), sasl(), "secret", "c2VjcmV0", "lighthouse"}
}

// tell plays a dialogue to a trace: lines of the client and of the server, in
// pieces of some octets, and returns what was written without times.
func tell(p Protocol, dialogue string, piece int) string {
	var out bytes.Buffer
	d := New(&out, func(s string) string { return s }, func(error) {}).Open(p, "mail.example.org:1")
	for l := range strings.SplitSeq(strings.TrimSpace(dialogue), "\n") {
		side, text, _ := strings.Cut(strings.TrimLeft(l, "\t"), " ")
		to := map[string]func([]byte){"C:": d.Sent, "S:": d.Received}[side]
		for b := []byte(strings.ReplaceAll(text, "<CRLF>", "\r\n") + "\r\n"); len(b) > 0; {
			n := min(piece, len(b))
			to(b[:n])
			b = b[n:]
		}
	}
	return regexp.MustCompile(`(?m)^\S+Z `+string(p)+`#1 `).ReplaceAllString(out.String(), "")
}

func TestDialogues(t *testing.T) {
	for _, test := range []struct {
		name     string
		protocol Protocol
		dialogue string
		want     string
	}{
		{"LOGIN", IMAP, "S: * OK hello\nC: p1 LOGIN ann hunter2\nS: p1 OK in\nC: p2 login \"a b\" \"hunter2 \\\" {3}\"\nS: p2 NO no\nC: p3 NOOP",
			"S: * OK hello\nC: p1 LOGIN [cut]\nS: p1 OK in\nC: p2 LOGIN [cut]\nS: p2 NO no\nC: p3 NOOP"},
		{"LOGIN by literals", IMAP, "C: p1 LOGIN {3}\nS: + go\nC: ann {7+}<CRLF>hunter2\nS: p1 OK in\nC: p2 NOOP",
			"C: p1 LOGIN [cut]\nS: + go\nC: [cut]\nC: [cut]\nS: p1 OK in\nC: p2 NOOP"},
		{"AUTHENTICATE", IMAP, "C: p1 AUTHENTICATE PLAIN\nS: + c2VjcmV0\nC: " + sasl() + "\nS: * OK meanwhile\nC: " + sasl() + "\nS: p1 NO no\nC: p2 AUTHENTICATE PLAIN " + sasl() + "\nS: p2 OK in\nC: p3 NOOP",
			"C: p1 AUTHENTICATE PLAIN\nS: + [cut]\nC: [cut]\nS: * OK meanwhile\nC: [cut]\nS: p1 NO no\nC: p2 AUTHENTICATE PLAIN [cut]\nS: p2 OK in\nC: p3 NOOP"},
		{"FETCH", IMAP, "C: p1 UID FETCH 1 (ENVELOPE BODY.PEEK[])\nS: * 1 FETCH (UID 1 INTERNALDATE \"25-Nov-2026 03:38:04 +0000\" ENVELOPE (\"x\" \"the \\\"lighthouse\" NIL) BODY[1] {18}<CRLF>the secret {9}<CRLF>xx BODY[2] \"secret\" BODY[3] ~{6+}<CRLF>secret FLAGS (\\Seen))\nS: p1 OK done {5}\nS: * 3 EXISTS",
			"C: p1 UID FETCH 1 (ENVELOPE BODY.PEEK[])\nS: * 1 FETCH (UID 1 INTERNALDATE \"25-Nov-2026 03:38:04 +0000\" ENVELOPE (\"1 octets\" \"16 octets\" NIL) BODY[1] {18}\nS: {18 octets} BODY[2] \"6 octets\" BODY[3] ~{6+}\nS: {6 octets} FLAGS (\\\\Seen))\nS: p1 OK done {5}\nS: * 3 EXISTS"},
		{"APPEND", IMAP, "C: p1 APPEND Drafts (\\Seen) {22}\nS: + go\nC: secret<CRLF>the lighthouse\nS: p1 OK\nC: p2 UID SEARCH TEXT \"lighthouse\"",
			"C: p1 APPEND Drafts (\\\\Seen) {22}\nS: + go\nC: {22 octets}\nS: p1 OK\nC: p2 UID SEARCH TEXT \"10 octets\""},
		{"a long line", IMAP, "S: * 1 FETCH (BODY[1] \"secret\" X \"" + strings.Repeat("secret ", 1000) + "\" BODY[2] {6}<CRLF>secret)\nS: p1 OK",
			"S: * 1 FETCH (BODY[1] \"6 octets\" X \"1988 octets\" {6}\nS: {6 octets})\nS: p1 OK"},
		{"not printable", IMAP, "S: * OK \x1b]0;x\x07 \u202e\xff", "S: * OK \\x1b]0;x\\a \\u202e\\xff"},
		{"PASS", POP3, "S: +OK hello <1@x>\nC: USER ann\nS: +OK\nC: pass hunter2\nS: -ERR no\nC: APOP ann c2VjcmV0\nS: +OK",
			"S: +OK hello <1@x>\nC: USER ann\nS: +OK\nC: PASS [cut]\nS: -ERR no\nC: APOP [cut]\nS: +OK"},
		{"AUTH by POP3", POP3, "S: +OK hello\nC: AUTH LOGIN\nS: + c2VjcmV0\nC: aHVudGVyMg==\nS: +\nC: secret\nS: -ERR no\nC: AUTH PLAIN " + sasl() + "\nS: +OK in\nC: STAT\nS: +OK 1 2",
			"S: +OK hello\nC: AUTH LOGIN\nS: + [cut]\nC: [cut]\nS: + [cut]\nC: [cut]\nS: -ERR no\nC: AUTH PLAIN [cut]\nS: +OK in\nC: STAT\nS: +OK 1 2"},
		{"RETR", POP3, "S: +OK hello\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\nC: LIST\nC: RETR 1\nS: +OK\nS: 1 20\nS: .\nS: +OK 20 octets\nS: Subject: lighthouse\nS: \nS: ..\nS: +OK secret\nS: .\nC: RETR 2\nS: -ERR no\nS: secret\nC: TOP 1 0\nS: +OK\nS: secret\nS: .\nC: QUIT\nS: +OK bye",
			"S: +OK hello\nC: CAPA\nS: +OK\nS: SASL PLAIN\nS: .\nC: LIST\nC: RETR 1\nS: +OK\nS: 1 20\nS: .\nS: +OK 20 octets\nS: {39 octets}\nS: .\nC: RETR 2\nS: -ERR no\nS: {6 octets}\nC: TOP 1 0\nS: +OK\nS: {8 octets}\nS: .\nC: QUIT\nS: +OK bye"},
		{"AUTH by SMTP", SMTP, "S: 220 hello\nC: AUTH LOGIN\nS: 334 c2VjcmV0\nC: aHVudGVyMg==\nS: 334 x\nC: secret\nS: 535-no\nS: 535 no\nC: AUTH PLAIN " + sasl() + "\nS: 235 in\nC: NOOP",
			"S: 220 hello\nC: AUTH LOGIN\nS: 334 [cut]\nC: [cut]\nS: 334 [cut]\nC: [cut]\nS: 535-no\nS: 535 no\nC: AUTH PLAIN [cut]\nS: 235 in\nC: NOOP"},
		{"DATA", SMTP, "C: DATA\nS: 354 go\nC: Subject: lighthouse\nC: \nC: DATA\nC: ..\nC: .\nS: 250 taken\nC: DATA\nS: 451 no\nC: NOOP\nC: BDAT 8 LAST<CRLF>secret\nS: 250 ok\nS: secret\nC: QUIT",
			"C: DATA\nS: 354 go\nC: {33 octets}\nC: .\nS: 250 taken\nC: DATA\nS: 451 no\nC: NOOP\nC: BDAT 8 LAST {8 octets}\nS: 250 ok\nS: {6 octets}\nC: QUIT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, piece := range []int{1, 7, 1 << 20} {
				got := tell(test.protocol, test.dialogue, piece)
				if want := "-- connected to mail.example.org:1\n" + test.want + "\n"; got != want {
					t.Errorf("in pieces of %d:\n%s\nnot\n%s", piece, got, want)
				}
				for _, s := range secrets() {
					if strings.Contains(got, s) {
						t.Errorf("%q stands in the trace:\n%s", s, got)
					}
				}
			}
		})
	}
}

// Known secrets are cut out of whatever is shown, and lines are bounded.
func TestCleaned(t *testing.T) {
	var out bytes.Buffer
	tr := New(&out, func(s string) string { return strings.ReplaceAll(s, password, "[cut]") }, func(error) {})
	d := tr.Open(IMAP, "x")
	d.Received([]byte("* BAD what is \"p1 LOGIN ann hunter2\"?\r\n"))
	d.Received([]byte("* OK " + strings.Repeat("\xff", 1<<20) + "\r\n"))
	if strings.Contains(out.String(), password) || !strings.Contains(out.String(), `LOGIN ann [cut]"?`) {
		t.Error(out.String())
	}
	for l := range strings.Lines(out.String()) {
		if len(l) > 5*maxLine {
			t.Errorf("a line of %d octets", len(l))
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

// A trace that cannot be written is told once; none at all does nothing.
func TestFailing(t *testing.T) {
	told := 0
	d := New(full{}, func(s string) string { return s }, func(error) { told++ }).Open(SMTP, "x")
	d.Sent([]byte("NOOP\r\nNOOP\r\n"))
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	var none *Trace
	n := none.Open(POP3, "x")
	n.Sent([]byte("x"))
	n.Received([]byte("x"))
	n.Note("x")
	if n.Conn(nil) != nil {
		t.Error("a connection is traced by nothing")
	}
}

func FuzzTrace(f *testing.F) {
	f.Add([]byte("p1 LOGIN {3}\r\nann {5}\r\n"), []byte("* 1 FETCH (X {3}\r\nabc)\r\n"), 3)
	f.Fuzz(func(t *testing.T, sent, received []byte, piece int) {
		for _, p := range []Protocol{IMAP, POP3, SMTP} {
			var out bytes.Buffer
			d := New(&out, func(s string) string { return s }, func(error) {}).Open(p, "x")
			for len(sent)+len(received) > 0 {
				n, m := min(max(piece, 1), len(sent)), min(max(piece, 1), len(received))
				d.Sent(sent[:n])
				d.Received(received[:m])
				sent, received = sent[n:], received[m:]
			}
			for l := range strings.Lines(out.String()) {
				if len(l) > 5*maxLine || strings.ContainsFunc(strings.TrimSuffix(l, "\n"), func(r rune) bool { return r < ' ' || r >= 0x7f }) {
					t.Errorf("%q", l)
				}
			}
		}
	})
}
