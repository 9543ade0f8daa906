package demo

import (
	"archive/zip"
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime"
	"strings"
	"time"
)

// A file is an attachment that is made up by its kind.
type file struct {
	kind, name string
	cid        string // of a picture within HTML
	title      string // of an event
}

// mediaTypes are those of the kinds.
var mediaTypes = map[string]string{
	"pdf": "application/pdf", "png": "image/png", "zip": "application/zip", "csv": "text/csv",
	"ics": "text/calendar", "patch": "text/x-patch", "txt": "text/plain", "eml": "message/rfc822",
}

func (f file) part(disposition string, when time.Time) part {
	kind := mediaTypes[f.kind]
	body, enc := transfer(f.content(when), "base64"), "base64"
	if f.kind == "eml" { // must not be encoded (RFC 2046, section 5.2.1)
		body, enc = f.content(when), "8bit"
	}
	name := map[string]string{}
	if f.kind != "eml" {
		name["filename"] = f.name
	}
	p := part{body: body, header: []string{"Content-Type: " + kind, "Content-Transfer-Encoding: " + enc,
		"Content-Disposition: " + mime.FormatMediaType(disposition, name)}}
	if f.cid != "" {
		p.header = append(p.header, "Content-ID: <"+f.cid+">")
	}
	return p
}

func (f file) content(when time.Time) []byte {
	switch f.kind {
	case "pdf":
		return pdf(f.name)
	case "png":
		return picture(f.name)
	case "zip":
		return archive(f.name)
	case "csv":
		return []byte("link,length,width,worn\r\n1,41.2,12.0,0.1\r\n2,41.0,11.9,1.2\r\n3,\"41,1\",12.1,0.0\r\n")
	case "ics":
		return event(f.title, when)
	case "patch":
		return []byte("diff --git a/doc/lamp.8 b/doc/lamp.8\n--- a/doc/lamp.8\n+++ b/doc/lamp.8\n@@ -8,2 +8,5 @@\n .SH CLOCK\n+The lamp turns by a clock that nobody can set.\n+.PP\n+It does not know what time it is.\n")
	case "eml":
		return fmt.Appendf(nil, "From: Harbour Museum <museum@example.org>\r\nTo: Priya Nair <priya@example.com>\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <diary@example.org>\r\n\r\n"+
			"\"14 November. Wind SW, strong. Lit at 4. A barque passed close,\r\nand did not see us, or did not believe us.\"\r\n", f.name, when.Add(-30*time.Hour).Format(time.RFC1123Z))
	}
	return []byte(strings.Repeat("=== RUN   TestRotation/fixed_lamp\n    rotation_test.c:88: division by zero\n--- FAIL: TestRotation/fixed_lamp (0.00s)\n", 20))
}

// pdf is a page with one line.
func pdf(title string) []byte {
	var b bytes.Buffer
	var at []int
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || strings.ContainsRune(`()\`, r) {
			return '?'
		}
		return r
	}, title)
	stream := "BT /F1 18 Tf 72 720 Td (" + ascii + ") Tj ET"
	b.WriteString("%PDF-1.4\n")
	for i, obj := range []string{
		"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(stream), stream),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, obj)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, a := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", a)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// picture is a sea, a sky, and a light that its name places.
func picture(name string) []byte {
	const w, h = 160, 100
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	light := 20 + len(name)*7%(w-40)
	for y := range h {
		for x := range w {
			c := color.RGBA{uint8(20 + y), uint8(40 + y), uint8(110 + y), 255}
			if y > 60 {
				c = color.RGBA{10, uint8(50 + (x*y)%20), uint8(90 + x%16), 255}
			}
			if d := (x-light)*(x-light) + (y-30)*(y-30); d < 400 {
				c = color.RGBA{255, 240, uint8(120 + d/4), 255}
			}
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil // a picture in memory has no way to fail
	}
	return b.Bytes()
}

func archive(name string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range []string{"README.txt", "drawings/plan.txt"} {
		if w, err := z.Create(n); err == nil {
			fmt.Fprintf(w, "%s of %s\n", n, name)
		}
	}
	if err := z.Close(); err != nil {
		return nil // nor has an archive
	}
	return b.Bytes()
}

// event is an invitation (RFC 5545, RFC 5546) to something in a week.
func event(title string, when time.Time) []byte {
	const layout = "20060102T150405Z"
	start := when.Add(7 * 24 * time.Hour).UTC().Truncate(time.Hour)
	return fmt.Appendf(nil, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//demo//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:lens-lift@example.org\r\n"+
		"DTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:%s\r\nLOCATION:Quay 7\r\nORGANIZER;CN=Ines Duarte:mailto:ines@mail.example.com\r\n"+
		"ATTENDEE;CN=%s;RSVP=TRUE:mailto:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", when.UTC().Format(layout), start.Format(layout), start.Add(4*time.Hour).Format(layout), strings.ReplaceAll(title, ",", `\,`), annName, annAddr)
}
