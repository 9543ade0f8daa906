package render

import (
	"fmt"
	"strings"
	"testing"

	"posthorn/mail/message"
)

// Of what is too much to be said, it is said how much it is.
func TestMoreIsSaid(t *testing.T) {
	var from, links []string
	for i := range 30 {
		from = append(from, fmt.Sprintf(`"ceo%d@bank.example" <m%d@evil.example>`, i, i))
		links = append(links, fmt.Sprintf("--x\nContent-Type: text/html\n\n<a href=\"http://evil%d.example/\">http://bank%d.example/</a>\n", i/2, i/2))
	}
	raw := "From: " + strings.Join(from, ", ") + "\nContent-Type: multipart/mixed; boundary=x\n\n" + strings.Join(links, "") + "--x--\n"
	d := Message(message.Parse([]byte(raw)), Options{Width: 200})
	if n := len(d.Warnings); n != maxFew+1 || d.Warnings[maxFew] != "and 25 more warnings" { // 30 senders and 15 links
		t.Errorf("%d warnings: %q", n, d.Warnings)
	}
	if text := d.Text(); strings.Count(text, "reads ceo") != maxDoubts || !strings.Contains(text, "[and 25 more doubts of this kind]") {
		t.Errorf("the header is:\n%s", text[:min(len(text), 3000)])
	}
}
