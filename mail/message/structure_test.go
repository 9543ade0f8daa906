package message

import (
	"strings"
	"testing"

	"posthorn/mail"
)

// crlf makes CRLF of the line ends of a message that is written in a test.
func crlf(s string) []byte { return []byte(strings.ReplaceAll(s, "\n", "\r\n")) }

// outline is the structure of a message in one line, and the text of each part.
func outline(m *Message) string {
	var b strings.Builder
	m.Root.Walk(func(p *mail.Part) bool {
		b.WriteString("[" + p.Path + " " + p.Type)
		if p.Name != "" {
			b.WriteString(" " + p.Name)
		}
		if len(p.Parts) == 0 {
			b.WriteString(" " + strings.ReplaceAll(strings.TrimRight(m.Text(p.Path), "\r\n"), "\r\n", "|"))
		}
		b.WriteString("]")
		return true
	})
	return b.String()
}

func multipart(kind, boundary string, body string) string {
	return "Content-Type: multipart/" + kind + "; boundary=\"" + boundary + "\"\n\n" + body
}

// Delimiters are compared whole, and a multipart that is not closed, or is called
// as the one around it, costs nothing but itself.
func TestBoundaries(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"inner extends outer": {multipart("mixed", "foo", "--foo\n"+multipart("alternative", "foo_bar",
			"--foo_bar\n\nsee --foo here\n--foobaz is none\n--foo--more is none\nKEEP\n--foo_bar\nContent-Type: text/html\n\nh\n--foo_bar--\n")+
			"--foo\nContent-Type: text/csv; name=a\n\na\n--foo \t\nContent-Type: text/csv; name=b\n\nb\n--foo--\n"),
			"[ multipart/mixed][1 multipart/alternative][1.1 text/plain see --foo here|--foobaz is none|--foo--more is none|KEEP][1.2 text/html h][2 text/csv a a][3 text/csv b b]"},
		"inner not closed": {multipart("mixed", "x", "--x\n"+multipart("alternative", "y", "--y\n\na\n--y\n\nb\n")+"--x\n\nc\n--x--\n"),
			"[ multipart/mixed][1 multipart/alternative][1.1 text/plain a][1.2 text/plain b][2 text/plain c]"},
		"same boundary": {multipart("mixed", "x", "--x\n"+multipart("alternative", "x", "--x\n\na\n--x\n\nb\n--x--\n")+"--x\n\nc\n--x--\n"),
			"[ multipart/mixed][1 multipart/alternative][1.1 text/plain a][1.2 text/plain b][2 text/plain c]"},
		"same boundary, closed once": {multipart("mixed", "x", "--x\n"+multipart("alternative", "x", "--x\n\na\n--x\n\nb\n--x--\n")),
			"[ multipart/mixed][1 multipart/alternative][1.1 text/plain a][1.2 text/plain b]"},
		"wrong boundary": {multipart("mixed", "x", "--y\nContent-Type: text/plain\n\na\n--y\n\nb\n--y--\n"),
			"[ multipart/mixed][1 text/plain a][2 text/plain b]"},
		"no boundary, a rule in the text": {"Content-Type: multipart/mixed\n\n---------\nhello\n--real\nContent-Type: text/plain\n\na\n--real--\n",
			"[ multipart/mixed][1 text/plain a]"},
		"boundary with a comment":     {"Content-Type: multipart/mixed; boundary=x (the mark)\n\n--x\n\na\n--x--\n", "[ multipart/mixed][1 text/plain a]"},
		"boundary in blanks":          {"Content-Type: multipart/mixed; boundary=\"x y \"\n\n--x y\n\na\n--x y--\n", "[ multipart/mixed][1 text/plain a]"},
		"text after the end":          {multipart("mixed", "x", "--x\n\na\n--x--\nmore\n--x\n\nb\n"), "[ multipart/mixed][1 text/plain a]"},
		"closed before it begins":     {multipart("mixed", "x", "--x--\n--x\n\na\n--x--\n"), "[ multipart/mixed][1 text/plain a]"},
		"a part without anything":     {multipart("mixed", "x", "--x\n--x\n\na\n--x--\n"), "[ multipart/mixed][1 text/plain ][2 text/plain a]"},
		"a boundary quoted in single": {"Content-Type: multipart/mixed; boundary='x'\n\n--'x'\n\na\n--'x'--\n", "[ multipart/mixed][1 text/plain a]"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outline(Parse(crlf(tt.in))); got != tt.want {
				t.Errorf("the parts are\n%s, want\n%s", got, tt.want)
			}
		})
	}
}

// What is wrong in a header costs only itself.
func TestHeaders(t *testing.T) {
	for name, tt := range map[string]struct{ in, subject, to, text string }{
		"a folded line of blanks":       {"Subject: one\n \nTo: a@b.c\n\nt", "one", "a@b.c", "t"},
		"blanks before the empty line":  {"Subject: one\nTo: a@b.c\n  \n\nt", "one", "a@b.c", "t"},
		"blanks for the empty line":     {"Subject: one\nTo: a@b.c\n \nWhat I said", "one", "a@b.c", "What I said"},
		"a line without a name":         {"Subject: one\n: x\n: y\nTo: a@b.c\n\nt", "one", "a@b.c", "t"},
		"its folding":                   {"Subject: one\n: x\n y\nTo: a@b.c\n\nt", "one", "a@b.c", "t"},
		"a name and blanks":             {"Subject : one\nTo\t: a@b.c\n\nt", "one", "a@b.c", "t"},
		"a quote that does not close":   {"Subject: one\nTo: \"Ann <a@b.c>\n\nt", "one", "Ann <a@b.c>", "t"},
		"a quote that did not close":    {"Subject: one\nTo: \"Ann <a@b.c>, \"Roe, Ben\" <d@e.f>\n\nt", "one", `Ann <a@b.c>, "Roe, Ben" <d@e.f>`, "t"},
		"a comment that does not close": {"Subject: one\nTo: a@b.c (Ann, d@e.f\n\nt", "one", "Ann <a@b.c>, d@e.f", "t"},
		"brackets that do not close":    {"Subject: one\nTo: Ann <a@b.c, d@e.f\n\nt", "one", "Ann <a@b.c>, d@e.f", "t"},
		"no domain":                     {"Subject: one\nTo: root, Ann <ann>, d@e.f\n\nt", "one", "root, Ann <ann>, d@e.f", "t"},
		"no empty line":                 {"Subject: one\nTo: a@b.c\nthe text\nmore of it", "one", "a@b.c", "the text\r\nmore of it"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Parse(crlf(tt.in))
			if m.Envelope.Subject != tt.subject || mail.FormatAddresses(m.Envelope.To) != tt.to || m.Text("1") != tt.text {
				t.Errorf("subject %q, to %q, text %q, want %q, %q, %q", m.Envelope.Subject, mail.FormatAddresses(m.Envelope.To), m.Text("1"), tt.subject, tt.to, tt.text)
			}
		})
	}
}

// Encoded words are recognised before the signs between addresses.
func TestAddressesOfWords(t *testing.T) {
	for in, want := range map[string]string{
		"=?utf-8?Q?Firma,_Inc.?= <a@b.c>":                                   `"Firma, Inc." <a@b.c>`,
		"=?iso-8859-1?Q?Sol;_R=EDo_grande.?= <a@b.c>":                       `"Sol; Río grande." <a@b.c>`,
		"=?utf-8?Q?A:B?= <a@b.c>, d@e.f":                                    `"A:B" <a@b.c>, d@e.f`,
		"=?utf-8?Q?A_<x@y>_(z)?= <a@b.c>":                                   `"A <x@y> (z)" <a@b.c>`,
		`=?utf-8?Q?say_"hi?= <a@b.c>, d@e.f`:                                `say "hi <a@b.c>, d@e.f`,
		`"=?utf-8?Q?=C3=96A,_MTC?=" <a@b.c>`:                                `"ÖA, MTC" <a@b.c>`,
		"a@b.c (=?utf-8?Q?Ann_:)_Roe?=)":                                    `"Ann :) Roe" <a@b.c>`,
		"=?utf-8?Q?me@home?= <a@b.c>":                                       `"me@home" <a@b.c>`,
		"=?utf-8?Q?Ann_<a@b.c>?=":                                           `Ann <a@b.c>`,
		"Joe Foo, PhD <a@b.c>":                                              `Joe Foo, PhD <a@b.c>`,
		`"john doe"@b.c, Ann <"x, y"@b.c>, "ann"@b.c, <"a>b"@b.c>`:          `"john doe"@b.c, Ann <"x, y"@b.c>, ann@b.c, "a>b"@b.c`,
		"a @ b.c, Ann d@e.f, x@y z@w":                                       `a@b.c, Ann <d@e.f>, x@y, z@w`,
		"=?utf-8?Q?a, b@c.d":                                                `"=?utf-8?Q?a", b@c.d`,
		"Team: =?utf-8?Q?A,_B?= <a@b.c>, d@e.f; x@y.z":                      `"A, B" <a@b.c>, d@e.f, x@y.z`,
		"<@a,@b:a@b.c>, Ann Roe < a @ b.c >":                                `a@b.c, Ann Roe <a@b.c>`,
		"=?utf-8?Q?=C3=A4?= =?utf-8?Q?=C3=B6?= =?utf-8?Q?,?= <a@b.c>,d@e.f": `"äö," <a@b.c>, d@e.f`,
	} {
		if got := mail.FormatAddresses(ParseAddressList(in)); got != strings.ReplaceAll(want, `say "hi`, `"say \"hi"`) {
			t.Errorf("ParseAddressList(%q) = %s, want %s", in, got, want)
		}
	}
}

// Transfer encodings are structured fields, and some programs encode whole
// fields as words.
func TestFieldsOfParts(t *testing.T) {
	for in, want := range map[string]string{
		"Quoted-Printable": "quoted-printable", " base64 ;": "base64", "base64; x=y": "base64", `"base64"`: "base64",
		"quoted-printable (by hand)": "quoted-printable", "(x) base64": "base64", "=?utf-8?q?base64?=": "base64", "": "",
	} {
		if got := TransferEncoding(in); got != want {
			t.Errorf("TransferEncoding(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"=?UTF-8?B?YXR0YWNobWVudDsNCiBmaWxlbmFtZQ==?= =?UTF-8?B?PSLjg4bjgrnjg4guZGF0IjsNCiBzaXplPTQ=?=": "テスト.dat",
		`attachment; filename="a.txt; size=3`:               "a.txt",
		"attachment; filename==?utf-8?Q?a;b.txt?=; x=y":     "a;b.txt",
		"attachment; filename=a (1).txt":                    "a (1).txt",
		"attachment; filename*1=b; filename*0=a":            "ab",
		"attachment; filename=x; filename*=utf-8'en'%C3%A4": "ä",
	} {
		kind, params := ParseParams(in)
		if got := FileNameOf(params, nil); got != want || kind != "attachment" {
			t.Errorf("ParseParams(%q) = %q, %q, want %q", in, kind, params, want)
		}
	}
	m := Parse([]byte("Content-Type: =?utf-8?Q?text/html;_charset=3Dutf-8?=\n\nx"))
	if m.Root.Type != "text/html" || m.Root.Params["charset"] != "utf-8" {
		t.Errorf("a type that is an encoded word is %q, %q", m.Root.Type, m.Root.Params)
	}
}

// Ids that a gateway encoded are ids.
func TestIDsOfWords(t *testing.T) {
	in := "=?utf-8?q?=3C42254f08=2Egit=2Ea=40exam?=\r\n =?utf-8?q?ple=2Enet=3E?="
	m := Parse([]byte("Message-ID: " + in + "\r\nIn-Reply-To: " + in + "\r\nReferences: <x@y> " + in + "\r\n\r\n"))
	e, id := m.Envelope, "42254f08.git.a@example.net"
	if e.MessageID != id || len(e.InReplyTo) != 1 || e.InReplyTo[0] != id || len(e.References) != 2 || e.References[1] != id {
		t.Errorf("the ids are %q, %q, %q", e.MessageID, e.InReplyTo, e.References)
	}
}

// What a mailing list puts below base64 is text, and noise within is passed over.
func TestTextBelowBase64(t *testing.T) {
	long := strings.Repeat("QUJD", 19)
	abc := strings.Repeat("ABC", 19)
	for name, tt := range map[string]struct{ in, want string }{
		"footer after padding":     {"R3LDvMOfZQ==\n\n____\nTeam list\nhttps://x/\n", "Grüße\n\n____\nTeam list\nhttps://x/\n"},
		"footer after a blank":     {long + "\n\nTeam mailing list\n", abc + "\n\nTeam mailing list\n"},
		"footer at once":           {long + "\nQUJD\n-- \nTeam\n", abc + "ABC\n\n-- \nTeam\n"},
		"a word first":             {long + "\nQUI=\n\nTeam\nsee below:\n", abc + "AB\n\nTeam\nsee below:\n"},
		"a star in a line":         {long[:20] + "*" + long[20:] + "\n" + long + "\n", abc + abc},
		"a star at the end":        {long + "\nQU*JD\n", abc + "ABC"},
		"an empty line in between": {long + "\n\n" + long + "\n", abc + abc},
		"two blocks":               {"QQ==\nQg==\n", "AB"},
		"only base64":              {long + "\n" + long, abc + abc},
	} {
		t.Run(name, func(t *testing.T) {
			m := Parse([]byte("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n" + tt.in))
			if got := m.Text("1"); got != tt.want {
				t.Errorf("the text is %q, want %q", got, tt.want)
			}
			if got, want := m.PartSize(m.Root.Find("1")), int64(len(m.Body("1"))); got != want {
				t.Errorf("the size is %d, want %d", got, want)
			}
		})
	}
}

// Octets in a header that name no charset are in that of the body; else they are
// judged all together.
func TestRawHeaders(t *testing.T) {
	koi := "\xe9\xd7\xc1\xce"      // Иван
	win := "\xc8\xe2\xe0\xed"      // Иван
	polish := "\xa3ukasz \xafak"   // Łukasz Żak
	jis := "\x1b$BF|K\\\x1b(B"     // 日本
	comma := "\x1b$B!$F|K\\\x1b(B" // ，日本, of which one octet is a comma
	for name, tt := range map[string]struct{ in, subject, from string }{
		"of the body":       {"Subject: " + koi + "\nFrom: " + koi + " <a@b.c>\nContent-Type: text/plain; charset=koi8-r\n\nx", "Иван", "Иван <a@b.c>"},
		"of Poland":         {"Subject: " + polish + "\nFrom: " + polish + " <a@b.c>\nContent-Type: text/plain; charset=iso-8859-2\n\nx", "Łukasz Żak", "Łukasz Żak <a@b.c>"},
		"of its first part": {"Subject: " + win + "\nFrom: a@b.c\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html; charset=windows-1251\n\nx\n--x--\n", "Иван", "a@b.c"},
		"of no charset":     {"Subject: \xf0\xd2\xc9\xd7\xc5\xd4\nFrom: " + koi + " <a@b.c>\n\nx", "Привет", "Иван <a@b.c>"},
		"UTF-8 beside it":   {"Subject: Gr\xc3\xb6\xc3\x9fe\nFrom: " + koi + " <a@b.c>\nContent-Type: text/plain; charset=koi8-r\n\nx", "Größe", "Иван <a@b.c>"},
		"escapes":           {"Subject: " + jis + "\nFrom: " + comma + " <a@b.c>\n\nx", "日本", "，日本 <a@b.c>"},
		"a word beside":     {"Subject: " + koi + " =?iso-8859-1?Q?=E9=FC?=\nFrom: a@b.c\nContent-Type: text/plain; charset=koi8-r\n\nx", "Иван éü", "a@b.c"},
		"raw in a word":     {"Subject: =?iso-8859-1?Q?Fr\xf6sche?=\nFrom: a@b.c\n\nx", "Frösche", "a@b.c"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Parse([]byte(tt.in))
			if m.Envelope.Subject != tt.subject || mail.FormatAddresses(m.Envelope.From) != tt.from {
				t.Errorf("subject %q, from %q, want %q, %q", m.Envelope.Subject, mail.FormatAddresses(m.Envelope.From), tt.subject, tt.from)
			}
		})
	}
	m := Parse([]byte("Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain; charset=koi8-r; name=\"" + koi + ".txt\"\n\nx\n--x--\n"))
	if got := m.Root.Parts[0].Name; got != "Иван.txt" {
		t.Errorf("the file is called %q", got)
	}
}
