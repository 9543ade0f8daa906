package demo

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMany starts the demo with many messages, and has their list fetched.
func TestMany(t *testing.T) {
	if testing.Short() {
		t.Skip("left out: many messages, with -short")
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	began := time.Now()
	const many = 20_000
	s := start(t, many)
	started := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	l := imapLogin(t, s)
	l.imap("SELECT INBOX")
	began = time.Now()
	n := strings.Count(l.imap("UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"), "ENVELOPE")
	t.Logf("started in %v with %d MiB; %d messages listed in %v", started, (after.HeapAlloc-before.HeapAlloc)>>20, n, time.Since(began))
	if n != many {
		t.Errorf("%d messages are listed", n)
	}
}
