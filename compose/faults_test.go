package compose

import (
	"bytes"
	"strings"
	"testing"

	"posthorn/mail"
	"posthorn/mail/message"
)

// A redirect that was saved is a redirect when it is taken up again: of the whole
// message, from whom it was.
func TestRedirectResumed(t *testing.T) {
	raw := []byte(strings.Join([]string{"From: Mira <mira@example.org>", "To: ann@example.org", "Subject: plans", "Message-ID: <orig@x>",
		"MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/plain", "", "hello",
		"--b", "Content-Type: application/pdf", "Content-Disposition: attachment; filename=a.pdf", "", "PDF", "--b--", ""}, "\r\n"))
	d := Redirect(raw, me())
	d.To = []mail.Address{{Address: "bob@example.org"}}
	want, err := d.Build(when())
	if err != nil {
		t.Fatal(err)
	}
	saved, err := d.Save(when())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Resume(message.Parse(saved), 1, me()).Build(when())
	if err != nil {
		t.Fatalf("the original is lost: %v", err)
	}
	if !bytes.HasSuffix(got.Raw, raw) || strings.Join(got.Rcpt, " ") != strings.Join(want.Rcpt, " ") || got.From != want.From {
		t.Errorf("the original is lost: from %s to %v goes\n%s", got.From, got.Rcpt, got.Raw)
	}
}

// What a saved draft belongs to is said so that another machine, or a cache built
// anew, takes no other message for it.
func TestSavedBelongs(t *testing.T) {
	original := parse("From: ben@example.net", "To: ann@example.org", "Subject: Tea", "Message-ID: <tea@example.net>", "", "hello")
	for name, d := range map[string]Draft{"answer": Reply(original, me()), "forward": Forward(original, me())} {
		t.Run(name, func(t *testing.T) {
			id := mail.NewID(1, 4711)
			d.To = []mail.Address{{Address: "ben@example.net"}}
			if name == "answer" {
				d.Answers.ID = id
			} else {
				d.Forwards.ID = id
			}
			saved, err := d.Save(when())
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(saved, []byte(id.String())) {
				t.Errorf("the draft carries the id of a row:\n%s", saved)
			}
			if !bytes.Contains(saved, []byte("tea@example.net")) {
				t.Errorf("the draft does not say what it belongs to:\n%s", saved)
			}
		})
	}
}

// The text of a draft that another program wrote as HTML alone is there, as text.
func TestResumeHTML(t *testing.T) {
	for name, lines := range map[string][]string{
		"alone":            {"Content-Type: text/html; charset=utf-8", "", "<p>Dear Ben,</p><p>the second part</p>"},
		"with attachments": {"Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/html", "", "<p>Dear Ben,</p><p>the second part</p>", "--b", "Content-Type: image/png", "Content-Disposition: attachment; filename=a.png", "", "PNG", "--b--", ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := parse(append([]string{"From: ann@example.org", "To: ben@example.net", "Subject: x", "MIME-Version: 1.0"}, lines...)...)
			d := Resume(m, 1, me())
			for _, s := range []string{"Dear Ben,", "the second part"} {
				if !strings.Contains(d.Body, s) {
					t.Errorf("the text of the draft is gone: %q", d.Body)
				}
			}
			if strings.Contains(d.Body, "<p>") {
				t.Errorf("the text is markup: %q", d.Body)
			}
		})
	}
}
