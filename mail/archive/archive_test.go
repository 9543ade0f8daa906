package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"testing"
)

func zipped(t testing.TB, prefix string, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(prefix)
	w := zip.NewWriter(&b)
	for _, n := range names {
		f, err := w.Create(n)
		if err == nil && n[len(n)-1] != '/' {
			_, err = io.WriteString(f, "Hello")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, packed bool, sizes map[string]int64) []byte {
	t.Helper()
	var b bytes.Buffer
	var out io.Writer = &b
	if packed {
		z := gzip.NewWriter(&b)
		defer z.Close()
		out = z
	}
	w := tar.NewWriter(out)
	for name, size := range sizes {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: size, Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(w, zeros{}, size); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if z, ok := out.(*gzip.Writer); ok {
		z.Close()
	}
	return b.Bytes()
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestList(t *testing.T) {
	files := []Entry{{Name: "a.txt", Size: 5}, {Name: "d/", Folder: true}, {Name: "d/ä.txt", Size: 5}}
	z := zipped(t, "", "a.txt", "d/", "d/ä.txt")
	for name, tt := range map[string]struct {
		b    []byte
		want []Entry
		more bool
	}{
		"zip":              {z, files, false},
		"zip of a program": {append([]byte("PK\x03\x04 a stub"), z...), files, false},
		"tar":              {tarred(t, false, map[string]int64{"a": 7}), []Entry{{Name: "a", Size: 7}}, false},
		"tar.gz":           {tarred(t, true, map[string]int64{"a": 7}), []Entry{{Name: "a", Size: 7}}, false},
		"a bomb":           {tarred(t, true, map[string]int64{"a": 4 * maxUnpacked}), []Entry{{Name: "a", Size: 4 * maxUnpacked}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := List(tt.b)
			if err != nil || l.More != tt.more || fmt.Sprint(l.Entries) != fmt.Sprint(tt.want) {
				t.Errorf("%+v, %v, want %+v", l, err, tt.want)
			}
		})
	}
	for _, s := range []string{"", "PK", "PK\x05\x06", "hello", "\x1f\x8bx", "BZhx"} {
		if l, err := List([]byte(s)); len(l.Entries) > 0 || s != "" && !errors.Is(err, ErrFormat) {
			t.Errorf("%q: %+v, %v", s, l, err)
		}
	}
}

// Of too many files the first are listed.
func TestBound(t *testing.T) {
	names := make([]string, maxEntries+5)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	l, err := List(zipped(t, "", names...))
	if err != nil || len(l.Entries) != maxEntries || !l.More {
		t.Errorf("%d entries, more %v, %v", len(l.Entries), l.More, err)
	}
}

func FuzzList(f *testing.F) {
	f.Add(zipped(f, "", "a", "b/"))
	f.Add(tarred(f, false, map[string]int64{"a": 1}))
	f.Add(tarred(f, true, map[string]int64{"a": 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, _ := List(b); len(l.Entries) > maxEntries {
			t.Errorf("%d entries", len(l.Entries))
		}
	})
}
