package render

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/safe"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every message in testdata is laid out as the file beside it shows.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		for suffix, o := range map[string]Options{".60": {Width: 60, Location: time.FixedZone("", 3600)}, ".html": {Body: "text/html"}, ".all": {AllHeaders: true, Location: time.UTC}} {
			t.Run(filepath.Base(name)+suffix, func(t *testing.T) {
				raw, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				golden(t, strings.TrimSuffix(name, ".eml")+suffix+".golden", Message(message.Parse(raw), o).Text())
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWanted(t *testing.T) {
	alternative := &mail.Part{Type: "multipart/alternative", Parts: []*mail.Part{
		{Path: "1", Type: "text/plain", Size: 100}, {Path: "2", Type: "text/html", Size: 100}}}
	mixed := &mail.Part{Type: "multipart/mixed", Parts: []*mail.Part{
		{Type: "multipart/related", Path: "1", Parts: []*mail.Part{{Path: "1.1", Type: "text/html"}, {Path: "1.2", Type: "image/png", ContentID: "x"}}},
		{Path: "2", Type: "text/plain"}, {Path: "3", Type: "text/plain", Disposition: "attachment"}, {Path: "4", Type: "application/pdf"}}}
	empty := &mail.Part{Type: "multipart/alternative", Parts: []*mail.Part{
		{Path: "1", Type: "text/plain", Size: 2}, {Path: "2", Type: "text/html", Size: 100}}}
	invitation := &mail.Part{Type: "multipart/alternative", Parts: []*mail.Part{
		{Path: "1", Type: "text/plain", Size: 100}, {Path: "2", Type: "text/html", Size: 100}, {Path: "3", Type: "text/calendar", Size: 100}}}
	stub := &mail.Part{Type: "multipart/alternative", Parts: []*mail.Part{
		{Path: "1", Type: "text/plain", Size: 60}, {Path: "2", Type: "text/html", Size: 20000}}}
	long := &mail.Part{Type: "multipart/alternative", Parts: []*mail.Part{
		{Path: "1", Type: "text/plain", Size: maxStub + 1}, {Path: "2", Type: "text/html", Size: 20000}}}
	inline := &mail.Part{Type: "multipart/mixed", Parts: []*mail.Part{
		{Path: "1", Type: "text/plain"}, {Path: "2", Type: "text/x-patch", Name: "a.patch", Disposition: "inline"}, {Path: "3", Type: "text/x-log", Name: "a.log"}}}
	report := &mail.Part{Type: "multipart/report", Parts: []*mail.Part{
		{Path: "1", Type: "text/plain"}, {Path: "2", Type: "message/delivery-status"}, {Path: "3", Type: "text/rfc822-headers"}}}
	for name, tt := range map[string]struct {
		root *mail.Part
		o    Options
		want []string
	}{
		"long plain":        {long, Options{}, []string{"1"}},
		"one of several":    {alternative, Options{Body: "2"}, []string{"2"}},
		"maybe a stub":      {alternative, Options{}, []string{"1", "2"}},
		"html on demand":    {alternative, Options{Body: "text/html"}, []string{"2"}},
		"mixed":             {mixed, Options{}, []string{"1.1", "2"}},
		"empty plain":       {empty, Options{}, []string{"1", "2"}},
		"appointment":       {invitation, Options{}, []string{"3", "1", "2"}},
		"stub beside html":  {stub, Options{}, []string{"1", "2"}},
		"named body":        {&mail.Part{Path: "1", Type: "text/plain", Name: "letter.txt"}, Options{}, []string{"1"}},
		"named and inline":  {inline, Options{}, []string{"1", "2"}},
		"huge attached":     {&mail.Part{Type: "multipart/mixed", Parts: []*mail.Part{{Path: "1", Type: "message/rfc822", Size: 9 << 20}}}, Options{}, nil},
		"report":            {report, Options{}, []string{"1", "2", "3"}},
		"nothing to show":   {&mail.Part{Path: "1", Type: "application/pdf"}, Options{}, nil},
		"no structure":      {nil, Options{}, nil},
		"plain and nothing": {&mail.Part{Path: "1", Type: "text/plain"}, Options{}, []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Wanted(tt.root, tt.o); !slices.Equal(got, tt.want) {
				t.Errorf("Wanted = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	m := message.Parse([]byte("From: ann@example.org\r\nSender: bot@example.org\r\nX-Other: \x1b[2Jx\r\n\r\n"))
	text := func(o Options) string { return Document{Lines: Headers(m, o)}.Text() }
	if got, want := text(Options{}), "From: ann@example.org\nSender: bot@example.org\n"; got != want {
		t.Errorf("Headers = %q, want %q", got, want)
	}
	if got := text(Options{AllHeaders: true}); !strings.Contains(got, "X-Other: ␛[2Jx\n") {
		t.Errorf("all headers are %q", got)
	}
}

func TestRaw(t *testing.T) {
	raw := []byte("From: a\r\n\r\n\tx\x1b[2J\xff " + strings.Repeat("y", 30) + "\r\nlast")
	want := "From: a\n\n        x␛[2J\ufffd " + strings.Repeat("y", 30) + "\nlast\n"
	if got := Raw(raw, 0).Text(); got != want {
		t.Errorf("Raw = %q, want %q", got, want)
	}
	for _, l := range Raw(raw, 25).Lines {
		if safe.Width(l.Text()) > 25 {
			t.Errorf("the line %q is too wide", l.Text())
		}
	}
}

// What is doubtful about a sender is said in the header and in the warnings, in
// the header of an attached message too.
func TestDoubtfulSender(t *testing.T) {
	const doubt = "reads ceo@bank.example, but the address is mallory@evil.example"
	outer := `From: "ceo@bank.example" <mallory@evil.example>` + "\n\ntext"
	for _, raw := range []string{outer, "From: a@b.c\nContent-Type: message/rfc822\n\n" + outer} {
		d := Message(message.Parse([]byte(raw)), Options{Width: 200})
		if !strings.Contains(strings.Join(d.Warnings, "\n"), doubt) || strings.Count(d.Text(), doubt) != 1 {
			t.Errorf("%q, %q:\n%s", raw, d.Warnings, d.Text())
		}
	}
	if d := Message(message.Parse([]byte(outer)), Options{NoHeader: true}); len(d.Warnings) != 1 {
		t.Errorf("the warnings without the header are %q", d.Warnings)
	}
	if d := Message(message.Parse([]byte("From: Ceo <ceo@b\u0430nk.example>\n\ntext")), Options{}); !strings.Contains(d.Text(), "ceo@b\u0430nk.example> (xn--bnk-6cd.example)") {
		t.Errorf("both forms are not shown:\n%s", d.Text())
	}
}

func TestNothingToRead(t *testing.T) {
	for in, want := range map[string]string{
		"Content-Type: application/pdf\n\nx":                                   "no text",
		"Content-Type: text/plain\n\n":                                         "no text",
		"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx": "encrypted",
		"Content-Type: image/jpeg; name=meter.jpg\nContent-ID: <x>\n\nx":       "this message is a picture: meter.jpg",
		"Content-Type: image/jpeg\n\nx":                                        "this message is a picture]",
	} {
		m := message.Parse([]byte(in))
		if got := Message(m, Options{}).Text(); !strings.Contains(got, want) {
			t.Errorf("%q shows %q, want %q in it", in, got, want)
		}
		if got := Message(m, Options{NoHeader: true}).Text(); strings.Contains(got, want) {
			t.Errorf("%q shows %q where only its text is asked for", in, got)
		}
	}
}

func FuzzMessage(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatal("there are no messages to begin with", err)
	}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := message.Parse(raw)
		for _, o := range []Options{{Width: 30}, {Width: 30, AllHeaders: true, Body: "text/html"}} {
			check(t, "fuzz", Message(m, o), 30)
		}
	})
}
