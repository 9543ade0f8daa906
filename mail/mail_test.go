package mail

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"posthorn/internal/seed"
)

func TestAddress(t *testing.T) {
	for _, tt := range []struct {
		a                         Address
		typed, display, domain    string
		sameAsAnn, sameAsNameOnly bool
	}{
		{a: Address{"", "ann@example.org"}, typed: "ann@example.org", display: "ann@example.org", domain: "example.org", sameAsAnn: true},
		{a: Address{"Ann Roe", "ANN@Example.ORG"}, typed: "Ann Roe <ANN@Example.ORG>", display: "Ann Roe", domain: "example.org", sameAsAnn: true},
		{a: Address{"Roe, Ann", "a@b.c"}, typed: `"Roe, Ann" <a@b.c>`, display: "Roe, Ann", domain: "b.c"},
		{a: Address{`the "boss" \ A.`, "a@b.c"}, typed: `"the \"boss\" \\ A." <a@b.c>`, display: `the "boss" \ A.`, domain: "b.c"},
		{a: Address{"Jürgen Größe", "j@b.c"}, typed: "Jürgen Größe <j@b.c>", display: "Jürgen Größe", domain: "b.c"},
		// A name that looks encoded must stay what it is when it is read again.
		{a: Address{"=?utf-8?q?x?=", "a@b.c"}, typed: `"=?utf-8?q?x?=" <a@b.c>`, display: "=?utf-8?q?x?=", domain: "b.c"},
		{a: Address{"  ", "a@b.c"}, typed: "a@b.c", display: "a@b.c", domain: "b.c"},
		{a: Address{"", `"a@b"@C.d`}, typed: `"a@b"@C.d`, display: `"a@b"@C.d`, domain: "c.d"},
		// Two groups without an address are not the same mailbox.
		{a: Address{"Friends", ""}, typed: "Friends", display: "Friends"},
		{a: Address{}, typed: "", display: ""},
	} {
		if got := tt.a.String(); got != tt.typed {
			t.Errorf("%#v is typed %s, want %s", tt.a, got, tt.typed)
		}
		if got := tt.a.Display(); got != tt.display {
			t.Errorf("%#v is shown as %q, want %q", tt.a, got, tt.display)
		}
		if got := tt.a.Domain(); got != tt.domain {
			t.Errorf("%#v is of %q, want %q", tt.a, got, tt.domain)
		}
		if got := tt.a.Is(Address{Address: "ann@example.org"}); got != tt.sameAsAnn {
			t.Errorf("%#v is Ann: %v", tt.a, got)
		}
		if tt.a.Is(Address{Name: "Friends"}) {
			t.Errorf("%#v is the same as a name alone", tt.a)
		}
	}
}

func TestParseAddresses(t *testing.T) {
	for _, tt := range []struct {
		s    string
		want []Address // nil: an error, unless s is empty
	}{
		{"", nil},
		{" ,; ", nil},
		{"a@b.c", []Address{{"", "a@b.c"}}},
		{"a@b.c; Ann <d@e.f>,g@h.i ;", []Address{{"", "a@b.c"}, {"Ann", "d@e.f"}, {"", "g@h.i"}}},
		{`"Roe; Ann, \"x\"" <a@b.c>; d@e.f`, []Address{{`Roe; Ann, "x"`, "a@b.c"}, {"", "d@e.f"}}},
		// The semicolon that ends a group is not one between addresses.
		{"Friends: a@b.c, Ann <d@e.f>;, g@h.i", []Address{{"", "a@b.c"}, {"Ann", "d@e.f"}, {"", "g@h.i"}}},
		{"=?utf-8?q?J=C3=BCrgen?= <j@b.c>", []Address{{"Jürgen", "j@b.c"}}},
		// The quotes of a local part belong to the address: SMTP needs them.
		{`"a b"@c.d`, []Address{{"", `"a b"@c.d`}}},
		{"Friends: a@b.c;", []Address{{"", "a@b.c"}}},
		{"a@b.c;\n", []Address{{"", "a@b.c"}}},
		{"Ann", nil},
		{"a@b.c d@e.f", nil},
		{"<a@b.c", nil},
		{"a@b.c,,d@", nil},
	} {
		got, err := ParseAddresses(tt.s)
		if !reflect.DeepEqual(got, tt.want) || (err != nil) != (tt.want == nil && strings.Trim(tt.s, " ,;") != "") {
			t.Errorf("%s is read as %#v, %v, want %#v", tt.s, got, err, tt.want)
		}
	}
}

// What the composer puts into a field is what it reads from there, whatever
// names the senders have given themselves.
func TestAddressesRoundTrip(t *testing.T) {
	name := rapid.StringMatching(`([a-zäß=?()<>\[\]:;@\\,."' -]{0,12})`)
	// A local part is quoted where it must be: by a space here.
	local := rapid.StringMatching(`[a-z0-9._+-]{0,3}[a-z]|"[a-z@.<>,;]{0,4} "`).Filter(func(s string) bool { return !strings.HasPrefix(s, ".") && !strings.Contains(s, "..") })
	seed.Check(t, func(t *rapid.T) {
		var list []Address
		for range rapid.IntRange(1, 4).Draw(t, "n") {
			// Spaces around a name and between words are not part of it.
			n := strings.Join(strings.Fields(name.Draw(t, "name")), " ")
			list = append(list, Address{n, local.Draw(t, "local") + "@example.org"})
		}
		s := FormatAddresses(list)
		got, err := ParseAddresses(s)
		if err != nil || len(got) != len(list) {
			t.Fatalf("%s is read as %#v, %v", s, got, err)
		}
		for i := range got {
			if got[i].Name != list[i].Name || FormatAddresses(got) != s {
				t.Errorf("%s is read as %#v, was %#v", s, got[i], list[i])
			}
		}
	})
}

func TestIDs(t *testing.T) {
	for _, tt := range []struct {
		slot int
		row  int64
		text string
	}{
		{0, 1, "a1"}, {0, 412, "a412"}, {25, 9, "z9"}, {26, 9, "aa9"}, {701, 9, "zz9"}, {702, 9, "aaa9"},
		{475253, 9, "zzzz9"}, {475254, 9, "aaaaa9"}, {MaxSlot, 1<<40 - 1, "idpoj1099511627775"},
	} {
		id := NewID(tt.slot, tt.row)
		if id.Slot() != tt.slot || id.Row() != tt.row || id <= 0 {
			t.Errorf("%d of %d is %d: %d of %d", tt.row, tt.slot, id, id.Row(), id.Slot())
		}
		f := NewFolderID(tt.slot, tt.row)
		if f.Slot() != tt.slot || f.Row() != tt.row {
			t.Errorf("folder %d of %d is %d of %d", tt.row, tt.slot, f.Row(), f.Slot())
		}
		if id.String() != tt.text {
			t.Errorf("%d of %d is printed %s, want %s", tt.row, tt.slot, id, tt.text)
		}
		for _, s := range []string{tt.text, strings.ToUpper(tt.text), " " + tt.text + "\n"} {
			if got, err := ParseID(s); got != id || err != nil {
				t.Errorf("%q is read as %d, %v, want %d", s, got, err, id)
			}
		}
	}
	if s := ID(0).String(); s != "" {
		t.Errorf("no message is printed %q", s)
	}
}

func TestIDsRoundTrip(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		id := NewID(rapid.IntRange(0, MaxSlot).Draw(t, "slot"), rapid.Int64Range(1, MaxRow).Draw(t, "row"))
		if got, err := ParseID(id.String()); got != id || err != nil {
			t.Errorf("%s is read as %d, %v, was %d", id, got, err, id)
		}
	})
}

func TestNoIDs(t *testing.T) {
	for _, s := range []string{"", "a", "412", "a0", "a-1", "a+1", "a1b", "a 1", "a1.5", "ä1", "a1099511627776", "a99999999999999999999", "zzzzz1", "aaaaaa1"} {
		if id, err := ParseID(s); err == nil || !strings.Contains(err.Error(), "a412") {
			t.Errorf("%q is read as %d, %v", s, id, err)
		}
	}
}

func TestFlags(t *testing.T) {
	all := Seen | Answered | Flagged | Deleted | Draft | Forwarded | Junk | NotJunk | ReceiptSent
	for _, tt := range []struct {
		f    Flags
		text string
	}{
		{0, ""}, {Seen, "seen"}, {Flagged | Seen, "seen,starred"}, {1 << 15, ""},
		{all, "seen,answered,starred,deleted,draft,forwarded,junk,notjunk,receipt-sent"},
	} {
		names := tt.f.Names()
		if tt.f.String() != tt.text || names == nil {
			t.Errorf("%b is %q, %v, want %q", tt.f, tt.f, names, tt.text)
		}
		var back Flags
		for _, n := range names {
			f, ok := ParseFlag(strings.ToUpper(n))
			if !ok {
				t.Errorf("%q is no flag", n)
			}
			back |= f
		}
		if back != tt.f&all {
			t.Errorf("%v is read as %v", tt.f, back)
		}
	}
	for _, s := range []string{"", "flagged", "seen,draft", "$Junk"} {
		if f, ok := ParseFlag(s); ok {
			t.Errorf("%q is read as %v", s, f)
		}
	}
	if f := Seen | Draft; !f.Has(Seen) || !f.Has(f) || !f.Has(0) || f.Has(Seen|Junk) {
		t.Errorf("%v has the wrong flags", f)
	}
}

func TestRoles(t *testing.T) {
	seen := map[string]bool{}
	for r := NoRole; r <= Important; r++ {
		if seen[r.String()] || r != NoRole && r.String() == "" {
			t.Errorf("role %d is called %q", r, r)
		}
		seen[r.String()] = true
	}
	if s := (Important + 1).String(); s != "" {
		t.Errorf("a role that does not exist is called %q", s)
	}
}

func TestMailboxNames(t *testing.T) {
	for _, tt := range []struct {
		m     Mailbox
		leaf  string
		level int
	}{
		{Mailbox{Name: "INBOX", Delimiter: "/"}, "INBOX", 0},
		{Mailbox{Name: "a/b/c", Delimiter: "/"}, "c", 2},
		{Mailbox{Name: "a/b.c", Delimiter: "."}, "c", 1},
		{Mailbox{Name: "a/b"}, "a/b", 0}, // a server without levels
		{Mailbox{}, "", 0},
	} {
		if tt.m.Leaf() != tt.leaf || tt.m.Level() != tt.level {
			t.Errorf("%+v has the leaf %q at level %d", tt.m, tt.m.Leaf(), tt.m.Level())
		}
	}
	if c := Unknown(); c.Total != -1 || c.Unread != -1 {
		t.Errorf("unknown counts are %v", c)
	}
}

func TestWhen(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name                    string
		claimed, received, want time.Time
	}{
		{"as usual", at.Add(-time.Minute), at, at.Add(-time.Minute)},
		{"written long ago", at.AddDate(-20, 0, 0), at, at.AddDate(-20, 0, 0)},
		{"no date", time.Time{}, at, at},
		{"never received", at, time.Time{}, at},
		{"neither", time.Time{}, time.Time{}, time.Time{}},
		{"before there was mail", time.Unix(0, 0).UTC(), at, at},
		{"a clock a day ahead", at.Add(24 * time.Hour), at, at.Add(24 * time.Hour)},
		{"from the future", at.Add(24*time.Hour + 1), at, at},
	} {
		s := Summary{Received: tt.received, Envelope: Envelope{Date: tt.claimed}}
		if got := s.When(); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// A part is used in one way, whoever asks.
func TestUses(t *testing.T) {
	html, plain := &Part{Type: "text/html"}, &Part{Type: "text/plain"}
	logo := func() *Part { return &Part{Type: "image/png", ContentID: "logo", Name: "logo.png"} }
	in := func(kind string, parts ...*Part) *Part { return &Part{Type: "multipart/" + kind, Parts: parts} }
	all, none := func(*Part) bool { return true }, func(*Part) bool { return false }
	for _, tt := range []struct {
		p     *Part
		draws func(*Part) bool
		want  Use // of the last leaf
	}{
		{&Part{Type: "text/plain"}, nil, Shown},
		{&Part{}, nil, Shown},
		{&Part{Type: "text/plain", Name: "notes.txt"}, nil, Attached},
		{&Part{Type: "text/html", Disposition: "attachment"}, nil, Attached},
		{&Part{Type: "text/vcard"}, nil, Attached},
		{&Part{Type: "image/png"}, nil, Attached},
		{logo(), nil, Attached},
		{&Part{Type: "application/pdf"}, nil, Attached},
		{&Part{Type: "application/pdf", Disposition: "inline"}, nil, Attached},
		{&Part{Type: "application/pgp-signature"}, nil, Service},
		{&Part{Type: "application/pgp-signature", Name: "signature.asc"}, nil, Attached},
		{&Part{Type: "application/pgp-encrypted", Name: "version.asc"}, nil, Service},
		{&Part{Type: "message/delivery-status"}, nil, Shown},
		{&Part{Type: "message/rfc822"}, nil, Attached},
		{&Part{Type: "multipart/mixed", Disposition: "attachment"}, nil, Container},
		{in("mixed", plain, logo()), nil, Attached},
		{in("mixed", html, logo()), nil, Attached},
		{in("mixed", html, logo()), all, Drawn},
		{in("related", html, logo()), nil, Drawn},
		{in("related", html, logo()), none, Attached},
		{in("related", in("alternative", plain, html), logo()), nil, Drawn},
		{in("related", plain, logo()), nil, Attached},
		{in("related", html, &Part{Type: "text/css"}), nil, Attached},
		{in("related", html, &Part{Type: "image/png"}), nil, Drawn},
		{in("related", html, &Part{Type: "image/png", ContentID: "x", Disposition: "attachment"}), nil, Attached},
		{in("related", logo(), html), nil, Shown},
		{in("alternative", plain, html), nil, Shown},
		{in("appledouble", &Part{Type: "application/applefile", Name: "a.png"}), nil, Service},
	} {
		got := Container
		for _, u := range tt.p.Uses(tt.draws) {
			got = u
		}
		if got != tt.want {
			t.Errorf("%+v is used as %d, want %d", tt.p, got, tt.want)
		}
		if tt.draws == nil && tt.p.HasAttachment() != (tt.want == Attached) {
			t.Errorf("%+v has an attachment: %v", tt.p, tt.p.HasAttachment())
		}
	}
	nested := &Part{Type: "message/rfc822", Parts: []*Part{{Type: "application/pdf"}}}
	n := 0
	for range in("mixed", plain, nested).Uses(nil) {
		n++
	}
	if n != 3 {
		t.Errorf("%d parts are used, want 3: not those of an attached message", n)
	}
}

func TestRoot(t *testing.T) {
	a, b, c := &Part{Type: "image/png", ContentID: "i"}, &Part{Type: "text/html", ContentID: "r"}, &Part{Type: "text/plain", ContentID: "s"}
	related := func(start string, parts ...*Part) *Part {
		return &Part{Type: "multipart/related", Params: map[string]string{"start": start}, Parts: parts}
	}
	for _, tt := range []struct{ p, want *Part }{
		{related("<r>", a, c, b), b}, {related("s", a, b, c), c}, {related("<gone>", a, b, c), b}, {related("", a), a}, {related(""), nil}, {a, nil},
	} {
		if got := tt.p.Root(); got != tt.want {
			t.Errorf("the root of %+v is %+v, want %+v", tt.p, got, tt.want)
		}
	}
}

func TestParts(t *testing.T) {
	tree := &Part{Type: "multipart/mixed", Parts: []*Part{
		{Path: "1", Type: "multipart/alternative", Parts: []*Part{{Path: "1.1", Type: "text/plain"}, {Path: "1.2", Type: "text/html"}}},
		{Path: "2", Type: "application/pdf"},
	}}
	var types []string
	if !tree.Walk(func(p *Part) bool { types = append(types, p.Type); return true }) {
		t.Error("a walk to the end says that it was stopped")
	}
	if want := []string{"multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"}; !slices.Equal(types, want) {
		t.Errorf("the walk goes %v, want %v", types, want)
	}
	steps := 0
	if tree.Walk(func(p *Part) bool { steps++; return p.Path != "1.1" }) || steps != 3 {
		t.Errorf("a walk that is stopped takes %d steps", steps)
	}
	for path, want := range map[string]string{"1.1": "text/plain", "2": "application/pdf", "1": "", "": "", "3": ""} {
		got := ""
		if p := tree.Find(path); p != nil {
			got = p.Type
		}
		if got != want {
			t.Errorf("at %q is %q, want %q", path, got, want)
		}
	}
	if !tree.HasAttachment() || tree.Parts[0].HasAttachment() {
		t.Error("the wrong part has an attachment")
	}
	var none *Part
	if none.HasAttachment() || none.Find("1") != nil {
		t.Error("a message without a structure has parts")
	}
}
