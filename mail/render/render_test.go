package render

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"posthorn/internal/corpus"
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
		for suffix, o := range map[string]Options{".60": {Width: 60}, ".html": {HTML: true}, ".all": {AllHeaders: true}} {
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
	for name, tt := range map[string]struct {
		root *mail.Part
		o    Options
		want []string
	}{
		"plain first":       {alternative, Options{}, []string{"1"}},
		"html on demand":    {alternative, Options{HTML: true}, []string{"2"}},
		"mixed":             {mixed, Options{}, []string{"1.1", "2"}},
		"empty plain":       {empty, Options{}, []string{"2"}},
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

// hides an element whichever way its author chose to.
func TestHiddenText(t *testing.T) {
	for _, open := range []string{
		`<div style="display:none">`, `<div style="DISPLAY : NONE !important">`, `<span style="font-size:0px">`, `<div hidden>`,
		`<div style="max-height:0;overflow:hidden">`, `<div style="visibility: hidden">`, `<div style="mso-hide:all">`, `<p style="opacity:0">`,
		`<style>.a, .pre { color: red; display: none }</style><div class="x pre">`,
	} {
		r := newRenderer(Options{})
		r.html(open + "secret</div></span><p>seen</p>")
		if got := r.doc.Text(); strings.Contains(got, "secret") {
			t.Errorf("%s shows %q", open, got)
		}
	}
	r := newRenderer(Options{})
	r.html("<style>@media (max-width:600px) { .a { display: none } }</style><p class=a>seen</p>")
	if got := r.doc.Text(); !strings.Contains(got, "seen") {
		t.Errorf("what is hidden on small screens only shows %q", got)
	}
}

// Whatever a message holds, a document holds nothing that a terminal obeys, and
// no line that is wider than asked.
func TestEveryMessageIsSafe(t *testing.T) {
	var took []time.Duration
	corpus.Messages(t, func(name string, raw []byte) {
		start := time.Now()
		d := Message(message.Parse(raw), Options{Width: 72})
		took = append(took, time.Since(start))
		check(t, name, d, 72)
		check(t, name, Message(message.Parse(raw), Options{HTML: true, AllHeaders: true, Width: 40}), 40)
	})
	slices.Sort(took)
	if n := len(took); n > 0 {
		t.Logf("%d messages; half took less than %v, 95 %% less than %v, the longest %v", n, took[n/2], took[n*95/100], took[n-1])
	}
}

func check(t *testing.T, name string, d Document, width int) {
	t.Helper()
	for _, l := range d.Lines {
		s := l.Text()
		if !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsAny(s, "\u202e\u202d\u2066") {
			t.Errorf("%s: the line %q is not safe", name, s)
		}
		if w := safe.Width(s); w > width+maxMarks {
			t.Errorf("%s: the line %q takes %d columns", name, s, w)
		}
	}
	for _, a := range d.Attachments {
		if strings.ContainsFunc(a.Name+a.Type+a.ContentID+a.Disposition, unicode.IsControl) {
			t.Errorf("%s: the attachment %+v is not safe", name, a)
		}
	}
	for _, l := range d.Links {
		if strings.ContainsFunc(l.URL+l.Text, unicode.IsControl) {
			t.Errorf("%s: the link %q is not safe", name, l)
		}
	}
}

func FuzzHTML(f *testing.F) {
	f.Add("<table><tr><td>a<td>b</table><ul><li>x<ol><li>y</ul><pre> a\tb\n</pre><blockquote>q<br>r")
	f.Add("<a href='https://x/\x1b'>\x9b</a><style>.a{display:none}@media{.b{display:none}}</style>")
	f.Fuzz(func(t *testing.T, s string) {
		r := newRenderer(Options{Width: 30})
		r.html(s)
		check(t, "fuzz", r.doc, 1<<20)
	})
}
