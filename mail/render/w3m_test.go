package render

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"posthorn/internal/corpus"
	"posthorn/mail"
	"posthorn/mail/message"
)

// differences are the messages whose words are not those of w3m, and why.
func differences() map[string]string {
	const (
		hidden     = "w3m shows what is hidden"
		sideBySide = "w3m draws the cells of a layout table side by side, and their lines alternate"
		pictures   = "w3m shows the address of the background"
		refresh    = "w3m shows where a page would lead by itself"
		embedded   = "w3m shows what is embedded: a drawing, or its address"
		marks      = "w3m draws what is struck out between marks"
		control    = "w3m ends a word at a control character, which is left out here"
		long       = "an address of many thousand letters is broken"
	)
	return map[string]string{
		"long-links.eml 1":                            long,
		"office365.eml 1.2":                           sideBySide,
		"parse.eml 2":                                 hidden,
		"calendar-event.eml 1.2":                      hidden,
		"spam-006.eml 1":                              pictures,
		"composition-evil-meta-msg.eml 1":             refresh,
		"message-reader-dark_mode_test.eml 1":         embedded,
		"unit-mailformed_subject.eml 1.2":             pictures,
		"1366671050@github.com.eml 2":                 hidden,
		"multiple_html_parts_and_attachments.eml 2.3": marks,
		"1641-no-charset.eml 1":                       sideBySide,
		"network-remote-html.eml 1":                   refresh,
		"m3-pgp-mime.eml 1":                           embedded,
		"esc-html-bs.eml 1":                           control,
		"hidden-text.eml 1":                           hidden,
	}
}

// The words of an HTML message are those that w3m shows, in the same order, but
// for reasons that are known.
func TestWordsOfW3m(t *testing.T) {
	if _, err := exec.LookPath("w3m"); err != nil {
		t.Skip("w3m is not installed: its words are not compared with ours")
	}
	known, all := differences(), 0
	// What each program says of its own does not count: of pictures, and of links.
	pictures := regexp.MustCompile(`(?i)<img\b[^>]*>`)
	corpus.Messages(t, func(name string, raw []byte) {
		m := message.Parse(raw)
		for p, use := range m.Root.Uses(nil) {
			if use != mail.Shown || p.Type != "text/html" {
				continue
			}
			all++
			text := pictures.ReplaceAllString(m.Text(p.Path), "")
			r := newRenderer(Options{Width: 200, Pipe: true})
			r.html(text)
			d := firstDifference(words(ownText(r.doc)), words(w3m(t, text)))
			key := filepath.Base(name) + " " + p.Path
			switch reason := known[key]; {
			case d != "" && reason == "":
				t.Errorf("%s: %s", key, d)
			case d == "" && reason != "":
				t.Errorf("%s does not differ any more", key)
			}
		}
	})
	t.Logf("%d documents, of which %d are known to differ", all, len(known))
}

// w3m returns what w3m shows of a document.
func w3m(t *testing.T, text string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "w3m", "-dump", "-T", "text/html", "-I", "UTF-8", "-O", "UTF-8", "-cols", "200")
	c.Stdin = strings.NewReader(regexp.MustCompile(`(?i)charset=[^"'> ]+`).ReplaceAllString(text, "charset=utf-8"))
	c.Env = append(os.Environ(), "HOME="+t.TempDir())
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// ownText returns what its author wrote of a document: not the numbers of links,
// nor what is said of them.
func ownText(d Document) string {
	var b strings.Builder
	for _, l := range d.Lines {
		for _, s := range l.Spans {
			if s.Style&Warning == 0 && (s.Style&Marker == 0 || s.Link == 0) {
				b.WriteString(s.Text)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// words returns the words of a text.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

func firstDifference(ours, theirs []string) string {
	for i := range max(len(ours), len(theirs)) {
		if i < len(ours) && i < len(theirs) && ours[i] == theirs[i] {
			continue
		}
		around := func(list []string) []string { return list[max(0, min(i, len(list))-3):min(len(list), i+6)] }
		return fmt.Sprintf("%q, w3m %q", around(ours), around(theirs))
	}
	return ""
}
