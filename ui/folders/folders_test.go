package folders_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	tea "charm.land/bubbletea/v2"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/ui/folders"
	"posthorn/ui/panetest"
	"posthorn/ui/theme"
)

// box returns a folder of an account whose server parts names with a slash.
func box(n int, name string, role mail.Role) mail.Folder {
	return mail.Folder{ID: mail.NewFolderID(0, int64(n)), Account: "ann", Mailbox: mail.Mailbox{Name: name, Delimiter: "/", Role: role, Counts: mail.Unknown()}}
}

func boxes(names ...string) (list []mail.Folder) {
	roles := map[string]mail.Role{"INBOX": mail.Inbox, "Drafts": mail.Drafts, "Sent": mail.Sent, "Archive": mail.Archive, "Trash": mail.Trash, "Junk": mail.JunkMail, "[Gmail]/Sent Mail": mail.Sent}
	for i, name := range names {
		list = append(list, box(i+1, name, roles[name]))
	}
	return list
}

func pane(list []mail.Folder) folders.Model {
	m := folders.New(theme.New(true, true)).SetSize(30, 21).Set("ann", list)
	m.Focused = true
	return m
}

// tree returns what the pane shows below its title, without blanks at the right.
func tree(m folders.Model) (lines []string) {
	for _, l := range m.View()[1:] {
		if l = strings.TrimRight(panetest.Plain(l), " "); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

func TestTree(t *testing.T) {
	for _, tt := range []struct {
		name    string
		folders []string
		want    []string
	}{
		{"roles first, in their order", []string{"Apples", "Junk", "Trash", "Archive", "Sent", "Drafts", "INBOX"}, []string{" ▸ Inbox", " ✎ Drafts", " → Sent", " ▤ Archive", " ✗ Trash", " ! Junk", "   Apples"}},
		{"nested", []string{"a/b/c", "a", "a/b", "b"}, []string{"   a", "     b", "       c", "   b"}},
		{"by letters, whatever their case", []string{"beta", "Alpha", "alpha2", "Beta2"}, []string{"   Alpha", "   alpha2", "   beta", "   Beta2"}},
		{"a sibling does not come between", []string{"Lists", "Lists-old", "Lists old", "Lists/choir"}, []string{"   Lists", "     choir", "   Lists old", "   Lists-old"}},
		{"names that differ in case", []string{"work", "Work", "work/a", "Work/b"}, []string{"   Work", "     b", "   work", "     a"}},
		{"a role below another folder", []string{"[Gmail]", "[Gmail]/Sent Mail", "INBOX"}, []string{" ▸ Inbox", " → Sent Mail", "   [Gmail]"}},
		{"below a role", []string{"INBOX", "Archive", "Sent", "Archive/2024", "Sent/2024", "Archive/2024/June"}, []string{" ▸ Inbox", " → Sent", " ▤ Archive", "   Archive/2024", "     June", "   Sent/2024"}},
		{"below the inbox", []string{"INBOX", "INBOX/work", "Sent"}, []string{" ▸ Inbox", " → Sent", "     work"}},
		{"a parent that is not there", []string{"a/b/c", "a/b/d", "a"}, []string{"   a", "     b/c", "     b/d"}},
		{"no parent at all", []string{"x/2024", "y/2024"}, []string{"   x/2024", "   y/2024"}},
		{"none", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tree(pane(boxes(tt.folders...))); !slices.Equal(got, tt.want) {
				t.Errorf("the pane shows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestWithoutDelimiter(t *testing.T) {
	f := box(1, "a/b", mail.NoRole)
	f.Delimiter = ""
	if got := tree(pane([]mail.Folder{f})); !slices.Equal(got, []string{"   a/b"}) {
		t.Errorf("the pane shows %q", got)
	}
}

// Folders of the same name in two accounts are told apart.
func TestSeveral(t *testing.T) {
	ben := box(2, "INBOX", mail.Inbox)
	ben.Account = "ben\x1b[2J"
	m := pane([]mail.Folder{box(1, "INBOX", mail.Inbox), ben})
	m.Several = true
	if got := tree(m); !slices.Equal(got, []string{" ▸ Inbox ann", " ▸ Inbox ben␛[2J"}) {
		t.Errorf("the pane shows %q", got)
	}
}

// A count is shown whole, however little room there is for the name.
func TestUnread(t *testing.T) {
	for _, tt := range []struct {
		unread, w int
		want      string
	}{
		{-1, 20, "   Lists            "}, {0, 20, "   Lists            "}, {1, 20, "   Lists          1 "},
		{1234567, 20, "   Lists    1234567 "}, {1234567, 14, "   L… 1234567 "}, {1234567, 10, "… 1234567 "},
	} {
		f := box(1, "Lists", mail.NoRole)
		f.Unread = tt.unread
		if got := panetest.Plain(pane([]mail.Folder{f}).SetSize(tt.w, 5).View()[1]); got != tt.want {
			t.Errorf("with %d unread in %d columns the row is %q, want %q", tt.unread, tt.w, got, tt.want)
		}
	}
}

func TestCursor(t *testing.T) {
	list := boxes("INBOX", "Sent", "a", "b", "c")
	for _, tt := range []struct {
		name  string
		moves string
		after []mail.Folder
		want  string
	}{
		{"at the top", "", list, "INBOX"},
		{"not above it", "up up", list, "INBOX"},
		{"down", "down down", list, "a"},
		{"not below the end", "down down down down down down down", list, "c"},
		{"stays when others come", "down down", append(boxes("INBOX", "Sent", "a", "b", "c"), box(9, "Aa", mail.NoRole), box(10, "Trash", mail.Trash)), "a"},
		{"stays in another order", "down down down", []mail.Folder{list[3], list[0], list[4]}, "b"},
		{"goes on where its folder is gone", "down down", []mail.Folder{list[0], list[1], list[3], list[4]}, "b"},
		{"and back at the end", "down down down down", list[:2], "Sent"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := pane(list)
			for _, k := range strings.Fields(tt.moves) {
				m = m.Move(map[string]int{"down": 1, "up": -1}[k])
			}
			if got, _ := m.Set("ann", tt.after).Current(); got.Name != tt.want {
				t.Errorf("the cursor is on %q, want %q", got.Name, tt.want)
			}
		})
	}
	if _, ok := pane(nil).Move(1).Move(-1).Current(); ok {
		t.Error("the cursor is on a folder where there is none")
	}
}

// The counts come in all the time. That must not take the cursor back from who
// moves it, but another folder that is opened has it.
func TestShow(t *testing.T) {
	list := boxes("INBOX", "Sent", "a", "b")
	m := pane(list).Show(list[0].ID).Move(1).Move(1)
	if got, _ := m.Set("ann", list).Show(list[0].ID).Current(); got.Name != "a" {
		t.Errorf("the cursor went to %q", got.Name)
	}
	if got, _ := m.Show(list[3].ID).Current(); got.Name != "b" {
		t.Errorf("the cursor is on %q, and b is shown", got.Name)
	}
	m.Focused = false
	if got, _ := m.Show(list[0].ID).Current(); got.Name != "INBOX" {
		t.Errorf("the cursor rests on %q, and the inbox is shown", got.Name)
	}
}

func click(y int) tea.Msg { return tea.MouseClickMsg{Y: y, Button: tea.MouseLeft} }

// A line of the pane is the folder that is drawn on it.
func TestClick(t *testing.T) {
	list := boxes("INBOX", "a", "b", "c", "d", "e", "f", "g")
	m := pane(list).SetSize(30, 5)
	for range 5 {
		m = m.Move(1)
	}
	lines := m.View()
	for _, y := range []int{1, 2, 3, 4} {
		_, ok := m.At(y)
		next, _ := m.Update(click(y))
		if f, _ := next.Current(); !ok || !strings.HasSuffix(strings.TrimSpace(panetest.Plain(lines[y])), folders.Label(f)) {
			t.Errorf("a click on line %d, %q, finds %q", y, panetest.Plain(lines[y]), f.Name)
		}
	}
	for _, y := range []int{-1, 0, 5, 30} {
		next, _ := m.Update(click(y))
		f, _ := next.Current()
		if before, _ := m.Current(); f.ID != before.ID {
			t.Errorf("a click on line %d finds a folder", y)
		}
	}
}

func TestAll(t *testing.T) {
	list := boxes("INBOX", "a", "a/b")
	list[1].NoSelect = true
	var names []string
	for _, f := range pane(list).All() {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, []string{"INBOX", "a/b"}) {
		t.Errorf("messages can be put into %q", names)
	}
	m := pane(list)
	if f, ok := m.Find(list[2].ID); !ok || f.Name != "a/b" {
		t.Errorf("found is %q", f.Name)
	}
	if _, ok := m.Find(99); ok {
		t.Error("a folder is found that is not there")
	}
}

func TestWidths(t *testing.T) {
	for name, measure := range panetest.Measures() {
		for _, text := range panetest.Texts() {
			for _, w := range []int{6, 18, 30, 60, 300} {
				list := []mail.Folder{box(1, text, mail.NoRole), box(2, "a/"+text+"/b", mail.NoRole), box(3, text, mail.Archive), box(4, "a", mail.NoRole)}
				list[0].Unread = 12
				m := folders.New(theme.New(false, true)).Set(text, list).Show(list[0].ID).SetSize(w, 6)
				m.Measure = measure
				if panetest.Check(t, measure, m.View(), w, 6); t.Failed() {
					t.Fatalf("%s: %q in %d columns", name, text, w)
				}
			}
		}
	}
}

// Whatever is pressed and read, the pane stays in its bounds, and the cursor is on
// a folder that can be seen.
func TestAnything(t *testing.T) {
	names := []string{"INBOX", "Sent", "Archive", "a", "a/b", "a/b/c", "b", "[Gmail]/Sent Mail", "日本/語", "x/y/z"}
	seed.Check(t, func(t *rapid.T) {
		m := folders.New(theme.New(true, rapid.Bool().Draw(t, "colours")))
		m.Measure, m.Focused = panetest.Measure().Draw(t, "measure"), rapid.Bool().Draw(t, "focused")
		size := panetest.Size().Draw(t, "size")
		m = m.SetSize(size[0], size[1])
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 7).Draw(t, "what") {
			case 0:
				size = panetest.Size().Draw(t, "size")
				m = m.SetSize(size[0], size[1])
			case 1:
				list := boxes(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(names), panetest.Text()), 0, 60).Draw(t, "names")...)
				for i := range list {
					list[i].Unread = rapid.IntRange(-1, 1e6).Draw(t, "unread")
				}
				m = m.Set(panetest.Text().Draw(t, "title"), list)
			case 2:
				m = m.Show(mail.NewFolderID(0, rapid.Int64Range(0, 60).Draw(t, "id")))
			case 3:
				m, _ = m.Update(click(rapid.IntRange(-1, 90).Draw(t, "y")))
			case 4:
				m = m.Move(rapid.IntRange(-30, 30).Draw(t, "by"))
			default:
				m = m.Move(rapid.SampledFrom([]int{1, -1}).Draw(t, "by"))
			}
			panetest.Check(t, m.Measure, m.View(), size[0], size[1])
		}
	})
}
