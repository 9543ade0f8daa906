package maildir

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"posthorn/mail"
)

// crowd makes a Maildir with n messages in its inbox.
func crowd(b *testing.B, n int) *Source {
	b.Helper()
	s := open(b)
	for i := range n {
		name := filepath.Join(s.root, "cur", fmt.Sprintf("%d.M%dP1.example:2,S", 1700000000+i, i))
		if err := os.WriteFile(name, letter(fmt.Sprintf("subject-%d", i), "Hello"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	age(b, s, ".")
	return s
}

func pullAll(b *testing.B, s *Source, since mail.Cursor) (c mail.Cursor, n int) {
	b.Helper()
	c = since
	for d, err := range s.Changes(b.Context(), "INBOX", since) {
		if err != nil {
			b.Fatal(err)
		}
		c, n = d.Cursor, n+len(d.New)
	}
	return c, n
}

const many = 100_000

func BenchmarkChanges(b *testing.B) {
	s := crowd(b, many)
	first, _ := pullAll(b, s, "")
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			again, _ := Open(s.root)
			if _, n := pullAll(b, again, ""); n != many {
				b.Fatal(n)
			}
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			if c, n := pullAll(b, s, first); c != first || n != 0 {
				b.Fatal(n)
			}
		}
	})
	b.Run("one more", func(b *testing.B) {
		c := first
		for b.Loop() {
			deliver(b, s, "", sample)
			var n int
			if c, n = pullAll(b, s, c); n != 1 {
				b.Fatal(n)
			}
		}
	})
	b.Run("one more after a restart", func(b *testing.B) {
		c, _ := pullAll(b, s, first)
		for b.Loop() {
			again, _ := Open(s.root)
			deliver(b, again, "", sample)
			var n int
			if c, n = pullAll(b, again, c); n != 1 {
				b.Fatal(n)
			}
		}
	})
}

func BenchmarkDeliver(b *testing.B) {
	s := open(b)
	i := 0
	for b.Loop() {
		i++
		id := fmt.Sprintf("uidl%d", i)
		if here, err := s.Delivered(id); here || err != nil {
			b.Fatal(here, err)
		}
		err := s.Deliver(b.Context(), id, func(w io.Writer) error { _, err := io.WriteString(w, sample); return err })
		if err != nil {
			b.Fatal(err)
		}
	}
}
