package composer_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"posthorn/compose"
	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/ui/cells"
	"posthorn/ui/composer"
	"posthorn/ui/panetest"
	"posthorn/ui/theme"
)

func self() []mail.Address {
	return []mail.Address{{Name: "Ann", Address: "ann@example.org"}, {Name: "Ann Roe", Address: "ann@example.org"}, {Address: "roe@example.net"}}
}

func blank() compose.Draft { return compose.Draft{Account: "ann", From: self()[0]} }

func screen(d compose.Draft) composer.Model {
	return composer.New(theme.New(true, true), cells.Measure{}, d, self()).SetSize(80, 24)
}

// commands are what the program does with keys that are commands of the screen.
func commands() map[string]func(composer.Model) composer.Model {
	fields := func(n int) func(composer.Model) composer.Model {
		return func(m composer.Model) composer.Model { m, _ = m.Fields(n); return m }
	}
	return map[string]func(composer.Model) composer.Model{"tab": fields(1), "shift+tab": fields(-1), "alt+t": composer.Model.Detach, "ctrl+k": composer.Model.Kill, "ctrl+y": composer.Model.Yank, "ctrl+f": composer.Model.NextIdentity}
}

// press gives the screen keys by their names; "paste:" pastes what follows, with
// \n and \r in it.
func press(m composer.Model, keys ...string) composer.Model {
	for _, k := range keys {
		switch text, paste := strings.CutPrefix(k, "paste:"); {
		case paste:
			m, _ = m.Update(tea.PasteMsg{Content: text})
		case commands()[k] != nil:
			m = commands()[k](m)
		default:
			m, _ = m.Update(panetest.Key(k))
		}
	}
	return m
}

func draft(t *testing.T, m composer.Model) compose.Draft {
	t.Helper()
	d := m.Draft()
	if d.Typed != (compose.Typed{}) {
		t.Fatalf("no addresses: %+v", d.Typed)
	}
	return d
}

// Each key lets one write in the field that it should: the letter that is typed
// after it says which that is.
func TestFieldOrder(t *testing.T) {
	type values struct{ to, cc, bcc, subject, body string }
	for _, tt := range []struct {
		name string
		to   bool // the draft has somebody to go to
		keys string
		want values
	}{
		{"begins at To", false, "x", values{to: "x"}},
		{"begins at the text of an answer", true, "x", values{body: "x"}},
		{"tab", false, "a tab b tab c tab d tab e", values{"a", "b", "c", "d", "e"}},
		{"tab from the text", false, "tab tab tab tab tab x", values{to: "x"}},
		{"shift+tab", false, "shift+tab e shift+tab d shift+tab c shift+tab b shift+tab a", values{"a", "b", "c", "d", "e"}},
		{"enter goes on", false, "a enter b enter c enter d enter e", values{"a", "b", "c", "d", "e"}},
		{"enter in the text", false, "shift+tab a enter b", values{body: "a\nb"}},
		{"down and up", false, "down b down c up up a", values{to: "a", cc: "b", bcc: "c"}},
		{"up at the first field", false, "up up x", values{to: "x"}},
		{"up in the text stays there", false, "shift+tab a enter b up c", values{body: "ac\nb"}},
		{"there and back", false, "tab tab shift+tab x", values{cc: "x"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := blank()
			if tt.to {
				d.To = []mail.Address{{Address: "x@example.org"}}
			}
			m := press(screen(d), strings.Fields(tt.keys)...)
			lines := strings.Split(panetest.Join(m.View()), "\n")
			got := values{field(lines[2]), field(lines[3]), field(lines[4]), field(lines[5]), ""}
			if tt.to {
				got.to = ""
			}
			d = m.Draft()
			if got.body = d.Body; got != tt.want {
				t.Errorf("the fields are %q, want %q", got, tt.want)
			}
		})
	}
}

func field(line string) string {
	_, text, _ := strings.Cut(line, ": ")
	return strings.TrimSpace(text)
}

func TestClick(t *testing.T) {
	for y, want := range []int{5, 5, 2, 3, 4, 5, 7, 7, 7, 7} {
		if y < 2 {
			want = 7
		}
		m, _ := screen(blank()).Update(tea.MouseClickMsg{Y: y, Button: tea.MouseLeft})
		if got := panetest.Plain(press(m, "x").View()[want]); !strings.Contains(got, "x") {
			t.Errorf("after a click on line %d, line %d is %q", y, want, got)
		}
	}
}

// Whatever is pasted, the header of the message has the fields that it should, and
// each is what one sees.
func TestNoInjection(t *testing.T) {
	for _, evil := range []string{"a\nBcc: evil@example.org", "a\r\nBcc: evil@example.org\r\n\r\nbody", "a\rBcc: evil@example.org", "a\x00\x1b[31m\u202eb", "a\u2028Bcc: evil@example.org\u0085x", "a\v\fBcc: evil@example.org"} {
		m := press(screen(blank()), "paste:ben@example.net", "tab", "tab", "tab", "paste:"+evil, "tab", "paste:text")
		for _, l := range m.View() {
			panetest.Safe(t, l)
		}
		d := draft(t, m)
		if strings.ContainsAny(d.Subject, "\r\n\x00\x1b\u2028\u0085\u202e") || len(d.Bcc) > 0 {
			t.Errorf("%q makes the subject %q", evil, d.Subject)
		}
		out, err := d.Build(time.Unix(1e9, 0))
		if err != nil {
			t.Fatal(err)
		}
		header, _, _ := strings.Cut(string(out.Raw), "\r\n\r\n")
		for l := range strings.SplitSeq(header, "\r\n") {
			name, _, _ := strings.Cut(l, ":")
			if strings.EqualFold(name, "Bcc") || strings.Contains(l, "\n") || strings.Contains(l, "\r") {
				t.Errorf("%q makes the header\n%s", evil, header)
			}
		}
		if !reflect.DeepEqual(out.Rcpt, []string{"ben@example.net"}) {
			t.Errorf("%q sends to %q", evil, out.Rcpt)
		}
		to := press(screen(blank()), "paste:ben@example.net"+evil).Draft()
		if len(to.Bcc) > 0 || len(to.To) > 0 && strings.ContainsAny(mail.FormatAddresses(to.To), "\r\n") {
			t.Errorf("%q in To makes %+v", evil, to)
		}
	}
}

func TestDraft(t *testing.T) {
	m := press(screen(blank()), "paste:Ben <ben@example.net>, \"Roe, C\" <c@example.net>; d@example.net", "tab", "paste:e@example.net,", "tab", "paste: f@example.net ", "tab", "paste:Grüße 日本", "tab", "h", "i", "enter", "paste:two\r\nthree")
	want := blank()
	want.To = []mail.Address{{Name: "Ben", Address: "ben@example.net"}, {Name: "Roe, C", Address: "c@example.net"}, {Address: "d@example.net"}}
	want.Cc, want.Bcc = []mail.Address{{Address: "e@example.net"}}, []mail.Address{{Address: "f@example.net"}}
	want.Subject, want.Body = "Grüße 日本", "hi\ntwo\nthree"
	if got := draft(t, m); !reflect.DeepEqual(got, want) {
		t.Errorf("the draft is\n%+v, want\n%+v", got, want)
	}
}

// A draft that nobody changes comes out as it went in.
func TestUnchanged(t *testing.T) {
	for name, d := range map[string]compose.Draft{
		"blank": blank(),
		"an answer": {
			Account: "ann", From: self()[2], To: []mail.Address{{Name: `B "Q" Roe, Jr.`, Address: "b@example.org"}, {Name: "日本", Address: "c@example.org"}}, Cc: []mail.Address{{Address: "d@example.org"}},
			Bcc: []mail.Address{{Name: "E", Address: "e@example.org"}}, ReplyTo: []mail.Address{{Address: "f@example.org"}}, Subject: "Re: Grüße: 日本 👩‍👩‍👧", Body: "> a\n\n\nb\n-- \nAnn\n",
			InReplyTo: []string{"1@x"}, References: []string{"0@x", "1@x"}, Answers: mail.Ref{ID: 3}, Forwards: mail.Ref{ID: 4}, Saved: 5, Attachments: []compose.Attachment{{Name: "a.txt", Type: "text/plain", Data: []byte("a")}},
		},
		"tabs":        {Account: "ann", From: self()[0], Body: "a\tb\n\tif x {\n"},
		"a long text": {Account: "ann", From: self()[0], Body: strings.Repeat("> line\n", 25000)},
		"no line end": {Account: "ann", From: self()[0], Body: strings.Repeat("> line\n", 9000) + "end"},
		"redirected":  {Account: "ann", From: self()[0], Subject: "s", Body: "b", Redirected: []byte("From: x\r\n\r\ny")},
	} {
		t.Run(name, func(t *testing.T) {
			m := screen(d)
			if _, changed := m.Changed(); changed {
				t.Error("it is said to be changed")
			}
			if got := draft(t, press(m, "tab", "shift+tab", "shift+tab", "down")); !reflect.DeepEqual(got, d) {
				t.Errorf("the draft is\n%.300q, want\n%.300q", fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", d))
			}
		})
	}
}

// A text that is longer than the screen can take keeps its end when its beginning
// is changed.
func TestKill(t *testing.T) {
	for name, tt := range map[string]struct {
		keys []string
		want string
	}{
		"a line":                {[]string{"paste:one\ntwo", "up", "home", "ctrl+k"}, "\ntwo"},
		"its end too":           {[]string{"paste:one\ntwo", "up", "home", "ctrl+k", "ctrl+k"}, "two"},
		"and put":               {[]string{"paste:one\ntwo", "up", "home", "ctrl+k", "ctrl+k", "end", "paste:\n", "ctrl+y"}, "two\none\n"},
		"wide signs":            {[]string{"paste:日本 é", "home", "right", "ctrl+k", "ctrl+y", "ctrl+y"}, "日本 é本 é"},
		"each by itself":        {[]string{"paste:one\ntwo", "up", "home", "ctrl+k", "right", "ctrl+k", "ctrl+y"}, "\ntwo"},
		"nothing at the end":    {[]string{"paste:one", "ctrl+k", "ctrl+y"}, "one"},
		"a line, then nothing":  {[]string{"paste:one", "home", "ctrl+k", "ctrl+k", "ctrl+y"}, "one"},
		"from a field":          {[]string{"shift+tab", "paste:subject", "home", "ctrl+k", "tab", "ctrl+y"}, "subject"},
		"a line's end in field": {[]string{"paste:one\ntwo", "up", "home", "ctrl+k", "ctrl+k", "shift+tab", "ctrl+y", "tab"}, "two"},
	} {
		t.Run(name, func(t *testing.T) {
			m := press(screen(blank()), append([]string{"shift+tab"}, tt.keys...)...)
			if got := m.Draft().Body; got != tt.want {
				t.Errorf("the text is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLongText(t *testing.T) {
	d := blank()
	d.To = []mail.Address{{Address: "b@example.org"}}
	d.Body = strings.Repeat("> line\n", 25000) + "the end"
	m := press(screen(d), "x", "enter")
	if got := draft(t, m); got.Body != "x\n"+d.Body {
		t.Errorf("the text has %d bytes, want %d", len(got.Body), len(d.Body)+2)
	}
	if got := panetest.Plain(m.View()[0]); !strings.Contains(got, "16001 more lines") && !strings.Contains(got, "16000 more lines") {
		t.Errorf("the title is %q", got)
	}
	if got := draft(t, m.SetBody("short")); got.Body != "short" {
		t.Errorf("a text written elsewhere is %.50q", got.Body)
	}
}

// While an address is half typed, it is there as it was typed, and what else was
// written too.
func TestHalfAnAddress(t *testing.T) {
	for i, want := range []compose.Typed{{To: "nobody at all"}, {Cc: "nobody at all"}, {Bcc: "nobody at all"}} {
		var keys []string
		for range i {
			keys = append(keys, "tab")
		}
		m := press(screen(blank()), append(keys, "paste:nobody at all")...)
		for range 3 - i {
			m = press(m, "tab")
		}
		d := press(m, "s", "tab", "t").Draft()
		if d.Typed != want || d.Subject != "s" || d.Body != "t" {
			t.Errorf("typed is %+v, want %+v; the subject is %q, the text %q", d.Typed, want, d.Subject, d.Body)
		}
		if again := screen(d).Draft(); again.Typed != want {
			t.Errorf("taken up again it is %+v, want %+v", again.Typed, want)
		}
	}
}

// What an answer begins with comes in below what was typed while it was fetched,
// and stays out where one has begun to delete.
func TestComplete(t *testing.T) {
	begun := blank()
	begun.To, begun.Subject, begun.Body = []mail.Address{{Address: "ben@example.org"}}, "Re: tea", "\n\n-- \nAnn\n"
	come := begun
	come.To, come.Cc = []mail.Address{{Address: "list@example.org"}}, []mail.Address{{Address: "cleo@example.org"}}
	come.Body, come.Answers = "> tea?\n\n-- \nAnn\n", mail.Ref{ID: mail.NewID(0, 7)}
	for _, tt := range []struct {
		name, keys   string
		to, cc, body string
		changed      bool
		then         string // the text once "x" is typed
	}{
		{"nothing typed", "", "list@example.org", "cleo@example.org", come.Body, false, "x" + come.Body},
		{"a text begun", "h i", "list@example.org", "cleo@example.org", "hi\n\n" + come.Body, true, "hix\n\n" + come.Body},
		{"two lines", "h enter i", "list@example.org", "cleo@example.org", "h\ni\n\n" + come.Body, true, "h\nix\n\n" + come.Body},
		{"a new line", "h enter enter", "list@example.org", "cleo@example.org", "h\n\n\n\n" + come.Body, true, "h\n\nx\n\n" + come.Body},
		{"something deleted", "h i backspace", "list@example.org", "cleo@example.org", "h" + begun.Body, true, "hx" + begun.Body},
		{"written in below", "down down down i", "list@example.org", "cleo@example.org", "\n\n-- \niAnn\n", true, "\n\n-- \nixAnn\n"},
		{"another recipient", "shift+tab shift+tab shift+tab shift+tab backspace", "ben@example.or", "cleo@example.org", come.Body, true, come.Body},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := press(screen(begun), strings.Fields(tt.keys)...).Complete(come)
			d := draft(t, m)
			if to, cc := mail.FormatAddresses(d.To), mail.FormatAddresses(d.Cc); to != tt.to || cc != tt.cc || d.Body != tt.body || d.Answers != come.Answers {
				t.Errorf("it is to %q and %q, answers %v, and says %q; want %q, %q, %q", to, cc, d.Answers, d.Body, tt.to, tt.cc, tt.body)
			}
			if _, changed := m.Changed(); changed != tt.changed {
				t.Errorf("it was changed: %v", changed)
			}
			if got := press(m, "x").Draft().Body; got != tt.then {
				t.Errorf("written on it is %q, want %q", got, tt.then)
			}
		})
	}
}

func TestChanged(t *testing.T) {
	file := func(data string) compose.Attachment {
		return compose.Attachment{Name: "a.txt", Data: []byte(data)}
	}
	for _, tt := range []struct {
		name   string
		change func(composer.Model) composer.Model
		want   bool
	}{
		{"nothing", func(m composer.Model) composer.Model { return m }, false},
		{"moving about", func(m composer.Model) composer.Model { return press(m, "tab", "left", "home", "shift+tab", "end") }, false},
		{"another size", func(m composer.Model) composer.Model { return m.SetSize(60, 18) }, false},
		{"To", func(m composer.Model) composer.Model { return press(m, "x") }, true},
		{"taken back", func(m composer.Model) composer.Model { return press(m, "x", "backspace") }, false},
		{"Cc", func(m composer.Model) composer.Model { return press(m, "tab", "x") }, true},
		{"Bcc", func(m composer.Model) composer.Model { return press(m, "tab", "tab", "x") }, true},
		{"the subject", func(m composer.Model) composer.Model { return press(m, "tab", "tab", "tab", "x") }, true},
		{"the text", func(m composer.Model) composer.Model { return press(m, "shift+tab", "x") }, true},
		{"from one field to another", func(m composer.Model) composer.Model { return press(m, "tab", "x") }, true},
		{"a text from elsewhere", func(m composer.Model) composer.Model { return m.SetBody("x") }, true},
		{"the same from elsewhere", func(m composer.Model) composer.Model { return m.SetBody("") }, false},
		{"another address", func(m composer.Model) composer.Model { return press(m, "ctrl+f", "ctrl+f") }, true},
		{"another name", func(m composer.Model) composer.Model { return press(m, "ctrl+f") }, true},
		{"an attachment", func(m composer.Model) composer.Model { return m.Attach(file("a")) }, true},
		{"removed again", func(m composer.Model) composer.Model { return press(m.Attach(file("a")), "alt+t") }, false},
		{"kept", func(m composer.Model) composer.Model {
			m = press(m, "x")
			f, _ := m.Changed()
			return m.Kept(9, f)
		}, false},
		{"changed while it was kept", func(m composer.Model) composer.Model {
			f, _ := press(m, "x").Changed()
			return press(m, "x", "y").Kept(9, f)
		}, true},
		{"another file of the same name and size", func(m composer.Model) composer.Model {
			m = m.Attach(file("one"))
			f, _ := m.Changed()
			return press(m.Kept(9, f), "alt+t").Attach(file("two"))
		}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, changed := tt.change(screen(blank())).Changed(); changed != tt.want {
				t.Errorf("changed is %v, want %v", changed, tt.want)
			}
		})
	}
	if d := draft(t, screen(blank()).Kept(9, "")); d.Saved != 9 {
		t.Errorf("where it is kept is %v", d.Saved)
	}
}

func TestAttachments(t *testing.T) {
	m := screen(blank())
	if d := draft(t, press(m, "alt+t")); len(d.Attachments) > 0 {
		t.Errorf("removed from nothing leaves %+v", d.Attachments)
	}
	one, two := compose.Attachment{Name: "one.txt\x1b[2J", Data: []byte("1")}, compose.Attachment{Name: "two.txt", Data: make([]byte, 2000)}
	m = m.Attach(one)
	both := m.Attach(two)
	other := m.Attach(compose.Attachment{Name: "three"}) // from the same screen, and not in place of two
	if d := draft(t, both); !reflect.DeepEqual(d.Attachments, []compose.Attachment{one, two}) {
		t.Errorf("attached are %+v", d.Attachments)
	}
	if d := draft(t, other); len(d.Attachments) != 2 || d.Attachments[1].Name != "three" {
		t.Errorf("attached are %+v", d.Attachments)
	}
	if got := panetest.Join(both.View()); !strings.Contains(got, "Attached: one.txt␛[2J 1") || !strings.Contains(got, "Attached: two.txt 2") {
		t.Errorf("the screen shows\n%s", got)
	}
	if d := draft(t, press(both, "alt+t")); !reflect.DeepEqual(d.Attachments, []compose.Attachment{one}) {
		t.Errorf("after one is removed there are %+v", d.Attachments)
	}
}

// Many attachments leave room to write.
func TestManyAttachments(t *testing.T) {
	m := screen(blank()).SetSize(60, 17)
	for i := range 40 {
		m = m.Attach(compose.Attachment{Name: fmt.Sprintf("file-%d.", i)})
	}
	m = press(m, "shift+tab", "paste:what I write")
	panetest.Check(t, cells.Measure{}, m.View(), 60, 17)
	if got := panetest.Join(m.View()); !strings.Contains(got, "what I write") || !strings.Contains(got, "file-0.") || !strings.Contains(got, "and 35 more") {
		t.Errorf("the screen shows\n%s", got)
	}
	for range 40 {
		m = press(m, "alt+t")
	}
	if got := panetest.Join(m.View()); strings.Contains(got, "more") || strings.Contains(got, "Attached") {
		t.Errorf("without them it shows\n%s", got)
	}
}

func TestIdentity(t *testing.T) {
	for n, want := range []mail.Address{self()[0], self()[1], self()[2], self()[0]} {
		m := screen(blank())
		for range n {
			m = press(m, "ctrl+f")
		}
		if d := draft(t, m); d.From != want {
			t.Errorf("after %d times it comes from %v, want %v", n, d.From, want)
		}
	}
	d := blank()
	d.From = mail.Address{Address: "elsewhere@example.org"}
	if got := draft(t, press(screen(d), "ctrl+f")); got.From != self()[0] {
		t.Errorf("from elsewhere it comes to %v", got.From)
	}
	if got := draft(t, press(composer.New(theme.New(true, true), cells.Measure{}, d, nil).SetSize(80, 24), "ctrl+f")); got.From != d.From {
		t.Errorf("with no other address it comes from %v", got.From)
	}
}

func TestTitle(t *testing.T) {
	for want, d := range map[string]compose.Draft{" New message ": {}, " Reply ": {Answers: mail.Ref{ID: 1}}, " Forward ": {Forwards: mail.Ref{ID: 1}}, " Redirect ": {Redirected: []byte("x"), Answers: mail.Ref{ID: 1}}} {
		if got := panetest.Plain(screen(d).View()[0]); !strings.HasPrefix(got, want) {
			t.Errorf("the title is %q, want %q", got, want)
		}
	}
	m := screen(blank())
	m.State = "draft saved"
	if got := panetest.Plain(m.View()[0]); !strings.Contains(got, "draft saved") {
		t.Errorf("the title is %q", got)
	}
}

// What is redirected goes as it is.
func TestRedirect(t *testing.T) {
	d := blank()
	d.Body, d.Redirected, d.To = "as it is", []byte("x"), []mail.Address{{Address: "b@example.org"}}
	if got := draft(t, press(screen(d), "x", "enter", "paste:more")); got.Body != "as it is" {
		t.Errorf("the text is %q", got.Body)
	}
}

// A field that is longer than the screen shows its beginning, and while one writes
// in it, its end.
func TestLongField(t *testing.T) {
	d := blank()
	d.Subject = "BEGIN " + strings.Repeat("words ", 40) + "END"
	m := screen(d)
	if got := panetest.Plain(m.View()[5]); !strings.Contains(got, "BEGIN") || !strings.HasSuffix(got, "…") {
		t.Errorf("the subject is shown as %q", got)
	}
	m = press(m, "tab", "tab", "tab")
	for _, w := range []int{80, 60, 200} {
		if got := panetest.Plain(m.SetSize(w, 24).View()[5]); !strings.Contains(got, "END ") || strings.Contains(got, "…") {
			t.Errorf("in %d columns the subject that one writes is shown as %q", w, got)
		}
	}
}

// Without colours there are none, though the library's fields have some.
func TestNoColours(t *testing.T) {
	d := blank()
	d.To, d.Subject, d.Body = self()[:1], "subject", "text\n\nmore"
	m := composer.New(theme.New(true, false), cells.Measure{}, d, self()).SetSize(80, 24).Attach(compose.Attachment{Name: "a"})
	for range 5 {
		if got := strings.Join(m.View(), "\n"); panetest.Coloured(got) {
			t.Fatalf("there are colours: %q", got)
		}
		m = press(m, "tab")
	}
}

// Whatever is pressed and pasted, the screen stays in its bounds, and what it holds
// is one line where it must be.
func TestAnything(t *testing.T) {
	text := panetest.Text()
	seed.Check(t, func(t *rapid.T) {
		d := blank()
		d.Subject, d.Body = text.Draw(t, "subject"), strings.Join(rapid.SliceOfN(text, 0, 8).Draw(t, "lines"), "\n")
		if rapid.Bool().Draw(t, "to") {
			d.To = []mail.Address{{Name: text.Draw(t, "name"), Address: "b@example.org"}}
		}
		m := composer.New(theme.New(true, rapid.Bool().Draw(t, "colours")), panetest.Measure().Draw(t, "measure"), d, self())
		size := panetest.Size().Draw(t, "size")
		m = m.SetSize(size[0], size[1])
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 12).Draw(t, "what") {
			case 0:
				size = panetest.Size().Draw(t, "size")
				m = m.SetSize(size[0], size[1])
			case 1:
				m, _ = m.Update(tea.PasteMsg{Content: text.Draw(t, "paste")})
			case 2:
				m = m.Attach(compose.Attachment{Name: text.Draw(t, "name"), Data: []byte("x")})
			case 3:
				m = m.SetBody(text.Draw(t, "text"))
			case 4, 5:
				m = commands()[rapid.SampledFrom([]string{"tab", "shift+tab", "alt+t", "ctrl+f", "ctrl+k", "ctrl+y"}).Draw(t, "command")](m)
			case 6:
				m, _ = m.Update(tea.MouseClickMsg{Y: rapid.IntRange(-1, 90).Draw(t, "y"), Button: tea.MouseLeft})
			default:
				m, _ = m.Update(panetest.AnyKey().Draw(t, "key"))
			}
			panetest.Check(t, m.Measure, m.View(), size[0], size[1])
		}
		if d := m.Draft(); strings.ContainsAny(d.Subject, "\r\n") || strings.ContainsAny(mail.FormatAddresses(d.To), "\r\n") {
			t.Fatalf("a field has two lines: %q, %q", d.Subject, d.To)
		}
	})
}
