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

// floors are the shares, in per mille, of messages whose field is read as the
// sources agree it should be.
func floors() map[string]int {
	return map[string]int{"subject": 982, "from": 988, "to": 994, "date": 995, "message_id": 995, "text": 981, "attachments": 995}
}

func TestExpectations(t *testing.T) {
	dir := corpus.Dir(t)
	good, all := map[string]int{}, map[string]int{}
	note := func(file, field string, got, want any, equal bool) {
		if all[field]++; equal {
			good[field]++
		} else if testing.Verbose() {
			t.Logf("%s: %s is %.150q, want %.150q", file, field, fmt.Sprint(got), fmt.Sprint(want))
		}
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
	for field, floor := range floors() {
		share := 1000 * good[field] / max(all[field], 1)
		t.Logf("%s: %d of %d", field, good[field], all[field])
		if share < floor {
			t.Errorf("%s: %d of %d messages are as expected, fewer than %d in 1000", field, good[field], all[field], floor)
		}
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
		if p.Name != "" && !p.IsMultipart() {
			list = append(list, fold(p.Name))
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
