package compose

import (
	"fmt"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"

	"posthorn/mail"
)

// A Doubt is something that a careful friend would ask before a message is
// sent.
type Doubt struct {
	Text  string // one sentence, lower case, no full stop
	Fatal bool   // it cannot be sent so
}

// Check returns the doubts about a draft, those that forbid sending first.
func (d Draft) Check() []Doubt {
	var list []Doubt
	doubt := func(fatal bool, format string, args ...any) {
		list = append(list, Doubt{fmt.Sprintf(format, args...), fatal})
	}
	for _, text := range []string{d.Typed.To, d.Typed.Cc, d.Typed.Bcc} {
		if text != "" {
			doubt(true, "%q is not a list of addresses", text)
		}
	}
	if len(d.To)+len(d.Cc)+len(d.Bcc) == 0 && d.Typed == (Typed{}) {
		doubt(true, "no recipient")
	}
	for _, a := range slices.Concat([]mail.Address{d.From}, d.To, d.Cc, d.Bcc, d.ReplyTo) {
		if !validAddress(a.Address) {
			doubt(true, "%q is not an address", a.Address)
		}
	}
	if d.Redirected != nil {
		return list
	}
	if strings.TrimSpace(d.Subject) == "" {
		doubt(false, "the subject is empty")
	}
	if len(d.Attachments) == 0 && mentionsAttachment(d.Body) {
		doubt(false, "the text speaks of an attachment, and there is none")
	}
	return list
}

func validAddress(s string) bool {
	a, err := netmail.ParseAddress("<" + s + ">")
	return err == nil && a.Address == s && !strings.ContainsAny(s, "\r\n")
}

// attachmentWords are the words for an attachment in the languages people write
// most mail in.
var attachmentWords = regexp.MustCompile(`(?i)\b(attached|attachment|enclosed|anbei|angehängt|im anhang|beigefügt|ci-joint|pièce jointe|adjunt[oa]|allegat[oi]|em anexo|bijlage|bifogad|vedlagt|vedhæft|załącz)|вложени|прилага|прикреп|添付|附件|첨부|مرفق`)

// mentionsAttachment looks at what one wrote oneself: not at quotes.
func mentionsAttachment(body string) bool {
	for line := range strings.Lines(body) {
		if strings.HasPrefix(line, "---------- Forwarded") || line == "-- \n" {
			return false
		}
		if !strings.HasPrefix(line, ">") && attachmentWords.MatchString(line) {
			return true
		}
	}
	return false
}
