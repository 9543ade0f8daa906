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
	s := start(t, 100_000)
	started := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	l := imapLogin(t, s)
	l.imap("SELECT INBOX")
	began = time.Now()
	n := strings.Count(l.imap("UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)"), "ENVELOPE")
	t.Logf("started in %v with %d MiB; %d messages listed in %v", started, (after.HeapAlloc-before.HeapAlloc)>>20, n, time.Since(began))
	if started > 20*time.Second || n != 100_000 {
		t.Errorf("%d messages, started in %v", n, started)
	}
}
