package render

import (
	"fmt"
	"strings"
	"testing"

	"posthorn/mail"
	"posthorn/mail/message"
)

// multipart makes a multipart message of parts, each a header and a body.
func multipart(kind string, parts ...string) string {
	mark := fmt.Sprintf("--%s%d", kind[:3], len(parts))
	return "Content-Type: multipart/" + kind + "; boundary=" + mark[2:] + "\n\n" + mark + "\n" + strings.Join(parts, "\n"+mark+"\n") + "\n" + mark + "--\n"
}

// Everything that is neither shown as text nor drawn is listed, and what is
// drawn is listed as such.
func TestAttachments(t *testing.T) {
	const (
		plain = "Content-Type: text/plain\n\nSee photo"
		jpeg  = "Content-Type: image/jpeg; name=IMG_1.jpeg\nContent-Disposition: inline; filename=IMG_1.jpeg\nContent-ID: <abc>\n\nx"
		draws = "Content-Type: text/html\n\n<p>See <img src=\"CID:abc\"></p>"
		other = "Content-Type: text/html\n\n<p>See</p>"
	)
	for name, tt := range map[string]struct {
		raw  string
		want string // name, disposition and "drawn" of each
	}{
		"no html":             {multipart("mixed", plain, jpeg), "IMG_1.jpeg inline"},
		"related and drawn":   {multipart("related", draws, jpeg), "IMG_1.jpeg inline drawn"},
		"related, not drawn":  {multipart("related", other, jpeg), "IMG_1.jpeg inline"},
		"mixed and drawn":     {multipart("mixed", draws, jpeg), "IMG_1.jpeg inline drawn"},
		"said to be attached": {multipart("related", draws, strings.Replace(jpeg, "inline;", "attachment;", 1)), "IMG_1.jpeg inline drawn"},
		"escaped id":          {multipart("related", "Content-Type: text/html\n\n<img src='cid:a%62&#99;'>", jpeg), "IMG_1.jpeg inline drawn"},
		"in a style":          {multipart("related", "Content-Type: text/html\n\n<p style='background:url(cid:abc)'>x", jpeg), "IMG_1.jpeg inline drawn"},
		"only a picture":      {jpeg, "IMG_1.jpeg inline"},
		"attached message":    {multipart("mixed", plain, "Content-Type: message/rfc822\n\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nx"), "Grüße.eml attachment"},
		"named message":       {multipart("mixed", plain, "Content-Type: message/rfc822; name=a\n\nSubject: x\n\nx"), "a.eml attachment"},
		"message of no name":  {multipart("mixed", plain, "Content-Type: message/rfc822\n\nFrom: a@b.c\n\nx"), "message.eml attachment"},
		"encoded message":     {multipart("mixed", plain, "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogdGVhCgp4\n"), "tea.eml attachment"},
		"parts of it":         {multipart("mixed", plain, "Content-Type: message/rfc822\n\n"+multipart("mixed", "\nx", jpeg, plain)), "message.eml attachment"},
		"card":                {multipart("mixed", plain, "Content-Type: text/vcard\n\nBEGIN:VCARD"), " attachment"},
		"report":              {multipart("report", plain, "Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n", "Content-Type: message/rfc822\n\nSubject: tea\n\nx"), "tea.eml attachment"},
		"signed":              {multipart("signed", plain, "Content-Type: application/pgp-signature\n\nx"), ""},
	} {
		m := message.Parse([]byte(tt.raw))
		var got []string
		for _, a := range Attachments(m) {
			s := a.Name + " " + a.Disposition
			if a.Drawn {
				s += " drawn"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s: %q, want %q", name, s, tt.want)
		}
		drawn := strings.HasSuffix(tt.want, "drawn")
		if has := m.Root.HasAttachment(); (has != (tt.want != "")) && !drawn && name != "related, not drawn" {
			t.Errorf("%s: the list's mark is %v", name, has)
		}
	}
}

// Bodies give way to each other where one says nothing.
func TestBodies(t *testing.T) {
	long := "<p>" + strings.Repeat("Here is what we have to say. ", 40) + "</p>"
	html := func(s string) string { return "Content-Type: text/html\n\n" + s }
	plain := func(s string) string { return "Content-Type: text/plain; charset=utf-8\n\n" + s }
	for name, tt := range map[string]struct {
		raw  string
		want string // what the text begins with
		next string // and that of the next body
	}{
		"plain first":      {multipart("alternative", plain("plain text"), html("<p>rich text</p>")), "plain text", "rich text"},
		"html first":       {multipart("alternative", html("<p>rich text</p>"), plain("plain text")), "plain text", "rich text"},
		"blank lines":      {multipart("alternative", plain("\n\n\n \n\u00a0\n\u200b"), html("<p>The real text</p>")), "The real text", ""},
		"needs a viewer":   {multipart("alternative", plain("This e-mail requires an HTML viewer."), html("<p>Only this.</p>")), "Only this", "This e-mail"},
		"in a browser":     {multipart("alternative", plain("To view this email in your browser, go to https://x.example/"+strings.Repeat("a", 300)), html(long)), "Here is", "To view"},
		"in German":        {multipart("alternative", plain("Ihr Programm kann diese HTML-Nachricht nicht anzeigen."), html(long)), "Here is", "Ihr Programm"},
		"tiny":             {multipart("alternative", plain("Newsletter 12"), html(long+long)), "Here is", "Newsletter"},
		"short":            {multipart("alternative", plain("Yes, at five."), html("<p>Yes, at five.</p>")), "Yes, at five.", "Yes, at five."},
		"of html":          {multipart("alternative", plain("I like to read HTML."), html("<p><b>I like</b> to read HTML.</p>")), "I like", "I like"},
		"stub and nothing": {multipart("alternative", plain("This message is in HTML format."), html("<p> </p>")), "This message", ""},
		"related root":     {strings.Replace(multipart("related", "Content-Type: image/png\nContent-ID: <i>\n\nx", "Content-ID: <root>\n"+html("<p>Body <img src=cid:i></p>")), "related;", "related; start=\"<root>\";", 1), "Body [picture]", ""},
		"root by type":     {multipart("related", "Content-Type: image/png\n\nx", html("<p>Body</p>")), "Body", ""},
		"three":            {multipart("alternative", plain("one"), "Content-Type: text/enriched\n\n<bold>two</bold>", html("three")), "one", "two"},
		"attached beside":  {multipart("mixed", multipart("alternative", plain("one"), html("two")), "Content-Type: text/plain\n\nfooter"), "one", "two"},
	} {
		m := message.Parse([]byte(tt.raw))
		d := Message(m, Options{NoHeader: true})
		if got := d.Text(); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
		next := d.NextBody()
		if tt.next == "" {
			continue
		}
		if got := Message(m, Options{NoHeader: true, Body: next}).Text(); next == "" || !strings.HasPrefix(got, tt.next) {
			t.Errorf("%s: the next of %+v is %q, want %q", name, d.Bodies, got, tt.next)
		}
	}
	m := message.Parse([]byte(multipart("alternative", plain("one"), "Content-Type: text/enriched\n\ntwo", html("three"))))
	seen, body := "", ""
	for range 3 {
		d := Message(m, Options{NoHeader: true, Body: body})
		seen, body = seen+d.Text(), d.NextBody()
	}
	if seen != "one\ntwo\nthree\n" || body != "1" {
		t.Errorf("going through the bodies shows %q, then comes %q", seen, body)
	}
}

// What a message is protected by is told from its form.
func TestProtection(t *testing.T) {
	const plain = "Content-Type: text/plain\n\nhi"
	der := func(last string) string {
		return "Content-Type: application/pkcs7-mime; name=smime.p7m\n\n0\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07" + last
	}
	for name, tt := range map[string]struct {
		raw  string
		want Security
	}{
		"neither":         {plain, Security{}},
		"pgp/mime":        {multipart("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: application/octet-stream\n\nx"), Security{Encrypted: true}},
		"mangled":         {multipart("mixed", plain, "Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: application/octet-stream\n\nx"), Security{Encrypted: true}},
		"pgp/mime signed": {multipart("signed", plain, "Content-Type: application/pgp-signature\n\nx"), Security{Signed: true}},
		"below a footer":  {multipart("mixed", multipart("signed", plain, "Content-Type: application/pgp-signature\n\nx"), "\nfooter", "\nx"), Security{Signed: true}},
		"enveloped":       {"Content-Type: application/x-pkcs7-mime; smime-type=enveloped-data\n\nx", Security{Encrypted: true}},
		"opaque":          {"Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nx", Security{Signed: true}},
		"opaque unnamed":  {der("\x02"), Security{Signed: true}},
		"sealed unnamed":  {der("\x03"), Security{Encrypted: true}},
		"certificates":    {"Content-Type: application/pkcs7-mime; smime-type=certs-only\n\nx", Security{}},
		"inline":          {"Subject: x\n\nhi\n-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----\n", Security{Encrypted: true}},
		"clearsigned":     {"Subject: x\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\nhi\n", Security{Signed: true}},
		"quoted":          {"Subject: x\n\n> -----BEGIN PGP MESSAGE-----\nsee -----BEGIN PGP SIGNED MESSAGE-----", Security{}},
		"encoded":         {"Content-Transfer-Encoding: quoted-printable\n\n=2D----BEGIN PGP MESSAGE-----\n", Security{Encrypted: true}},
		"of another":      {multipart("mixed", plain, "Content-Type: message/rfc822\n\n"+multipart("signed", plain, "Content-Type: application/pgp-signature\n\nx")), Security{}},
	} {
		if got := Protection(message.Parse([]byte(tt.raw))); got != tt.want {
			t.Errorf("%s: %+v, want %+v", name, got, tt.want)
		}
	}
	opened := &mail.Part{Path: "1", Type: "multipart/mixed", Opened: "application/pkcs7-mime", Parts: []*mail.Part{{Path: "1.1", Type: "text/plain"}}}
	if got := Protection(message.Assemble([]byte("Subject: x\n\n"), opened, nil)); got != (Security{Signed: true}) {
		t.Errorf("a signed message that was opened: %+v", got)
	}
}
