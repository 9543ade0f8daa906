package smtp

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
)

// cable is a connection that only reads.
type cable struct {
	net.Conn
	io.Reader
}

func (c cable) Read(p []byte) (int, error) { return c.Reader.Read(p) }

// What a line would have been is not guessed.
func TestLines(t *testing.T) {
	for said, want := range map[string]string{
		"":                       "",
		"250 ok\r\n":             "250 ok\r\n",
		"250-a\r\n250 b\r\n":     "250-a\r\n250 b\r\n",
		"250-a\r\n250":           "250-a\r\n",
		"25":                     "",
		"250 ok\n354":            "250 ok\n",
		strings.Repeat("x", 1e6): "",
		"a\n" + strings.Repeat("x", 2*maxReplyLine) + "\n": "a\n",
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(said), "by octets": iotest.OneByteReader(strings.NewReader(said)),
			"with its end": iotest.DataErrReader(strings.NewReader(said))} {
			got, err := io.ReadAll(&lines{Conn: cable{nil, r}})
			if string(got) != want {
				t.Errorf("%s, of %.20q came %.20q", name, said, got)
			}
			if len(said) > maxReplyLine && err == nil {
				t.Errorf("%s, a line without end was taken", name)
			}
		}
	}
}
