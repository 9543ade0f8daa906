package sync

import (
	"fmt"
	"strings"
	"testing"

	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

// piece returns a piece of a message with a picture, which is sent in three.
func piece(id, from string, n int) []byte {
	text := []string{
		"Subject: The photograph\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHere it is.\r\n--x\r\nContent-Type: image/png\r\n",
		"Content-Transfer-Encoding: base64\r\n\r\n",
		"cGljdHVyZQ==\r\n--x--\r\n",
	}[n-1]
	return fmt.Appendf(nil, "From: %s\r\nSubject: photograph %d/3\r\nMessage-ID: <%s%d%s>\r\nContent-Type: message/partial; id=\"%s\"; number=%[2]d; total=3\r\n\r\n%[7]s",
		from, n, id, n, from, id, text)
}

// A message that came in pieces is one wherever all of them are.
func TestPieces(t *testing.T) {
	const missing = "not put together of its pieces: of 3, these are not in this folder: "
	for name, tt := range map[string]struct {
		put  func(put func(folder string, raw []byte))
		want string // in the warnings; empty where the message is whole
	}{
		"all": {put: func(put func(string, []byte)) {
			put("INBOX", piece("p", "a@x", 3))
			put("INBOX", piece("p", "a@x", 2))
			put("INBOX", piece("p", "a@x", 2))
			put("INBOX", piece("other", "a@x", 2))
		}},
		"one elsewhere": {func(put func(string, []byte)) {
			put("INBOX", piece("p", "a@x", 3))
			put("Archive", piece("p", "a@x", 2))
		}, missing + "2"},
		"one of another sender": {func(put func(string, []byte)) {
			put("INBOX", piece("p", "a@x", 2))
			put("INBOX", piece("p", "b@x", 3))
		}, missing + "3"},
		"the first alone": {func(func(string, []byte)) {}, missing + "2, 3"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T, w *world) {
				w.host.put("INBOX", 0, piece("p", "a@x", 1))
				tt.put(func(folder string, raw []byte) { w.host.put(folder, 0, raw) })
				l := w.run()
				defer l.end()
				id := l.id("INBOX", "photograph 1/3")
				m, err := l.Open(t.Context(), id, render.Options{})
				if err != nil {
					t.Fatal(err)
				}
				checkJoined(t, m, tt.want)
				err = l.Whole(t.Context(), id, func(m *message.Message) error { checkJoined(t, m, tt.want); return nil })
				if err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func checkJoined(t *testing.T, m *message.Message, want string) {
	t.Helper()
	if said := strings.Join(m.Warnings, "; "); !strings.Contains(said, want) {
		t.Errorf("said is %q, want %q", said, want)
	}
	if whole := m.Envelope.Subject == "The photograph" && string(m.Body("2")) == "picture" && m.Root.Opened == ""; whole != (want == "") {
		t.Errorf("%q, with %q in part 2", m.Envelope.Subject, m.Body("2"))
	}
	if len(m.Envelope.From) != 1 || m.Envelope.From[0] != (mail.Address{Address: "a@x"}) {
		t.Errorf("it is from %v", m.Envelope.From)
	}
}
