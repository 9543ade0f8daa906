package mbox

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMessages(t *testing.T) {
	date := time.Date(2026, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	for name, tt := range map[string]struct{ sender, raw, want string }{
		"plain":         {"a@x", "Subject: s\r\n\r\nb\r\n", "From a@x Tue Feb  3 03:05:06 2026\nSubject: s\n\nb\n\n"},
		"quoted":        {"a@x", "\nFrom me\n>From you\n>> From\nFromage\n", "From a@x Tue Feb  3 03:05:06 2026\n\n>From me\n>>From you\n>> From\nFromage\n\n"},
		"no last line":  {"a@x", "\n\nend", "From a@x Tue Feb  3 03:05:06 2026\n\n\nend\n\n"},
		"octets alone":  {"a@x", "\r\rFrom \rFrom a\r\nFro\r\nFrom\r", "From a@x Tue Feb  3 03:05:06 2026\n\r\rFrom \rFrom a\nFro\nFrom\n\n"},
		"no sender":     {"", "", "From MAILER-DAEMON Tue Feb  3 03:05:06 2026\n\n"},
		"wicked sender": {"a@x\nFrom b", "", "From MAILER-DAEMON Tue Feb  3 03:05:06 2026\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, piece := range []int{1, 2, 100} {
				var b strings.Builder
				w := Start(&b, tt.sender, date)
				for part := range slices.Chunk([]byte(tt.raw), piece) {
					if n, err := w.Write(part); n != len(part) || err != nil {
						t.Error(n, err)
					}
				}
				if err := w.Close(); err != nil || b.String() != tt.want {
					t.Errorf("written is %q, %v; want %q", b.String(), err, tt.want)
				}
			}
		})
	}
}
