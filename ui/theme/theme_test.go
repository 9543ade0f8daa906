package theme_test

import (
	"fmt"
	"strings"
	"testing"

	"posthorn/mail/render"
	"posthorn/ui/panetest"
	"posthorn/ui/theme"
)

// looks returns how a theme draws a text, by what it is.
func looks(t theme.Theme, text string) map[string]string {
	all := map[string]string{
		"text": t.Text.Render(text), "faint": t.Faint.Render(text), "accent": t.Accent.Render(text), "unread": t.Unread.Render(text), "star": t.Star.Render(text),
		"danger": t.Danger.Render(text), "good": t.Good.Render(text), "cursor": t.Cursor.Render(text), "resting": t.Resting.Render(text), "marked": t.Marked.Render(text),
		"bar": t.Bar.Render(text), "strong bar": t.BarStrong.Render(text), "title": t.Title.Render(text), "quiet": t.Quiet.Render(text), "key": t.Key.Render(text),
	}
	for i, a := range t.Accounts {
		all[fmt.Sprint("account ", i)] = a.Render(text)
	}
	for bit := range 16 {
		all[fmt.Sprint("span ", bit)] = t.Span(1<<bit, 0).Render(text)
	}
	for quote := range 9 {
		all[fmt.Sprint("quote ", quote)] = t.Span(render.Bold, quote).Render(text)
	}
	return all
}

// Without colours there is none, and what matters is told apart nevertheless.
func TestNoColours(t *testing.T) {
	for _, dark := range []bool{true, false} {
		th := theme.New(dark, false)
		all := looks(th, "text")
		for what, got := range all {
			if panetest.Coloured(got) {
				t.Errorf("%s has a colour: %q", what, got)
			}
		}
		for _, pair := range [][2]string{{"cursor", "text"}, {"cursor", "resting"}, {"resting", "text"}, {"marked", "text"}, {"marked", "unread"}, {"unread", "text"}, {"title", "quiet"}, {"danger", "text"}, {"bar", "text"}} {
			if all[pair[0]] == all[pair[1]] {
				t.Errorf("%s looks as %s does: %q", pair[0], pair[1], all[pair[0]])
			}
		}
	}
}

func TestDarkAndLight(t *testing.T) {
	dark, light := looks(theme.New(true, true), "text"), looks(theme.New(false, true), "text")
	for what, got := range dark {
		if !panetest.Coloured(got) || !panetest.Coloured(light[what]) {
			t.Errorf("%s has no colour: %q, %q", what, got, light[what])
		}
		if got == light[what] {
			t.Errorf("%s looks the same on dark and on light: %q", what, got)
		}
	}
}

// A look adds nothing to a text, and leaves it in one piece: a character by itself
// is not what it is among others.
func TestWhole(t *testing.T) {
	for _, text := range []string{"a b", "👩‍👩‍👧 e\u0301", ""} {
		for _, colours := range []bool{true, false} {
			th := theme.New(true, colours)
			all := looks(th, text)
			all["all of a span"] = th.Span(^render.Style(0), 0).Render(text)
			for what, got := range all {
				if panetest.Plain(got) != text || !strings.Contains(got, text) {
					t.Errorf("%s: %q is drawn as %q", what, text, got)
				}
				if text != "" && got != text && !strings.HasSuffix(got, "\x1b[m") {
					t.Errorf("%s: %q does not end its look", what, got)
				}
			}
		}
	}
}

func TestSpan(t *testing.T) {
	th := theme.New(true, false)
	for _, tt := range []struct {
		style render.Style
		want  string // the parameter that says so to a terminal
	}{
		{render.Bold, "1"}, {render.Heading, "1"}, {render.Italic, "3"}, {render.Underline, "4"}, {render.Strike, "9"},
	} {
		got := th.Span(tt.style, 0).Render("x")
		if !strings.Contains(got, "\x1b["+tt.want+"m") {
			t.Errorf("%v is drawn as %q, want %s", tt.style, got, tt.want)
		}
		if quoted := th.Span(tt.style, 2).Render("x"); quoted != got {
			t.Errorf("%v is drawn as %q in a quote, and as %q else", tt.style, quoted, got)
		}
	}
	coloured := theme.New(true, true)
	if coloured.Span(0, 1).Render("x") == coloured.Span(0, 2).Render("x") {
		t.Error("a quote of a quote looks like a quote")
	}
}
