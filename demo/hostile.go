package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// hostile returns messages that mean no good, or that are badly broken. None of
// them does anything but look bad where it is shown carelessly.
func hostile(now time.Time) []sample {
	date := now.Add(-30 * time.Hour).Format(time.RFC1123Z)
	head := func(from, subject string) string {
		return fmt.Sprintf("From: %s\r\nTo: %s <%s>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.bad@example.net>\r\nMIME-Version: 1.0\r\n",
			from, annName, annAddr, subject, date, len(subject)*1000+len(from))
	}
	list := []struct{ box, raw string }{
		// Escape sequences: the title, the colours, the clipboard, the cursor.
		{"Junk", head("\"\x1b]0;owned\x07 Prize office\" <prize@example.net>", "\x1b[2J\x1b[31mYou have won\x1b[0m =?utf-8?B?G10wO293bmVkBw==?=") +
			"Content-Type: text/plain; charset=utf-8\r\n\r\nClick\x1b[1A\x1b[2K now! \x1b]52;c;b3duZWQ=\x07\x9b31m\x1bP+q544e\x1b\\\r\n\u202egnp.exe\u202c\r\n"},
		// File names that lead elsewhere, or turn round.
		{"Junk", head("Billing <billing@example.net>", "Invoice attached") + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nSee the files.\r\n" +
			attached("../../../.profile") + attached("invoice_\u202efdp.exe") + attached("/etc/passwd") + attached("-rf") + attached("report.pdf"+strings.Repeat(" ", 90)+".exe") + "--x--\r\n"},
		// A name that poses as an address, and a link that poses as another.
		{"INBOX", head("\"service@bank.example.net\" <collect@phish.example.com>", "Your account will be closed") + "Reply-To: other@phish.example.com\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" +
			"<html><body><p>Dear customer, log in <a href=\"https://phish.example.com/login\">https://bank.example.net/login</a> within the hour.</p>" +
			"<p style=\"display:none\">the quick brown fox does not help filters</p><script>document.write('owned')</script><img src=\"https://phish.example.com/p.gif?id=ann\" width=1 height=1>" +
			"<a href=\"javascript:alert(1)\">or here</a><iframe src=\"https://phish.example.com/\"></iframe></body></html>\r\n"},
		// Marks upon marks, and a subject of a thousand characters.
		{"Junk", head("Ẑ̷̧a̵l̶g̸o <zalgo@example.net>", "H"+strings.Repeat("\u0335\u0321\u0347", 60)+"e comes "+strings.Repeat("very long ", 90)) + "Content-Type: text/plain; charset=utf-8\r\n\r\n" +
			strings.Repeat("\u0301\u0489", 300) + "\r\n" + strings.Repeat("x", 5000) + "\r\n"},
		// Not what its header says, or without one.
		{"Junk", head("Broken <broken@example.net>", "=?utf-8?B?4oKs?= =?nonsense?Q?=ZZ?= =?utf-8?q?open") + "Content-Type: multipart/mixed; boundary=half\r\nContent-Transfer-Encoding: base64\r\n\r\nNot base64.\r\n--half\r\nContent-Type: text/plain; charset=\"x-none\r\n\r\nIt ends in the mid"},
		{"Junk", "Subject:\r\nFrom:\r\nDate: yesterday\r\n\r\nNobody, never, about nothing.\r\n"},
		{"Junk", head("Deep <deep@example.net>", "A doll in a doll") + nested(40)},
	}
	var out []sample
	for i, h := range list {
		when := now.Add(-time.Duration(30+i*9) * time.Hour)
		out = append(out, sample{box: h.box, raw: []byte(h.raw), when: when, flags: []imap.Flag(nil)})
	}
	return out
}

func attached(name string) string {
	return "--x\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"" + name + "\"\r\n\r\nharmless\r\n"
}

// nested is a multipart within a multipart, n levels deep.
func nested(n int) string {
	if n == 0 {
		return "Content-Type: text/plain\r\n\r\nthe smallest doll\r\n"
	}
	return fmt.Sprintf("Content-Type: multipart/mixed; boundary=doll%d\r\n\r\n--doll%d\r\n%s--doll%d--\r\n", n, n, nested(n-1), n)
}
