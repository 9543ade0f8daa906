package tnef

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// stream writes attributes as Outlook does.
type stream struct{ bytes.Buffer }

func newStream() *stream {
	s := &stream{}
	s.Write(binary.LittleEndian.AppendUint32(nil, signature))
	s.Write([]byte{1, 0})
	return s
}

func (s *stream) attribute(level byte, id uint32, data []byte) {
	s.WriteByte(level)
	s.Write(binary.LittleEndian.AppendUint32(nil, id))
	s.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(data))))
	s.Write(data)
	s.Write([]byte{0, 0})
}

func word(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func padded(b []byte) []byte { return append(b, make([]byte, (4-len(b)%4)%4)...) }

// prop writes a property of variable length.
func prop(kind, id uint16, value []byte) []byte {
	return bytes.Join([][]byte{word(uint32(id)<<16 | uint32(kind)), word(1), word(uint32(len(value))), padded(append([]byte(nil), value...))}, nil)
}

// namedProp writes a named one.
func namedProp(kind uint16, set [16]byte, number uint32, value []byte) []byte {
	b := bytes.Join([][]byte{word(0x8001<<16 | uint32(kind)), set[:], word(0), word(number)}, nil)
	if variable(kind) {
		b = append(append(b, word(1)...), word(uint32(len(value)))...)
	}
	return append(b, padded(append([]byte(nil), value...))...)
}

func props(list ...[]byte) []byte { return append(word(uint32(len(list))), bytes.Join(list, nil)...) }

func wide(s string) (b []byte) {
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func fileTime(t time.Time) []byte {
	return binary.LittleEndian.AppendUint64(nil, uint64(t.Unix()+11644473600)*10_000_000)
}

func TestMessage(t *testing.T) {
	s := newStream()
	s.attribute(1, attCodePage, append(word(1251), 0, 0, 0, 0))
	s.attribute(1, attSubject, []byte("\xcf\xf0\xe8\xe2\xe5\xf2\x00"))
	s.attribute(1, attBody, []byte("\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\x00"))
	s.attribute(2, attRendData, make([]byte, 14))
	s.attribute(2, attTitle, []byte("LONGNA~1.TXT\x00"))
	s.attribute(2, attData, []byte("Hello"))
	s.attribute(2, attAttachProps, props(prop(kindUnicode, propLongName, wide("longname €.txt")), prop(kindString, propMimeTag, []byte("Text/Plain\x00")), prop(kindString, propContentID, []byte("<c@x>\x00"))))
	inside := newStream()
	inside.attribute(1, attBody, []byte("inner\x00"))
	s.attribute(2, attRendData, make([]byte, 14))
	s.attribute(2, attAttachProps, props(prop(kindObject, propData, append(make([]byte, 16), inside.Bytes()...))))
	m, err := Parse(s.Bytes())
	if err != nil || m.Cut || m.Subject != "Привет" || m.Text != "Привет, мир" || len(m.Attachments) != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
	if a := m.Attachments[0]; a.Name != "longname €.txt" || a.Type != "text/plain" || a.ContentID != "c@x" || string(a.Data) != "Hello" {
		t.Errorf("the file is %+v", a)
	}
	if in := m.Attachments[1].Message; in == nil || in.Text != "inner" {
		t.Errorf("the message within is %+v", m.Attachments[1])
	}
	for n := range s.Len() { // cut anywhere, it gives what is there
		if _, err := Parse(s.Bytes()[:n]); (err != nil) != (n < 6) {
			t.Fatalf("cut after %d octets: %v", n, err)
		}
	}
}

func TestInvitation(t *testing.T) {
	at := time.Date(2026, 11, 2, 14, 0, 0, 0, time.UTC)
	s := newStream()
	s.attribute(1, attClass, []byte("IPM.Microsoft Schedule.MtgReq\x00"))
	s.attribute(1, attProps, props(prop(kindUnicode, propSubject, wide("Lunch; soon")),
		namedProp(0x40, appointments(), namedStart, fileTime(at)), namedProp(0x40, appointments(), namedEnd, fileTime(at.Add(time.Hour))),
		namedProp(kindUnicode, appointments(), namedLocation, wide("Café")), namedProp(kindBinary, meetings(), namedCleanID, []byte{4, 0, 0xab})))
	m, err := Parse(s.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	want := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:0400AB\r\nDTSTART:20261102T140000Z\r\nDTEND:20261102T150000Z\r\nSUMMARY:Lunch\\; soon\r\nLOCATION:Café\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	if m.Calendar != want {
		t.Errorf("the invitation is\n%s, want\n%s", m.Calendar, want)
	}
}

// The example of MS-OXRTFCP, section 3.2.1.
func TestDecompress(t *testing.T) {
	in := []byte{0x2d, 0, 0, 0, 0x2b, 0, 0, 0, 'L', 'Z', 'F', 'u', 0xf1, 0xc5, 0xc7, 0xa7, 0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c, 0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0}
	if got := string(decompress(in)); got != "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n" {
		t.Errorf("it is %q", got)
	}
	if text, html := richText(in); text != "hello world" || html != "" {
		t.Errorf("its text is %q, %q", text, html)
	}
}

func TestRichText(t *testing.T) {
	for in, want := range map[string][2]string{
		`{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2\par \u8364?5 \{x\}}`:             {"Привет\n€5 {x}", ""},
		`{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hi & {\*\htmltag72 </p>}\htmlrtf }\htmlrtf0 }`: {"", "<p>Hi & </p>"},
		`{\rtf1{\*\generator x;}a{\info{\title t}}b`:                                                                {"ab", ""},
	} {
		raw := append(append(make([]byte, 8), "MELA\x00\x00\x00\x00"...), in...)
		binary.LittleEndian.PutUint32(raw[4:], uint32(len(in)))
		if text, html := richText(raw); text != want[0] || html != want[1] {
			t.Errorf("%s is %q, %q, want %q", in, text, html, want)
		}
	}
}

func TestNotTNEF(t *testing.T) {
	for _, s := range []string{"", "winmail", strings.Repeat("x", 100)} {
		if _, err := Parse([]byte(s)); !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	s := newStream()
	s.attribute(1, attProps, props(prop(kindUnicode, propSubject, wide("s")), prop(kindBinary, propRTF, []byte("0000\x04\x00\x00\x00LZFu0000\x00abc"))))
	s.attribute(2, attRendData, nil)
	s.attribute(2, attAttachProps, props(prop(kindObject, propData, append(make([]byte, 16), s.Bytes()...))))
	f.Add(s.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Parse(b)
		if err == nil && len(m.Attachments) > maxAttachments {
			t.Errorf("%d attachments", len(m.Attachments))
		}
	})
}
