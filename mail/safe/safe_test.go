package safe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":           {"hello\tworld\n", "hello\tworld\n"},
		"line ends":       {"a\r\nb\rc", "a\nb\nc"},
		"escape":          {"\x1b[31mred\x1b[0m", "␛[31mred␛[0m"},
		"c1":              {"\u009b31mred", "31mred"},
		"raw c1 byte":     {"a\x9bb", "a\ufffdb"},
		"bell, backspace": {"a\a\bb\x7f", "ab"},
		"bidi override":   {"exe\u202egpj.txt", "exegpj.txt"},
		"tags":            {"a\U000e0041b", "ab"},
		"emoji family":    {"👩‍👩‍👧", "👩‍👩‍👧"},
		"arabic":          {"مرحبا", "مرحبا"},
		"too many marks":  {"a" + strings.Repeat("\u0301", 40), "a" + strings.Repeat("\u0301", maxMarks)},
		"line separator":  {"a\u2028b", "a\nb"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Text(tt.in); got != tt.want {
				t.Errorf("Text(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLine(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"empty":          {"", ""},
		"plain":          {"hello world", "hello world"},
		"runs":           {"  a \t\n b  ", "a b"},
		"no-break space": {"a\u00a0\u3000b", "a b"},
		"osc":            {"\x1b]0;title\aok", "␛]0;titleok"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Line(tt.in); got != tt.want {
				t.Errorf("Line(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestFileName(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":         {"report.pdf", "report.pdf"},
		"path":          {"../../etc/passwd", "passwd"},
		"windows path":  {`C:\Users\ann\a.txt`, "a.txt"},
		"hidden":        {".bashrc", "bashrc"},
		"option":        {"-rf.txt", "rf.txt"},
		"dots":          {"..", "attachment"},
		"only slashes":  {"///", "___"},
		"control":       {"a\x00b\nc.txt", "ab c.txt"},
		"bidi":          {"photo\u202egnp.exe", "photognp.exe"},
		"device":        {"con.txt", "_con.txt"},
		"shell":         {"a;$(rm).txt", "a__(rm).txt"},
		"long":          {strings.Repeat("ä", 300) + ".pdf", strings.Repeat("ä", 88) + ".pdf"},
		"full-width":    {"報告書.pdf", "報告書.pdf"},
		"trailing dots": {"a.txt...", "a.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			got := FileName(tt.in)
			if name == "only slashes" {
				if strings.ContainsAny(got, "/") || got == "" {
					t.Errorf("FileName(%q) = %q", tt.in, got)
				}
				return
			}
			if got != tt.want {
				t.Errorf("FileName(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestTruncate(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"hello", 5, "hello"}, {"hello", 4, "hel…"}, {"日本語", 5, "日本…"}, {"日本語", 6, "日本語"},
		{"日本語", 4, "日…"}, {"e\u0301e\u0301e\u0301", 2, "e\u0301…"}, {"abc", 0, ""},
	} {
		if got := Truncate(tt.in, tt.width); got != tt.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, tt := range []struct {
		in    string
		width int
		want  string
	}{
		{"the quick brown fox", 10, "the quick|brown fox"},
		{"abcdefghijkl", 5, "abcde|fghij|kl"},
		{"a abcdefghij", 5, "a|abcde|fghij"},
		{"日本語日本語", 5, "日本|語日|本語"},
		{"", 5, ""},
		{"word      ", 6, "word"},
	} {
		if got := strings.Join(Wrap(tt.in, tt.width), "|"); got != tt.want {
			t.Errorf("Wrap(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}

// Nothing that a terminal obeys gets through, and no line is too wide.
func FuzzText(f *testing.F) {
	for _, s := range []string{"\x1b[2J", "a\u202eb", "\x9b", "日本\u0301", "👩‍👩‍👧", "\xff\xfe", " - -", "한\u1160"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, got := range []string{Text(s), Line(s), FileName(s)} {
			if !utf8.ValidString(got) {
				t.Errorf("%q became %q: not UTF-8", s, got)
			}
			for _, r := range got {
				if unicode.IsControl(r) && r != '\n' && r != '\t' {
					t.Errorf("%q became %q: holds %U", s, got, r)
				}
			}
		}
		if strings.ContainsAny(Line(s), "\n\t") {
			t.Errorf("Line(%q) has several lines", s)
		}
		if n := FileName(s); n == "" || n == "." || n == ".." || strings.ContainsAny(n, `/\`) || len(n) > 255 {
			t.Errorf("FileName(%q) = %q", s, n)
		}
		for _, l := range Wrap(Line(s), 10) {
			if Width(l) > 10 {
				t.Errorf("Wrap(%q) has the line %q of %d columns", s, l, Width(l))
			}
		}
		if w := Width(Truncate(Line(s), 7)); w > 7 {
			t.Errorf("Truncate(%q, 7) takes %d columns", s, w)
		}
	})
}
