package ui

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"posthorn/mail"
	"posthorn/sync"
)

// This file and the others of its kind say what is right where it is known that
// the interface does something else.

// at returns the message under the cursor.
func (s *session) at() mail.ID {
	s.t.Helper()
	id, ok := s.m.panes.list.Current()
	if !ok {
		s.t.Fatalf("the cursor is on no message:\n%s", s.screen())
	}
	return id
}

// inbox and trash are folders of the first account.
func (s *session) inbox() mail.FolderID { return s.e.folder(0, mail.Inbox).ID }
func (s *session) trash() mail.FolderID { return s.e.folder(0, mail.Trash).ID }

// where returns the folder that a message lies in, 0 for one that is gone.
func (s *session) where(id mail.ID) mail.FolderID {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	if m := s.e.row(id); m != nil {
		return m.Folder
	}
	return 0
}

// openTrash shows the trash with two messages in it.
func (s *session) openTrash() {
	s.t.Helper()
	s.e.arrives(s.trash(), "thrown away")
	s.e.arrives(s.trash(), "thrown away later")
	s.settle()
	s.keys("left", "j", "j", "j", "j", "enter")
	s.shows("thrown away later")
}

// A question is about the messages that it was asked about, whatever comes
// while it is open.
func TestQuestionKeepsItsMessages(t *testing.T) {
	for name, meanwhile := range map[string]func(s *session, asked mail.ID){
		"one arrives":        func(s *session, _ mail.ID) { s.e.arrives(s.trash(), "just come") },
		"the asked one went": func(s *session, asked mail.ID) { s.e.vanishes(asked) },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				s.openTrash()
				asked, all := s.at(), s.e.in(s.trash())
				s.keys("d")
				s.shows("for good?")
				meanwhile(s, asked)
				s.settle()
				s.keys("y")
				s.keys("y")
				for _, id := range all {
					if id != asked && s.where(id) != s.trash() {
						t.Errorf("another message is deleted for good: %s, and asked was about %s", id, asked)
					}
				}
				for _, c := range s.e.did {
					if x, ok := c.(mail.Expunge); ok && !slices.Equal(x.IDs, []mail.ID{asked}) {
						t.Errorf("another message is deleted for good: %v, and asked was about %s", x.IDs, asked)
					}
				}
			})
		})
	}
}

// So is the choice of a folder.
func TestChooserKeepsItsMessages(t *testing.T) {
	for name, key := range map[string]string{"move": "m", "copy": "y"} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				asked := s.at()
				s.keys(key, "choir")
				s.e.arrives(s.inbox(), "just come")
				s.settle()
				s.keys("enter")
				to := s.e.folders[6].ID
				want := map[string]mail.Change{"move": mail.Move{IDs: []mail.ID{asked}, To: to}, "copy": mail.Copy{IDs: []mail.ID{asked}, To: to}}[name]
				if len(s.e.did) != 1 || !reflect.DeepEqual(s.e.did[0], want) {
					t.Errorf("another message was chosen for: done is %+v, want %+v", s.e.did, want)
				}
			})
		})
	}
}

// A list that cannot be read anew stays as it was.
func TestListSurvivesErrors(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.e.fail("Entries", "", errors.New("database is locked (5) (SQLITE_BUSY)"))
		s.send(engineSpoke{sync.MessagesChanged{Account: "ann"}})
		s.shows("database is locked")
		if s.m.panes.list.Len() != 6 || strings.Contains(s.screen(), "No messages.") {
			t.Errorf("the list is empty:\n%s", s.screen())
		}
	})
}

// What is deleted from the results of a search leaves them.
func TestDeletedLeavesResults(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("/", "clean", "enter") // in all but one
		n, id := s.m.panes.list.Len(), s.at()
		s.keys("d")
		if s.where(id) != s.trash() || s.m.panes.list.Len() != n-1 || s.at() == id {
			t.Fatalf("the deleted message is still among the results:\n%s", s.screen())
		}
		next := s.at()
		if s.keys("d"); s.m.dialog != nil || s.where(next) != s.trash() {
			t.Errorf("the next message does not go to the trash:\n%s", s.screen())
		}
	})
}

// The key that opens messages is too near at hand to delete them for good.
func TestEnterDeletesNothing(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.openTrash()
		id := s.at()
		s.keys("d", "enter")
		if s.where(id) != s.trash() {
			t.Errorf("enter deletes for good:\n%s", s.screen())
		}
	})
}

// What was deleted for good cannot be taken back, and nobody says so.
func TestUndoAfterExpunge(t *testing.T) {
	playReal(t, func(s *session) {
		s.keys("d")                       // to the trash
		s.keys("left", "j", "j", "enter") // and there
		s.keys("d", "y", "z")
		if got := s.screen(); strings.Contains(got, "took ") {
			t.Errorf("what was deleted for good: the screen says that it came back:\n%s", got)
		}
	})
}

// A copy can be taken back, before the server heard of it, too.
func TestUndoCopy(t *testing.T) {
	playReal(t, func(s *session) {
		s.keys("y", "arch", "enter")
		s.shows("1 message copied")
		s.keys("z")
		s.shows("took back the copy of 1 message")
	})
}

// Where some of the messages were read, u marks all as read; only where all
// were, as unread.
func TestReadForAll(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.e.vanishes(s.e.rows[0].ID)
		s.settle() // now one that was read is on top
		s.keys("*", "u")
		if n := s.unread(); n != 0 {
			t.Errorf("%d messages are unread, after all were marked", n)
		}
		if s.m.panes.list.Selected() == 0 {
			s.keys("*")
		}
		s.keys("u")
		if n := s.unread(); n != s.m.panes.list.Len() {
			t.Errorf("%d messages of %d could be marked as unread", n, s.m.panes.list.Len())
		}
	})
}

// unread counts the unread messages of the inbox.
func (s *session) unread() (n int) {
	for _, id := range s.e.in(s.inbox()) {
		if !s.e.row(id).Flags.Has(mail.Seen) {
			n++
		}
	}
	return n
}

// What is done to a folded conversation is done to all of it.
func TestFoldedConversation(t *testing.T) {
	for name, test := range map[string]struct {
		keys []string
		done func(*session, mail.Summary) bool
	}{
		"archive": {[]string{"e"}, func(s *session, m mail.Summary) bool { return m.Folder == s.e.folder(0, mail.Archive).ID }},
		"delete":  {[]string{"d"}, func(s *session, m mail.Summary) bool { return m.Folder == s.trash() }},
		"move":    {[]string{"m", "choir", "enter"}, func(s *session, m mail.Summary) bool { return m.Folder == s.e.folders[6].ID }},
		"read":    {[]string{"u"}, func(_ *session, m mail.Summary) bool { return m.Flags.Has(mail.Seen) }},
		"star":    {[]string{"s"}, func(_ *session, m mail.Summary) bool { return m.Flags.Has(mail.Flagged) }},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 100, 30, func(s *session) {
				for i := range 3 { // the first three of the samples, all unread
					s.e.rows[i].Thread, s.e.rows[i].Flags = 7, 0
				}
				s.keys("t", "space")
				if s.m.panes.list.Len() != 4 {
					t.Fatalf("nothing is folded:\n%s", s.screen())
				}
				s.keys(test.keys...)
				for i := range 3 {
					if !test.done(s, s.e.rows[i]) {
						t.Errorf("only the first of the conversation is meant: message %d is not, done is %+v", i, s.e.did)
					}
				}
			})
		})
	}
}
