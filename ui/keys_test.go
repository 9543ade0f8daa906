package ui

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"posthorn/mail"
)

// g begins what goes somewhere.
func TestGo(t *testing.T) {
	for name, tt := range map[string]struct {
		keys []string
		role mail.Role
	}{
		"inbox":           {[]string{"gt", "gi"}, mail.Inbox},
		"drafts":          {[]string{"gd"}, mail.Drafts},
		"sent":            {[]string{"gs"}, mail.Sent},
		"archive":         {[]string{"ga"}, mail.Archive},
		"trash":           {[]string{"gt"}, mail.Trash},
		"no junk":         {[]string{"gj"}, mail.Inbox},
		"from a message":  {[]string{"enter", "gt"}, mail.Trash},
		"by its name":     {[]string{"gf", "Tra", "enter"}, mail.Trash},
		"from folders":    {[]string{"left", "ga"}, mail.Archive},
		"esc in between":  {[]string{"g", "esc", "t"}, mail.Inbox},
		"all accounts":    {[]string{"0", "gt"}, mail.Trash},
		"by name, of all": {[]string{"0", "gf", "Tra", "enter"}, mail.Trash},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				if s.keys(tt.keys...); s.m.panes.role() != tt.role {
					t.Errorf("shown is %v:\n%s", s.m.panes.role(), s.screen())
				}
			}, "ann", "work")
		})
	}
}

// What can follow is said, and what does nothing too.
func TestBegunKeys(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("G", "g")
		s.shows("g … g top · i go-inbox")
		s.keys("g")
		if s.at() != s.e.rows[0].ID {
			t.Errorf("g g is not at the top:\n%s", s.screen())
		}
		if strings.Contains(s.screen(), "g …") {
			t.Errorf("what can follow is still said:\n%s", s.screen())
		}
		s.keys("g", "e")
		s.shows("g e does nothing here")
		s.keys("gj")
		s.shows("there is no folder for junk")
		if len(s.e.did) > 0 {
			t.Errorf("done is %+v", s.e.did)
		}
	})
}

// A sequence that is pressed for a message that is still being fetched waits with
// the other keys.
func TestBegunKeysWait(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		slow := s.e.hold("Open", before)
		s.keys("enter", "gl", "1", "enter")
		slow.open()
		s.settle()
		if s.clip != "https://example.org/lens" {
			t.Errorf("copied is %q:\n%s", s.clip, s.screen())
		}
	})
}

// Where the message does not come, what was typed for a box of it is for nobody.
func TestKeysForNobody(t *testing.T) {
	for name, then := range map[string]func(*session){
		"too late": func(s *session) { s.pass(patience) },
		"left":     func(s *session) { s.keys("esc") },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				slow := s.e.hold("Open", before)
				s.keys("enter", "S", "qed:/e", "enter")
				if s.m.panes.focus != readerPane || s.m.dialog != nil {
					t.Errorf("keys did not wait:\n%s", s.screen())
				}
				then(s)
				slow.open()
				s.settle()
				if len(s.e.did) > 1 || s.m.dialog != nil || s.m.panes.list.search.On() { // it is marked as seen
					t.Errorf("done is %+v:\n%s", s.e.did, s.screen())
				}
			})
		})
	}
}

func TestLinkNumber(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("enter", "gl", "2", "enter")
		s.shows("there is no link 2")
		s.keys("gl", "1", "enter")
		if s.clip != "https://example.org/lens" {
			t.Errorf("copied is %q:\n%s", s.clip, s.screen())
		}
	})
}

// q asks once before it quits; esc never quits.
func TestQuit(t *testing.T) {
	for name, tt := range map[string]struct {
		keys []string
		quit bool
	}{
		"q and y":       {[]string{"q", "y"}, true},
		"q and q":       {[]string{"q", "q"}, false},
		"q and enter":   {[]string{"q", "enter"}, false},
		"esc":           {[]string{"esc", "esc", "y", "esc"}, false},
		"back and quit": {[]string{"x", "enter", "q", "q", "q", "y"}, true},
		"ctrl+c":        {[]string{"ctrl+c"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				if s.keys(tt.keys...); s.quit != tt.quit {
					t.Errorf("it has ended: %v:\n%s", s.quit, s.screen())
				}
			})
		})
	}
}

// What was done last is done again to what is meant now.
func TestAgain(t *testing.T) {
	e := newFake()
	second, third := e.rows[1].ID, e.rows[2].ID
	for name, tt := range map[string]struct {
		keys []string
		want mail.Change
	}{
		"archive":        {[]string{"e", "."}, mail.File{IDs: []mail.ID{second}, To: mail.Archive}},
		"move":           {[]string{"m", "choir", "enter", "j", "."}, mail.Move{IDs: []mail.ID{third}, To: e.folders[6].ID}},
		"copy":           {[]string{"y", "arch", "enter", "j", "."}, mail.Copy{IDs: []mail.ID{second}, To: e.folders[3].ID}},
		"on several":     {[]string{"s", "j", "x", "x", "."}, mail.SetFlags{IDs: []mail.ID{third}, Add: mail.Flagged}},
		"not the moving": {[]string{"e", "j", "k", "."}, mail.File{IDs: []mail.ID{second}, To: mail.Archive}},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				s.keys(tt.keys...)
				if n := len(s.e.did); n != 2 || !reflect.DeepEqual(s.e.did[n-1], tt.want) {
					t.Errorf("done is %+v, want %+v\n%s", s.e.did, tt.want, s.screen())
				}
			})
		})
	}
	play(t, 100, 30, func(s *session) {
		s.keys(".")
		s.shows("nothing was done yet")
	})
}

// Programs get one message as it is, several as an mbox.
func TestPipe(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for name, tt := range map[string]struct {
		keys []string
		want []string
	}{
		"one":     {[]string{"|"}, []string{"From: Mira"}},
		"several": {[]string{"x", "x", "|"}, []string{"From x@example.org Mon Nov 23 17:00:00 2026\nFrom: Mira", "\n\nFrom x@example.org Sun Nov 22"}},
		"reading": {[]string{"enter", "|"}, []string{"From: Mira"}},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				s.keys(append(tt.keys, "cat > "+out+"; echo got it", "enter")...)
				s.shows("done: got it")
				b, _ := os.ReadFile(out)
				for _, want := range tt.want {
					if !strings.Contains(string(b), want) {
						t.Errorf("the program got %q, want %q", b, tt.want)
					}
				}
				if !strings.HasPrefix(string(b), tt.want[0]) {
					t.Errorf("the program got %q", b)
				}
			})
		})
	}
}

// The palette tells the keys of the place where it opens.
func TestPaletteKeys(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("c", "alt+x", "find a command")
		s.shows("alt+x │")
	})
}

// Read and unread are commands of their own.
func TestMarks(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		ids := s.e.in(s.inbox())[:2]
		s.keys("x", "x", ":", "mark-unread", "enter", "x", "k", "k", ":", "mark-read", "enter")
		want := []mail.Change{mail.SetFlags{IDs: ids, Remove: mail.Seen}, mail.SetFlags{IDs: ids[:1], Add: mail.Seen}}
		if !slices.ContainsFunc(s.e.did, func(c mail.Change) bool { return reflect.DeepEqual(c, want[0]) }) {
			t.Errorf("done is %+v, want %+v", s.e.did, want)
		}
	})
}
