package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// The log is shown from its end, can be scrolled to its beginning, and is
// harmless whatever stands in it.
func TestLog(t *testing.T) {
	play(t, 80, 24, func(s *session) {
		s.keys("@")
		if !strings.Contains(s.screen(), "nothing was logged yet") {
			t.Errorf("the screen is\n%s", s.screen())
		}
		s.m.log = func() (lines []string, err error) {
			for i := range 100 {
				lines = append(lines, fmt.Sprintf("line %d \x1b[2J\u202e", i))
			}
			return lines, nil
		}
		has := func(name string, texts ...string) {
			t.Helper()
			s.safe(name)
			for _, text := range texts {
				if !strings.Contains(s.screen(), text) {
					t.Errorf("%s: %q is not on the screen:\n%s", name, text, s.screen())
				}
			}
		}
		s.keys("@")
		has("end", "Log", "line 99 ␛[2J")
		s.keys("k")
		if strings.Contains(s.screen(), "line 99 ") {
			t.Error("it is not scrolled")
		}
		s.keys("g")
		has("beginning", "line 0 ")
		s.keys("G")
		has("end again", "line 99 ")
		s.keys("x")
		if s.m.dialog != nil {
			t.Error("it is not closed")
		}
		s.m.log = func() ([]string, error) { return nil, errors.New("the disk is gone\x1b[2J") }
		s.keys("@")
		has("failure", "the disk is gone␛[2J")
	})
}
