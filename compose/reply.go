package compose

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

// QuoteWidth is the width to which quoted text is laid out.
const QuoteWidth = 72

// Reply answers the author. A message that one wrote oneself is answered to
// whom it went.
func Reply(m *message.Message, id Identity) Draft {
	d := answer(m, id)
	d.To = author(m, id)
	return d
}

// ReplyAll answers the author and everybody else the message went to, but never
// oneself. Mail-Followup-To is obeyed.
func ReplyAll(m *message.Message, id Identity) Draft {
	d := answer(m, id)
	if list := message.ParseAddressList(m.Header.Raw("Mail-Followup-To")); len(list) > 0 {
		d.To = id.others(list)
		return d
	}
	e := &m.Envelope
	d.To = id.others(slices.Concat(author(m, id), e.To))
	d.Cc = without(id.others(e.Cc), d.To)
	if len(d.To) == 0 {
		d.To = author(m, id)
	}
	return d
}

// ReplyList answers to the mailing list that the message came over (RFC 2369),
// and reports whether there is one.
func ReplyList(m *message.Message, id Identity) (Draft, bool) {
	post := listPost(m)
	if post.Address == "" {
		return Draft{}, false
	}
	d := answer(m, id)
	d.To = []mail.Address{post}
	return d, true
}

// listPost returns the mailto address of List-Post, empty where there is none
// or posting is not allowed.
func listPost(m *message.Message) mail.Address {
	for _, part := range strings.Split(m.Header.Get("List-Post"), ",") {
		link := strings.Trim(strings.TrimSpace(part), "<>")
		u, err := url.Parse(link)
		if err != nil || !strings.EqualFold(u.Scheme, "mailto") {
			continue
		}
		if addr, err := url.PathUnescape(u.Opaque); err == nil && strings.Contains(addr, "@") {
			return mail.Address{Address: addr}
		}
	}
	return mail.Address{}
}

// answer is what all replies have in common.
func answer(m *message.Message, id Identity) Draft {
	d := New(id)
	d.Answers.MessageID = m.Envelope.MessageID
	d.From = id.addressed(m)
	d.Subject = "Re: " + BareSubject(m.Envelope.Subject)
	d.Body = signed(attribution(m)+"\n"+quote(m), id.Signature)
	if mid := m.Envelope.MessageID; mid != "" {
		d.InReplyTo = []string{mid}
	}
	d.References = references(m)
	return d
}

// author returns whom an answer goes to.
func author(m *message.Message, id Identity) []mail.Address {
	e := &m.Envelope
	from := e.From
	if len(from) == 0 {
		from = e.Sender
	}
	if slices.ContainsFunc(from, id.isSelf) && len(e.To) > 0 {
		return unique(e.To)
	}
	if len(e.ReplyTo) > 0 {
		return unique(e.ReplyTo)
	}
	return unique(from)
}

// maxReferences bounds the References of an answer. The first stays, as it
// names the thread (RFC 5322, section 3.6.4, leaves the cutting to us).
const maxReferences = 30

func references(m *message.Message) []string {
	e := &m.Envelope
	refs := slices.Clone(e.References)
	if len(refs) == 0 && len(e.InReplyTo) == 1 {
		refs = append(refs, e.InReplyTo...)
	}
	if e.MessageID != "" {
		refs = append(refs, e.MessageID)
	}
	if n := len(refs); n > maxReferences {
		refs = append(refs[:1], refs[n-maxReferences+1:]...)
	}
	return refs
}

// others drops oneself and what stands twice.
func (id Identity) others(list []mail.Address) []mail.Address {
	return slices.DeleteFunc(unique(list), id.isSelf)
}

func unique(list []mail.Address) (out []mail.Address) {
	for _, a := range list {
		if a.Address != "" && !slices.ContainsFunc(out, a.Is) {
			out = append(out, a)
		}
	}
	return out
}

func without(list, gone []mail.Address) []mail.Address {
	return slices.DeleteFunc(list, func(a mail.Address) bool { return slices.ContainsFunc(gone, a.Is) })
}

// replyPrefix matches the marks that mail programs put before the subject of an
// answer, in the languages they do it in.
var replyPrefix = regexp.MustCompile(`(?i)^\s*(?:(?:re|aw|sv|vs|antw|odp|ref|rif|res|ynt|回复|答复|回覆|返信|ответ)(?:\[\d+\])?\s*[:：]\s*)+`)

// BareSubject returns a subject without the marks of an answer.
func BareSubject(s string) string { return strings.TrimSpace(replyPrefix.ReplaceAllString(s, "")) }

func attribution(m *message.Message) string {
	who := "somebody"
	if from := m.Envelope.From; len(from) > 0 {
		who = from[0].Display()
	}
	if m.Envelope.Date.IsZero() {
		return who + " wrote:"
	}
	return fmt.Sprintf("On %s, %s wrote:", m.Envelope.Date.Local().Format("Mon, 2 Jan 2006 at 15:04"), who)
}

// quote returns the message's text with a mark before each line, and without
// its signature.
func quote(m *message.Message) string {
	lines := strings.Split(plainText(m), "\n")
	if i := slices.Index(lines, "-- "); i >= 0 {
		lines = lines[:i]
	} else if i := slices.Index(lines, "--"); i >= 0 {
		lines = lines[:i]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	var b strings.Builder
	for _, l := range lines {
		b.WriteByte('>')
		if l != "" && l[0] != '>' {
			b.WriteByte(' ')
		}
		b.WriteString(strings.TrimRight(l, " "))
		b.WriteByte('\n')
	}
	return b.String()
}

// plainText returns what a reader shows of the message, without its header.
func plainText(m *message.Message) string {
	return render.Message(m, render.Options{Width: QuoteWidth, NoHeader: true, Location: time.Local}).Text()
}
