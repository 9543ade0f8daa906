package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
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

func reader(b []byte) func() io.Reader {
	return func() io.Reader { return bytes.NewReader(b) }
}

// big makes a zip one of zip64: its end says that its list stands elsewhere.
func big(b []byte) []byte {
	at := bytes.LastIndex(b, []byte(endMark))
	end := bytes.Clone(b[at:])
	length := uint64(binary.LittleEndian.Uint32(end[12:]))
	copy(end[12:], "\xff\xff\xff\xff\xff\xff\xff\xff")
	record := make([]byte, bigSize)
	copy(record, bigMark)
	binary.LittleEndian.PutUint64(record[40:], length)
	return slices.Concat(b[:at], record, []byte("PK\x06\x07 the locator  . "), end)
}

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
		"zip64":            {big(z), files, false},
		"zip, cut":         {slices.Concat(z[:len(z)-endSize-60], z[len(z)-endSize:]), nil, true},
		"tar":              {tarred(t, false, map[string]int64{"a": 7}), []Entry{{Name: "a", Size: 7}}, false},
		"tar.gz":           {tarred(t, true, map[string]int64{"a": 7}), []Entry{{Name: "a", Size: 7}}, false},
		"a bomb":           {tarred(t, true, map[string]int64{"a": 4 * maxUnpacked}), []Entry{{Name: "a", Size: 4 * maxUnpacked}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := List(reader(tt.b))
			if err != nil || l.More != tt.more || fmt.Sprint(l.Entries) != fmt.Sprint(tt.want) {
				t.Errorf("%+v, %v, want %+v", l, err, tt.want)
			}
		})
	}
	for _, s := range []string{"", "PK", "PK\x05\x06", "hello", "\x1f\x8bx", "BZhx"} {
		if l, err := List(reader([]byte(s))); len(l.Entries) > 0 || s != "" && !errors.Is(err, ErrFormat) {
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
	l, err := List(reader(zipped(t, "", names...)))
	if err != nil || len(l.Entries) != maxEntries || !l.More {
		t.Errorf("%d entries, more %v, %v", len(l.Entries), l.More, err)
	}
}

// What is listed is not held, wherever the list stands.
func TestLongFile(t *testing.T) {
	const size = 100 << 20
	z := zipped(t, "", "a.txt", strings.Repeat("b", 2*maxName))
	open := func() io.Reader {
		return io.MultiReader(strings.NewReader("PK"), io.LimitReader(zeros{}, size), bytes.NewReader(z))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	l, err := List(open)
	runtime.ReadMemStats(&after)
	if err != nil || len(l.Entries) != 2 || len(l.Entries[1].Name) != maxName {
		t.Errorf("%d entries, %v", len(l.Entries), err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > size/20 {
		t.Errorf("%d octets were needed", n)
	}
}

func FuzzList(f *testing.F) {
	f.Add(zipped(f, "", "a", "b/"))
	f.Add(tarred(f, false, map[string]int64{"a": 1}))
	f.Add(tarred(f, true, map[string]int64{"a": 1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, _ := List(reader(b)); len(l.Entries) > maxEntries {
			t.Errorf("%d entries", len(l.Entries))
		}
	})
}
