// Package tnef reads the Transport Neutral Encapsulation Format, in which Outlook
// sends what MIME has no place for, as a file called winmail.dat (MS-OXTNEF): the
// text of a message, its attachments and invitations.
package tnef

import (
	"encoding/binary"
	"errors"
	"strings"

	"posthorn/mail/charset"
)

// A Message is what a stream of TNEF holds. All of it is as its writer made it up:
// names are not safe, texts may be anything.
type Message struct {
	Class       string // "IPM.Note", "IPM.Schedule.Meeting.Request", …
	Subject     string
	Text        string // plain text; made of rich text where there is no other
	HTML        string
	Calendar    string // an invitation as iCalendar (RFC 5545)
	Attachments []Attachment
	Cut         bool // the stream ends in the middle, or is not as it should be
}

// An Attachment is a file, or a message within the message.
type Attachment struct {
	Name, Type, ContentID string
	Data                  []byte
	Message               *Message // nil for a file
}

// The bounds of a stream. What lies beyond is left out, and Cut is set.
const (
	maxAttachments = 1000
	maxDepth       = 8
)

// ErrFormat says that a file is no TNEF.
var ErrFormat = errors.New("not a file of TNEF")

const signature = 0x223e9f78

// Attributes (MS-OXTNEF, section 2.1.3).
const (
	attSubject      = 0x00018004
	attClass        = 0x00078008
	attBody         = 0x0002800c
	attProps        = 0x00069003
	attCodePage     = 0x00069007
	attRendData     = 0x00069002 // begins an attachment
	attTitle        = 0x00018010
	attData         = 0x0006800f
	attAttachProps  = 0x00069005
	levelAttachment = 2
)

// Parse reads a stream. One that is damaged gives what is there.
func Parse(b []byte) (*Message, error) { return parse(b, 0) }

func parse(b []byte, depth int) (*Message, error) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != signature {
		return nil, ErrFormat
	}
	r := reader{m: &Message{}, depth: depth, label: "windows-1252"}
	for b = b[6:]; len(b) > 0; {
		if len(b) < 11 {
			r.m.Cut = true
			break
		}
		level, id, size := b[0], binary.LittleEndian.Uint32(b[1:]), uint64(binary.LittleEndian.Uint32(b[5:]))
		if b = b[9:]; size+2 > uint64(len(b)) {
			r.m.Cut = true
			r.attribute(level, id, b)
			break
		}
		r.attribute(level, id, b[:size])
		b = b[size+2:] // a checksum follows, which nobody needs
	}
	r.finish()
	return r.m, nil
}

type reader struct {
	m     *Message
	depth int
	label string // the charset of octets
	props []property
	rtf   []byte
}

func (r *reader) attribute(level byte, id uint32, b []byte) {
	if level == levelAttachment {
		r.attachment(id, b)
		return
	}
	switch id {
	case attCodePage:
		if len(b) >= 4 {
			r.codePage(binary.LittleEndian.Uint32(b))
		}
	case attClass:
		r.m.Class = class(r.text(b))
	case attSubject:
		r.m.Subject = r.text(b)
	case attBody:
		r.m.Text = r.text(b)
	case attProps:
		r.props = properties(b, &r.m.Cut)
		r.message(r.props)
	}
}

// attachment takes an attribute of the attachment that was begun last.
func (r *reader) attachment(id uint32, b []byte) {
	list := &r.m.Attachments
	if id == attRendData {
		if len(*list) >= maxAttachments {
			r.m.Cut = true
			return
		}
		*list = append(*list, Attachment{})
		return
	}
	if len(*list) == 0 {
		return
	}
	a := &(*list)[len(*list)-1]
	switch id {
	case attTitle:
		if a.Name == "" {
			a.Name = r.text(b)
		}
	case attData:
		a.Data = b
	case attAttachProps:
		r.attached(a, properties(b, &r.m.Cut))
	}
}

// Properties (MS-OXPROPS).
const (
	propSubject   = 0x0037
	propBody      = 0x1000
	propRTF       = 0x1009
	propHTML      = 0x1013
	propClass     = 0x001a
	propData      = 0x3701
	propShortName = 0x3704
	propLongName  = 0x3707
	propMimeTag   = 0x370e
	propContentID = 0x3712
	propDisplay   = 0x3001
	propCodePage  = 0x3fde
)

func (r *reader) message(props []property) {
	for _, p := range props {
		if p.id == propCodePage && len(p.value) >= 4 && p.name == nil {
			r.codePage(binary.LittleEndian.Uint32(p.value))
		}
	}
	for _, p := range props {
		if p.name != nil {
			continue
		}
		switch p.id {
		case propSubject:
			r.m.Subject = r.string(p)
		case propClass:
			r.m.Class = class(r.string(p))
		case propBody:
			r.m.Text = r.string(p)
		case propHTML:
			r.m.HTML = r.string(p)
		case propRTF:
			r.rtf = p.value
		}
	}
}

func (r *reader) attached(a *Attachment, props []property) {
	for _, p := range props {
		if p.name != nil {
			continue
		}
		switch p.id {
		case propLongName:
			a.Name = r.string(p)
		case propShortName, propDisplay:
			if a.Name == "" {
				a.Name = r.string(p)
			}
		case propMimeTag:
			a.Type = strings.ToLower(r.string(p))
		case propContentID:
			a.ContentID = strings.Trim(r.string(p), "<>")
		case propData:
			r.object(a, p)
		}
	}
}

// object takes the data of an attachment: a file, or a message, before which its
// interface is named.
func (r *reader) object(a *Attachment, p property) {
	a.Data = p.value
	if p.kind != kindObject || len(p.value) < 16 {
		return
	}
	a.Data = p.value[16:]
	if r.depth >= maxDepth {
		r.m.Cut = true
		return
	}
	if m, err := parse(a.Data, r.depth+1); err == nil {
		a.Message, a.Data = m, nil
	}
}

// finish makes what is told in other words only.
func (r *reader) finish() {
	if r.m.Text == "" && r.m.HTML == "" && r.rtf != nil {
		r.m.Text, r.m.HTML = richText(r.rtf)
	}
	r.m.Calendar = calendar(r.m, r.props, r)
}

func (r *reader) codePage(n uint32) {
	if label := codePageName(n); charset.Known(label) {
		r.label = label
	}
}

// text decodes octets, which end with a zero.
func (r *reader) text(b []byte) string {
	s, _ := charset.Decode(b, r.label)
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

// string returns the text of a property.
func (r *reader) string(p property) string {
	if p.kind == kindUnicode {
		s, _ := charset.Decode(p.value[:len(p.value)&^1], "utf-16le")
		s, _, _ = strings.Cut(s, "\x00")
		return s
	}
	return r.text(p.value)
}

// class returns a message class without the name of its program.
func class(s string) string { return strings.Replace(s, "Microsoft Mail v3.0 ", "", 1) }
