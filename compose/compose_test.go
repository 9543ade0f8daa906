package compose

import (
	"bytes"
	"io"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message"
	"pgregory.net/rapid"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

func me() Identity {
	return Identity{Account: "home", Self: []mail.Address{{Name: "Ann Roe", Address: "ann@example.org"}, {Address: "roe@example.com"}}, Signature: "Ann"}
}

func when() time.Time { return time.Date(2026, 11, 2, 14, 5, 9, 0, time.UTC) }

func parse(lines ...string) *message.Message {
	return message.Parse([]byte(strings.Join(lines, "\r\n")))
}

func list(as []mail.Address) string { return mail.FormatAddresses(as) }

func TestReply(t *testing.T) {
	const from, to = "From: Ben <ben@example.net>", "To: roe@example.com, Cleo <cleo@example.net>"
	for name, tt := range map[string]struct {
		header   []string
		reply    string // To of a reply
		all, cc  string // To and Cc of a reply to all
		identity string
	}{
		"plain":       {[]string{from, to}, "Ben <ben@example.net>", "Ben <ben@example.net>, Cleo <cleo@example.net>", "", "roe@example.com"},
		"reply-to":    {[]string{from, to, "Reply-To: desk@example.net"}, "desk@example.net", "desk@example.net, Cleo <cleo@example.net>", "", "roe@example.com"},
		"cc":          {[]string{from, "To: ann@example.org", "Cc: dan@example.net, ben@example.net"}, "Ben <ben@example.net>", "Ben <ben@example.net>", "dan@example.net", "ann@example.org"},
		"my own":      {[]string{"From: ann@example.org", to}, "roe@example.com, Cleo <cleo@example.net>", "Cleo <cleo@example.net>", "", "roe@example.com"},
		"followup-to": {[]string{from, to, "Mail-Followup-To: list@example.net, ann@example.org"}, "Ben <ben@example.net>", "list@example.net", "", "roe@example.com"},
		"blind copy":  {[]string{from, "To: others@example.net", "Delivered-To: roe@example.com"}, "Ben <ben@example.net>", "Ben <ben@example.net>, others@example.net", "", "roe@example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse(append(tt.header, "Subject: Re: AW: Tea", "Message-ID: <1@x>", "References: <0@x>", "", "hello")...)
			r, all := Reply(m, me()), ReplyAll(m, me())
			if list(r.To) != tt.reply {
				t.Errorf("a reply goes to %q, want %q", list(r.To), tt.reply)
			}
			if list(all.To) != tt.all || list(all.Cc) != tt.cc {
				t.Errorf("a reply to all goes to %q and %q, want %q and %q", list(all.To), list(all.Cc), tt.all, tt.cc)
			}
			if r.From.Address != tt.identity {
				t.Errorf("a reply comes from %q, want %q", r.From.Address, tt.identity)
			}
			if r.Subject != "Re: Tea" || !slices.Equal(r.InReplyTo, []string{"1@x"}) || !slices.Equal(r.References, []string{"0@x", "1@x"}) {
				t.Errorf("subject %q, in reply to %q, references %q", r.Subject, r.InReplyTo, r.References)
			}
		})
	}
}

func TestReplyQuotes(t *testing.T) {
	m := parse("From: Ben <ben@example.net>", "Content-Type: text/plain", "", "Hello Ann,", "", "> earlier", "tea?", "-- ", "Ben")
	want := "Ben wrote:\n> Hello Ann,\n>\n>> earlier\n> tea?\n\n\n-- \nAnn\n"
	if got := Reply(m, me()).Body; got != want {
		t.Errorf("the body is\n%q, want\n%q", got, want)
	}
}

func TestReplyList(t *testing.T) {
	m := parse("From: ben@example.net", "List-Post: <mailto:tea%2Btalk@lists.example.net>", "", "x")
	d, ok := ReplyList(m, me())
	if !ok || list(d.To) != "tea+talk@lists.example.net" {
		t.Errorf("goes to %q, %v", list(d.To), ok)
	}
	if _, ok := ReplyList(parse("From: a@b.c", "List-Post: NO", "", "x"), me()); ok {
		t.Error("a list that takes no mail is answered")
	}
}

func TestReferencesAreCut(t *testing.T) {
	refs := "References:"
	for i := range 100 {
		refs += "\r\n <" + strings.Repeat("a", i+1) + "@x>"
	}
	d := Reply(parse("From: a@b.c", refs, "Message-ID: <last@x>", "", ""), me())
	if len(d.References) != maxReferences || d.References[0] != "a@x" || d.References[maxReferences-1] != "last@x" {
		t.Errorf("%d references: %q", len(d.References), d.References)
	}
}

func TestForward(t *testing.T) {
	m := parse("From: Ben <ben@example.net>", "To: ann@example.org", "Subject: FW: Fwd: Tea", "Content-Type: multipart/mixed; boundary=x", "",
		"--x", "", "see below", "--x", "Content-Type: text/csv", "Content-Disposition: attachment; filename=a.csv", "", "1,2", "--x--")
	d := Forward(m, me())
	if d.Subject != "Fwd: Tea" || len(d.Attachments) != 1 || string(d.Attachments[0].Data) != "1,2" || d.Attachments[0].Name != "a.csv" {
		t.Errorf("subject %q, attachments %+v", d.Subject, d.Attachments)
	}
	for _, want := range []string{"Forwarded message", "From: Ben <ben@example.net>", "Subject: FW: Fwd: Tea", "see below"} {
		if !strings.Contains(d.Body, want) {
			t.Errorf("the body lacks %q:\n%s", want, d.Body)
		}
	}
}

func TestRedirect(t *testing.T) {
	raw := "From: Ben <ben@example.net>\nSubject: Tea\nBcc: secret@example.net\n\nbody\n"
	d := Redirect([]byte(raw), me())
	d.To = []mail.Address{{Address: "dan@example.net"}}
	out, err := d.Build(when())
	if err != nil {
		t.Fatal(err)
	}
	m := message.Parse(out.Raw)
	if m.Header.Get("Resent-To") != "<dan@example.net>" || m.Envelope.From[0].Address != "ben@example.net" || out.From != "ann@example.org" {
		t.Errorf("the message is\n%s", out.Raw)
	}
	if !slices.Equal(out.Rcpt, []string{"dan@example.net"}) {
		t.Errorf("it goes to %q", out.Rcpt)
	}
}

func TestCheck(t *testing.T) {
	ok := Draft{From: mail.Address{Address: "ann@example.org"}, To: []mail.Address{{Address: "ben@example.net"}}, Subject: "Tea", Body: "hello"}
	for name, tt := range map[string]struct {
		change func(*Draft)
		want   string
		fatal  bool
	}{
		"fine":               {func(*Draft) {}, "", false},
		"nobody":             {func(d *Draft) { d.To = nil }, "no recipient", true},
		"half a name":        {func(d *Draft) { d.Typed.Cc = "ben, who" }, `"ben, who" is not a list of addresses`, true},
		"no address":         {func(d *Draft) { d.To[0].Address = "ben" }, "not an address", true},
		"injection":          {func(d *Draft) { d.To[0].Address = "a@b.c\r\nBcc: x@y.z" }, "not an address", true},
		"no subject":         {func(d *Draft) { d.Subject = " " }, "subject", false},
		"missing attachment": {func(d *Draft) { d.Body = "I have attached the plan" }, "attachment", false},
		"missing in German":  {func(d *Draft) { d.Body = "Der Plan ist im Anhang." }, "attachment", false},
		"missing in Russian": {func(d *Draft) { d.Body = "План во вложении" }, "attachment", false},
		"only quoted":        {func(d *Draft) { d.Body = "> I have attached the plan\nthanks" }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			d := ok
			d.To = slices.Clone(ok.To)
			tt.change(&d)
			doubts := d.Check()
			if tt.want == "" {
				if len(doubts) > 0 {
					t.Errorf("doubts: %v", doubts)
				}
				return
			}
			if len(doubts) != 1 || !strings.Contains(doubts[0].Text, tt.want) || doubts[0].Fatal != tt.fatal {
				t.Errorf("doubts: %v", doubts)
			}
		})
	}
}

func TestBuild(t *testing.T) {
	d := Draft{
		Account: "home", From: mail.Address{Name: "Ann Röe", Address: "ann@example.org"},
		To: []mail.Address{{Name: "Roe, Ben", Address: "ben@example.net"}}, Cc: []mail.Address{{Address: "BEN@example.net"}},
		Bcc: []mail.Address{{Address: "secret@example.net"}}, Subject: "Grüße\r\nBcc: x@y.z", Body: "Hallo Käthe\nFrom here\n.\n",
		Attachments: []Attachment{{Name: "Übersicht.pdf", Data: []byte("%PDF-1.4")}},
	}
	out, err := d.Build(when())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(out.Rcpt, []string{"ben@example.net", "secret@example.net"}) {
		t.Errorf("it goes to %q", out.Rcpt)
	}
	if bytes.Contains(out.Raw, []byte("secret@")) || bytes.Contains(bytes.ToLower(out.Raw), []byte("\nbcc:")) {
		t.Errorf("a blind copy can be seen:\n%s", out.Raw)
	}
	plain := bytes.ReplaceAll(out.Raw, []byte("\r\n"), nil)
	if bytes.ContainsAny(plain, "\r\n") {
		t.Error("a bare CR or LF is in the message")
	}
	if bytes.ContainsFunc(out.Raw, func(r rune) bool { return r >= 0x80 }) {
		t.Error("the message is not ASCII")
	}
	m := message.Parse(out.Raw)
	if m.Envelope.From[0] != d.From || m.Envelope.To[0] != d.To[0] || m.Envelope.MessageID == "" || !m.Envelope.Date.Equal(when()) {
		t.Errorf("the envelope is %+v", m.Envelope)
	}
	if a := render.Attachments(m); len(a) != 1 || a[0].Name != "Übersicht.pdf" || a[0].Type != "application/pdf" {
		t.Errorf("the attachments are %+v", a)
	}
	if _, err := netmail.ReadMessage(bytes.NewReader(out.Raw)); err != nil {
		t.Errorf("the standard library cannot read it: %v", err)
	}
}

func TestBuildRefuses(t *testing.T) {
	if _, err := (Draft{From: mail.Address{Address: "a@b.c"}}).Build(when()); err == nil {
		t.Error("a message to nobody is built")
	}
}

func TestWhole(t *testing.T) {
	raw := "From: a@b.c\nBcc: x@y.z,\n more@y.z\nTo: d@e.f\n\nBcc: this stays\n"
	out, err := Whole([]byte(raw), "home", "a@b.c", []mail.Address{{Address: "d@e.f"}, {Address: "x@y.z"}, {Address: "D@e.f"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "From: a@b.c\r\nTo: d@e.f\r\n\r\nBcc: this stays\r\n"; string(out.Raw) != want {
		t.Errorf("sends %q, want %q", out.Raw, want)
	}
	if !slices.Equal(out.Rcpt, []string{"d@e.f", "x@y.z"}) {
		t.Errorf("sends to %q", out.Rcpt)
	}
}

// A draft that is saved and taken up again is the same draft.
func TestSaveAndResume(t *testing.T) {
	seed.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[a-zA-Zäöü日本>. ]{0,120}[a-z]`)
		d := Draft{
			Account: "home", From: me().Self[0], Subject: rapid.StringMatching(`[a-zA-Z0-9äß日本:,"]{1,60}`).Draw(t, "subject"),
			Body:    strings.Join(rapid.SliceOf(line).Draw(t, "lines"), "\n") + "\n",
			To:      []mail.Address{{Name: rapid.StringMatching(`[A-Za-zäß,.]{0,20}`).Draw(t, "name"), Address: "ben@example.net"}},
			Bcc:     []mail.Address{{Address: "secret@example.net"}},
			Answers: mail.Ref{MessageID: "7@example.net"},
			Typed:   Typed{Cc: rapid.StringMatching(`([a-zäß日]( ?[a-zäß日,"<]){0,30})?`).Draw(t, "typed")},
		}
		if rapid.Bool().Draw(t, "attached") {
			d.Attachments = []Attachment{{Name: "a b.bin", Type: "application/octet-stream", Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data")}}
		}
		raw, err := d.Save(when())
		if err != nil {
			t.Fatal(err)
		}
		got := Resume(message.Parse(raw), mail.NewID(0, 9), me())
		if got.Subject != d.Subject || list(got.To) != list(d.To) || list(got.Bcc) != list(d.Bcc) || got.Answers != d.Answers || got.Saved != mail.NewID(0, 9) {
			t.Fatalf("%+v became %+v\n%s", d, got, raw)
		}
		if got.Typed != d.Typed {
			t.Fatalf("what was typed, %+v, became %+v\n%s", d.Typed, got.Typed, raw)
		}
		if got.Body != normal(d.Body) {
			t.Fatalf("the body %q became %q\n%s", normal(d.Body), got.Body, raw)
		}
		if len(got.Attachments) != len(d.Attachments) || len(d.Attachments) == 1 && !bytes.Equal(got.Attachments[0].Data, d.Attachments[0].Data) {
			t.Fatalf("the attachments became %+v", got.Attachments)
		}
	})
}

// normal is a body as it comes back: spaces at the ends of lines go.
func normal(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// What is built is read alike by another MIME parser.
func TestOtherParser(t *testing.T) {
	d := Draft{From: me().Self[0], To: []mail.Address{{Address: "ben@example.net"}}, Subject: "Tee", Body: "Grüße\n", Attachments: []Attachment{{Name: "ä.txt", Data: []byte("x")}}}
	out, err := d.Build(when())
	if err != nil {
		t.Fatal(err)
	}
	e, err := gomessage.Read(bytes.NewReader(out.Raw))
	if err != nil {
		t.Fatal(err)
	}
	mr := e.MultipartReader()
	var bodies []string
	for {
		p, err := mr.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(p.Body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(b))
	}
	if !slices.Equal(bodies, []string{"Grüße\r\n", "x"}) {
		t.Errorf("the parts are %q", bodies)
	}
}
