package message

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"posthorn/mail"
	"posthorn/mail/charset"
	"posthorn/mail/tnef"
)

// An inner part is one that was found in the content of another.
type inner struct {
	part mail.Part
	body []byte
	mime bool // it has a header of its own
}

// open looks into a leaf that holds others: winmail.dat, signed S/MIME, files in
// text, what stands for something elsewhere. The leaf then becomes a multipart, and
// says in Opened what it is.
func (p *parser) open(n *mail.Part, b body, depth int) {
	if !n.Opens() && n.Type != "text/plain" || n.Type == "text/plain" && !mayHoldFiles(n, b) || !p.deeper(n, depth) {
		return
	}
	content, ok := p.decode(n, b)
	if !ok {
		return
	}
	var list []inner
	switch {
	case n.Type == "text/plain":
		list = p.files(n, content)
	case n.Type == "message/external-body":
		list = elsewhere(n, content)
	case n.Type == "message/partial":
		list = fragment(n, content)
	case n.Type == "application/applefile":
		list = appleSingle(n, content)
	case strings.HasSuffix(n.Type, "pkcs7-mime"):
		if signed, ok := cmsContent(content); ok {
			list = []inner{{body: signed, mime: true}}
		}
	default:
		list = p.tnef(content)
	}
	if len(list) > 0 {
		p.become(n, list, depth)
	}
}

// mayHoldFiles reports whether a text is worth looking into. In base64 nothing can
// be seen without decoding it.
func mayHoldFiles(n *mail.Part, b body) bool {
	if n.Disposition == "attachment" {
		return false
	}
	return isBase64Name(n.Encoding) && b.size() < maxBase64Text || b.files || hasBlock(b.text)
}

// maxBase64Text bounds the text in base64 that is decoded to look for files in it.
const maxBase64Text = 1 << 20

// become makes a multipart of a leaf.
func (p *parser) become(n *mail.Part, list []inner, depth int) {
	n.Opened, n.Type = n.Type, "multipart/mixed"
	for i, in := range list {
		if p.parts >= maxParts {
			p.limits.note(Parts, n.Path, len(list)-i)
			return
		}
		path := n.Path + "." + strconv.Itoa(i+1)
		if in.mime {
			h, rest := p.header(in.body, path)
			n.Parts = append(n.Parts, p.part(h, rest, path, "text/plain", depth+1))
			continue
		}
		c := in.part
		c.Path, c.Size = path, int64(len(in.body))
		p.parts++
		if in.body == nil {
			in.body = []byte{}
		}
		p.m.bodies[path] = body{text: in.body}
		n.Parts = append(n.Parts, &c)
	}
}

// files takes uuencoded files, and those in yEnc, out of a text.
func (p *parser) files(n *mail.Part, text []byte) (list []inner) {
	at := 0
	words := func(end int) {
		if s := strings.TrimSpace(string(text[at:end])); s != "" {
			list = append(list, inner{part: mail.Part{Type: "text/plain", Params: n.Params}, body: text[at:end]})
		}
	}
	for _, f := range findBlocks(text) {
		words(f.start)
		name := p.words.words(f.name)
		list = append(list, inner{part: mail.Part{Type: "application/octet-stream", Name: name, Disposition: "attachment"}, body: f.data})
		if at = f.end; f.cut {
			p.warn("the file %q within the text is not complete", name)
		}
	}
	if len(list) > 0 {
		words(len(text))
	}
	return list
}

// tnef takes winmail.dat apart.
func (p *parser) tnef(b []byte) []inner {
	m, err := tnef.Parse(b)
	if err != nil {
		return nil
	}
	if m.Cut {
		p.warn("the file of Outlook (winmail.dat) is not complete")
	}
	return tnefParts(m)
}

func tnefParts(m *tnef.Message) (list []inner) {
	utf8 := map[string]string{"charset": "utf-8"}
	switch {
	case strings.TrimSpace(m.Text) != "":
		list = append(list, inner{part: mail.Part{Type: "text/plain", Params: utf8}, body: []byte(m.Text)})
	case strings.TrimSpace(m.HTML) != "":
		list = append(list, inner{part: mail.Part{Type: "text/html", Params: utf8}, body: []byte(m.HTML)})
	}
	if m.Calendar != "" {
		list = append(list, inner{part: mail.Part{Type: "text/calendar", Params: utf8}, body: []byte(m.Calendar)})
	}
	for _, a := range m.Attachments {
		if a.Message != nil {
			list = append(list, tnefParts(a.Message)...)
			continue
		}
		kind := a.Type
		if !isMediaType(kind) || strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
			kind = "application/octet-stream"
		}
		list = append(list, inner{part: mail.Part{Type: kind, Name: a.Name, ContentID: a.ContentID, Disposition: "attachment"}, body: a.Data})
	}
	return list
}

// appleSingle takes the file out of AppleSingle (RFC 1740, appendix A); in
// AppleDouble the file stands beside it.
func appleSingle(n *mail.Part, b []byte) []inner {
	const magic, dataFork, realName = 0x00051600, 1, 3
	if len(b) < 26 || binary.BigEndian.Uint32(b) != magic {
		return nil
	}
	name := n.Name
	var data []byte
	entries := int(binary.BigEndian.Uint16(b[24:]))
	for e := b[26:]; entries > 0 && len(e) >= 12; e, entries = e[12:], entries-1 {
		at, size := uint64(binary.BigEndian.Uint32(e[4:])), uint64(binary.BigEndian.Uint32(e[8:]))
		if at > uint64(len(b)) {
			continue
		}
		content := b[at:min(at+size, uint64(len(b)))]
		switch binary.BigEndian.Uint32(e) {
		case dataFork:
			data = content
		case realName:
			name, _ = charset.Decode(content, "macintosh")
		}
	}
	if data == nil {
		return nil
	}
	return []inner{{part: mail.Part{Type: "application/octet-stream", Name: name, Disposition: "attachment"}, body: data}}
}

// elsewhere says in words where the content of a message/external-body is (RFC
// 2046, section 5.2.3).
func elsewhere(n *mail.Part, b []byte) []inner {
	h, _, _ := parseHeader(b)
	what, _ := newPart(h, "", new(decoder))
	var s strings.Builder
	s.WriteString("[this part is not in the message")
	if what.Type != "" {
		s.WriteString("; it is of the type " + what.Type)
	}
	if name := what.Name + n.Params["name"]; name != "" {
		fmt.Fprintf(&s, "; it is called %q", name)
	}
	s.WriteString("; it is to be had by " + n.Params["access-type"])
	for _, k := range []string{"url", "site", "directory", "server", "subject", "mode", "expiration", "size"} {
		if v := n.Params[k]; v != "" {
			s.WriteString(", " + k + " " + v)
		}
	}
	s.WriteString("]\n")
	return []inner{{part: textPart(), body: []byte(s.String())}}
}

// fragment says in words what a message/partial is a piece of, and gives the piece:
// the first has the header of the whole (RFC 2046, section 5.2.2).
func fragment(n *mail.Part, b []byte) []inner {
	number, total, ok := pieceNumber(n)
	if !ok {
		return nil
	}
	of := "; how many there are, the last one says"
	if total > 0 {
		of = " of " + strconv.Itoa(total)
	}
	words := fmt.Sprintf("[this is piece %d%s of a message that was sent in pieces, %s; the others are needed to read it]\n", number, of, n.Params["id"])
	list := []inner{{part: textPart(), body: []byte(words)}}
	if number == 1 {
		return append(list, inner{body: b, mime: true})
	}
	return append(list, inner{part: mail.Part{Type: "application/octet-stream", Name: fmt.Sprintf("piece-%d", number), Disposition: "attachment"}, body: b})
}

func textPart() mail.Part {
	return mail.Part{Type: "text/plain", Params: map[string]string{"charset": "utf-8"}}
}
