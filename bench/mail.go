package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"posthorn/internal/lab"
)

// fill puts messages into a user's Maildir, the same for the same number, and
// has the server index them.
func fill(s *lab.Servers, user string, n int) error {
	dir := filepath.Join(s.Maildir(user), "cur")
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(s.Maildir(user), sub), 0o755); err != nil {
			return err
		}
	}
	r := rand.New(rand.NewPCG(1, uint64(n)))
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		name := fmt.Sprintf("%d.M%dP1.bench:2,S", at.Unix(), i)
		if err := os.WriteFile(filepath.Join(dir, name), letter(r, i, at), 0o644); err != nil {
			return err
		}
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			return err
		}
		at = at.Add(time.Duration(r.IntN(1000)) * time.Second)
	}
	out, err := exec.Command("chown", "-R", "nobody", s.Maildir(user)).CombinedOutput()
	if err != nil {
		return fmt.Errorf("chown: %w: %s", err, out)
	}
	return nil
}

// letter makes a message as people get them: half with an HTML part, every tenth
// with an attachment, answers with their references.
func letter(r *rand.Rand, i int, at time.Time) []byte {
	names := []string{"Ann Roe", "Ben Okafor", "=?utf-8?q?J=C3=BCrgen_Wei=C3=9F?=", "=?utf-8?b?5bGx55Sw6Iqx5a2Q?=", "Build Robot", "Mira Castell"}
	words := strings.Fields("report meeting lighthouse invoice tea draft answer question harbour tower plan figures Monday boat lens oil chain visit bus")
	text := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteString(words[r.IntN(len(words))] + " ")
		}
		return b.String()
	}
	var b strings.Builder
	from := r.IntN(len(names))
	fmt.Fprintf(&b, "From: %s <p%d@example.org>\r\nTo: Ann <ann@example.org>, <list%d@example.net>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <m%d@example.org>\r\n",
		names[from], from, r.IntN(40), text(3+r.IntN(5)), at.Format(time.RFC1123Z), i)
	if i > 10 && r.IntN(3) == 0 {
		p := i - 1 - r.IntN(10)
		fmt.Fprintf(&b, "In-Reply-To: <m%d@example.org>\r\nReferences: <m%d@example.org>\r\n", p, p)
	}
	b.WriteString("MIME-Version: 1.0\r\n")
	switch {
	case i%10 == 0:
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=\"x%d\"\r\n\r\n--x%[1]d\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n--x%[1]d\r\nContent-Type: application/pdf; name=\"plan.pdf\"\r\n"+
			"Content-Disposition: attachment; filename=\"plan.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--x%[1]d--\r\n", i, text(60))
	case i%2 == 0:
		fmt.Fprintf(&b, "Content-Type: multipart/alternative; boundary=\"x%d\"\r\n\r\n--x%[1]d\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n--x%[1]d\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>%[2]s</p>\r\n--x%[1]d--\r\n", i, text(60))
	default:
		fmt.Fprintf(&b, "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", text(80))
	}
	return []byte(b.String())
}
