package pop3

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// nowhere is a connection whose other end is closed.
func nowhere(t testing.TB) net.Conn {
	t.Helper()
	a, b := net.Pipe()
	b.Close()
	t.Cleanup(func() { a.Close() })
	return a
}

func corpusFiles(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "servers", "mailkit-pop3-smtp", "Pop3-*"))
	if err != nil || len(names) == 0 {
		t.Skipf("left out: no dialogues in %s: %v", dir, err)
	}
	files := make(map[string][]byte)
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(n)] = b
	}
	return files
}

func FuzzAnswers(f *testing.F) {
	f.Add([]byte("+OK\r\n1 x\r\n.\r\n"), []byte("a\r\n..\r\n.\r\n"))
	f.Add([]byte("-ERR [IN-USE] x\r\n"), []byte(".\n"))
	f.Add([]byte("+ \r\n"), bytes.Repeat([]byte("\r"), 40))
	f.Fuzz(func(t *testing.T, answer, body []byte) {
		d := &Drop{conn: nowhere(t), r: bufio.NewReaderSize(bytes.NewReader(answer), 16)}
		d.challenge("test")
		if _, err := d.answer("test"); err == nil {
			for range d.lines("test", 10) {
			}
		}
		var got [2]bytes.Buffer
		var errs [2]error
		for i, size := range []int{16, 4096} {
			d := &Drop{conn: nowhere(t), r: bufio.NewReaderSize(bytes.NewReader(body), size)}
			_, errs[i] = d.body("test", &got[i], 1<<20)
		}
		if (errs[0] == nil) != (errs[1] == nil) || errs[0] == nil && got[0].String() != got[1].String() {
			t.Errorf("%q is read as %q, %v or %q, %v", body, &got[0], errs[0], &got[1], errs[1])
		}
	})
}
