package message

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"posthorn/mail"
)

// yenc encodes a line as yEnc does.
func yenc(data string) string {
	var b strings.Builder
	for _, c := range []byte(data) {
		if c += 42; c == 0 || c == '\n' || c == '\r' || c == '=' {
			b.WriteByte('=')
			c += 64
		}
		b.WriteByte(c)
	}
	return b.String()
}

// Files in text are parts of their own; text that only looks like one is text.
func TestFilesInText(t *testing.T) {
	uu := "begin 644 a.txt\n%2&5L;&\\\n`\nend\n"
	for name, tt := range map[string]struct{ in, want string }{
		"uuencode":         {"\nSee file\n\n" + uu + "\nbye\n", "[1 multipart/mixed][1.1 text/plain See file][1.2 application/octet-stream a.txt Hello][1.3 text/plain |bye]"},
		"nothing else":     {"\n" + uu, "[1 multipart/mixed][1.1 application/octet-stream a.txt Hello]"},
		"two":              {"\n" + uu + uu, "[1 multipart/mixed][1.1 application/octet-stream a.txt Hello][1.2 application/octet-stream a.txt Hello]"},
		"quoted-printable": {"Content-Transfer-Encoding: quoted-printable\n\nS=C3=A9e\n" + uu, "[1 multipart/mixed][1.1 text/plain Sée][1.2 application/octet-stream a.txt Hello]"},
		"in base64":        {"Content-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte("See\n"+uu)), "[1 multipart/mixed][1.1 text/plain See][1.2 application/octet-stream a.txt Hello]"},
		"no end":           {"\nbegin 644 a.txt\n%2&5L;&\\\n", "[1 multipart/mixed][1.1 application/octet-stream a.txt Hello]"},
		"a sentence":       {"\nSo we\nbegin 644 times and\nnever end.\n", "[1 text/plain So we|begin 644 times and|never end.]"},
		"another sentence": {"\nlet us\nbegin with this\nend\n", "[1 text/plain let us|begin with this|end]"},
		"yEnc":             {"\nSee\n=ybegin line=128 size=5 name=a b.bin\n" + yenc("Hello") + "\n=yend size=5\nbye\n", "[1 multipart/mixed][1.1 text/plain See][1.2 application/octet-stream a b.bin Hello][1.3 text/plain bye]"},
		"an attached text": {"Content-Disposition: attachment\n\n" + uu, "[1 text/plain begin 644 a.txt|%2&5L;&\\|`|end]"},
	} {
		t.Run(name, func(t *testing.T) {
			m := Parse(crlf(tt.in))
			if got := outline(m); got != tt.want {
				t.Errorf("the parts are\n%s, want\n%s", got, tt.want)
			}
			if cut := name == "no end"; cut != (len(m.Warnings) > 0) {
				t.Errorf("warnings: %q", m.Warnings)
			}
		})
	}
	var all []byte
	for c := range 256 {
		all = append(all, byte(c))
	}
	m := Parse([]byte("\n=ybegin line=128 size=256 name=x\n" + yenc(string(all)) + "\n=yend size=256\n"))
	if !bytes.Equal(m.Body("1.1"), all) {
		t.Errorf("all octets come back as %q", m.Body("1.1"))
	}
}

// What is fetched part by part is looked into as well; the structure that was given
// stays as it was, and the container can still be had.
func TestAssembleOpens(t *testing.T) {
	body := "x\r\nbegin 644 a.txt\r\n%2&5L;&\\\r\n`\r\nend\r\n"
	root := &mail.Part{Type: "multipart/mixed", Parts: []*mail.Part{{Path: "1", Type: "text/plain"}, {Path: "2", Type: "text/plain"}}}
	given := map[string][]byte{"1": []byte(body)}
	m := Assemble([]byte("Subject: s\r\n\r\n"), root, given)
	if got, want := outline(m), "[ multipart/mixed][1 multipart/mixed][1.1 text/plain x][1.2 application/octet-stream a.txt Hello][2 text/plain ]"; got != want {
		t.Errorf("the parts are %s, want %s", got, want)
	}
	if root.Parts[0].Type != "text/plain" || len(given) != 1 {
		t.Error("what was given has changed")
	}
	if string(m.Body("1")) != body || m.Root.Find("1").Opened != "text/plain" {
		t.Errorf("the text as it was is %q", m.Body("1"))
	}
}

// signed is signed data around a message, as far as it is looked at: in DER, or in
// pieces of unknown length as it is streamed.
func signed(t *testing.T, content string, streamed bool) []byte {
	t.Helper()
	oid, err := asn1.Marshal(signedData())
	if err != nil {
		t.Fatal(err)
	}
	wrap := func(tag byte, parts ...[]byte) []byte {
		b := bytes.Join(parts, nil)
		if streamed && tag&0x20 != 0 {
			return append(append([]byte{tag, 0x80}, b...), 0, 0)
		}
		return append([]byte{tag, 0x82, byte(len(b) >> 8), byte(len(b))}, b...)
	}
	data, _ := asn1.Marshal(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1})
	octets := wrap(4, []byte(content))
	if streamed {
		octets = wrap(0x24, wrap(4, []byte(content[:7])), wrap(4, []byte(content[7:])))
	}
	fields := wrap(0x30, []byte{2, 1, 1}, wrap(0x31), wrap(0x30, data, wrap(0xa0, octets)), wrap(0x31))
	return wrap(0x30, oid, wrap(0xa0, fields))
}

func TestSignedDataIsOpened(t *testing.T) {
	content := "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x\r\nContent-Type: text/csv; name=a.csv\r\n\r\n1\r\n--x--\r\n"
	for _, streamed := range []bool{false, true} {
		raw := signed(t, content, streamed)
		m := Parse([]byte("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(raw)))
		if got, want := outline(m), "[1 multipart/mixed smime.p7m][1.1 multipart/mixed][1.1.1 text/plain hello][1.1.2 text/csv a.csv 1]"; got != want {
			t.Errorf("streamed %v: the parts are %s, want %s", streamed, got, want)
		}
		if !bytes.Equal(m.Body("1"), raw) {
			t.Error("the signed data is not at hand any more")
		}
		for n := range raw {
			cmsContent(raw[:n])
		}
	}
	m := Parse([]byte("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx"))
	if m.Root.Opened != "" {
		t.Errorf("encrypted data was opened: %s", outline(m))
	}
}

const pieces1 = "From: a@b.c\r\nSubject: piece\r\nMessage-ID: <1@x>\r\nContent-Type: message/partial; id=\"i@x\"; number=1; total=2\r\n\r\n" +
	"Subject: whole\r\nMessage-ID: <w@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, "
const pieces2 = "From: a@b.c\r\nSubject: piece 2\r\nContent-Type: message/partial; id=\"i@x\"; number=2; total=2\r\n\r\nworld.\r\n"

func TestPartial(t *testing.T) {
	one, two := Parse([]byte(pieces1)), Parse([]byte(pieces2))
	if s := one.Text("1.1"); !strings.Contains(s, "piece 1 of 2") || !strings.Contains(s, "i@x") || one.Text("1.2") != "Hello, " {
		t.Errorf("the first piece is %s", outline(one))
	}
	if s := two.Text("1.1"); !strings.Contains(s, "piece 2 of 2") {
		t.Errorf("the second piece is %s", outline(two))
	}
	raw, missing, err := Join([]*Message{two, one})
	m := Parse(raw)
	if err != nil || missing != nil || m.Envelope.Subject != "whole" || m.Envelope.MessageID != "w@x" || m.Envelope.From[0].Address != "a@b.c" || m.Text("1") != "Hello, world.\r\n" {
		t.Errorf("joined: %q, %v, %v", raw, missing, err)
	}
	if _, missing, err := Join([]*Message{one}); err != nil || !slices.Equal(missing, []int{2}) {
		t.Errorf("of the first alone %v are missing, %v", missing, err)
	}
	if _, _, err := Join([]*Message{one, Parse([]byte("Subject: x\r\n\r\n"))}); !errors.Is(err, ErrPieces) {
		t.Errorf("another message is joined: %v", err)
	}
}

func TestElsewhere(t *testing.T) {
	m := Parse([]byte("Content-Type: message/external-body; access-type=anon-ftp; site=ftp.x.example; directory=pub; name=a.ps\r\n\r\nContent-Type: application/postscript\r\n\r\n"))
	for _, want := range []string{"anon-ftp", "ftp.x.example", "pub", "a.ps", "application/postscript"} {
		if s := m.Text("1.1"); !strings.Contains(s, want) {
			t.Errorf("%q does not say %s", s, want)
		}
	}
}

func TestAppleSingle(t *testing.T) {
	b := binary.BigEndian.AppendUint32(nil, 0x00051600)
	b = append(b, make([]byte, 20)...)
	b = append(b, 0, 2)
	for _, e := range [][3]uint32{{1, 50, 5}, {3, 55, 5}} {
		for _, n := range e {
			b = binary.BigEndian.AppendUint32(b, n)
		}
	}
	b = append(b, "Helloa.txt"...)
	m := Parse(append([]byte("Content-Type: application/applefile\n\n"), b...))
	if got, want := outline(m), "[1 multipart/mixed][1.1 application/octet-stream a.txt Hello]"; got != want {
		t.Errorf("the parts are %s, want %s", got, want)
	}
}

func FuzzBlocks(f *testing.F) {
	f.Add([]byte("begin 644 a\n#86)C\n`\nend\n"))
	f.Add([]byte("=ybegin line=128 size=1 name=x\n=ypart begin=1\n=y=\n=yend size=1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		at := 0
		for _, b := range findBlocks(text) {
			if b.start < at || b.end <= b.start || b.end > len(text) || len(b.data) > 2*(b.end-b.start)+3 {
				t.Errorf("a file at %d to %d, after %d, of %d octets", b.start, b.end, at, len(b.data))
			}
			at = b.end
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add("Subject: =?utf-8?q?a?=\n \n: x\nTo: \"a <b@c>, (d\n\n", "attachment; filename*0*=utf-8''%e2; filename=\"x")
	f.Fuzz(func(t *testing.T, header, params string) {
		h, body, left := parseHeader([]byte(header))
		if len(body)+left > len(header) {
			t.Errorf("%d octets of %d follow", len(body), len(header))
		}
		for _, x := range h {
			ParseAddressList(x.Raw)
			MessageIDs(x.Raw)
			ParseDate(x.Raw)
		}
		ParseParams(params)
	})
}

func FuzzCMS(f *testing.F) {
	f.Add([]byte{0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x80})
	f.Fuzz(func(_ *testing.T, b []byte) { cmsContent(b) })
}
