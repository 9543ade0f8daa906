package demo

import (
	"bytes"
	"fmt"
	"mime"
	netmail "net/mail"
	"strings"
	"time"
)

// A part is a node of a message: a header and either a body or other parts.
type part struct {
	header []string
	body   []byte
	sub    string // of multipart, where there are parts
	parts  []part
}

// write writes the part. Boundaries are made of a prefix.
func (p part) write(b *bytes.Buffer, boundary string) {
	if p.parts == nil {
		for _, h := range p.header {
			b.WriteString(h + "\r\n")
		}
		b.WriteString("\r\n")
		b.Write(p.body)
		return
	}
	b.WriteString("Content-Type: multipart/" + p.sub + "; boundary=\"" + boundary + "\"\r\n\r\n")
	for i, c := range p.parts {
		b.WriteString("--" + boundary + "\r\n")
		c.write(b, fmt.Sprintf("%s.%d", boundary, i+1))
		if !bytes.HasSuffix(b.Bytes(), []byte("\r\n")) {
			b.WriteString("\r\n")
		}
	}
	b.WriteString("--" + boundary + "--\r\n")
}

// multipart puts parts together; one alone stands for itself.
func multipart(sub string, parts ...part) part {
	if len(parts) == 1 {
		return parts[0]
	}
	return part{sub: sub, parts: parts}
}

// raw returns the letter as a message.
func (l *letter) raw() ([]byte, error) {
	from, err := netmail.ParseAddress(l.from)
	if err != nil {
		return nil, fmt.Errorf("from %q: %w", l.from, err)
	}
	var b bytes.Buffer
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", name, value)
		}
	}
	_, dom, _ := strings.Cut(from.Address, "@")
	zone := zones[len(l.from)%len(zones)]
	field("Return-Path", "<"+from.Address+">")
	field("Received", fmt.Sprintf("from mx.%s (mx.%s [192.0.2.%d])\r\n\tby %s (Posthorn demo) with ESMTPS id %s;\r\n\t%s", dom, dom,
		len(l.from), domain, l.id, l.when.In(time.UTC).Format(time.RFC1123Z)))
	field("Message-ID", "<"+l.messageID()+">")
	field("Date", l.when.In(time.FixedZone("", zone*3600)).Format(time.RFC1123Z))
	for _, f := range [][2]string{{"From", l.from}, {"To", l.to}, {"Cc", l.cc}} {
		if err := l.addresses(field, f[0], f[1]); err != nil {
			return nil, err
		}
	}
	field("Subject", header(l.subject, l.charset))
	if n := len(l.refs); n > 0 {
		field("In-Reply-To", "<"+l.refs[n-1]+">")
		field("References", "<"+strings.Join(l.refs, ">\r\n\t<")+">")
	}
	for _, h := range l.allHeaders() {
		b.WriteString(h + "\r\n")
	}
	body, err := l.body()
	if err != nil {
		return nil, err
	}
	b.WriteString("MIME-Version: 1.0\r\n")
	body.write(&b, "=_"+l.id)
	return b.Bytes(), nil
}

// zones are the hours from UTC that senders live in.
var zones = [...]int{0, 2, 3, 9, -4, 8}

// messageID returns the id without angle brackets.
func (l *letter) messageID() string {
	addr := l.from
	if i := strings.LastIndexByte(addr, '<'); i >= 0 {
		addr = strings.TrimSuffix(addr[i+1:], ">")
	}
	return l.id + "." + fmt.Sprint(seed) + "@" + addr[strings.LastIndexByte(addr, '@')+1:]
}

func (l *letter) allHeaders() []string {
	if l.list == "" {
		return l.headers
	}
	at := l.list + "@lists.example.org"
	return append([]string{"List-Id: <" + l.list + ".lists.example.org>", "List-Post: <mailto:" + at + ">",
		"List-Archive: <https://lists.example.org/" + l.list + ">", "List-Unsubscribe: <mailto:" + l.list + "+unsubscribe@lists.example.org>",
		"Precedence: list"}, l.headers...)
}

// addresses writes a field of addresses, their names in the letter's charset.
func (l *letter) addresses(field func(name, value string), name, list string) error {
	if list == "" {
		return nil
	}
	parsed, err := netmail.ParseAddressList(list)
	if err != nil {
		return fmt.Errorf("%s %q: %w", name, list, err)
	}
	var out []string
	for _, a := range parsed {
		s := "<" + a.Address + ">"
		switch {
		case a.Name == "":
		case isASCII(a.Name):
			s = (&netmail.Address{Name: a.Name, Address: a.Address}).String()
		default:
			s = header(a.Name, l.charset) + " " + s
		}
		out = append(out, s)
	}
	field(name, strings.Join(out, ",\r\n\t"))
	return nil
}

// body puts the parts of the letter together.
func (l *letter) body() (part, error) {
	text, err := l.texts()
	if err != nil {
		return part{}, err
	}
	if l.bounce != "" {
		return l.report(text), nil
	}
	parts := []part{text}
	for _, f := range l.files {
		parts = append(parts, f.part("attachment", l.when))
	}
	if l.invite != "" {
		f := file{kind: "ics", name: "invite.ics", title: l.invite}
		cal := part{header: []string{"Content-Type: text/calendar; charset=utf-8; method=REQUEST"}, body: f.content(l.when)}
		parts = []part{multipart("alternative", text, cal), f.part("attachment", l.when)}
	}
	return multipart("mixed", parts...), nil
}

// texts returns the text, the HTML with the pictures in it, or both.
func (l *letter) texts() (part, error) {
	var parts []part
	if l.text != "" || l.html == "" {
		p, err := l.textPart("text/plain", l.text)
		if err != nil {
			return part{}, err
		}
		parts = append(parts, p)
	}
	if l.html != "" {
		p, err := l.textPart("text/html", l.html)
		if err != nil {
			return part{}, err
		}
		related := []part{p}
		for _, f := range l.inline {
			related = append(related, f.part("inline", l.when))
		}
		parts = append(parts, multipart("related", related...))
	}
	return multipart("alternative", parts...), nil
}

func (l *letter) textPart(kind, text string) (part, error) {
	text = strings.TrimRight(text, "\n") + "\n"
	b, err := encode(strings.ReplaceAll(text, "\n", "\r\n"), l.charset)
	if err != nil {
		return part{}, err
	}
	params := map[string]string{"charset": l.charset}
	if l.flowed && kind == "text/plain" {
		params["format"] = "flowed"
	}
	return part{
		header: []string{"Content-Type: " + mime.FormatMediaType(kind, params), "Content-Transfer-Encoding: " + l.transfer},
		body:   transfer(b, l.transfer),
	}, nil
}

// report is a delivery report (RFC 3464).
func (l *letter) report(text part) part {
	text.body = fmt.Appendf(nil, "Your message could not be delivered to one or more recipients.\r\n\r\n<%s>: host mx.old.example.net said:\r\n    550 5.1.1 User unknown (in reply to RCPT TO command)\r\n", l.bounce)
	status := fmt.Appendf(nil, "Reporting-MTA: dns; mx.example.net\r\nArrival-Date: %s\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.old.example.net\r\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\r\n",
		l.when.Format(time.RFC1123Z), l.bounce)
	original := fmt.Appendf(nil, "From: %s <%s>\r\nTo: %s\r\nSubject: Are you still there?\r\nMessage-ID: <still-there@example.org>\r\n\r\nDear keeper,\r\n\r\nare you still there?\r\n", annName, annAddr, l.bounce)
	return part{sub: `report; report-type=delivery-status`, parts: []part{text,
		{header: []string{"Content-Type: message/delivery-status"}, body: status},
		{header: []string{"Content-Type: message/rfc822"}, body: original}}}
}
