package spoof

import (
	"strings"
	"testing"
	"unicode"

	"posthorn/mail"
)

// A sender who pretends is told from one who does not.
func TestSenders(t *testing.T) {
	for _, tt := range []struct {
		a    mail.Address
		want string // what a doubt says; empty for none
	}{
		{mail.Address{Name: "ceo@bank.example", Address: "mallory@evil.example"}, "reads ceo@bank.example, but the address is mallory@evil.example"},
		{mail.Address{Name: "CEO <ceo@bank.example>", Address: "mallory@evil.example"}, "reads ceo@bank.example"},
		{mail.Address{Name: "CEO (ceo＠bank.example)", Address: "mallory@evil.example"}, "reads ceo@bank.example"},
		{mail.Address{Name: "me @ home, ceo@bank.example", Address: "mallory@evil.example"}, "reads ceo@bank.example"},
		{mail.Address{Name: "Ann@Example.org", Address: "ann@example.org"}, ""},
		{mail.Address{Name: "Ann @ Home", Address: "ann@example.org"}, ""},
		{mail.Address{Name: "@ann", Address: "ann@example.org"}, ""},
		{mail.Address{Name: "Ann", Address: "ann@example.org"}, ""},
		{mail.Address{Name: "Ann\u202egro", Address: "ann@example.org"}, "turn the text around: Ann[U+202E]gro"},
		{mail.Address{Name: "שרה \u200fכהן", Address: "sara@example.org"}, ""},
		{mail.Address{Address: "ceo@b\u0430nk.example"}, "mixes letters of several alphabets: Latin, Cyrillic"},
		{mail.Address{Address: "ceo@xn--bnk-5cd.example"}, "mixes letters"},
		{mail.Address{Address: "ceo@\u0430\u0440\u0440\u04cf\u0435.com"}, "look like others: they are Cyrillic"},
		{mail.Address{Address: "info@bücher.example"}, ""},
		{mail.Address{Address: "info@xn--bcher-kva.example"}, ""},
		{mail.Address{Address: "info@почта.рф"}, ""},
		{mail.Address{Address: "info@日本語テスト.jp"}, ""},
		{mail.Address{Address: "info@中文abc.example"}, ""},
		{mail.Address{Address: "info@ελλάδα.gr"}, ""},
	} {
		got := Address(tt.a, "the sender")
		if (len(got) == 0) != (tt.want == "") || len(got) > 0 && !strings.Contains(strings.Join(got, "\n"), tt.want) {
			t.Errorf("%+v: %q, want %q", tt.a, got, tt.want)
		}
	}
	e := mail.Envelope{From: []mail.Address{{Name: "a@b.c", Address: "d@e.f"}}, ReplyTo: []mail.Address{{Name: "a@b.c", Address: "d@e.f"}}}
	if got := Senders(&e); len(got) != 2 {
		t.Errorf("the doubts are %q, want two", got)
	}
}

// Hosts are shown in both their forms.
func TestOtherForm(t *testing.T) {
	for in, want := range map[string]string{
		"https://xn--bcher-kva.example/xn--x": "bücher.example",
		"info@xn--bcher-kva.example":          "bücher.example",
		"info@bücher.example":                 "xn--bcher-kva.example",
		"http://b\u0430nk.example:80/":        "xn--bnk-6cd.example",
		"http://ann@bücher.example?x=y@z":     "xn--bcher-kva.example",
		"bücher.example":                      "xn--bcher-kva.example",
		"https://example.org/ä":               "",
		"ä@example.org":                       "",
		"":                                    "",
		"https://xn--\x1b.example/":           "",
	} {
		if got := OtherForm(in); got != want {
			t.Errorf("OtherForm(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFiles(t *testing.T) {
	for name, want := range map[string]string{
		"invoice.pdf.exe":        "ends in .exe",
		"photo.jpg         .SCR": "ends in .scr",
		"a.docx_.js ":            "ends in .js",
		"inv\u202efdp.exe":       "inv[U+202E]fdp.exe holds characters",
		"report.pdf":             "",
		"setup.exe":              "",
		"backup.tar.gz":          "",
		"v1.2.sh":                "",
		"":                       "",
		"a.pdf.zip":              "",
	} {
		got := strings.Join(File(name), "\n")
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// Whatever a name holds, what is said of it can be printed.
func FuzzNames(f *testing.F) {
	f.Add("a@b.c", "x\u202e@xn--\u0430.example")
	f.Add("\x1b[2J@\x9b.d", "\xff@\xffa\u0430.\x1b")
	f.Fuzz(func(t *testing.T, name, address string) {
		a := mail.Address{Name: name, Address: address}
		for _, s := range append(append(Address(a, "x"), File(name)...), OtherForm(address)) {
			if strings.ContainsFunc(s, unicode.IsControl) || turned(s) {
				t.Errorf("%q, %q: %q", name, address, s)
			}
		}
	})
}
