package message

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// large returns messages that grow with n, about n octets each.
func large() map[string]func(n int) string {
	lines := func(line string) func(int) string {
		return func(n int) string { return strings.Repeat(line, n/len(line)+1) }
	}
	return map[string]func(n int) string{
		"folded header":       func(n int) string { return "Subject: a\n" + lines(" b\n")(n) + "\n" },
		"folded word":         func(n int) string { return "Subject: a\n" + lines(" =?utf-8?q?b?=\n")(n) + "\n" },
		"words of a charset":  func(n int) string { return "Subject: " + lines("=?x?q?=E4?= ")(n) + "\n\n" },
		"words without end":   func(n int) string { return "Subject: " + lines("=?utf-8?q?")(n) + "\n\n" },
		"raw header":          func(n int) string { return "Subject: " + lines("\xe4 =?q?")(n) + "\n\n" },
		"fields":              lines("a: b\n"),
		"lines of no field":   lines("a\nb: c\n"),
		"recipients":          func(n int) string { return "To: a@b.c" + lines(",\n a@b.c")(n) + "\n\n" },
		"quotes":              func(n int) string { return "To: " + lines(`"a <b@c>, `)(n) + "\n\n" },
		"comments":            func(n int) string { return "To: " + lines("(")(n) + "\n\n" },
		"open brackets":       func(n int) string { return "To: " + lines("a <b")(n) + "\n\n" },
		"words and no comma":  func(n int) string { return "To: " + lines("a b@c ")(n) + "\n\n" },
		"ids":                 func(n int) string { return "References: " + lines("<a@b>\n ")(n) + "\n\n" },
		"pieces of RFC 2231":  pieces,
		"parameters":          func(n int) string { return "Content-Type: text/plain" + lines(`;a="b`)(n) + "\n\n" },
		"long line":           func(n int) string { return "Subject: s\n\n" + lines("a")(n) },
		"parts":               func(n int) string { return "Content-Type: multipart/mixed; boundary=x\n\n" + lines("--x\n\na\n")(n) },
		"nested":              lines("Content-Type: multipart/mixed; boundary=x\n\n--x\n"),
		"nested messages":     lines("Content-Type: message/rfc822\n\n"),
		"lines like a part's": func(n int) string { return "Content-Type: multipart/mixed\n\n" + lines("--x\n-\n")(n) },
		"base64": func(n int) string {
			return "Content-Transfer-Encoding: base64\n\n" + lines(strings.Repeat("QUJD", 19)+"\n")(n)
		},
		"quoted-printable":    func(n int) string { return "Content-Transfer-Encoding: quoted-printable\n\n" + lines("=C3=A4 ")(n) },
		"files that are none": func(n int) string { return "\n\n=ybegin x\n" + lines("begin 644 a\n")(n) },
		"files in text":       func(n int) string { return "\n\n" + lines("begin 644 a\n#86)C\nend\n")(n) },
		"uuencode":            func(n int) string { return "\n\nbegin 644 a\n" + lines("#86)C\n")(n) },
	}
}

func pieces(n int) string {
	var b strings.Builder
	b.WriteString("Content-Disposition: attachment")
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, ";\n filename*%d=a", i)
	}
	return b.String() + "\n\n"
}

// What a message costs grows with its length and not with its square: four times
// the octets take at most some eight times the memory, and none takes long.
func TestBoundsGrowWithLength(t *testing.T) {
	for name, make := range large() {
		t.Run(name, func(t *testing.T) {
			const n = 200_000
			small, big := []byte(make(n)), []byte(make(4*n))
			before := allocated(func() { read(small) })
			after := allocated(func() { read(big) })
			if after > 8*before+1<<20 {
				t.Errorf("%d octets allocate %d, %d allocate %d", len(small), before, len(big), after)
			}
		})
	}
}

// read does with a message what a reader of it does.
func read(raw []byte) {
	m := Parse(raw)
	if m.Has("1") {
		m.Text("1")
		m.PartSize(m.Root.Find("1"))
	}
}

func allocated(f func()) uint64 {
	var a, b runtime.MemStats
	runtime.ReadMemStats(&a)
	f()
	runtime.ReadMemStats(&b)
	return b.TotalAlloc - a.TotalAlloc
}

// Messages far beyond what anybody sends are read, and what was left out of them
// is counted.
func TestLimitsAreNoted(t *testing.T) {
	for name, tt := range map[string]struct {
		raw  string
		want Limit
	}{
		"header": {"Subject: s\nX: " + strings.Repeat("a", maxHeader) + "\nY: b\n\nt", Limit{HeaderOctets, "", maxHeader + 10}},
		"fields": {strings.Repeat("a: b\n", maxFields+7) + "\nt", Limit{HeaderOctets, "", 7*5 + 1}},
		"addresses": {"To: " + strings.Repeat("a@b.c,", maxAddresses) + "x@y.z,\nTo: a@b.c\n\nt",
			Limit{Addresses, "", 2}},
		"ids":        {"References: " + strings.Repeat("<a@b> ", 3*maxIDs+5) + "\n\nt", Limit{References, "", 2*maxIDs + 5}},
		"parameters": {"Content-Type: text/plain" + strings.Repeat(";a=b", maxParams+3) + "\n\nt", Limit{Parameters, "", 3}},
		"parts": {"Content-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\na\n", maxParts+8000) + "--x--\n",
			Limit{Parts, "", 8001}}, // one of those that are kept is the multipart
		"parts within": {"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/mixed; boundary=x\n\n" + strings.Repeat("--x\n\na\n", maxParts+8000),
			Limit{Parts, "1", 8002}},
		"depth": {strings.Repeat("Content-Type: message/rfc822\n\n", maxDepth+5), Limit{Depth, "", 1}},
	} {
		t.Run(name, func(t *testing.T) {
			m := Parse([]byte(tt.raw))
			if len(m.Limits) != 1 || m.Limits[0] != tt.want {
				t.Errorf("limits are %v, want %v", m.Limits, tt.want)
			}
			if len(m.Warnings) == 0 || m.Warnings[len(m.Warnings)-1] != tt.want.String() && m.Warnings[0] != tt.want.String() {
				t.Errorf("warnings are %q, want %q among them", m.Warnings, tt.want)
			}
		})
	}
}

// Of many References the first and the last are kept.
func TestLimitOfReferences(t *testing.T) {
	var b strings.Builder
	for i := range 5 * maxIDs {
		fmt.Fprintf(&b, "<%d@x> ", i)
	}
	ids := MessageIDs(b.String())
	if len(ids) != maxIDs || ids[0] != "0@x" || ids[1] != "4001@x" || ids[maxIDs-1] != "4999@x" {
		t.Errorf("%d ids, %q, %q … %q", len(ids), ids[0], ids[1], ids[len(ids)-1])
	}
}

// A part is decoded while it is read: its content is never held.
func TestReaderHoldsNothing(t *testing.T) {
	line := strings.Repeat("QUJD", 19) + "\r\n"
	for encoding, body := range map[string]string{
		"base64": strings.Repeat(line, 100_000), "quoted-printable": strings.Repeat("a=C3=A4b=\r\n", 500_000),
		"x-uuencode": "begin 644 a\n" + strings.Repeat("#86)C\n", 500_000) + "`\nend\n", "8bit": strings.Repeat("a\n", 1_000_000),
	} {
		t.Run(encoding, func(t *testing.T) {
			m := Parse([]byte("Content-Type: application/x-data\nContent-Transfer-Encoding: " + encoding + "\n\n" + body))
			var n int64
			if got := allocated(func() { n, _ = io.Copy(io.Discard, m.Reader("1")) }); got > 1<<20 {
				t.Errorf("reading %d octets allocates %d", n, got)
			}
			if want := int64(len(m.Body("1"))); n != want {
				t.Errorf("%d octets were read, Body has %d", n, want)
			}
		})
	}
}

// Reader and Body say the same, however the reads are cut.
func TestReaderIsBody(t *testing.T) {
	for encoding, body := range map[string]string{
		"base64":           "QUJD\nRA==\nRUY=\n*R0hJ\n-_",
		"quoted-printable": "a=\nb =3D\t \r\n=C3=A4 " + strings.Repeat("x=41", 40_000) + " =",
		"uuencode":         "x\nbegin 644 a\n#86)C\n#86)C\n`\nend\nmore",
		"8bit":             "as it is",
	} {
		m := Parse([]byte("Content-Transfer-Encoding: " + encoding + "\n\n" + body))
		for _, size := range []int{1, 7, 4096} {
			var got []byte
			r, buf := m.Reader("1"), make([]byte, size)
			for {
				n, err := r.Read(buf)
				got = append(got, buf[:n]...)
				if err != nil {
					break
				}
			}
			if want := m.Body("1"); !bytes.Equal(got, want) {
				t.Errorf("%s by %d octets: read %.40q, want %.40q", encoding, size, got, want)
			}
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for name, make := range large() {
		b.Run(name, func(b *testing.B) {
			raw := []byte(make(3 << 20))
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				read(raw)
			}
		})
	}
}

// What is said of a message is said once, what bounds cut off first; how much is
// not said is said too.
func TestWarningsAreCounted(t *testing.T) {
	var b strings.Builder
	b.WriteString("Content-Type: text/plain; x=" + strings.Repeat(";a=b", maxParams+3) + "\n\n")
	for i := range 2 * 30 {
		fmt.Fprintf(&b, "begin 644 %d.txt\n#86)C\n\n", i/2)
	}
	m := Parse([]byte(b.String()))
	if len(m.Warnings) != maxWarnings+1 || len(m.Limits) != 1 || m.Warnings[0] != m.Limits[0].String() || m.Warnings[maxWarnings] != "and 11 more warnings" {
		t.Errorf("limits are %v, warnings %q", m.Limits, m.Warnings)
	}
}
