package e2e

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"posthorn/account/imap"
	"posthorn/internal/seed"
	"posthorn/mail"
)

// Killed at any moment, the program loses nothing and does nothing twice: the
// next one finds out what the last one had done.
func TestKilled(t *testing.T) {
	s := servers(t)
	u := newUser(t)
	u.does("account", "add", "ann@example.org", "--imap", port(s.IMAPS), "--smtp", port(s.Submissions), "--tls", "implicit", "--ca-file", s.CA, "--password-command", "echo secret")
	src := source(t, s, "ann")
	if err := src.Create(t.Context(), "Work"); err != nil {
		t.Fatal(err)
	}
	const letters = 30
	fill(t, src, "INBOX", letters)
	u.does("sync")
	began := time.Now()
	u.does("sync")
	long := time.Since(began) // as a command takes on this machine
	rng := seed.Rand(t, 0)
	killed := 0
	for range setting(t, "POSTHORN_KILLS", 80) {
		ids := u.ids("INBOX", "Work")
		args := kills(rng, ids[rng.IntN(len(ids))])
		cmd := u.command(args...)
		began := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Duration(rng.Int64N(int64(long))), func() { cmd.Process.Kill() })
		if cmd.Wait() != nil {
			killed++
		} else {
			long = time.Since(began)
		}
		u.does("sync")
		if got, want := u.has("INBOX", "Work"), holds(t, src, "INBOX", "Work"); !slices.Equal(got, want) || len(got) != letters {
			t.Fatalf("after posthorn %s was killed, the cache has\n\t%s\nand the server\n\t%s", strings.Join(args, " "), strings.Join(got, ", "), strings.Join(want, ", "))
		}
	}
	t.Logf("killed %d times", killed)
	if killed < 20 {
		t.Error("that is too rarely")
	}
}

// kills is a command that changes something, or synchronises.
func kills(rng *rand.Rand, id string) []string {
	return [][]string{{"flag", id, "--starred"}, {"unflag", id, "--starred"}, {"move", id, "Work"}, {"move", id, "INBOX"}, {"sync", "--bodies"}}[rng.IntN(5)]
}

// ids returns the ids of all messages in some folders.
func (u *user) ids(folders ...string) (list []string) {
	u.t.Helper()
	for _, f := range folders {
		for _, r := range u.rows("list", "-n", "0", "-f", f) {
			list = append(list, r.ID)
		}
	}
	return list
}

// has returns what the cache has in some folders: subject, folder, and whether
// it is starred.
func (u *user) has(folders ...string) (list []string) {
	u.t.Helper()
	for _, f := range folders {
		for _, r := range u.rows("list", "-n", "0", "-f", f) {
			list = append(list, fmt.Sprint(r.Subject, " ", f, " ", slices.Contains(r.Flags, "starred")))
		}
	}
	slices.Sort(list)
	return list
}

// holds returns the same of what a server has.
func holds(t *testing.T, src *imap.Source, folders ...string) (list []string) {
	t.Helper()
	for _, f := range folders {
		for d, err := range src.Changes(t.Context(), f, "") {
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range d.New {
				list = append(list, fmt.Sprint(h.Subject, " ", f, " ", h.Flags&mail.Flagged != 0))
			}
		}
	}
	slices.Sort(list)
	return list
}
