package message

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"posthorn/mail"
)

func TestDecodeWords(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"plain":            {"hello", "hello"},
		"q":                {"=?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=", "Grüße aus Köln"},
		"b":                {"=?UTF-8?B?5pel5pys6Kqe?=", "日本語"},
		"between words":    {"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"},
		"text between":     {"=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"},
		"split character":  {"=?utf-8?B?5pel5pw=?= =?utf-8?B?rOiqng==?=", "日本語"},
		"spaces in a word": {"=?utf-8?Q?a b c?=", "a b c"},
		"koi8-r":           {"=?koi8-r?B?8NLJ18XU?=", "Привет"},
		"iso-2022-jp":      {"=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=", "日本語"},
		"language":         {"=?us-ascii*en?Q?Hi?=", "Hi"},
		"raw utf-8":        {"Grüße", "Grüße"},
		"raw latin-1":      {"caf\xe9 au lait, d\xe9j\xe0 vu", "café au lait, déjà vu"},
		"a few octets":     {"Gr\xfc\xdfe", "Grüße"},
		"a few of Chinese": {"\xbb\xe1\xd2\xe9", "会议"},
		"unterminated":     {"=?utf-8?Q?abc", "=?utf-8?Q?abc"},
		"unknown encoding": {"=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
	} {
		t.Run(name, func(t *testing.T) {
			if got := DecodeWords(tt.in); got != tt.want {
				t.Errorf("DecodeWords(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestDecodeWordsWithoutAllocation(t *testing.T) {
	for _, s := range []string{"Re: the usual", "Grüße aus Köln"} {
		if n := testing.AllocsPerRun(100, func() { DecodeWords(s) }); n > 0 {
			t.Errorf("DecodeWords(%q) allocates %v times", s, n)
		}
	}
}

func TestParseAddressList(t *testing.T) {
	for name, tt := range map[string]struct {
		in   string
		want []mail.Address
	}{
		"bare":         {"a@b.c", []mail.Address{{Address: "a@b.c"}}},
		"named":        {"Ann Roe <a@b.c>", []mail.Address{{Name: "Ann Roe", Address: "a@b.c"}}},
		"quoted":       {`"Roe, Ann" <a@b.c>, d@e.f`, []mail.Address{{Name: "Roe, Ann", Address: "a@b.c"}, {Address: "d@e.f"}}},
		"comment":      {"a@b.c (Ann (the one) Roe)", []mail.Address{{Name: "Ann (the one) Roe", Address: "a@b.c"}}},
		"group":        {"friends: a@b.c, d@e.f;", []mail.Address{{Address: "a@b.c"}, {Address: "d@e.f"}}},
		"empty group":  {"undisclosed-recipients:;", nil},
		"encoded":      {"=?utf-8?q?J=C3=BCrgen?= <j@b.c>", []mail.Address{{Name: "Jürgen", Address: "j@b.c"}}},
		"no address":   {"somebody", []mail.Address{{Name: "somebody"}}},
		"route":        {"<@x,@y:a@b.c>", []mail.Address{{Address: "a@b.c"}}},
		"unterminated": {`"Ann <a@b.c>`, []mail.Address{{Name: "Ann", Address: "a@b.c"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := ParseAddressList(tt.in)
			if len(got) != len(tt.want) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i := range got {
				if got[i] != tt.want[i] {
					t.Errorf("got %q, want %q", got[i], tt.want[i])
				}
			}
		})
	}
}

func TestParseDate(t *testing.T) {
	want := time.Date(2026, 11, 2, 14, 5, 9, 0, time.FixedZone("", 3600))
	for _, s := range []string{
		"Mon, 2 Nov 2026 14:05:09 +0100", "2 Nov 2026 14:05:09 +0100 (CET)", "Mon, 02 Nov 26 14:05:09 CET",
		"Mon Nov  2 14:05:09 2026 CET", "Mon, 2-Nov-2026 14:05:09 +0100", "Mon, 2 Nov 2026 14.05.09 +0100", "2 Nov 2026 15:05:09 GMT+0200", "2 Nov 2026 15:05:09 UTC+02:00",
		"2 Nov 2026 14:05:09+0100", "2 Nov 2026 14:05:09 +100", "2 Nov 2026 02:05:09 PM +01:00", "2 Nov 2026 14:05:09 +0100(CET)", "2 Nov 2026 14:05:09 +01",
		"monday, 2 november 2026 14:05:09.123 +0100",
	} {
		if got := ParseDate(s); !got.Equal(want) {
			t.Errorf("ParseDate(%q) = %v, want %v", s, got, want)
		}
	}
	for _, s := range []string{"", "yesterday", "2 Foo 2026 10:00:00 +0000", "99 Nov 2026", "-", ":"} {
		if got := ParseDate(s); !got.IsZero() {
			t.Errorf("ParseDate(%q) = %v, want none", s, got)
		}
	}
}

func TestParams(t *testing.T) {
	for name, tt := range map[string]struct{ in, key, want string }{
		"quoted":        {`attachment; filename="a b.txt"`, "filename", "a b.txt"},
		"not quoted":    {`attachment; filename=a b.txt; size=3`, "filename", "a b.txt"},
		"rfc 2231":      {`attachment; filename*=utf-8''%e2%82%ac.txt`, "filename", "€.txt"},
		"continued":     {`attachment; filename*0="very "; filename*1="long.txt"`, "filename", "very long.txt"},
		"both":          {`attachment; filename*0*=utf-8''%e2%82; filename*1*=%ac.txt`, "filename", "€.txt"},
		"escaped quote": {`attachment; filename="a\"b"`, "filename", `a"b`},
		"upper case":    {`Attachment; FileName=x`, "filename", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			value, params := ParseParams(tt.in)
			if value != "attachment" || params[tt.key] != tt.want {
				t.Errorf("ParseParams(%q) = %q, %q", tt.in, value, params)
			}
		})
	}
}

const nestedMail = "Subject: outer\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n" +
	"--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n" +
	"--y\r\n\r\nplain\r\n--y\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--y--\r\n" +
	"--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner text\r\n" +
	"--x\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--x--\r\nepilogue"

func TestParsePaths(t *testing.T) {
	m := Parse([]byte(nestedMail))
	var got []string
	m.Root.Walk(func(p *mail.Part) bool { got = append(got, p.Path+" "+p.Type); return true })
	want := " multipart/mixed|1 multipart/alternative|1.1 text/plain|1.2 text/html|2 message/rfc822|2.1 text/plain|3 application/pdf"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("parts are\n%s, want\n%s", s, want)
	}
	if s := m.Text("1.1"); s != "plain" {
		t.Errorf("the text is %q", s)
	}
	if s := string(m.Body("3")); s != "hello" {
		t.Errorf("the attachment is %q", s)
	}
	if in := m.Nested("2"); in == nil || in.Envelope.Subject != "inner" {
		t.Errorf("the nested message is %+v", in)
	}
	if len(m.Warnings) > 0 {
		t.Errorf("warnings: %q", m.Warnings)
	}
}

// Malformed messages give what is there, and say what is missing.
func TestParseMalformed(t *testing.T) {
	for name, tt := range map[string]struct {
		in, subject, text string
		warned            bool
	}{
		"empty":             {"", "", "", false},
		"no body":           {"Subject: s\n", "s", "", false},
		"from line":         {"From ann Mon Nov  2 14:05:09 2026\nSubject: s\n\nt", "s", "t", false},
		"colonless line":    {"Subject: s\nnonsense\nTo: a@b.c\n\nt", "s", "t", false},
		"leading blank":     {"\n\nSubject: s\n\nt", "s", "t", false},
		"folded":            {"Subject: a\n  b\n\nt", "a b", "t", false},
		"no boundary param": {"Subject: s\nContent-Type: multipart/mixed\n\n--abcdefg\n\nt\n--abcdefg--\n", "s", "t", true},
		"unterminated":      {"Subject: s\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nt\n", "s", "t\n", true},
		"no parts":          {"Subject: s\nContent-Type: multipart/mixed; boundary=x\n\nt\n", "s", "t\n", true},
		"bad base64":        {"Subject: s\nContent-Transfer-Encoding: base64\n\naGVs*bG8", "s", "hello", false},
		"unknown charset":   {"Subject: s\nContent-Type: text/plain; charset=klingon\n\nt", "s", "t", false},
	} {
		t.Run(name, func(t *testing.T) {
			m := Parse([]byte(tt.in))
			if m.Envelope.Subject != tt.subject {
				t.Errorf("the subject is %q, want %q", m.Envelope.Subject, tt.subject)
			}
			if got := firstText(m); got != tt.text {
				t.Errorf("the text is %q, want %q", got, tt.text)
			}
			if (len(m.Warnings) > 0) != tt.warned {
				t.Errorf("the warnings are %q", m.Warnings)
			}
		})
	}
}

// Nesting costs no more than linear time, and ends.
func TestDeepNesting(t *testing.T) {
	var b strings.Builder
	for range 20000 {
		b.WriteString("Content-Type: multipart/mixed; boundary=x\n\n--x\n")
	}
	Parse([]byte(b.String()))
	Parse([]byte(strings.Repeat("Content-Type: message/rfc822\n\n", 20000)))
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		nestedMail,
		"Content-Type: text/plain; charset=utf-7\n\n+AOQ-",
		"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 a\n#86)C\n`\nend\n",
		"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x--\n--x--\nbegin 644 b\n#86)C\n`\nend\n",
		"Content-Type: multipart/digest; boundary=\"x y\"\n\n--x y\n\nSubject: a\n\nbegin 644 a\n#86)C\n`\nend\n--x y--",
		"Content-Type: message/partial; id=\"a@b\"; number=1; total=2\n\nSubject: =?utf-8?q?whole?=\n\ntext",
		"Content-Type: message/external-body; access-type=url;\n URL*0=\"ftp://a\"; URL*1=\"/b\"\n\nContent-Type: text/plain\n\n",
		"Content-Type: application/pkcs7-mime; smime-type=signed-data\nContent-Transfer-Encoding: base64 (x)\n\nMIAGCSqGSIb3DQEHAqCA\n\n_______\na list\n",
		"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\neJ8+IgAAAQ==\n",
		"Content-Type: application/applefile\nContent-Transfer-Encoding: base64\n\nAAUWAAACAAA=\n",
		"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogYQoKYg==\n",
		"From: =?utf-8?q?a=2C?= <b@c>, \"d\nContent-Transfer-Encoding: quoted-printable\n\na=E4=\nb = \n=ybegin line=128 size=1 name=x\nk\n=yend size=1\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := Parse(raw)
		paths, parts := map[string]bool{}, 0
		m.Root.Walk(func(p *mail.Part) bool {
			parts++
			if p.IsMultipart() {
				return true
			}
			if paths[p.Path] {
				t.Errorf("two parts are %q", p.Path)
			}
			paths[p.Path] = true
			if p.Size < 0 || m.PartSize(p) < 0 {
				t.Errorf("part %q has %d octets, decoded %d", p.Path, p.Size, m.PartSize(p))
			}
			m.Text(p.Path)
			whole := m.Body(p.Path)
			if streamed, err := io.ReadAll(m.Reader(p.Path)); err != nil || !bytes.Equal(streamed, whole) {
				t.Errorf("part %q is %q, streamed %q, %v", p.Path, whole, streamed, err)
			}
			if head := m.Head(p.Path, 10); !bytes.Equal(head, whole[:min(len(whole), 10)]) {
				t.Errorf("part %q is %q, and begins %q", p.Path, whole, head)
			}
			return true
		})
		if parts > len(raw)+10 {
			t.Errorf("%d parts of %d octets", parts, len(raw))
		}
	})
}
