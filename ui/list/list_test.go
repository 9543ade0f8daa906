package list_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	tea "charm.land/bubbletea/v2"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/ui/command"
	"posthorn/ui/list"
	"posthorn/ui/panetest"
	"posthorn/ui/theme"
)

func id(n int) mail.ID { return mail.NewID(0, int64(n)) }

// places returns n entries without conversations, with the ids 1 to n.
func places(n int) []mail.Entry {
	all := make([]mail.Entry, n)
	for i := range all {
		all[i] = mail.Entry{ID: id(i + 1), Thread: mail.ThreadID(i + 1)}
	}
	return all
}

// talks are two conversations, 1 with its answers 2 and 3, and 4 with 5, and a
// message on its own.
func talks() []mail.Entry {
	return []mail.Entry{{ID: id(1), Thread: 1}, {ID: id(2), Thread: 1, Depth: 1}, {ID: id(3), Thread: 1, Depth: 2}, {ID: id(4), Thread: 4}, {ID: id(5), Thread: 4, Depth: 1}, {ID: id(6), Thread: 6}}
}

// pane returns a list with room for ten rows below its title.
func pane(all []mail.Entry) list.Model {
	m := list.New(theme.New(true, true)).SetSize(80, 11)
	m.Title, m.Focused = "Inbox", true
	m.Now = func() time.Time { return time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC) }
	return m.SetEntries(all)
}

// do does commands of the list by their names, those that are to be had.
func do(m list.Model, names ...string) list.Model {
	for _, n := range names {
		i := slices.IndexFunc(list.Commands(), func(c command.Of[list.Model]) bool { return c.Name == n })
		if c := list.Commands()[i]; c.Why(m) == "" {
			m, _ = c.Do(m)
		}
	}
	return m
}

// shown returns the ids of the rows on screen, as clicks find them.
func shown(m list.Model) (rows []int) {
	for y := range 11 {
		if i, ok := m.At(y); ok {
			current, _ := m.MoveTo(i).Current()
			rows = append(rows, int(current.Row()))
		}
	}
	return rows
}

func TestMoves(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		keys string
		want int64 // the message under the cursor
		top  int   // the first message on screen
	}{
		{"starts at the top", 30, "", 1, 1},
		{"down", 30, "down", 2, 1},
		{"not above the first", 30, "up up", 1, 1},
		{"not below the last", 30, "bottom down down", 30, 21},
		{"the window follows down", 30, "down down down down down down down down down down", 11, 2},
		{"half a page", 30, "half-down", 6, 1},
		{"two halves", 30, "half-down half-down", 11, 2},
		{"and back", 30, "half-down half-down half-up half-up", 1, 1},
		{"half a page at the end", 30, "bottom up half-down", 30, 21},
		{"half a page at the top", 30, "down half-up", 1, 1},
		{"bottom and top", 30, "bottom top", 1, 1},
		{"fewer than fit", 3, "half-down", 3, 1},
		{"one message", 1, "down bottom half-down up top", 1, 1},
		{"selecting goes on", 30, "select select", 3, 1},
		{"selecting at the end", 3, "bottom select select", 3, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := do(pane(places(tt.n)), strings.Fields(tt.keys)...)
			if got, ok := m.Current(); !ok || got.Row() != tt.want {
				t.Errorf("the cursor is on %d, want %d", got.Row(), tt.want)
			}
			if rows := shown(m); rows[0] != tt.top {
				t.Errorf("the screen shows %v, want from %d", rows, tt.top)
			}
		})
	}
}

func TestScroll(t *testing.T) {
	for _, tt := range []struct {
		name       string
		by         []int
		top        int
		underneath int64
	}{
		{"takes the cursor along", []int{3}, 4, 4},
		{"back leaves it", []int{3, -3}, 1, 4},
		{"not above the first", []int{-5}, 1, 1},
		{"not below the last", []int{100}, 21, 21},
		{"from the end", []int{100, -100}, 1, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := pane(places(30))
			for _, n := range tt.by {
				m = m.Scroll(n)
			}
			if got, _ := m.Current(); shown(m)[0] != tt.top || got.Row() != tt.underneath {
				t.Errorf("from %d on with the cursor on %d, want %d and %d", shown(m)[0], got.Row(), tt.top, tt.underneath)
			}
		})
	}
}

func TestEmpty(t *testing.T) {
	m := pane(nil)
	m.Empty = "Nothing here."
	for _, name := range []string{"down", "up", "top", "bottom", "half-down", "half-up", "select", "select-thread", "select-all", "fold"} {
		m = do(m, name).Scroll(2)
		if _, ok := m.Current(); ok || len(m.Chosen()) > 0 || m.Selected() > 0 || m.Len() > 0 || len(m.Missing()) > 0 {
			t.Fatalf("after %s there is something in an empty list", name)
		}
	}
	if got := panetest.Join(m.View()); !strings.Contains(got, "Nothing here.") || strings.Contains(got, "1/0") {
		t.Errorf("an empty list shows %q", got)
	}
	if _, ok := m.At(1); ok {
		t.Error("a click finds a row in an empty list")
	}
}

// The cursor stays on its message and on its row when the list is read again, and
// the selection stays with its messages.
func TestReload(t *testing.T) {
	for _, tt := range []struct {
		name   string
		keys   string
		after  []int
		cursor int64
		chosen []int
	}{
		{"the same", "down select", []int{1, 2, 3, 4, 5}, 3, []int{2}},
		{"the other way round", "down select select", []int{5, 4, 3, 2, 1}, 4, []int{3, 2}},
		{"new ones above", "down select", []int{8, 7, 1, 2, 3, 4, 5}, 3, []int{2}},
		{"the current one goes", "down down", []int{1, 2, 4, 5}, 4, []int{4}},
		{"the last one goes", "bottom", []int{1, 2, 3}, 3, []int{3}},
		{"an untouched list shows what is new", "", []int{9, 1, 2}, 9, []int{9}},
		{"a selected one goes", "select select", []int{2, 3, 4, 5}, 3, []int{2}},
		{"all selected ones go", "select select", []int{3, 4, 5}, 3, []int{3}},
		{"all go", "select", nil, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := do(pane(places(5)), strings.Fields(tt.keys)...)
			var after []mail.Entry
			for _, n := range tt.after {
				after = append(after, mail.Entry{ID: id(n), Thread: mail.ThreadID(n)})
			}
			m = m.SetEntries(after)
			if got, _ := m.Current(); got.Row() != tt.cursor {
				t.Errorf("the cursor is on %d, want %d", got.Row(), tt.cursor)
			}
			if got := rows(m.Chosen()); !slices.Equal(got, tt.chosen) {
				t.Errorf("chosen are %v, want %v", got, tt.chosen)
			}
		})
	}
}

func rows(ids []mail.ID) (out []int) {
	for _, i := range ids {
		out = append(out, int(i.Row()))
	}
	return out
}

// A list is read in two parts, of which the first must not undo what is selected
// in the second; but what cannot be seen is not acted on.
func TestSelectionWhilePartial(t *testing.T) {
	m := do(pane(places(400)), "bottom", "select")
	m = m.SetEntries(places(300))
	if m.Selected() != 0 || slices.Contains(m.Chosen(), id(400)) || strings.Contains(panetest.Join(m.View()), "selected") {
		t.Errorf("what is not in the list counts: %d, %v", m.Selected(), m.Chosen())
	}
	m = m.SetEntries(places(400))
	if m.Selected() != 1 || !slices.Equal(m.Chosen(), []mail.ID{id(400)}) {
		t.Errorf("the selection is lost: %d, %v", m.Selected(), m.Chosen())
	}
	if m = m.SetEntries(places(300)).SelectAll(); m.Selected() != 300 {
		t.Errorf("%d of 300 are selected", m.Selected())
	}
}

// The row of the screen that the cursor is on does not jump when mail comes above
// it.
func TestRowStays(t *testing.T) {
	m := pane(places(50)).MoveTo(30).Scroll(-2)
	at := slices.Index(shown(m), 31)
	m = m.SetEntries(append([]mail.Entry{{ID: id(99)}, {ID: id(98)}}, places(50)...))
	if got := slices.Index(shown(m), 31); got != at {
		t.Errorf("the cursor's message went from row %d to row %d", at, got)
	}
}

func TestSelection(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys string
		want []int
	}{
		{"none: the one under the cursor", "down", []int{2}},
		{"two", "select select", []int{1, 2}},
		{"one taken back", "select select up up select", []int{2}},
		{"the last taken back", "select up select", []int{2}},
		{"a conversation", "select-thread", []int{1, 2, 3}},
		{"a conversation from its answer", "down down select-thread", []int{1, 2, 3}},
		{"two conversations", "select-thread down down down select-thread", []int{1, 2, 3, 4, 5}},
		{"a folded conversation whole", "fold select-thread", []int{1, 2, 3}},
		{"a folded conversation by its one row", "fold select", []int{1, 2, 3}},
		{"all", "select-all", []int{1, 2, 3, 4, 5, 6}},
		{"all, the folded ones too", "fold select-all", []int{1, 2, 3, 4, 5, 6}},
		{"all and none", "down select-all select-all", []int{2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := rows(do(pane(talks()), strings.Fields(tt.keys)...).Chosen()); !slices.Equal(got, tt.want) {
				t.Errorf("chosen are %v, want %v", got, tt.want)
			}
		})
	}
}

// A message that is in no conversation yet is selected alone, though others are
// in none either.
func TestSelectUnthreaded(t *testing.T) {
	m := pane([]mail.Entry{{ID: id(1)}, {ID: id(2)}}).SelectThread()
	if got := rows(m.Chosen()); !slices.Equal(got, []int{1}) {
		t.Errorf("chosen are %v", got)
	}
}

func TestFold(t *testing.T) {
	for _, tt := range []struct {
		name   string
		keys   string
		want   []int
		cursor int64
	}{
		{"not yet", "", []int{1, 2, 3, 4, 5, 6}, 1},
		{"the first", "fold", []int{1, 4, 5, 6}, 1},
		{"unfold", "fold fold", []int{1, 2, 3, 4, 5, 6}, 1},
		{"from an answer", "down down fold", []int{1, 4, 5, 6}, 1},
		{"both", "fold down fold", []int{1, 4, 6}, 4},
		{"the cursor stays on its message", "fold down down down up fold", []int{1, 4, 6}, 4},
		{"one that has no answers", "bottom fold", []int{1, 2, 3, 4, 5, 6}, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := do(pane(talks()), strings.Fields(tt.keys)...)
			if got := shown(m); !slices.Equal(got, tt.want) {
				t.Errorf("the screen shows %v, want %v", got, tt.want)
			}
			if got, _ := m.Current(); got.Row() != tt.cursor {
				t.Errorf("the cursor is on %d, want %d", got.Row(), tt.cursor)
			}
			if m = m.SetEntries(talks()); !slices.Equal(shown(m), tt.want) {
				t.Errorf("read again the screen shows %v, want %v", shown(m), tt.want)
			}
		})
	}
}

// Only where something is hidden is there a sign of it, and what comes to a
// message that had no answers is seen.
func TestFoldSign(t *testing.T) {
	see := func(m list.Model) string {
		return panetest.Join(m.SetRows(1, nil, []mail.Summary{{ID: id(1)}, {ID: id(4)}, {ID: id(6)}}).View())
	}
	folded := pane(talks()).Fold()
	if got := see(folded); strings.Count(got, "[+]") != 1 {
		t.Errorf("a folded conversation is not marked:\n%s", got)
	}
	if got := see(folded.SetEntries([]mail.Entry{{ID: id(1), Thread: 1}, {ID: id(2), Thread: 1}})); strings.Contains(got, "[+]") {
		t.Errorf("without conversations something is said to be hidden:\n%s", got)
	}
	m := pane([]mail.Entry{{ID: id(6), Thread: 6}}).Fold().SetEntries([]mail.Entry{{ID: id(6), Thread: 6}, {ID: id(7), Thread: 6, Depth: 1}})
	if got := shown(m); !slices.Equal(got, []int{6, 7}) {
		t.Errorf("a new answer is hidden: %v", got)
	}
}

// A line of the pane is the message that is drawn on it.
func TestAt(t *testing.T) {
	m := pane(places(30)).Scroll(7)
	var known []mail.Summary
	for i := range 30 {
		known = append(known, mail.Summary{ID: id(i + 1), Envelope: mail.Envelope{Subject: fmt.Sprintf("number %d.", i+1)}})
	}
	m = m.SetRows(1, nil, known)
	for y, line := range m.View() {
		i, ok := m.At(y)
		if ok != (y > 0) {
			t.Fatalf("line %d: a message is there: %v", y, ok)
		}
		if ok && !strings.Contains(line, fmt.Sprintf("number %d.", i+1)) {
			t.Errorf("a click on line %d goes to %d: %q", y, i+1, line)
		}
	}
	for _, y := range []int{-1, 0, 11, 40} {
		if i, ok := m.At(y); ok {
			t.Errorf("a click on line %d goes to %d", y, i)
		}
	}
}

// Rows are asked for where they come into view, and only then.
func TestMissing(t *testing.T) {
	m := pane(places(100))
	if got := rows(m.Missing()); len(got) != 20 || got[0] != 1 {
		t.Fatalf("asked for are %v", got)
	}
	var known []mail.Summary
	for _, i := range m.Missing() {
		known = append(known, mail.Summary{ID: i})
	}
	m = m.SetRows(1, nil, known)
	if got := m.Missing(); len(got) > 0 {
		t.Errorf("known rows are asked for: %v", rows(got))
	}
	if got := rows(m.Bottom().Missing()); !slices.Contains(got, 100) || slices.Contains(got, 1) {
		t.Errorf("at the end asked for are %v", got)
	}
}

func TestWho(t *testing.T) {
	ann, ben := mail.Address{Name: "Ann", Address: "ann@example.org"}, mail.Address{Address: "ben@example.org"}
	for _, tt := range []struct {
		name string
		to   bool
		env  mail.Envelope
		more mail.Recipients
		want string
	}{
		{"sender", false, mail.Envelope{From: []mail.Address{ann}, To: []mail.Address{ben}}, mail.Recipients{}, " Ann "},
		{"without a name", false, mail.Envelope{From: []mail.Address{ben}}, mail.Recipients{}, " ben@example.org "},
		{"perhaps another", false, mail.Envelope{From: []mail.Address{{Name: "ann@b.c", Address: "eve@evil.example"}}}, mail.Recipients{}, " (?) ann@b.c "},
		{"look-alike", false, mail.Envelope{From: []mail.Address{{Address: "ceo@b\u0430nk.example"}}}, mail.Recipients{}, " (?) ceo@"},
		{"nobody", false, mail.Envelope{}, mail.Recipients{}, " (nobody) "},
		{"recipient", true, mail.Envelope{From: []mail.Address{ann}, To: []mail.Address{ben}}, mail.Recipients{}, "→ ben@example.org "},
		{"several", true, mail.Envelope{To: []mail.Address{ann, ben, ben}}, mail.Recipients{}, "→ Ann +2 "},
		{"only copies", true, mail.Envelope{Cc: []mail.Address{ann}, Bcc: []mail.Address{ben}}, mail.Recipients{}, "→ Ann +1 "},
		{"to nobody", true, mail.Envelope{From: []mail.Address{ann}}, mail.Recipients{}, "→ (nobody) "},
		{"many", true, mail.Envelope{To: []mail.Address{ann, ben}, Cc: []mail.Address{ben}}, mail.Recipients{To: 10, Cc: 500}, "→ Ann +11 "},
		{"many copies", true, mail.Envelope{Cc: []mail.Address{ann}}, mail.Recipients{Cc: 500}, "→ Ann +500 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := pane(places(1)).SetRows(1, nil, []mail.Summary{{ID: id(1), Envelope: tt.env, More: tt.more}})
			m.To = tt.to
			if got := panetest.Plain(m.View()[1]); !strings.Contains(got, tt.want) {
				t.Errorf("the row is %q, want %q in it", got, tt.want)
			}
		})
	}
}

// What the server would not take is marked.
func TestKept(t *testing.T) {
	m := pane(places(1)).SetRows(1, nil, []mail.Summary{{ID: id(1), Kept: "the mailbox is full", Envelope: mail.Envelope{Subject: "plans"}}})
	if got := panetest.Plain(m.View()[1]); !strings.Contains(got, " [only here] plans ") {
		t.Errorf("the row is %q", got)
	}
}

// A row looks the same under the cursor, but for its colours.
func TestMarks(t *testing.T) {
	for _, tt := range []struct {
		flags mail.Flags
		clip  bool
		want  string
	}{
		{mail.Seen, false, "     "}, {0, false, " ●   "}, {mail.Seen | mail.Flagged, false, "  ★  "}, {mail.Seen | mail.Answered, true, "   ↩+"},
		{mail.Forwarded, false, " ● ↪ "}, {mail.Flagged | mail.Answered | mail.Forwarded, true, " ●★↩+"},
	} {
		m := pane(places(2)).SetRows(1, nil, []mail.Summary{{ID: id(1), Flags: tt.flags, Attachment: tt.clip}})
		for _, on := range []int{0, 1} {
			if got := panetest.Plain(m.MoveTo(on).View()[1]); !strings.HasPrefix(got, tt.want+"(nobody)") {
				t.Errorf("%v with the cursor on %d: the row is %q, want %q first", tt.flags, on, got, tt.want)
			}
		}
	}
	m := pane(places(1)).Select().SetRows(1, nil, []mail.Summary{{ID: id(1), Flags: mail.Seen}})
	if got := panetest.Plain(m.View()[1]); !strings.HasPrefix(got, "✓") {
		t.Errorf("a selected row is %q", got)
	}
	m.Mark = func(string) int { return 11 } // more accounts than colours
	if got := panetest.Plain(m.ClearSelection().View()[1]); !strings.HasPrefix(got, "▌") {
		t.Errorf("with several accounts a row is %q", got)
	}
}

// A row takes the columns it is given and does nothing to the terminal, whatever
// a message says.
func TestWidths(t *testing.T) {
	th := theme.New(true, true)
	for name, measure := range panetest.Measures() {
		for _, text := range panetest.Texts() {
			for _, w := range []int{10, 24, 40, 60, 80, 131, 300} {
				m := list.New(th).SetSize(w, 8)
				m.Measure, m.Focused, m.Title = measure, true, "Inbox"
				m = m.SetEntries(talks()).MoveTo(1).Select().SetRows(1, nil, []mail.Summary{
					{ID: id(1), Envelope: mail.Envelope{Subject: text}},
					{ID: id(2), Envelope: mail.Envelope{From: []mail.Address{{Name: text}}}},
					{ID: id(3), Envelope: mail.Envelope{Subject: text, From: []mail.Address{{Address: text}}}},
					{ID: id(4), Attachment: true, Envelope: mail.Envelope{Subject: text, To: []mail.Address{{Name: text}, {}}}},
				})
				panetest.Check(t, measure, m.View(), w, 8)
				if m.To = true; t.Failed() {
					t.Fatalf("%s, %q at %d columns", name, text, w)
				}
				panetest.Check(t, measure, m.View(), w, 8)
			}
		}
	}
}

func TestWhen(t *testing.T) {
	now := time.Date(2026, 3, 4, 12, 0, 0, 0, time.Local) // a Wednesday
	for _, tt := range []struct {
		t           time.Time
		long, short string
	}{
		{time.Time{}, "", ""},
		{now.Add(-time.Hour), "11:00", "11:00"},
		{now.Add(-12 * time.Hour), "00:00", "00:00"},
		{now.Add(-13 * time.Hour), "Tue 23:00", "Tue"},
		{now.AddDate(0, 0, -5), "Fri 12:00", "Fri"},
		{now.AddDate(0, 0, -7), "25 Feb 12:00", "25 Feb"},
		{now.AddDate(0, -4, 0), "4 Nov 2025", "Nov 25"},
		{now.AddDate(0, 0, 1), "5 Mar 12:00", "5 Mar"},
		{now.AddDate(1, 0, 0), "4 Mar 2027", "Mar 27"},
	} {
		if long, short := list.When(tt.t, now, 12), list.When(tt.t, now, 6); long != tt.long || short != tt.short {
			t.Errorf("%s is %q and %q, want %q and %q", tt.t, long, short, tt.long, tt.short)
		}
	}
}

// Whatever is pressed, read and said, the pane stays in its bounds, and the cursor
// and the selection in the list.
func TestAnything(t *testing.T) {
	names := strings.Fields("down up top bottom half-down half-up select select-thread select-all fold")
	seed.Check(t, func(t *rapid.T) {
		m := list.New(theme.New(true, rapid.Bool().Draw(t, "colours")))
		m.Now = func() time.Time { return time.Unix(1e9, 0) }
		m.Measure = panetest.Measure().Draw(t, "measure")
		m.Title, m.Empty = "Inbox", "Nothing."
		size := panetest.Size().Draw(t, "size")
		m = m.SetSize(size[0], size[1])
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				size = panetest.Size().Draw(t, "size")
				m = m.SetSize(size[0], size[1])
			case 1, 2:
				m = m.SetEntries(anyEntries().Draw(t, "entries"))
			case 3:
				text := panetest.Text()
				for _, i := range m.InView() {
					m = m.SetRows(1, nil, []mail.Summary{{ID: i, Flags: mail.Flags(rapid.Uint16().Draw(t, "flags")),
						Envelope: mail.Envelope{Subject: text.Draw(t, "subject"), From: []mail.Address{{Name: text.Draw(t, "from")}}}}})
					if rapid.Bool().Draw(t, "enough") {
						break
					}
				}
			case 4:
				m, _ = m.Update(tea.MouseWheelMsg{Button: rapid.SampledFrom([]tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}).Draw(t, "wheel")})
			case 5:
				m, _ = m.Update(tea.MouseClickMsg{Y: rapid.IntRange(-1, 90).Draw(t, "y"), Button: tea.MouseLeft})
			default:
				m = do(m, rapid.SampledFrom(names).Draw(t, "command"))
			}
			panetest.Check(t, m.Measure, m.View(), size[0], size[1])
			current, ok := m.Current()
			if ok != (m.Len() > 0) || ok && !slices.Contains(m.InView(), current) {
				t.Fatalf("the cursor is on %v, of %d", current, m.Len())
			}
			if n := len(m.Chosen()); m.Selected() > 0 && n != m.Selected() || m.Selected() < 0 || ok != (n > 0) {
				t.Fatalf("%d are selected, %d chosen", m.Selected(), n)
			}
		}
	})
}

// anyEntries draws a list of conversations, in which a message is only once, and
// the first one of a conversation answers none.
func anyEntries() *rapid.Generator[[]mail.Entry] {
	return rapid.Custom(func(t *rapid.T) []mail.Entry {
		ids := rapid.SliceOfNDistinct(rapid.IntRange(1, 120), 0, 100, rapid.ID[int]).Draw(t, "ids")
		all := make([]mail.Entry, len(ids))
		begun := map[mail.ThreadID]bool{}
		for i, n := range ids {
			all[i] = mail.Entry{ID: id(n), Thread: mail.ThreadID(n % 20)}
			if begun[all[i].Thread] {
				all[i].Depth = int32(rapid.IntRange(0, 30).Draw(t, "depth"))
			}
			begun[all[i].Thread] = true
		}
		return all
	})
}

// The state of a row is that of the latest answer, in whatever order they come. A
// message that was asked for and is not there is not asked for again.
func TestRowsInOrder(t *testing.T) {
	row := func(f mail.Flags) []mail.Summary { return []mail.Summary{{ID: id(1), Flags: f}} }
	m := pane(places(1)).SetRows(2, nil, row(mail.Seen)).SetRows(1, nil, row(0))
	if s, ok := m.Row(id(1)); !ok || s.Flags != mail.Seen {
		t.Errorf("an older answer has overtaken: %v, %v", s.Flags, ok)
	}
	if m = m.SetRows(1, []mail.ID{id(1)}, nil); len(m.Missing()) > 0 {
		t.Error("an older answer that knows less has overtaken")
	}
	if m = m.SetRows(3, []mail.ID{id(1)}, nil); len(m.Missing()) > 0 {
		t.Error("what is not there is asked for again")
	}
	if _, ok := m.Row(id(1)); ok {
		t.Error("a row that is gone is still there")
	}
}

// A folded conversation stands for all its messages.
func TestFoldedIsAll(t *testing.T) {
	m := pane(talks()).Fold()
	if got := m.Chosen(); len(got) != 3 {
		t.Errorf("under the cursor are %v", got)
	}
	if m = m.Select(); m.Selected() != 3 {
		t.Errorf("selected are %d", m.Selected())
	}
	if m = m.Top().Select(); m.Selected() != 0 {
		t.Errorf("still selected are %d", m.Selected())
	}
	if got := m.Top().Fold().Chosen(); len(got) != 1 {
		t.Errorf("unfolded, there are %v", got)
	}
}
