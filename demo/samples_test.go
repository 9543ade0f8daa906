package demo

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"posthorn/mail/message"
	"posthorn/mail/render"
)

// TestSamples reads every sample letter as a client would, and compares it with
// what was written.
func TestSamples(t *testing.T) {
	list, err := readLetters(now)
	if err != nil {
		t.Fatal(err)
	}
	charsets := make(map[string]bool)
	for _, l := range list {
		raw, err := l.raw()
		if err != nil {
			t.Errorf("%s: %v", l.id, err)
			continue
		}
		charsets[l.charset] = true
		m := message.Parse(raw)
		if len(m.Warnings) > 0 {
			t.Errorf("%s: %q", l.id, m.Warnings)
		}
		if m.Envelope.Subject != l.subject || len(m.Envelope.From) != 1 || !m.Envelope.Date.Equal(l.when.Truncate(1e9)) {
			t.Errorf("%s: subject %q, want %q; from %v; date %v, want %v", l.id, m.Envelope.Subject, l.subject, m.Envelope.From, m.Envelope.Date, l.when)
		}
		if text := strings.TrimSpace(strings.ReplaceAll(m.Text("1"), "\r\n", "\n")); l.html == "" && len(l.files) == 0 && l.invite+l.bounce == "" && text != strings.TrimSpace(l.text) {
			t.Errorf("%s: text %q, want %q", l.id, text, l.text)
		}
		attached := slices.DeleteFunc(render.Attachments(m), func(a render.Attachment) bool { return a.Drawn })
		if want := len(l.files); l.invite == "" && l.bounce == "" && len(attached) != want {
			t.Errorf("%s: %d attachments, want %d", l.id, len(attached), want)
		}
		for i, a := range attached {
			if i < len(l.files) && l.files[i].kind != "eml" && a.Name != l.files[i].name {
				t.Errorf("%s: attachment %q, want %q", l.id, a.Name, l.files[i].name)
			}
		}
		if bytes.Contains(bytes.ReplaceAll(raw, []byte("\r\n"), nil), []byte("\n")) {
			t.Errorf("%s holds a bare LF", l.id)
		}
		for line := range bytes.Lines(raw) {
			if len(line) > 998 {
				t.Errorf("%s: a line of %d octets", l.id, len(line))
			}
		}
	}
	if len(charsets) < 15 || len(list) < 300 {
		t.Errorf("%d letters in %d charsets", len(list), len(charsets))
	}
}

// TestSamplesServed fetches all of the sample mail from the IMAP server.
func TestSamplesServed(t *testing.T) {
	s := start(t, 0)
	l := imapLogin(t, s)
	for f := range strings.SplitSeq(strings.TrimSpace(l.imap(`LIST "" *`)), "\n") {
		if !strings.HasPrefix(f, "* LIST") {
			continue
		}
		name := strings.TrimSpace(f[strings.Index(f, `"/" `)+4:])
		got := l.imap("SELECT " + name)
		t.Log(name, strings.Split(got, "\n")[1], strings.Split(got, "\n")[0])
		if strings.Contains(got, "* 0 EXISTS") {
			continue
		}
		l.imap("UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (REFERENCES)])")
	}
	p := pop3Login(t, s)
	if got := p.pop3("STAT", false); strings.HasPrefix(got, "+OK 0") {
		t.Error(got)
	}
}

func TestChoose(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for in, want := range map[string]string{"a <<b>> c": "a b c", "<<A <a@b>>>": "A <a@b>", "x << y": "x << y", "": ""} {
		if got := choose(in, rng); got != want {
			t.Errorf("choose(%q) = %q", in, got)
		}
	}
}

// Whoever wrote a sample letter can be answered: from nobody comes an error that
// the outbox would have to keep.
func TestSendersAreKnown(t *testing.T) {
	list, err := readLetters(now)
	if err != nil {
		t.Fatal(err)
	}
	post := newPostOffice("", map[string]mailbox{annAddr: dropBox{}, benAddr: dropBox{}})
	senders := map[string]bool{}
	for _, l := range list {
		raw, err := l.raw()
		if err != nil {
			t.Fatal(err)
		}
		e := message.Parse(raw).Envelope
		for _, a := range append(e.From, e.ReplyTo...) {
			if senders[a.Address] = true; !post.knows(a.Address) {
				t.Errorf("%s: nobody has the address %s", l.id, a.Address)
			}
		}
	}
	if !senders["postmaster@"+domain] || len(senders) < 10 {
		t.Errorf("there are %d senders", len(senders))
	}
}

// A dropBox keeps nothing.
type dropBox struct{}

func (dropBox) deliver([]byte) error { return nil }
