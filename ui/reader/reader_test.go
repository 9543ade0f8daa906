package reader_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/ui/command"
	"posthorn/ui/panetest"
	"posthorn/ui/reader"
	"posthorn/ui/theme"
)

// doc returns a document of n lines that say their number, from 1.
func doc(n int) (d render.Document) {
	for i := range n {
		d.Lines = append(d.Lines, render.Line{Spans: []render.Span{{Text: fmt.Sprintf("line %d.", i+1)}}})
	}
	return d
}

// pane returns a reader with room for ten lines below its title.
func pane(d render.Document) reader.Model {
	m := reader.New(theme.New(true, true)).SetSize(60, 11).Load(7, "The title").Show(7, d)
	m.Focused = true
	return m
}

// first returns the line below the title.
func first(m reader.Model) string { return strings.TrimSpace(panetest.Plain(m.View()[1])) }

// do does a command of the reader by its name; those that the root has too by what
// they do here.
func do(m reader.Model, name string) reader.Model {
	if name == "page-down" {
		return m.Pages(1)
	}
	i := slices.IndexFunc(reader.Commands(), func(c command.Of[reader.Model]) bool { return c.Name == name })
	m, _ = reader.Commands()[i].Do(m)
	return m
}

func TestScroll(t *testing.T) {
	for _, tt := range []struct {
		name  string
		n     int
		keys  string
		want  string
		atEnd bool
	}{
		{"begins at the top", 30, "", "line 1.", false},
		{"down", 30, "scroll-down scroll-down", "line 3.", false},
		{"not above the top", 30, "scroll-up page-up", "line 1.", false},
		{"a page keeps a line", 30, "page-down", "line 10.", false},
		{"and back", 30, "page-down page-up", "line 1.", false},
		{"to the end", 30, "reader-bottom", "line 21.", true},
		{"not below the end", 30, "page-down page-down page-down page-down scroll-down", "line 21.", true},
		{"from the end to the top", 30, "reader-bottom reader-top", "line 1.", false},
		{"as much as fits", 10, "scroll-down page-down reader-bottom", "line 1.", true},
		{"one line more", 11, "page-down", "line 2.", true},
		{"one line", 1, "page-down scroll-down", "line 1.", true},
		{"no line", 0, "page-down scroll-down reader-bottom scroll-up page-up reader-top", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := pane(doc(tt.n))
			for _, k := range strings.Fields(tt.keys) {
				m = do(m, k)
			}
			if got := first(m); got != tt.want || m.AtEnd() != tt.atEnd {
				t.Errorf("the first line is %q, at the end %v; want %q, %v", got, m.AtEnd(), tt.want, tt.atEnd)
			}
		})
	}
}

func TestHeading(t *testing.T) {
	for _, tt := range []struct {
		n, by int
		want  string
	}{
		{30, 0, "33%  The title"}, {30, 5, "50%  The title"}, {30, 99, "100%  The title"}, {10, 0, "The title"}, {0, 0, "The title"},
	} {
		if got := panetest.Plain(pane(doc(tt.n)).Scroll(tt.by).View()[0]); strings.TrimSpace(got) != tt.want {
			t.Errorf("%d lines, %d down: the heading is %q, want %q", tt.n, tt.by, got, tt.want)
		}
	}
}

// What a person reads stays in view when the window gets another size, and when
// the header fields are shown that are not shown usually.
func TestPlaceStays(t *testing.T) {
	var text strings.Builder
	text.WriteString("From: Mira <mira@example.org>\r\nTo: ann@example.org\r\nSubject: long\r\nX-One: 1\r\nX-Two: 2\r\nX-Three: 3\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n")
	for i := range 80 {
		fmt.Fprintf(&text, "Here begins%d and goes on for so long \r\nthat it takes two lines at least, and more \r\nwhere they are short, 日本語 too.\r\n\r\n", i)
	}
	msg := message.Parse([]byte(text.String()))
	lay := func(m reader.Model, all bool) reader.Model {
		return m.Show(7, render.Message(msg, render.Options{Width: m.Width(), AllHeaders: all}))
	}
	for _, tt := range []struct {
		name string
		w, h int
		all  bool
	}{
		{"the same", 80, 24, false}, {"narrower", 40, 24, false}, {"wider", 200, 24, false}, {"higher", 80, 60, false}, {"lower", 80, 8, false}, {"all fields", 80, 24, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := lay(reader.New(theme.New(true, true)).SetSize(80, 24).Load(7, "long"), false)
			for !strings.HasPrefix(first(m), "Here begins40") {
				if m = m.Scroll(1); m.AtEnd() {
					t.Fatal("the paragraph is not there")
				}
			}
			m = lay(m.SetSize(tt.w, tt.h), tt.all)
			if got := first(m); !strings.HasPrefix(got, "Here begins40") {
				t.Errorf("the first line is %q", got)
			}
			m = lay(m.Scroll(-1), tt.all) // to the blank line above
			if m = lay(m.SetSize(80, 24), false); first(m) != "" || !strings.Contains(m.View()[2], "Here begins40") {
				t.Errorf("back again the first lines are %q, %q", first(m), m.View()[2])
			}
		})
	}
	m := lay(reader.New(theme.New(true, true)).SetSize(80, 24).Load(7, "long"), false)
	if got := lay(m, true); strings.Contains(first(got), "begins") || !strings.Contains(panetest.Join(got.View()), "X-Three") {
		t.Errorf("from the top the new fields are out of view: %q", first(got))
	}
}

// Another message is read from its top; the same one, read again, is not.
func TestLoad(t *testing.T) {
	m := pane(doc(50)).Scroll(20)
	if got := m.Load(7, "again").Show(7, doc(50)); first(got) != "line 21." {
		t.Errorf("read again it begins with %q", first(got))
	}
	other := m.Load(8, "other")
	if got := panetest.Join(other.View()); !strings.Contains(got, "Fetching the message") || !strings.Contains(got, "other …") || strings.Contains(got, "line 21") {
		t.Errorf("while another one comes there is\n%s", got)
	}
	if other = other.Show(8, doc(40)); first(other) != "line 1." || other.ID() != 8 {
		t.Errorf("another message begins with %q", first(other))
	}
	if got := panetest.Join(m.Clear().View()); !strings.Contains(got, "No message is open") || m.Clear().ID() != 0 {
		t.Errorf("cleared it shows\n%s", got)
	}
}

func TestFail(t *testing.T) {
	m := pane(doc(50)).Scroll(20).Fail(7, "it is gone\x1b[2J, and "+strings.Repeat("far away ", 20)+"too", "go online")
	got := panetest.Join(m.View())
	if !strings.Contains(got, "it is gone␛[2J") || !strings.Contains(got, "too") || !strings.Contains(got, "go online") || strings.Contains(got, "line 21") {
		t.Errorf("the failure is shown as\n%s", got)
	}
	panetest.Check(t, m.Measure, m.View(), 60, 11)
	if got := first(m.Show(7, doc(3))); got != "line 1." {
		t.Errorf("after a failure the message begins with %q", got)
	}
}

// Long lines are cut once, with a sign, and what comes after the cut is not shown.
func TestLongLines(t *testing.T) {
	for _, tt := range []struct {
		name  string
		spans []string
		want  string
	}{
		{"one", []string{strings.Repeat("x", 3000)}, " " + strings.Repeat("x", 18) + "…"},
		{"one without a space", []string{strings.Repeat("x", 19)}, " " + strings.Repeat("x", 19)},
		{"several", []string{"abc", strings.Repeat("x", 30), "def"}, " abc" + strings.Repeat("x", 15) + "…"},
		{"a wide one that leaves a column", []string{"a" + strings.Repeat("語", 12), "def"}, " a" + strings.Repeat("語", 8) + "…"},
		{"cut between", []string{strings.Repeat("x", 19), "def"}, " " + strings.Repeat("x", 19)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l render.Line
			for _, s := range tt.spans {
				l.Spans = append(l.Spans, render.Span{Text: s, Style: render.Bold})
			}
			m := pane(render.Document{Lines: []render.Line{l}}).SetSize(20, 5)
			if got := strings.TrimRight(panetest.Plain(m.View()[1]), " "); got != tt.want {
				t.Errorf("the line is %q, want %q", got, tt.want)
			}
			panetest.Check(t, m.Measure, m.View(), 20, 5)
		})
	}
}

// Lines that are not wrapped can be read to their end; the others stay.
func TestSideways(t *testing.T) {
	long := render.Line{Fixed: true, Spans: []render.Span{{Text: "+abcdefghij", Style: render.Added}, {Text: "日本klmnopqrst"}, {Text: "uvwxyz"}}}
	m := pane(render.Document{Lines: []render.Line{{Spans: []render.Span{{Text: "short"}}}, long}}).SetSize(12, 5)
	for _, step := range []struct{ name, want string }{
		{"", " +abcdefghij"}, {"scroll-left", " +abcdefghij"}, {"scroll-right", " fghij日本k…"}, {"scroll-right", "  本klmnopq…"}, {"scroll-right", " nopqrstuvw…"}, {"scroll-right", " pqrstuvwxyz"}, {"scroll-right", " pqrstuvwxyz"}, {"scroll-left", "  klmnopqrst"},
	} {
		if step.name != "" {
			m = do(m, step.name)
		}
		lines := m.View()
		if got := panetest.Plain(lines[2]); strings.TrimRight(got, " ") != step.want || !strings.HasPrefix(panetest.Plain(lines[1]), " short") {
			t.Errorf("after %q: %q, want %q, below %q", step.name, got, step.want, lines[1])
		}
	}
}

// Whatever is pressed and shown, the pane stays in its bounds.
func TestAnything(t *testing.T) {
	names := strings.Fields("scroll-down scroll-up scroll-left scroll-right page-down page-up reader-top reader-bottom")
	seed.Check(t, func(t *rapid.T) {
		m := reader.New(theme.New(false, rapid.Bool().Draw(t, "colours")))
		m.Measure = panetest.Measure().Draw(t, "measure")
		size := panetest.Size().Draw(t, "size")
		m = m.SetSize(size[0], size[1])
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			id := mail.ID(rapid.IntRange(0, 3).Draw(t, "id"))
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				size = panetest.Size().Draw(t, "size")
				m = m.SetSize(size[0], size[1])
			case 1, 2:
				m = m.Show(id, anyDocument().Draw(t, "doc"))
			case 3:
				m = m.Load(id, safe.Line(panetest.Text().Draw(t, "title")))
			case 4:
				m = m.Fail(id, panetest.Text().Draw(t, "failure"), panetest.Text().Draw(t, "hint"))
			case 5:
				m = m.Scroll(rapid.IntRange(-100, 100).Draw(t, "by"))
			default:
				m = do(m, rapid.SampledFrom(names).Draw(t, "command"))
			}
			panetest.Check(t, m.Measure, m.View(), size[0], size[1])
		}
	})
}

// anyDocument draws a document as render makes them: its text is safe.
func anyDocument() *rapid.Generator[render.Document] {
	return rapid.Custom(func(t *rapid.T) (d render.Document) {
		for range rapid.IntRange(0, 60).Draw(t, "lines") {
			l := render.Line{Quote: rapid.IntRange(0, 6).Draw(t, "quote"), Fixed: rapid.Bool().Draw(t, "fixed")}
			for range rapid.IntRange(0, 3).Draw(t, "spans") {
				l.Spans = append(l.Spans, render.Span{Text: safe.Line(panetest.Text().Draw(t, "text")), Style: render.Style(rapid.Uint16().Draw(t, "style"))})
			}
			d.Lines = append(d.Lines, l)
		}
		return d
	})
}
