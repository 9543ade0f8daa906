package ui

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"posthorn/mail"
)

// bind is one bind, for the key B.
func bind(b Bind) Options {
	b.Keys = []string{"B"}
	return Options{Theme: "dark", Binds: map[string]Bind{"mine": b}}
}

// A key does several commands to the same messages, with what is said to them.
func TestBinds(t *testing.T) {
	e := newFake()
	first, second := e.rows[0].ID, e.rows[1].ID
	choir := e.folders[6].ID
	for name, tt := range map[string]struct {
		do   []string
		keys []string
		want []mail.Change
	}{
		"one after the other": {[]string{"mark-read", "archive"}, []string{"B"},
			[]mail.Change{mail.SetFlags{IDs: []mail.ID{first}, Add: mail.Seen}, mail.File{IDs: []mail.ID{first}, To: mail.Archive}}},
		"to a folder":     {[]string{"move Lists/choir"}, []string{"B"}, []mail.Change{mail.Move{IDs: []mail.ID{first}, To: choir}}},
		"to a role":       {[]string{"copy archive"}, []string{"B"}, []mail.Change{mail.Copy{IDs: []mail.ID{first}, To: e.folders[3].ID}}},
		"the selection":   {[]string{"star", "archive"}, []string{"x", "x", "B"}, []mail.Change{mail.SetFlags{IDs: []mail.ID{first}, Add: mail.Flagged}, mail.File{IDs: []mail.ID{first, second}, To: mail.Archive}}},
		"selected by it":  {[]string{"select", "select", "archive"}, []string{"B"}, []mail.Change{mail.File{IDs: []mail.ID{first, second}, To: mail.Archive}}},
		"again":           {[]string{"move Lists/choir"}, []string{"B", "."}, []mail.Change{mail.Move{IDs: []mail.ID{first}, To: choir}, mail.Move{IDs: []mail.ID{second}, To: choir}}},
		"while reading":   {[]string{"star", "mark-unread"}, []string{"j", "enter", "B"}, []mail.Change{mail.SetFlags{IDs: []mail.ID{second}, Remove: mail.Flagged}, mail.SetFlags{IDs: []mail.ID{second}, Remove: mail.Seen}}},
		"nothing beyond":  {[]string{"move nowhere", "archive"}, []string{"B"}, nil},
		"nor beyond what": {[]string{"move", "archive"}, []string{"B", "choir", "enter"}, []mail.Change{mail.Move{IDs: []mail.ID{first}, To: choir}}},
		"by the palette":  {[]string{"archive"}, []string{":", "mine", "enter"}, []mail.Change{mail.File{IDs: []mail.ID{first}, To: mail.Archive}}},
		"after going":     {[]string{"go-folder Lists/choir", "search is:unread"}, []string{"B"}, nil},
		"and what is not": {[]string{"scroll-down", "archive"}, []string{"B"}, nil}, // for the reader
	} {
		t.Run(name, func(t *testing.T) {
			playWith(t, bind(Bind{Do: tt.do}), 100, 30, func(s *session) {
				if s.keys(tt.keys...); !reflect.DeepEqual(s.e.did, tt.want) {
					t.Errorf("done is %+v, want %+v:\n%s", s.e.did, tt.want, s.screen())
				}
			})
		})
	}
	playWith(t, bind(Bind{Do: []string{"go-folder Lists/choir", "search is:unread"}}), 100, 30, func(s *session) {
		s.keys("B")
		s.shows("Search: is:unread")
		if s.m.panes.list.Len() != 12 {
			t.Errorf("shown is\n%s", s.screen())
		}
	})
}

func TestBindMistakes(t *testing.T) {
	for name, tt := range map[string]struct {
		bind Bind
		says string
	}{
		"no such command":    {Bind{Do: []string{"fly"}}, `bind.mine: there is no command "fly"`},
		"takes nothing":      {Bind{Do: []string{"archive now"}}, "nothing can follow archive"},
		"nothing":            {Bind{}, "either do or run"},
		"both":               {Bind{Do: []string{"archive"}, Run: "cat"}, "either do or run"},
		"no such input":      {Bind{Run: "cat", Input: "all"}, "selection"},
		"of two places":      {Bind{Do: []string{"save-draft", "archive"}}, "another place"},
		"of two others":      {Bind{Do: []string{"down", "scroll-down"}}, "another place"},
		"the key of another": {Bind{Keys: []string{"A"}, Do: []string{"archive"}}, `"A" is the key of keys.junk too`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(t.Context(), newFake(), Options{Keys: map[string][]string{"junk": {"A"}}, Binds: map[string]Bind{"mine": tt.bind}})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %s", err, tt.says)
			}
		})
	}
	if _, err := New(t.Context(), newFake(), Options{Binds: map[string]Bind{"archive": {Run: "cat"}}}); err == nil {
		t.Error("a bind has the name of a command")
	}
}

// A program gets what it is to have.
func TestBindProgram(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	for input, want := range map[string]int{"": 0, "message": 0, "selection": 1, "conversation": 3} {
		t.Run(input, func(t *testing.T) {
			playWith(t, bind(Bind{Run: "cat > " + out + "; echo got it", Input: input}), 100, 30, func(s *session) {
				for i := range 3 {
					s.e.rows[i].Thread = 7
				}
				s.keys("t", "B")
				s.shows("done: got it")
				b, err := os.ReadFile(out)
				if n := strings.Count("\n"+string(b), "\nFrom x@example.org ") + strings.Count("\n"+string(b), "\nFrom MAILER"); err != nil || n != want {
					t.Errorf("%d messages of an mbox, want %d: %q", n, want, b)
				}
			})
		})
	}
}

// Where one goes on after a message was taken away.
func TestAfter(t *testing.T) {
	for after, tt := range map[string]struct{ reading, list int }{"": {3, 3}, "next": {3, 3}, "previous": {1, 1}, "list": {0, 3}} {
		for _, keys := range [][]string{{"e"}, {"d"}, {"m", "choir", "enter"}} {
			t.Run(after+" "+keys[0], func(t *testing.T) {
				o := Options{Theme: "dark", After: after}
				playWith(t, o, 100, 30, func(s *session) {
					s.keys("j", "j", "enter")
					s.keys(keys...)
					switch {
					case tt.reading == 0 && (s.m.panes.focus != listPane || s.m.panes.reader.ID() != 0):
						t.Errorf("it is not the list:\n%s", s.screen())
					case tt.reading != 0 && s.m.panes.reader.ID() != s.e.rows[tt.reading].ID:
						t.Errorf("read is %v:\n%s", s.m.panes.reader.ID(), s.screen())
					}
				})
				playWith(t, o, 100, 30, func(s *session) {
					s.keys("j", "j")
					s.keys(keys...)
					if s.at() != s.e.rows[tt.list].ID {
						t.Errorf("the cursor is on %v:\n%s", s.at(), s.screen())
					}
				})
			})
		}
	}
}

// When a message counts as read.
func TestMarkSeen(t *testing.T) {
	for name, tt := range map[string]struct {
		after time.Duration
		then  func(s *session)
		seen  bool
	}{
		"at once":             {0, func(*session) {}, true},
		"never":               {-1, func(s *session) { s.pass(time.Minute) }, false},
		"not yet":             {2 * time.Second, func(s *session) { s.pass(time.Second) }, false},
		"in time":             {2 * time.Second, func(s *session) { s.pass(3 * time.Second) }, true},
		"passing by":          {2 * time.Second, func(s *session) { s.pass(time.Second); s.keys("J"); s.pass(5 * time.Second) }, false},
		"closed":              {2 * time.Second, func(s *session) { s.pass(time.Second); s.keys("q"); s.pass(5 * time.Second) }, false},
		"closed and opened":   {2 * time.Second, func(s *session) { s.pass(time.Second); s.keys("q", "enter"); s.pass(1500 * time.Millisecond) }, false},
		"marked by hand":      {2 * time.Second, func(s *session) { s.keys("u", "u"); s.pass(5 * time.Second) }, false},
		"before it was there": {0, func(s *session) { s.keys("q") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			playWith(t, Options{Theme: "dark", MarkSeen: tt.after}, 100, 30, func(s *session) {
				s.keys("enter")
				tt.then(s)
				if got := s.e.rows[0].Flags.Has(mail.Seen); got != tt.seen {
					t.Errorf("it counts as read: %v:\n%s", got, s.screen())
				}
				if s.e.rows[2].Flags.Has(mail.Seen) {
					t.Error("another one counts as read")
				}
			})
		})
	}
}

// A selection ends when it is acted on, unless it is to be kept.
func TestKeepSelection(t *testing.T) {
	for _, keep := range []bool{false, true} {
		for _, keys := range [][]string{{"s"}, {"u"}, {"y", "choir", "enter"}, {":", "mark-read", "enter"}} {
			playWith(t, Options{Theme: "dark", Keep: keep}, 100, 30, func(s *session) {
				s.keys("x", "x")
				s.shows("2 selected")
				s.keys(keys...)
				if n := s.m.panes.list.Selected(); (n == 2) != keep {
					t.Errorf("%d are selected after %v, kept: %v", n, keys, keep)
				}
			})
		}
	}
}
