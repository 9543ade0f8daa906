package render

import (
	"fmt"
	"strings"
	"testing"

	"posthorn/mail"
	"posthorn/mail/message"
)

func plainDocument(text, params string, width int) Document {
	return Message(message.Parse([]byte("Content-Type: text/plain; charset=utf-8"+params+"\n\n"+text)), Options{NoHeader: true, Width: width})
}

// Quotes of different depths are never joined, however their marks are written.
func TestFlowedQuotes(t *testing.T) {
	for in, want := range map[string]string{
		"> one \n> two\n":         "> one two\n",
		"> one \n> > two \n> x\n": "> one\n>> two\n> x\n",
		"> > a \n>> b\n":          ">> a b\n",
		">> a \n> b \n> c\n":      ">> a\n> b c\n",
		" >not quoted\n":          ">not quoted\n",
		"a \n-- \nAnn\n":          "a\n-- \nAnn\n",
	} {
		if got := plainDocument(in, "; format=flowed", 60).Text(); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// The lines of a patch are not wrapped, and those around it are.
func TestPatch(t *testing.T) {
	long := strings.Repeat("word ", 10)
	text := strings.Join([]string{
		long, "--- Original Message ---", "diff --git a/x b/x", "index 1..2 100644", "--- a/x", "+++ b/x", "@@ -1,3 +1,3 @@ func",
		" same " + long, "-old " + long, "+new\t" + long, "", "- not of it " + long, "-- ", "2.40",
	}, "\n")
	d := plainDocument(text, "", 30)
	var got []string
	for _, l := range d.Lines {
		s := " "
		switch st := l.Spans[0].Style; {
		case st&Added != 0:
			s = "+"
		case st&Removed != 0:
			s = "-"
		case st&Heading != 0:
			s = "@"
		case st&Bold != 0:
			s = "#"
		case l.Fixed:
			s = "="
		}
		got = append(got, s)
	}
	if s := strings.Join(got, ""); s != "   ####@=-+=     " {
		t.Errorf("the lines are styled %q:\n%s", s, d.Text())
	}
	quoted := plainDocument("> diff --git a/x b/x\n> @@ -1 +1 @@\n> -"+long+"\n> +"+long+"\n> "+long, "", 30)
	if n := len(quoted.Lines); n != 6 || quoted.Lines[2].Quote != 1 || quoted.Lines[2].Spans[1].Style&Removed == 0 {
		t.Errorf("a quoted patch is shown in %d lines:\n%s", n, quoted.Text())
	}
}

func TestTabs(t *testing.T) {
	if got, want := plainDocument("a\tb\tc\n日本\tx\n", "", 60).Text(), "a       b       c\n日本    x\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is cut is told, with the right numbers, in the text too.
func TestLimitsAreTold(t *testing.T) {
	for name, tt := range map[string]struct{ raw, want string }{
		"lines":       {"Subject: x\n\n" + strings.Repeat("a\n", maxLines+7), "[the message is too long: 9 lines are not shown]"},
		"octets":      {"Subject: x\n\n" + strings.Repeat(strings.Repeat("a", 99)+"\n", 50000), "[the text is 5.0 MB long; only the first 4.2 MB are shown]"},
		"many octets": {"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n" + strings.Repeat(strings.Repeat("\xe9", 99)+"\n", 120000), "[the text is 12.0 MB long; only the first 4.2 MB are shown]"},
		"report":      {"Content-Type: message/delivery-status\n\n" + strings.Repeat("Final-Recipient: rfc822; a@b.c\nAction: failed\n\n", maxReported+3), "[the report names 3 more recipients]"},
		"events":      {"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n" + strings.Repeat("BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n", maxEvents+4), "[the calendar holds 4 more events]"},
		"links":       {"Content-Type: text/html\n\n" + manyLinks(maxLinks+5), fmt.Sprintf("[only the first %d links have numbers]", maxLinks)},
	} {
		m := message.Parse([]byte(tt.raw))
		d := Message(m, Options{})
		if !strings.Contains(d.Text(), tt.want) || len(d.Warnings) == 0 {
			t.Errorf("%s: %q; the end is %q", name, d.Warnings, d.Text()[max(0, len(d.Text())-300):])
		}
		if d := Message(m, Options{NoHeader: true}); strings.Contains(d.Text(), tt.want) || len(d.Warnings) == 0 {
			t.Errorf("%s: without the header: %q", name, d.Warnings)
		}
	}
	if d := Message(message.Parse([]byte("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n")), Options{}); !strings.Contains(d.Text(), "[the message ends in the middle of its last part]") {
		t.Errorf("a message that is cut is shown as %q", d.Text())
	}
}

// What a header holds beyond what is shown of it is told where it stands.
func TestLongFields(t *testing.T) {
	long := strings.Repeat("a", maxField)
	for name, tt := range map[string]struct{ raw, want string }{
		"recipients":        {"To: " + strings.Repeat("a@b.c, ", 5000) + "\n\nx", "a@b.c and 4443 more"},
		"a long recipient":  {"To: " + long + "@b.c, c@d.e\n\nx", "… and 15 B more"},
		"a subject":         {"Subject: " + long + "bcd\n\nx", "… and 3 B more"},
		"as long as can be": {"Subject: " + long + "\n\nx", "a\n\nx"},
		"in several octets": {"Subject: " + long[1:] + "é\n\nx", "a … and 2 B more"},
		"a few":             {"To: a@b.c, d@e.f\n\nx", "To: a@b.c, d@e.f\n\nx"},
	} {
		got := Message(message.Parse([]byte(tt.raw)), Options{Width: 10000}).Text()
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: the end is %q, want %q", name, got[max(0, len(got)-100):], tt.want)
		}
	}
}

func manyLinks(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "<a href='http://x/%d'>x</a> ", i)
	}
	return b.String()
}

func FuzzPlain(f *testing.F) {
	f.Add("> a \n> > b\n\tx\n-- \nAnn https://x.example/a/b?c=d&e", true)
	f.Add("diff --git a/x b/x\n@@ -1,2 +1 @@\n-a\n b\n日本語。\x1b[2J\u202e", false)
	f.Fuzz(func(t *testing.T, s string, flowed bool) {
		p := &mail.Part{Params: map[string]string{}}
		if flowed {
			p.Params["format"] = "flowed"
		}
		r := newRenderer(Options{Width: 30})
		r.plain(s, p)
		check(t, "fuzz", r.doc, 30)
	})
}
