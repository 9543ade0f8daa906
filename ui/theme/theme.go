// Package theme is how things look: a palette gives colours their meanings, and
// a theme gives the styles made of them. Nothing else names a colour.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"posthorn/mail/render"
)

// A palette is the colours that a theme chooses.
type palette struct {
	text, faint, accent, unread, star, danger, good, selection, selected, bar color.Color
	quotes                                                                    [4]color.Color
}

// A Theme is the styles of the interface.
type Theme struct {
	Text, Faint, Accent, Unread, Star, Danger, Good Style
	Cursor                                          Style // the row the cursor is on
	Resting                                         Style // the same in a pane that has not the keys
	Marked                                          Style // a selected message
	Bar                                             Style // the status line
	BarStrong                                       Style
	Title                                           Style // of a pane that has the keys
	Quiet                                           Style // of one that has not
	Key                                             Style
	Accounts                                        []Style
	quotes                                          [4]Style
}

// A Style is a look. Lines under and through text are not left to lipgloss: it
// draws them a character at a time, which tears signs of several characters apart.
type Style struct {
	look  lipgloss.Style
	lines string
}

// Render gives text the look.
func (s Style) Render(text ...string) string {
	out := s.look.Render(text...)
	if s.lines == "" || out == "" {
		return out
	}
	return s.lines + out + ansi.ResetStyle
}

func (s Style) bold() Style      { s.look = s.look.Bold(true); return s }
func (s Style) italic() Style    { s.look = s.look.Italic(true); return s }
func (s Style) reverse() Style   { s.look = s.look.Reverse(true); return s }
func (s Style) underline() Style { s.lines += ansi.Style{}.Underline(true).String(); return s }
func (s Style) strike() Style    { s.lines += ansi.Style{}.Strikethrough(true).String(); return s }

func (s Style) on(c color.Color) Style { s.look = s.look.Background(c); return s }

// New returns the dark or the light theme. Without colours, what matters is told
// apart by bold, underlined and reversed text.
func New(dark, colours bool) Theme {
	if !colours {
		return plain()
	}
	p := light()
	if dark {
		p = night()
	}
	return fromPalette(p)
}

func night() palette {
	c := lipgloss.Color
	return palette{text: c("#d8dee9"), faint: c("#7f8899"), accent: c("#88c0d0"), unread: c("#ffffff"), star: c("#ebcb8b"), danger: c("#e06c75"),
		good: c("#a3be8c"), selection: c("#3b4b63"), selected: c("#2e3440"), bar: c("#2b303b"),
		quotes: [4]color.Color{c("#8fbcbb"), c("#b48ead"), c("#d08770"), c("#81a1c1")}}
}

func light() palette {
	c := lipgloss.Color
	return palette{text: c("#2e3440"), faint: c("#7a8290"), accent: c("#1f6f8b"), unread: c("#000000"), star: c("#a36a00"), danger: c("#b3261e"),
		good: c("#3a7d2c"), selection: c("#cfe3f5"), selected: c("#e8eef5"), bar: c("#e3e7ed"),
		quotes: [4]color.Color{c("#276b6a"), c("#7b3f8c"), c("#a04a1d"), c("#2f5d9b")}}
}

func fromPalette(p palette) Theme {
	fg := func(c color.Color) Style { return Style{look: lipgloss.NewStyle().Foreground(c)} }
	base := fg(p.text)
	t := Theme{
		Text: base, Faint: fg(p.faint), Accent: fg(p.accent), Unread: fg(p.unread).bold(), Star: fg(p.star), Danger: fg(p.danger).bold(), Good: fg(p.good),
		Cursor: base.on(p.selection).bold(), Resting: base.on(p.selected), Marked: fg(p.accent).bold(),
		Bar: base.on(p.bar), BarStrong: fg(p.accent).on(p.bar).bold(),
		Title: fg(p.accent).bold(), Quiet: fg(p.faint).bold(), Key: fg(p.accent).bold(),
		Accounts: []Style{fg(p.quotes[0]), fg(p.quotes[1]), fg(p.quotes[2]), fg(p.quotes[3])},
	}
	for i, c := range p.quotes {
		t.quotes[i] = fg(c)
	}
	return t
}

func plain() Theme {
	var s Style
	t := Theme{Text: s, Faint: s, Accent: s, Unread: s.bold(), Star: s.bold(), Danger: s.bold(), Good: s,
		Cursor: s.reverse(), Resting: s.underline(), Marked: s.bold().underline(), Bar: s.reverse(), BarStrong: s.reverse().bold(),
		Title: s.bold().underline(), Quiet: s.underline(), Key: s.bold(), Accounts: []Style{s}}
	for i := range t.quotes {
		t.quotes[i] = s
	}
	return t
}

// Span returns the style of a span of a message, on a line that is quoted so
// deep.
func (t Theme) Span(s render.Style, quote int) Style {
	style := t.Text
	switch {
	case quote > 0:
		style = t.quotes[(quote-1)%len(t.quotes)]
	case s&render.Added != 0:
		style = t.Good
	case s&render.Removed != 0:
		style = t.Danger
	case s&render.Warning != 0:
		style = t.Danger
	case s&(render.Signature|render.Dim) != 0:
		style = t.Faint
	case s&render.HeaderName != 0:
		style = t.Faint
	case s&(render.Heading|render.LinkText|render.Marker|render.Code) != 0:
		style = t.Accent
	}
	if s&(render.Bold|render.Heading) != 0 {
		style = style.bold()
	}
	if s&render.Italic != 0 {
		style = style.italic()
	}
	if s&(render.Underline) != 0 {
		style = style.underline()
	}
	if s&render.Strike != 0 {
		style = style.strike()
	}
	return style
}
