package maildir

import (
	"strings"
	"testing"

	"posthorn/mail"
	"posthorn/mail/utf7"
)

func TestNames(t *testing.T) {
	tests := []struct {
		name    string
		uid     mail.UID
		letters string
	}{
		{"1.M2.host", "1.M2.host", ""},
		{"1.M2.host:2,", "1.M2.host", ""},
		{"1.M2.host:2,FS", "1.M2.host", "FS"},
		{"1.M2.host,S=12,W=13:2,Sab", "1.M2.host,S=12,W=13", "Sab"},
		{"1.M2.host:1,x", "1.M2.host", ""},
		{":2,S", "", "S"},
	}
	for _, tt := range tests {
		uid, letters := split(tt.name)
		if uid != tt.uid || letters != tt.letters {
			t.Errorf("split(%q) = %q, %q", tt.name, uid, letters)
		}
	}
	if got := join("u", "SSbRa"); got != "u:2,RSab" {
		t.Errorf("join = %q", got)
	}
}

func TestUIDLs(t *testing.T) {
	for _, id := range []string{"1", "a/b:2,S", "%2F", "~2", ",S=1", "\x00\xff\n", "ÄÖ", "..", "key with space"} {
		name, fits := uidlName(id)
		if strings.ContainsAny(string(name), "/:,~\x00\n") || !fits {
			t.Errorf("uidlName(%q) = %q", id, name)
		}
		for _, suffix := range []string{"", "~2", ",S=10,W=11"} {
			if got, ok := uidlOf(name + mail.UID(suffix)); got != id || !ok {
				t.Errorf("uidlOf(%q) = %q, %v", name, got, ok)
			}
		}
	}
	if _, fits := uidlName(strings.Repeat("x", 300)); fits {
		t.Error("a name of 300 bytes does not fit")
	}
}

func TestUTF7(t *testing.T) {
	for plain, disk := range map[string]string{
		"Sent": "Sent", "R&D": "R&-D", "&&": "&-&-", "台北": "&U,BTFw-", "日本語 x": "&ZeVnLIqe- x",
		"Entwürfe": "Entw&APw-rfe", "a.b": "a&AC4-b", "😀": "&2D3eAA-", "": "",
	} {
		if got := utf7.EncodeName(plain, ondisk); got != disk {
			t.Errorf("the level %q on disk = %q, want %q", plain, got, disk)
		}
		if got := decodeLevel(disk); got != plain {
			t.Errorf("decodeLevel(%q) = %q, want %q", disk, got, plain)
		}
	}
	for _, foreign := range []string{"&", "a&b", "&AC-", "&!!!-", "Entwürfe", "&AGE-"} {
		if got := decodeLevel(foreign); got != foreign {
			t.Errorf("decodeLevel(%q) = %q", foreign, got)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("uidl-a%2Fb~2,S=3:2,FS", "m1 1 2 AAAA")
	f.Add(".&U,BTFw-.x", "m1")
	f.Fuzz(func(t *testing.T, name, cursor string) {
		uid, letters := split(name)
		if strings.Contains(string(uid), infoMark) && !strings.Contains(letters, infoMark) && strings.Count(name, infoMark) < 2 {
			t.Errorf("split(%q) = %q, %q", name, uid, letters)
		}
		uidlOf(uid)
		if id, ok := uidlOf(mail.UID(uidlMark + escape(name))); !ok || id != name {
			t.Errorf("%q comes back as %q", name, id)
		}
		boxName("." + name)
		parseCursor(mail.Cursor(cursor))
	})
}
