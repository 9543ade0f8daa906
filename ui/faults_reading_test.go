package ui

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// Results come on, whatever the list does meanwhile.
func TestThreadsDuringSearch(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		slow := s.e.hold("Search", amid)
		s.keys("/", "clean", "enter")
		if s.m.panes.list.Len() == 0 {
			t.Fatalf("nothing is shown of what was found:\n%s", s.screen())
		}
		s.keys("t")
		slow.open()
		s.settle()
		if s.m.panes.list.Len() != 5 || strings.Contains(s.screen(), "clean …") {
			t.Errorf("the search is frozen: %d messages of 5:\n%s", s.m.panes.list.Len(), s.screen())
		}
	})
}

// What was found comes by date, however late the newest are reported.
func TestResultsByDate(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("/", "clean", "enter")
		var when []int64
		for _, h := range s.m.panes.list.search.Entries() {
			when = append(when, -s.e.row(h.ID).Received.Unix())
		}
		if len(when) != 5 || !slices.IsSorted(when) {
			t.Errorf("the results are not by date:\n%s", s.screen())
		}
	})
}

// A search of all accounts goes on where one fails.
func TestSearchWithOneAccountDown(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		slow := s.e.hold("Search", amid)
		s.e.fail("Search", "work", errors.New("the line broke"))
		s.keys("0", "/", "lens or office", "enter")
		found := s.m.panes.list.Len()
		s.shows("the line broke")
		slow.open()
		s.settle()
		if s.m.panes.list.Len() < found || s.m.panes.list.Len() != 17 {
			t.Errorf("%d messages are left of those that ann has:\n%s", s.m.panes.list.Len(), s.screen())
		}
	}, "ann", "work")
}

// While one of the accounts still searches, the search is not over.
func TestSearchIsNotOverWithTheFirst(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		slow := s.e.hold("Search", amid)
		s.keys("0", "/", "lens or office", "enter")
		slow.one(1)
		s.settle()
		if !s.m.panes.list.search.Searching() {
			t.Errorf("it says that the search is over, and it is not:\n%s", s.screen())
		}
	}, "ann", "work")
}

// attached is a message with two attachments.
const attached = "From: a@example.org\r\nSubject: two files\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n" +
	"--b\r\nContent-Type: text/plain; name=one.txt\r\nContent-Disposition: attachment; filename=one.txt\r\n\r\none\r\n" +
	"--b\r\nContent-Type: text/plain; name=two.txt\r\nContent-Disposition: attachment; filename=two.txt\r\n\r\ntwo\r\n--b--\r\n"

// files returns the names of the files in a folder.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// Who chooses one attachment gets that one.
func TestSaveOneAttachment(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	play(t, 100, 30, func(s *session) {
		s.e.raw[s.e.rows[0].ID] = []byte(attached)
		s.keys("enter", "a", "down", "enter", "enter")
		if got := files(t, home); !slices.Equal(got, []string{"two.txt"}) {
			t.Errorf("saved are %q, and two.txt was chosen:\n%s", got, s.screen())
		}
	})
}

// ~ is the home of the user.
func TestSaveAtHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Chdir(t.TempDir())
	play(t, 100, 30, func(s *session) {
		s.e.raw[s.e.rows[0].ID] = []byte(attached)
		s.keys("enter", "S", "backspace", "enter")
		if got := files(t, home); len(got) != 2 {
			t.Errorf("at home are %q:\n%s", got, s.screen())
		}
		if got := files(t, "."); len(got) != 0 {
			t.Errorf("a folder is called ~: %q", got)
		}
	})
}

// What is deleted again, after it was taken back among the results, stays away,
// however late the answer comes that it was there.
func TestDeletedAgainInResults(t *testing.T) {
	play(t, 100, 30, func(s *session) {
		s.keys("/", "clean", "enter")
		n := s.m.panes.list.Len()
		s.keys("d", "d")
		slow := s.e.hold("Rows", after)
		s.keys("z") // it is looked up what is back
		if slow.held() == 0 {
			t.Fatal("nothing is looked up")
		}
		s.e.hold("Rows", after).open()
		s.keys("z")
		if s.m.panes.list.Len() != n {
			t.Fatalf("not all are back:\n%s", s.screen())
		}
		s.keys("g", "g", "j")
		id := s.at()
		s.keys("d")
		slow.open()
		s.settle()
		if s.m.panes.list.Len() != n-1 || s.at() == id || s.where(id) != s.trash() {
			t.Errorf("%s is shown again:\n%s", id, s.screen())
		}
	})
}
