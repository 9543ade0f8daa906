// Package panetest is what the tests of the panes share: texts that are hard to
// show, random keys, and what holds of the lines of every pane. Nothing but tests
// imports it.
package panetest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"posthorn/ui/cells"
)

// T is what the checks need of a test, be it an ordinary or a random one.
type T interface {
	Helper()
	Errorf(format string, args ...any)
}

// Texts are lines that are hard to show: wide, combining, joined, right to left,
// of several lines, and hostile ones.
func Texts() []string {
	return []string{
		"", " ", "plain", "日本語のメール、とても長い件名", "e\u0301e\u0301 " + strings.Repeat("a\u0308", 30), "👩‍👩‍👧‍👦 + 🐕‍🦺 → 🏖️", "🇳🇴🇯🇵 1️⃣ ☎️",
		"مرحباً من الميناء", "שלום \u202eexe.gpj\u202c \u2066x\u2069 \u200f", "हिन्दी नाम", "한국어 \u1100\u1161\u11a8",
		"\x1b[2J\x1b]0;title\x07\x1b[31mred", "\u009b31m\x9b\xff\xfe", "a\r\nBcc: x@example.org\n\tb", "a\u2028b\u0085c\v\f\b\x00\x7f",
		"Z" + strings.Repeat("\u0335", 60), strings.Repeat("long ", 400), strings.Repeat("語", 300), "\u200d\u200d\u200c", "\ufe0f\u20e3", "note \u0602",
	}
}

// Text draws one of [Texts], or something like them.
func Text() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(Texts()), rapid.String(), rapid.StringMatching(`[a-zA-Z0-9 .,:@<>-]{0,60}`))
}

// Measures are the ways in which terminals measure.
func Measures() map[string]cells.Measure {
	return map[string]cells.Measure{
		"by characters": {},
		"by clusters":   cells.Measure{}.Learn(tea.ModeReportMsg{Mode: ansi.ModeUnicodeCore, Value: ansi.ModeReset}),
	}
}

// Measure draws one of [Measures].
func Measure() *rapid.Generator[cells.Measure] {
	all := Measures()
	return rapid.SampledFrom([]cells.Measure{all["by characters"], all["by clusters"]})
}

// Size draws the size of a terminal that is used.
func Size() *rapid.Generator[[2]int] {
	return rapid.Custom(func(t *rapid.T) [2]int {
		return [2]int{rapid.IntRange(60, 300).Draw(t, "w"), rapid.IntRange(18, 80).Draw(t, "h")}
	})
}

// Key makes the press of a key of its name as [tea.KeyPressMsg.String] tells it.
func Key(name string) tea.KeyPressMsg {
	var msg tea.KeyPressMsg
	rest := name
	for _, mod := range []struct {
		prefix string
		mod    tea.KeyMod
	}{{"ctrl+", tea.ModCtrl}, {"alt+", tea.ModAlt}, {"shift+", tea.ModShift}} {
		if r, ok := strings.CutPrefix(rest, mod.prefix); ok && r != "" {
			rest, msg.Mod = r, msg.Mod|mod.mod
		}
	}
	if code, ok := special()[rest]; ok {
		msg.Code = code
		if code == tea.KeySpace && msg.Mod == 0 {
			msg.Text = " "
		}
		return msg
	}
	msg.Code = []rune(rest)[0]
	if msg.Mod == 0 {
		msg.Text = rest
	}
	return msg
}

func special() map[string]rune {
	return map[string]rune{"enter": tea.KeyEnter, "tab": tea.KeyTab, "esc": tea.KeyEscape, "backspace": tea.KeyBackspace, "delete": tea.KeyDelete, "space": tea.KeySpace,
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome, "end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown}
}

// AnyKey draws a key: one that moves or edits, or one that writes. What reads the
// clipboard is not among them.
func AnyKey() *rapid.Generator[tea.KeyPressMsg] {
	var names []string
	for name := range special() {
		for _, mod := range []string{"", "", "shift+", "ctrl+", "alt+"} {
			names = append(names, mod+name)
		}
	}
	for _, r := range "abdefhknptuwxy" {
		names = append(names, "ctrl+"+string(r))
	}
	names = append(names, strings.Split("a b é 日 語 👩 \u200d \u0301 ש q j k ? : / 1 - , @ y n", " ")...)
	slices.Sort(names) // a map gives them in another order each time
	return rapid.Map(rapid.SampledFrom(names), Key)
}

// Said returns what a command says that a key led to. A key that writes leads to
// the blinking of the cursor only, which takes its time and is not waited for.
func Said(key string, cmd tea.Cmd) tea.Msg {
	if cmd == nil || !slices.Contains([]string{"enter", "esc", "ctrl+c", "ctrl+k", "y", "n"}, key) {
		return nil
	}
	return cmd()
}

var sgr = regexp.MustCompile(`\x1b\[([0-9;:]*)m`)

// Plain returns a line without its looks.
func Plain(line string) string { return sgr.ReplaceAllString(line, "") }

// Join returns lines as a person sees them.
func Join(lines []string) string { return Plain(strings.Join(lines, "\n")) }

// Check says what is wrong with the lines of a pane that is w columns wide and h
// lines high: no line is narrower or wider, there are not more of them, and
// nothing but a look moves or changes the terminal.
func Check(t T, m cells.Measure, lines []string, w, h int) {
	t.Helper()
	if len(lines) > h {
		t.Errorf("%d lines are shown in %d", len(lines), h)
	}
	for i, l := range lines {
		if got := m.Width(l); got != w {
			t.Errorf("line %d takes %d columns of %d: %q", i, got, w, l)
		}
		Safe(t, l)
	}
}

// Safe says what a line does to the terminal beyond looks.
func Safe(t T, line string) {
	t.Helper()
	for _, r := range Plain(line) {
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			t.Errorf("the line %q has %U", line, r)
			return
		}
	}
}

// Coloured reports whether a text sets a colour: 30 to 49 and 90 to 107 do, but
// not 39 and 49, which take colours away.
func Coloured(s string) bool {
	for _, m := range sgr.FindAllStringSubmatch(s, -1) {
		for _, p := range strings.FieldsFunc(m[1], func(r rune) bool { return r == ';' || r == ':' }) {
			n, err := strconv.Atoi(p)
			if err == nil && (n >= 30 && n <= 49 && n != 39 && n != 49 || n >= 90 && n <= 107) {
				return true
			}
		}
	}
	return false
}
