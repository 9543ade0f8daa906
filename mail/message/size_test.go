package message

import (
	"bytes"
	"encoding/base64"
	"mime/quotedprintable"
	"strings"
	"testing"

	"posthorn/mail"
)

// The size that is counted out is that of the decoded content.
func TestPartSize(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 56, 57, 58, 4000} {
		data := bytes.Repeat([]byte("é=\x00"), n)[:n]
		var qp bytes.Buffer
		w := quotedprintable.NewWriter(&qp)
		w.Binary = true
		w.Write(data)
		w.Close()
		var b64 strings.Builder
		for s := base64.StdEncoding.EncodeToString(data); s != ""; {
			line := s[:min(76, len(s))]
			b64.WriteString(line + "\r\n")
			s = s[len(line):]
		}
		for encoding, body := range map[string]string{"base64": b64.String(), "quoted-printable": qp.String(), "8bit": string(data), "": string(data)} {
			p := &mail.Part{Path: "1", Type: "application/x-data", Encoding: encoding, Size: int64(len(body))}
			m := Assemble([]byte("\r\n"), p, map[string][]byte{"1": []byte(body)})
			if got, want := m.PartSize(p), int64(len(m.Body("1"))); got != want || want != int64(n) {
				t.Errorf("%d octets as %q: counted %d, decoded %d", n, encoding, got, want)
			}
			far := Assemble([]byte("\r\n"), p, nil)
			if got := far.PartSize(p); encoding != "quoted-printable" && (got < int64(n)-60 || got > int64(n)+60) {
				t.Errorf("%d octets as %q that are not at hand are taken for %d", n, encoding, got)
			}
		}
	}
}
