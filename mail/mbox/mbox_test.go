package mbox

import (
	"strings"
	"testing"
	"time"
)

func TestWrite(t *testing.T) {
	date := time.Date(2026, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	for name, tt := range map[string]struct{ sender, raw, want string }{
		"plain":         {"a@x", "Subject: s\r\n\r\nb\r\n", "From a@x Tue Feb  3 03:05:06 2026\nSubject: s\n\nb\n\n"},
		"quoted":        {"a@x", "\nFrom me\n>From you\n>> From\nFromage\n", "From a@x Tue Feb  3 03:05:06 2026\n\n>From me\n>>From you\n>> From\nFromage\n\n"},
		"no last line":  {"a@x", "\n\nend", "From a@x Tue Feb  3 03:05:06 2026\n\n\nend\n\n"},
		"no sender":     {"", "", "From MAILER-DAEMON Tue Feb  3 03:05:06 2026\n\n"},
		"wicked sender": {"a@x\nFrom b", "", "From MAILER-DAEMON Tue Feb  3 03:05:06 2026\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var b strings.Builder
			if err := Write(&b, tt.sender, date, []byte(tt.raw)); err != nil || b.String() != tt.want {
				t.Errorf("written is %q, %v; want %q", b.String(), err, tt.want)
			}
		})
	}
}
