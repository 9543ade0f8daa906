package message

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"posthorn/internal/corpus"
	"posthorn/mail"
)

type expectation struct {
	File   string
	Expect struct {
		Subject     *string      `json:"subject"`
		From        *[][2]string `json:"from"`
		To          *[][2]string `json:"to"`
		Date        *int64       `json:"date"`
		MessageID   *string      `json:"message_id"`
		TextPrefix  *string      `json:"text_prefix"`
		Attachments *[]struct{ Name, Type string }
	}
}

// deviations are the fields that are read otherwise than the sources of the
// collection agree on, and why.
func deviations() map[string]string {
	const (
		raw    = "octets without a charset are guessed, not left as U+FFFD"
		utf8   = "UTF-8 under another label is UTF-8"
		escape = "ISO-2022-JP is seen by its escapes under a wrong label"
		both   = "of two From fields both are shown, as either may be forged"
	)
	return map[string]string{
		"mime/cyrus-cassandane/headers-koi8r.eml subject":                    raw,
		"mime/cyrus-cassandane/iso-2022-jp.eml text":                         escape,
		"mime/flanker/broken-headers.eml subject":                            raw,
		"mime/mime4j-mimetools/uu-zeegee.eml text":                           "uuencoded files are attachments",
		"mime/ruby-mail/attachment_emails-attachment_pdf_non_ascii.eml text": "control characters after a letter are UTF-8 under another label",
		"mime/ruby-mail/error_emails-invalid_subject_characters.eml subject": raw,
		"mime/sisimai-bounces/lhost-mcafee-04.eml from":                      "<> is no sender, not one without a name",
		"mime/spamassassin/cjk-big5-base64.1.eml subject":                    raw,
		"mime/spamassassin/cjk-gb2312.1.eml subject":                         raw,
		"mime/stalwart/legacy-020.eml subject":                               raw,
		"mime/stalwart/legacy-020.eml to":                                    raw,
		"mime/stalwart/legacy-023.eml attachments":                           raw,
		"mime/stalwart/legacy-035.eml attachments":                           "the backslashes of a path of Windows are kept until the name is made safe",
		"mime/thunderbird/message-window-evil.eml from":                      both,
		"render/libetpan-rendering/1433-utf-8.eml text":                      escape,
		"render/libetpan-rendering/1460-no-charset.eml text":                 escape,
		"render/libetpan-rendering/1641-no-charset.eml subject":              raw,
		"render/libetpan-rendering/1798-korean.eml subject":                  raw,
		"render/libetpan-rendering/2135-korean.eml subject":                  raw,
		"render/libetpan-rendering/3424-encoding.eml text":                   utf8,
		"render/libetpan-rendering/4850-russian.eml subject":                 raw,
		"security/johnny/i3-from1-signer-from2-sender-pgp-mime.eml from":     both,
		"security/thunderbird-smime-pgp/openpgp-signed-by-0xfbfcc82a015e7330-encrypted-to-0xf231550c4f47e38e-multi-from.eml from": both,
	}
}

func TestExpectations(t *testing.T) {
	dir := corpus.Dir(t)
	why, fields := deviations(), 0
	note := func(file, field string, got, want any, equal bool) {
		fields++
		place := file + " " + field
		if _, known := why[place]; known == equal {
			t.Errorf("%s is %.150q, want %.150q (listed: %v)", place, fmt.Sprint(got), fmt.Sprint(want), known)
		}
		delete(why, place)
	}
	for _, x := range corpus.Lines[expectation](t, "expectations.jsonl") {
		raw, err := os.ReadFile(filepath.Join(dir, x.File))
		if err != nil {
			t.Fatal(err)
		}
		m := Parse(raw)
		if w := x.Expect.Subject; w != nil {
			note(x.File, "subject", fold(m.Envelope.Subject), fold(*w), fold(m.Envelope.Subject) == fold(*w))
		}
		if w := x.Expect.MessageID; w != nil {
			got := m.Envelope.MessageID
			note(x.File, "message_id", got, *w, got == strings.Trim(*w, "<>"))
		}
		if w := x.Expect.Date; w != nil {
			note(x.File, "date", m.Envelope.Date.Unix(), *w, m.Envelope.Date.Unix() == *w)
		}
		for field, pair := range map[string]struct {
			want *[][2]string
			got  []mail.Address
		}{"from": {x.Expect.From, m.Envelope.From}, "to": {x.Expect.To, m.Envelope.To}} {
			if pair.want != nil {
				got, want := pairs(pair.got), fmt.Sprintf("%q", foldPairs(*pair.want))
				note(x.File, field, got, want, got == want)
			}
		}
		if w := x.Expect.TextPrefix; w != nil {
			got := fold(firstText(m))
			note(x.File, "text", got, fold(*w), strings.HasPrefix(got, fold(*w)))
		}
		if w := x.Expect.Attachments; w != nil {
			got, want := names(m), []string{}
			for _, a := range *w {
				want = append(want, fold(a.Name))
			}
			slices.Sort(want)
			note(x.File, "attachments", got, want, slices.Equal(got, want))
		}
	}
	t.Logf("%d fields", fields)
	for place := range why {
		t.Errorf("%s is listed as read otherwise, and is not in the collection", place)
	}
}

func fold(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

func foldPairs(list [][2]string) [][2]string {
	for i := range list {
		list[i] = [2]string{fold(list[i][0]), strings.ToLower(fold(list[i][1]))}
	}
	return list
}

func pairs(list []mail.Address) string {
	out := [][2]string{}
	for _, a := range list {
		out = append(out, [2]string{a.Name, a.Address})
	}
	return fmt.Sprintf("%q", foldPairs(out))
}

func firstText(m *Message) string {
	text := ""
	m.Root.Walk(func(p *mail.Part) bool {
		if p.Type == "text/plain" && p.Disposition != "attachment" {
			text = m.Text(p.Path)
			return false
		}
		return true
	})
	return text
}

func names(m *Message) []string {
	list := []string{}
	var walk func(p *mail.Part)
	walk = func(p *mail.Part) {
		if p.Name != "" && (!p.IsMultipart() || p.Opened != "") {
			list = append(list, fold(p.Name))
		}
		if p.Opened != "" { // which the sources leave closed
			return
		}
		if p.Type != "message/rfc822" {
			for _, c := range p.Parts {
				walk(c)
			}
		}
	}
	walk(m.Root)
	slices.Sort(list)
	return list
}

// No message of the collection takes the parser down.
func TestEveryMessageParses(t *testing.T) {
	n := 0
	corpus.Messages(t, func(_ string, raw []byte) {
		n++
		m := Parse(raw)
		m.Root.Walk(func(p *mail.Part) bool {
			if strings.HasPrefix(p.Type, "text/") && len(raw) < 1<<20 {
				m.Text(p.Path)
			}
			return true
		})
	})
	t.Logf("%d messages", n)
}
