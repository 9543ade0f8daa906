package render

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"posthorn/internal/corpus"
	"posthorn/mail/message"
	"posthorn/mail/safe"
)

// Whatever a message holds, a document holds nothing that a terminal obeys, and
// no line that is wider than asked.
func TestEveryMessageIsSafe(t *testing.T) {
	var took []time.Duration
	corpus.Messages(t, func(name string, raw []byte) {
		start := time.Now()
		d := Message(message.Parse(raw), Options{Width: 72})
		took = append(took, time.Since(start))
		check(t, name, d, 72)
		check(t, name, Message(message.Parse(raw), Options{Body: "text/html", AllHeaders: true, Width: 40}), 40)
		check(t, name, Raw(raw, 50), 50)
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
		if w := safe.Width(s); w > width && !l.Fixed {
			t.Errorf("%s: the line %q takes %d columns", name, s, w)
		}
		for _, span := range l.Spans {
			if span.Link < 0 || span.Link > len(d.Links) {
				t.Errorf("%s: %q is link %d of %d", name, span.Text, span.Link, len(d.Links))
			}
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
	for _, w := range d.Warnings {
		if strings.ContainsFunc(w, unicode.IsControl) {
			t.Errorf("%s: the warning %q is not safe", name, w)
		}
	}
}

// The hostile messages show what they must and nothing that they must not.
func TestHostile(t *testing.T) {
	type expectation struct {
		File    string
		MustNot struct {
			Bytes      []string `json:"terminal_bytes"`
			Sequences  []string `json:"terminal_sequences"`
			Codepoints []string `json:"terminal_codepoints"`
		} `json:"must_not"`
		Must struct {
			Show []string `json:"show_text"`
		}
	}
	for _, e := range corpus.Lines[expectation](t, "hostile_expectations.jsonl") {
		if strings.Contains(e.File, ".mbox") {
			continue // one that holds many messages
		}
		d := Message(message.Parse(read(t, e.File)), Options{})
		check(t, e.File, d, 80)
		text := d.Text()
		for _, s := range e.Must.Show {
			if !strings.Contains(text, s) {
				t.Errorf("%s does not show %q:\n%s", e.File, s, text)
			}
		}
		for _, s := range e.MustNot.Sequences {
			if strings.ContainsFunc(s, unicode.IsControl) && strings.Contains(text, s) {
				t.Errorf("%s shows %q", e.File, s)
			}
		}
	}
}

func TestRenderChecks(t *testing.T) {
	type expectation struct {
		File  string
		Never []string `json:"never_in_output"`
		Must  []string `json:"must_contain"`
	}
	for _, e := range corpus.Lines[expectation](t, "security/render-checks/checks.jsonl") {
		m := message.Parse(read(t, "security/render-checks/"+e.File))
		for _, o := range []Options{{}, {Body: "text/html"}, {AllHeaders: true}} {
			text := Message(m, o).Text()
			for _, s := range e.Must {
				if !strings.Contains(text, s) {
					t.Errorf("%s does not show %q:\n%s", e.File, s, text)
				}
			}
			for _, s := range e.Never {
				if strings.Contains(text, s) {
					t.Errorf("%s shows %q", e.File, s)
				}
			}
		}
	}
}

// read reads a file of the collection, unpacked.
func read(t *testing.T, name string) []byte {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus.Dir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func BenchmarkMessage(b *testing.B) {
	raw, err := os.ReadFile("testdata/receipt.eml")
	if err != nil {
		b.Fatal(err)
	}
	m := message.Parse(raw)
	for b.Loop() {
		Message(m, Options{Body: "text/html"})
	}
}
