package ui

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"posthorn/mail"
)

// texts returns what the drafts that are kept say.
func (s *session) texts() (list []string) {
	for _, id := range s.e.in(s.e.folder(0, mail.Drafts).ID) {
		list = append(list, string(s.e.raw[id]))
	}
	return list
}

// keeps reports whether a text is in the composer, or in a draft that is kept.
func (s *session) keeps(text string) bool {
	for _, l := range s.m.desk.letters {
		if strings.Contains(l.Draft().Body, text) {
			return true
		}
	}
	return strings.Contains(strings.Join(s.texts(), "\n"), text)
}

// writes begins a message to somebody, with a text.
func (s *session) writes(to, text string) {
	s.t.Helper()
	s.keys("c", to, "tab", "tab", "tab", "tab", text)
}

// Who answers types on while the message comes; what was typed for the answer
// does nothing to the list.
func TestKeysAfterReply(t *testing.T) {
	for c, call := range map[string]string{"r": "Open", "R": "Open", "f": "Whole", "b": "Copy"} {
		t.Run(c, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				slow := s.e.hold(call, before)
				s.keys(c, "ed")
				slow.open()
				s.settle()
				if len(s.e.did) > 0 {
					t.Errorf("the keys went to the list: %+v", s.e.did)
				}
			})
		})
	}
}

// An answer whose message comes late does not take the place of what somebody
// writes meanwhile, and is completed where it lies.
func TestLateReply(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		slow := s.e.hold("Open", before)
		s.keys("r", "Hello", "alt+x", "compose", "enter", "ben@example.org", "tab", "tab", "tab", "tab", "an hour of work")
		slow.open()
		s.settle()
		if got := s.m.desk.current().Draft().Body; got != "an hour of work" {
			t.Errorf("on the screen is %q:\n%s", got, s.screen())
		}
		s.keys("ctrl+o", "enter")
		if got := s.m.desk.current().Draft(); !strings.HasPrefix(got.Body, "Hello\n\nMira Castell wrote:") || !strings.Contains(got.Body, "> the lens is back") || got.Answers.ID != s.e.rows[0].ID {
			t.Errorf("the answer is %+v", got)
		}
	})
}

// A letter that is begun from within another one does not replace it.
func TestComposeInComposer(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.writes("ben@example.org", "an hour of work")
		s.keys("alt+x", "compose", "enter")
		if !s.keeps("an hour of work") {
			t.Errorf("the open letter is gone:\n%s", s.screen())
		}
	})
}

// What becomes of one letter is nothing to the next one: its first copy replaces
// none.
func TestLateAutosave(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		late := s.e.hold("SaveDraft", after)
		s.writes("ben@example.org", "the first letter")
		s.pass(autosave)
		if late.held() != 1 {
			t.Fatalf("%d drafts are on their way", late.held())
		}
		s.keys("esc")
		for late.held() > 1 {
			late.one(1) // what esc kept
			s.settle()
		}
		s.writes("cid@example.org", "the second letter")
		late.open()
		s.settle()
		s.keys("esc")
		for i, raw := range s.e.drafts {
			if strings.Contains(string(raw), "the second letter") {
				if old := s.e.replaced[i]; old != 0 {
					t.Errorf("the second letter replaces a copy of the first: %s", old)
				}
				return
			}
		}
		t.Errorf("the second letter is not kept: %q", s.texts())
	})
}

// A letter is kept, however far its addresses are typed.
func TestKeptWithHalfAnAddress(t *testing.T) {
	for name, keep := range map[string]func(*session){
		"leave":    func(s *session) { s.keys("esc") },
		"save":     func(s *session) { s.keys("ctrl+s") },
		"autosave": func(s *session) { s.pass(2 * autosave) },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				s.writes("ben", "what I wrote")
				keep(s)
				if !strings.Contains(strings.Join(s.texts(), "\n"), "what I wrote") {
					t.Errorf("nothing is kept:\n%s", s.screen())
				}
			})
		})
	}
}

// What was written in an editor is kept, however the editor ends.
func TestEditorFails(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("VISUAL", `write() { echo "an hour of work" > "$1"; return 1; }; write`)
	play(t, 100, 30, func(s *session) {
		s.writes("ben@example.org", "")
		s.keys("ctrl+e")
		left, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		kept := s.keeps("an hour of work")
		for _, f := range left {
			b, err := os.ReadFile(f)
			kept = kept || err == nil && strings.Contains(string(b), "an hour of work")
		}
		if !kept {
			t.Errorf("what the editor wrote is gone:\n%s", s.screen())
		}
	})
}

// The key that ends programs does not end this one under a letter.
func TestInterruptInComposer(t *testing.T) {
	for name, text := range map[string]string{"written": "an hour of work", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				s.writes("ben@example.org", text)
				s.keys("ctrl+c")
				s.pass(time.Second)
				if s.quit {
					t.Error("the program has ended")
				}
			})
		})
	}
}

// What is typed for a draft that is still being fetched is in it afterwards, also
// when it was left before it came.
func TestTypedForDraft(t *testing.T) {
	for name, meanwhile := range map[string][]string{
		"stays":            nil,
		"left":             {"esc"},
		"mail looked at":   {"ctrl+o", "enter"},
		"another one":      {"alt+x", "compose", "enter"},
		"within a box":     {"alt+x"},
		"saved too early":  {"alt+x", "save-draft", "enter"},
		"quit from within": {"alt+x", "quit", "enter"},
	} {
		for _, fails := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " ", fails), func(t *testing.T) {
				play(t, 100, 30, func(s *session) {
					s.writes("ben@example.org", "the first part")
					s.keys("esc", "gd")
					slow := s.e.hold("Whole", before)
					s.keys("enter", "and more ")
					s.keys(meanwhile...)
					if fails {
						s.e.fail("Whole", "", errors.New("the line broke"))
					}
					slow.open()
					s.settle()
					s.keys("esc", "esc", "esc")
					if !s.keeps("the first part") {
						t.Errorf("the draft is gone: %q", s.texts())
					}
					if !fails && !s.keeps("and more the first part") || !s.typed("and more") {
						t.Errorf("what was typed is gone: %q\n%s", s.texts(), s.screen())
					}
				})
			})
		}
	}
}

// typed reports whether a text is kept, in whichever field it came to lie.
func (s *session) typed(text string) bool {
	for _, l := range s.m.desk.letters {
		if strings.Contains(fmt.Sprintf("%+v", l.Draft()), text) {
			return true
		}
	}
	return strings.Contains(strings.Join(s.texts(), "\n"), text)
}

// Of several messages the first is answered, or passed on, and it says so.
func TestAnswerOfSeveral(t *testing.T) {
	for _, k := range []string{"r", "R", "L", "f", "b"} {
		t.Run(k, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				s.keys(k)
				if strings.Contains(s.screen(), "about the first") {
					t.Errorf("of one message it says\n%s", s.screen())
				}
			})
			play(t, 100, 30, func(s *session) {
				s.e.hold("Open", before)
				s.keys("x", "x", k)
				s.shows("this is about the first of the 2 messages only")
			})
		})
	}
}
