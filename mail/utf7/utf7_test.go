package utf7

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNames(t *testing.T) {
	for name, wire := range map[string]string{
		"Sent": "Sent", "": "", "R&D": "R&-D", "&&": "&-&-", "台北": "&U,BTFw-", "日本語 x": "&ZeVnLIqe- x", "Entwürfe": "Entw&APw-rfe",
		"😀": "&2D3eAA-", "~peter/mail/日本語/台北": "~peter/mail/&ZeVnLIqe-/&U,BTFw-", "a\tb": "a&AAk-b", "ä&ö": "&AOQ-&-&APY-", "\x7f": "&AH8-",
	} {
		if got := EncodeName(name, ""); got != wire {
			t.Errorf("EncodeName(%q) = %q, want %q", name, got, wire)
		}
		if got, ok := DecodeName(wire, ""); got != name || !ok {
			t.Errorf("DecodeName(%q) = %q, %v, want %q", wire, got, ok, name)
		}
	}
	if got := EncodeName("a.b/cä", "./"); got != "a&AC4-b&AC8-c&AOQ-" {
		t.Errorf("with more that is encoded: %q", got)
	}
}

// There is one way to write a name; what is written otherwise is no modified
// UTF-7 but a name in itself.
func TestNamesThatAreNone(t *testing.T) {
	for what, wire := range map[string]string{
		"no end": "&AOQ", "a bare ampersand": "a&b", "an ampersand at the end": "&", "half a unit": "&AO-", "bits left over": "&AOR-",
		"no letters of base64": "&!!!-", "a slash": "&U/BTFw-", "padding": "&AOQ=-", "ASCII that is encoded": "&AGE-", "raw UTF-8": "Entwürfe",
		"two runs": "&AOQ-&APY-", "half a surrogate": "&2D0-", "surrogates the other way": "&3gDYPQ-", "a control character": "a\tb", "not UTF-8": "a\xff",
	} {
		if got, ok := DecodeName(wire, ""); got != wire || ok {
			t.Errorf("%s: DecodeName(%q) = %q, %v", what, wire, got, ok)
		}
	}
}

func TestDecode(t *testing.T) {
	for in, want := range map[string]string{
		"Hi Mom -+Jjo--!": "Hi Mom -☺-!", "A+ImIDkQ.": "A≢Α.", "+ZeVnLIqe-": "日本語", "1 +- 1": "1 + 1", "+2D3eAA-": "😀", "+AOQ": "ä", "+AOQ x": "ä x", "": "",
	} {
		if got, ok := Decode(in); got != want || !ok {
			t.Errorf("Decode(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
	for in, want := range map[string]string{
		"1 + 1": "1 + 1", "a+b": "a+b", "+A-": "+A-", "+AO-": "+AO-", "ä": "\ufffd", "\xe4": "\ufffd", "+AOQ-\xe4+AOQ-": "ä\ufffdä", "C++ and +AOQ-": "C++ and ä",
	} {
		if got, ok := Decode(in); got != want || ok {
			t.Errorf("Decode(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Entw&APw-rfe", "ä&.")
	f.Add("&2D0-", "😀")
	f.Fuzz(func(t *testing.T, wire, name string) {
		if got, ok := DecodeName(wire, "."); ok && EncodeName(got, ".") != wire {
			t.Errorf("DecodeName(%q) = %q", wire, got)
		}
		for _, also := range []string{"", "./"} {
			coded := EncodeName(name, also)
			if strings.ContainsFunc(coded, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(also, r) && r != '&' }) {
				t.Errorf("EncodeName(%q) = %q", name, coded)
			}
			if got, ok := DecodeName(coded, also); utf8.ValidString(name) && (got != name || !ok) {
				t.Errorf("%q comes back as %q", name, got)
			}
		}
		if got, _ := Decode(wire); utf8.ValidString(wire) && !utf8.ValidString(got) {
			t.Errorf("Decode(%q) = %q", wire, got)
		}
	})
}
