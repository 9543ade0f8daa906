// Package theme is how things look: a palette gives colours their meanings, and
// a theme gives the styles made of them. Nothing else names a colour.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"

	"posthorn/mail/render"
)

// A palette is the colours that a theme chooses.
type palette struct {
	text, faint, accent, unread, star, danger, good, selection, selected, bar color.Color
	quotes                                                                    [4]color.Color
}

// A Theme is the styles of the interface.
type Theme struct {
	Text, Faint, Accent, Unread, Star, Danger, Good lipgloss.Style
	Cursor                                          lipgloss.Style // the row the cursor is on
	Resting                                         lipgloss.Style // the same in a pane that has not the keys
	Marked                                          lipgloss.Style // a selected message
	Bar                                             lipgloss.Style // the status line
	BarStrong                                       lipgloss.Style
	Title                                           lipgloss.Style // of a pane that has the keys
	Quiet                                           lipgloss.Style // of one that has not
	Key                                             lipgloss.Style
	Accounts                                        []lipgloss.Style
	quotes                                          [4]lipgloss.Style
}

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
	base := lipgloss.NewStyle().Foreground(p.text)
	fg := func(c color.Color) lipgloss.Style { return lipgloss.NewStyle().Foreground(c) }
	t := Theme{
		Text: base, Faint: fg(p.faint), Accent: fg(p.accent), Unread: fg(p.unread).Bold(true), Star: fg(p.star), Danger: fg(p.danger).Bold(true), Good: fg(p.good),
		Cursor: base.Background(p.selection).Bold(true), Resting: base.Background(p.selected), Marked: fg(p.accent).Bold(true),
		Bar: base.Background(p.bar), BarStrong: fg(p.accent).Background(p.bar).Bold(true),
		Title: fg(p.accent).Bold(true), Quiet: fg(p.faint).Bold(true), Key: fg(p.accent).Bold(true),
		Accounts: []lipgloss.Style{fg(p.quotes[0]), fg(p.quotes[1]), fg(p.quotes[2]), fg(p.quotes[3])},
	}
	for i, c := range p.quotes {
		t.quotes[i] = fg(c)
	}
	return t
}

func plain() Theme {
	s := lipgloss.NewStyle()
	t := Theme{Text: s, Faint: s, Accent: s, Unread: s.Bold(true), Star: s.Bold(true), Danger: s.Bold(true), Good: s,
		Cursor: s.Reverse(true), Resting: s.Underline(true), Marked: s.Bold(true).Underline(true), Bar: s.Reverse(true), BarStrong: s.Reverse(true).Bold(true),
		Title: s.Bold(true).Underline(true), Quiet: s.Underline(true), Key: s.Bold(true), Accounts: []lipgloss.Style{s}}
	for i := range t.quotes {
		t.quotes[i] = s
	}
	return t
}

// Span returns the style of a span of a message, on a line that is quoted so
// deep.
func (t Theme) Span(s render.Style, quote int) lipgloss.Style {
	style := t.Text
	switch {
	case quote > 0:
		style = t.quotes[(quote-1)%len(t.quotes)]
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
		style = style.Bold(true)
	}
	if s&render.Italic != 0 {
		style = style.Italic(true)
	}
	if s&(render.Underline) != 0 {
		style = style.Underline(true)
	}
	if s&render.Strike != 0 {
		style = style.Strikethrough(true)
	}
	return style
}
