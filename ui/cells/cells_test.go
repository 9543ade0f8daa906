package cells

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

func clusters() Measure {
	return Measure{}.Learn(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset})
}

func TestLearn(t *testing.T) {
	const family = "👩‍👩‍👧"
	if w := (Measure{}).Width(family); w != 6 {
		t.Errorf("by characters a family takes %d columns, want 6", w)
	}
	if w := clusters().Width(family); w != 2 {
		t.Errorf("by clusters a family takes %d columns, want 2", w)
	}
}

// What is cut or filled takes the columns that it is to take, whatever it holds,
// and however the terminal measures.
func TestColumns(t *testing.T) {
	lines := []string{"", "plain", "日本語のメール", "e\u0301e\u0301 combining", "👩‍👩‍👧‍👦 + 🐕‍🦺 → 🏖️", "\x1b[1mbold 日本\x1b[0m語", "مرحبا", "हिन्दी", "🇳🇴 1️⃣ 2️⃣ ☎️ #️⃣ of 9", "note \u0602", "\u0600", "\ufe0f\u20e3", "\ufe0f\u20e3 of \u0602", "\u0301\u0602", "\u0602\u0602"}
	for _, m := range []Measure{{}, clusters()} {
		for _, s := range lines {
			for width := range 20 {
				if got := m.Width(m.Pad(s, width)); got != width {
					t.Fatalf("Pad(%q, %d) takes %d columns", s, width, got)
				}
				for _, beside := range []string{" ", "│", "x", "日"} {
					if got, want := m.Width(beside+m.Pad(s, width)+beside), width+2*m.Width(beside); width > 0 && got != want {
						t.Fatalf("Pad(%q, %d) takes %d columns too many between two of %q", s, width, got-want, beside)
					}
				}
				if got := m.Width(m.Cut(s, width)); got > width {
					t.Fatalf("Cut(%q, %d) takes %d columns", s, width, got)
				}
				for from := range width {
					if got := m.Width(m.Between(s, from, width)); got != width-from {
						t.Fatalf("Between(%q, %d, %d) takes %d columns", s, from, width, got)
					}
				}
			}
		}
	}
}

func TestBetween(t *testing.T) {
	for _, tt := range []struct {
		s        string
		from, to int
		want     string
	}{
		{"hello", 1, 3, "el"},
		{"日本語", 0, 3, "日 "},
		{"日本語", 1, 6, " 本語"},
		{"ab", 4, 6, "  "},
	} {
		if got := (Measure{}).Between(tt.s, tt.from, tt.to); got != tt.want {
			t.Errorf("Between(%q, %d, %d) is %q, want %q", tt.s, tt.from, tt.to, got, tt.want)
		}
	}
	if got := (Measure{}).Between("\x1b[1mbold\x1b[0m", 2, 4); ansi.Strip(got) != "ld" || !strings.HasPrefix(got, "\x1b[1m") {
		t.Errorf("a cut line loses its style: %q", got)
	}
}
