package ui

import (
	"strings"
	"testing"

	"posthorn/sync"
)

// One change costs one reading of what is on screen, however many events tell of
// it: one of the folders, one of the places, and at most one of the rows in view.
func TestOneReload(t *testing.T) {
	for name, test := range map[string]struct {
		before []string // keys that make it ready
		change func(*session)
		deed   int // how many readings of rows belong to the deed itself
	}{
		"star":            {nil, func(s *session) { s.keys("s") }, 1},
		"read":            {nil, func(s *session) { s.keys("u") }, 1},
		"archive":         {nil, func(s *session) { s.keys("e") }, 0},
		"archive several": {[]string{"x", "x", "x"}, func(s *session) { s.keys("e") }, 0},
		"copy":            {nil, func(s *session) { s.keys("y", "arch", "enter") }, 0},
		"delete for good": {[]string{"g", "t"}, func(s *session) { s.keys("d", "y") }, 0},
		"undo":            {[]string{"e"}, func(s *session) { s.keys("z") }, 0},
		"new mail":        {nil, func(s *session) { s.e.arrives(s.inbox(), "new"); s.settle() }, 0},
		"mail that goes":  {nil, func(s *session) { s.e.vanishes(s.at()); s.settle() }, 0},
		"many events": {nil, func(s *session) {
			for range 50 {
				s.e.tell(sync.FoldersChanged{Account: "ann"}, sync.MessagesChanged{Account: "ann"}, sync.FolderChanged{Account: "ann", Folder: s.inbox()})
			}
			s.settle()
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				if strings.HasPrefix(name, "delete") {
					s.keys("d")
				}
				s.keys(test.before...)
				s.e.since()
				test.change(s)
				got := s.e.since()
				if got["Entries"] != 1 || got["Folders"] != 1 || got["Rows"] > 1+test.deed || got["Outbox"] > 1 {
					t.Errorf("it cost %v", got)
				}
			})
		})
	}
}

// What changes elsewhere costs no reading of the list.
func TestNoReload(t *testing.T) {
	for name, e := range map[string]sync.Event{
		"another account": sync.MessagesChanged{Account: "work"},
		"its folders":     sync.FoldersChanged{Account: "work"},
		"a state":         sync.AccountChanged{Account: "ann"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				s.e.since()
				s.e.tell(e)
				s.settle()
				if got := s.e.since(); len(got) > 0 {
					t.Errorf("it cost %v", got)
				}
			}, "ann", "work")
		})
	}
}
