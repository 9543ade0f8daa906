package message

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"posthorn/internal/corpus"
	"posthorn/internal/seed"
	"posthorn/mail"
)

// reads reads a message as from a file.
func reads(t *testing.T, raw []byte) *Message {
	t.Helper()
	m, err := Read(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// alike compares a message that was read with one that was parsed.
func alike(t *testing.T, got, want *Message) {
	t.Helper()
	if !reflect.DeepEqual(got.Root, want.Root) {
		t.Fatalf("structure:\n%s\nwant\n%s", outline(got), outline(want))
	}
	if !reflect.DeepEqual(got.Header, want.Header) || !reflect.DeepEqual(got.Envelope, want.Envelope) || !reflect.DeepEqual(got.Warnings, want.Warnings) || got.Size != want.Size {
		t.Errorf("header, envelope, warnings or size differ: %q, %q", got.Warnings, want.Warnings)
	}
	want.Root.Walk(func(p *mail.Part) bool {
		if got.Has(p.Path) != want.Has(p.Path) || got.PartSize(p) != want.PartSize(p) || got.Text(p.Path) != want.Text(p.Path) {
			t.Errorf("part %s differs", p.Path)
		}
		for _, pair := range [][2]io.Reader{{got.Raw(p.Path), want.Raw(p.Path)}, {got.Reader(p.Path), bytes.NewReader(want.Body(p.Path))}} {
			a, err := io.ReadAll(pair[0])
			b, _ := io.ReadAll(pair[1])
			if !bytes.Equal(a, b) || err != nil {
				t.Errorf("part %s: %d octets, %v; want %d", p.Path, len(a), err, len(b))
			}
		}
		return true
	})
}

// lines makes lines of letters of base64, n octets of them.
func lines(r *rand.Rand, n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var b strings.Builder
	for b.Len() < n {
		for range 76 {
			b.WriteByte(letters[r.IntN(64)])
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func TestReadIsAsParse(t *testing.T) {
	r := seed.Rand(t, 0)
	large := lines(r, 3<<19)
	part := func(header, body string) string { return "--b\r\n" + header + "\r\n\r\n" + body + "\r\n" }
	mixed := func(parts ...string) string {
		return "From: a@example.org\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Join(parts, "") + "--b--\r\n"
	}
	attached := "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64"
	prose := strings.Repeat("It was a dark and stormy night; =E4=\r\nthe rain fell.\r\n", 50000)
	for name, raw := range map[string]string{
		"attachment":          mixed(part("Content-Type: text/plain", "short"), part(attached, large)),
		"with a footer":       mixed(part("Content-Type: text/plain", "short"), part(attached, large+"QQ==\r\n_____\r\na list, and its address\r\n")),
		"two":                 mixed(part(attached, large), part("Content-Type: text/plain", "between"), part(attached, large[:1<<19])),
		"cut off":             strings.TrimSuffix(mixed(part(attached, large)), "--b--\r\n"),
		"alone":               "Subject: x\r\n" + attached + "\r\n\r\n" + large,
		"text":                "Subject: x\r\n\r\n" + prose,
		"quoted":              "Subject: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + prose,
		"one line":            "Subject: x\r\n\r\n" + strings.Repeat("x", 5<<20),
		"nothing but one":     strings.Repeat("x", 9<<20),
		"a message within":    mixed(part("Content-Type: message/rfc822", mixed(part(attached, large)))),
		"a message in base64": mixed(part("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64", large)),
		"a text as a message": mixed(part("Content-Type: message/rfc822", "Subject: y\r\n\r\n"+prose)),
		"a file in text":      "Subject: x\r\n\r\n" + prose + "begin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\n" + prose,
		"uuencode":            mixed(part("Content-Type: image/png\r\nContent-Transfer-Encoding: x-uuencode", "begin 644 a\r\n"+strings.Repeat("M"+strings.Repeat("0V%T", 15)+"\r\n", 40000)+"`\r\nend\r\nmore")),
		"a long header":       mixed(part("X: "+strings.Repeat("y\r\n ", 500000)+"\r\n"+attached, large)),
		"a header too long":   strings.Repeat("X: y\r\n", 3<<20) + "\r\n" + large,
		"a field too long":    "X: y" + strings.Repeat("\n z", 6<<20) + "\n\ntext",
		"hyphens":             "Subject: x\r\n\r\n" + strings.Repeat("-- \r\n--\n----\n\n", 200000),
		"no blank line":       mixed("--b\r\n" + large),
		"signature":           mixed(part("Content-Type: text/plain", prose+"-- \r\nme"), part(attached, large)),
	} {
		t.Run(name, func(t *testing.T) { alike(t, reads(t, []byte(raw)), Parse([]byte(raw))) })
	}
	t.Run("at random", func(t *testing.T) {
		pieces := []string{"--b\r\n", "--b--\r\n", "--\n", "\r\n", "\n", "Content-Type: text/plain\r\n", attached + "\r\n", "Content-Type: multipart/mixed; boundary=b\r\n", "begin 644 a\n", "-- \n"}
		for range 8 {
			var b strings.Builder
			for range 60 {
				b.WriteString(pieces[r.IntN(len(pieces))])
				if at := r.IntN(len(large) / 4); r.IntN(4) == 0 {
					b.WriteString(large[at : at+r.IntN(200<<10)])
				}
			}
			alike(t, reads(t, []byte(b.String())), Parse([]byte(b.String())))
		}
	})
}

// TestReadAtWindows moves a boundary over the places where the windows meet.
func TestReadAtWindows(t *testing.T) {
	fill := strings.Repeat("x", 2*window)
	for shift := range 40 {
		raw := "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
		raw += fill[:6*window/4-len(raw)] + "\r\n"
		raw += fill[:2*window-2*ahead-20+shift-len(raw)] + "\r\n--b\r\nContent-Type: image/png\r\n\r\n" + fill + fill + "\r\n--b--\r\n"
		alike(t, reads(t, []byte(raw)), Parse([]byte(raw)))
	}
}

func TestReadCorpus(t *testing.T) {
	corpus.Messages(t, func(name string, raw []byte) {
		if len(raw) > maxHeld {
			t.Run(name, func(t *testing.T) { alike(t, reads(t, raw), Parse(raw)) })
		}
	})
}

// A virtual file is a message with an attachment of any size, that is nowhere.
type virtual struct {
	head, line, end string
	lines           int64
}

func (v virtual) size() int64 { return int64(len(v.head)+len(v.end)) + v.lines*int64(len(v.line)) }

func (v virtual) ReadAt(b []byte, at int64) (n int, err error) {
	middle := int64(len(v.head)) + v.lines*int64(len(v.line))
	for n < len(b) && at < v.size() {
		var k int
		switch {
		case at < int64(len(v.head)):
			k = copy(b[n:], v.head[at:])
		case at < middle:
			k = copy(b[n:], v.line[(at-int64(len(v.head)))%int64(len(v.line)):])
			k = int(min(int64(k), middle-at))
		default:
			k = copy(b[n:], v.end[at-middle:])
		}
		n, at = n+k, at+int64(k)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func TestReadHoldsLittle(t *testing.T) {
	v := virtual{
		head:  "Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: video/mp4; name=a.mp4\r\nContent-Transfer-Encoding: base64\r\n\r\n",
		line:  strings.Repeat("QUJD", 19) + "\r\n",
		lines: 200 << 20 / 78,
		end:   "\r\n--b--\r\n",
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := Read(v, v.size())
	if err != nil {
		t.Fatal(err)
	}
	size := m.PartSize(m.Root.Find("2"))
	n, err := io.Copy(io.Discard, m.Reader("2"))
	runtime.ReadMemStats(&after)
	if want := v.lines * 57; n != want || size != want || err != nil || m.Text("1") != "hello" {
		t.Errorf("%d octets, said to be %d, %v; want %d", n, size, err, want)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d octets were used to read %d", used, v.size())
	}
}

func TestReadIsBounded(t *testing.T) {
	v := virtual{head: "Subject: x\n\n", line: "--x\n", lines: 100 << 20 / 4}
	m, err := Read(v, v.size())
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Limits) == 0 || m.Limits[0].Of != Opened || m.Root.Size != v.lines*4 {
		t.Errorf("limits %v, size %d", m.Limits, m.Root.Size)
	}
}

// A broken reader fails from an octet on.
type broken struct {
	io.ReaderAt
	from int64
}

var errBroken = errors.New("the disk is broken")

func (b *broken) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > b.from {
		return 0, errBroken
	}
	return b.ReaderAt.ReadAt(p, at)
}

func TestReadFails(t *testing.T) {
	raw := []byte("Content-Transfer-Encoding: base64\r\nContent-Type: image/png\r\n\r\n" + strings.Repeat("QUJD\r\n", 1<<19))
	r := &broken{bytes.NewReader(raw), 2 << 20}
	if _, err := Read(r, int64(len(raw))); !errors.Is(err, errBroken) {
		t.Errorf("read: %v", err)
	}
	if _, err := Read(bytes.NewReader(raw), int64(len(raw))+1); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("read a file that became shorter: %v", err)
	}
	r.from = int64(len(raw))
	m, err := Read(r, int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	r.from = 2 << 20
	if _, err := io.Copy(io.Discard, m.Reader("1")); !errors.Is(err, errBroken) {
		t.Errorf("read a part: %v", err)
	}
}
