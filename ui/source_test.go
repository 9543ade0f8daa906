package ui

import (
	"strings"
	"testing"
)

// Of a source that is too long to be shown it is said that it goes on, and how to
// see the rest.
func TestLongSource(t *testing.T) {
	for name, raw := range map[string]string{
		"lines":     "Subject: x\n\n" + strings.Repeat("a\n", maxSource),
		"one line":  "Subject: x\n\n" + strings.Repeat("a", maxSourceOctets),
		"all of it": "Subject: x\n\n" + strings.Repeat("a\n", maxSource-2),
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 20, func(s *session) {
				id := s.e.rows[0].ID
				s.e.raw[id] = []byte(raw)
				s.keys("enter", "U", "G")
				want := "there is more of it; posthorn show --raw " + id.String() + " prints all"
				if got := strings.Contains(s.screen(), want); got != (name != "all of it") {
					t.Errorf("that there is more is said: %v\n%s", got, s.screen())
				}
			})
		})
	}
}
