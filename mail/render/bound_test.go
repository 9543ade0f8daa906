package render

import (
	"encoding/base64"
	"runtime"
	"strings"
	"testing"

	"posthorn/mail/message"
)

// heavy are messages that cost much where anything is not linear, of a size of n.
func heavy() map[string]struct {
	make func(n int) string
	n    int
} {
	html := func(s string) string { return "Content-Type: text/html\n\n" + s }
	return map[string]struct {
		make func(n int) string
		n    int
	}{
		"tables": {func(n int) string { return html(strings.Repeat("<table><tr><td>a<td>b</table>", n)) }, 10000},
		"nested tables": {func(n int) string {
			return html(strings.Repeat("<table><tr><td>", n) + "x" + strings.Repeat("</table>", n))
		}, 10000},
		"linked tables":   {func(n int) string { return html(strings.Repeat("<table><tr><td><a href=http://x/>a</a></table>", n)) }, 10000},
		"rows":            {func(n int) string { return html("<table border=1>" + strings.Repeat("<tr><th>a<td>b<td>c", n)) }, 10000},
		"divs":            {func(n int) string { return html(strings.Repeat("<div>", n)) }, 1000000},
		"divs of text":    {func(n int) string { return html(strings.Repeat("<div>a</div>", n)) }, 100000},
		"end tags":        {func(n int) string { return html(strings.Repeat("<b><i>", n) + strings.Repeat("</b><p>", n)) }, 50000},
		"misnested":       {func(n int) string { return html(strings.Repeat("<b><div>", n) + strings.Repeat("</b>", n)) }, 50000},
		"paragraphs":      {func(n int) string { return html(strings.Repeat("<p>a", n)) }, 100000},
		"links":           {func(n int) string { return html(manyLinks(n)) }, 20000},
		"linked pictures": {func(n int) string { return html("<a href=http://x/>" + strings.Repeat("<img src=http://x/y.png>", n)) }, 50000},
		"styles": {func(n int) string {
			return html("<style>" + strings.Repeat(".a{margin:0}", n) + "</style>" + strings.Repeat("<p class=a>", n))
		}, 50000},
		"attributes": {func(n int) string { return html("<p " + strings.Repeat("a=b ", n) + ">x") }, 500000},
		"cids": {func(n int) string {
			return multipart("related", html(strings.Repeat("<img src=cid:x>", n)), "Content-Type: image/png\nContent-ID: <x>\n\nx")
		}, 100000},
		"flowed": {func(n int) string {
			return "Content-Type: text/plain; format=flowed\n\n" + strings.Repeat("some words of a line that goes on \n", n)
		}, 400000},
		"one line":    {func(n int) string { return "Subject: x\n\n" + strings.Repeat("a", n) }, 50 << 20},
		"one address": {func(n int) string { return "Subject: x\n\nhttp://x/" + strings.Repeat("a/", n) }, 2 << 20},
		"words":       {func(n int) string { return "Subject: x\n\n" + strings.Repeat("www. ://", n) }, 1 << 19},
		"quote marks": {func(n int) string { return "Subject: x\n\n" + strings.Repeat("> ", n) }, 1 << 20},
		"parts": {func(n int) string {
			return "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", n)
		}, 10000},
		"attachments": {func(n int) string {
			return "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: a/b\nContent-ID: <x>\n\nx\n", n)
		}, 10000},
		"alternatives": {func(n int) string {
			return "Content-Type: multipart/alternative; boundary=b\n\n" + strings.Repeat("--b\n\nx\n--b\nContent-Type: text/html\n\ny\n", n)
		}, 5000},
		"calendar": {func(n int) string {
			return "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\n" + strings.Repeat("ATTENDEE;CN=a:b\nX:\n y\n", n)
		}, 100000},
		"report": {func(n int) string {
			return "Content-Type: message/delivery-status\n\n" + strings.Repeat("Final-Recipient: rfc822; a\nAction: failed\n\n", n)
		}, 20000},
		"a large file": {func(n int) string {
			return multipart("mixed", "\nhello", "Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString(make([]byte, n)))
		}, 25 << 20},
	}
}

// work returns the octets that are allocated while a message is laid out.
func work(raw string) uint64 {
	m := message.Parse([]byte(raw))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Message(m, Options{})
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Twice the message is no more than about twice the work.
func TestWorkIsLinear(t *testing.T) {
	const overhead = 4 << 20
	for name, tt := range heavy() {
		half, whole := work(tt.make(tt.n/20)), work(tt.make(tt.n/10))
		if whole > overhead+half*5/2 {
			t.Errorf("%s: %d octets are allocated for a message of %d, and %d for one of twice that", name, half, tt.n/20, whole)
		}
	}
}

// A file that hangs on a message costs nothing when that is laid out.
func TestNothingIsDecodedForItsSize(t *testing.T) {
	file := heavy()["a large file"]
	if n := work(file.make(file.n)); n > 1<<20 {
		t.Errorf("%d octets are allocated beside a file of %d", n, file.n)
	}
}

func BenchmarkHeavy(b *testing.B) {
	for name, tt := range heavy() {
		m := message.Parse([]byte(tt.make(tt.n)))
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Message(m, Options{})
			}
		})
	}
}
