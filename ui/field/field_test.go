package field_test

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"

	"posthorn/internal/seed"
	"posthorn/ui/cells"
	"posthorn/ui/field"
	"posthorn/ui/panetest"
)

// A word can be deleted wherever the cursor is; the library panics before the last
// character.
func TestDeleteWord(t *testing.T) {
	for _, tt := range []struct {
		text string
		pos  int
		want string
	}{
		{"", 0, ""}, {"a", 0, ""}, {"a", 1, "a"}, {"ab", 1, "a"}, {"one two", 0, " two"}, {"one two", 3, "one"}, {"one two", 6, "one tw"}, {"  ", 0, ""}, {"a  ", 1, "a"}, {"日本 語", 1, "日 語"},
	} {
		for _, k := range []string{"alt+d", "ctrl+delete", "alt+delete"} {
			in := field.New("")
			in.Focus()
			in.SetValue(tt.text)
			in.SetCursor(tt.pos)
			if in, _ = field.Update(in, panetest.Key(k)); in.Value() != tt.want || in.Position() != tt.pos {
				t.Errorf("%q at %d: %s leaves %q at %d, want %q", tt.text, tt.pos, k, in.Value(), in.Position(), tt.want)
			}
		}
	}
}

// However wide a line is, its cursor is in view.
func TestSetSize(t *testing.T) {
	text := strings.Repeat("0123456789", 9) + "x"
	for pos := range len(text) {
		in := field.New("> ")
		in.Focus()
		in.SetValue(text)
		in.SetCursor(pos)
		for _, w := range []int{80, 20, 50, 200, 33} {
			field.SetSize(&in, w)
			if got := in.View(); !strings.Contains(got, "\x1b[7m") || (cells.Measure{}).Width(got) > w {
				t.Fatalf("in %d columns with the cursor at %d it shows %q", w, pos, got)
			}
		}
	}
}

func TestNoColours(t *testing.T) {
	in := field.New("> ")
	in.SetValue("text")
	before := in.View()
	in.Focus()
	if got := before + in.View(); panetest.Coloured(got) {
		t.Errorf("it has colours: %q", got)
	}
}

// Whatever is pressed and pasted, it is one line, and harmless.
func TestAnything(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		in := field.New("› ")
		in.Focus()
		w := 60
		field.SetSize(&in, w)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				w = rapid.IntRange(20, 300).Draw(t, "w")
				field.SetSize(&in, w)
			case 1:
				in, _ = field.Update(in, tea.PasteMsg{Content: panetest.Text().Draw(t, "paste")})
			default:
				in, _ = field.Update(in, panetest.AnyKey().Draw(t, "key"))
			}
			panetest.Safe(t, in.View())
			if strings.Contains(in.Value(), "\n") {
				t.Fatalf("it has two lines: %q", in.Value())
			}
		}
	})
}
