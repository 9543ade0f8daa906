// Package corpus finds a collection of real and hostile messages that may lie
// beside a checkout, in ../shared/corpus. Tests that read it say that they were
// left out where it is not there.
package corpus

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// Dir returns the collection's folder, or skips the test.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Skip("left out: this test runs in a checkout only")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", "corpus")
	if _, err := os.Stat(path); err != nil {
		t.Skip("left out: the collection of messages is not beside this checkout")
	}
	return path
}

// Lines decodes each line of a JSON lines file of the collection.
func Lines[T any](t testing.TB, name string) (list []T) {
	t.Helper()
	f, err := os.Open(filepath.Join(Dir(t), name))
	if err != nil {
		t.Skipf("left out: %v", err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var v T
		if err := json.Unmarshal(sc.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, v)
	}
	if sc.Err() != nil {
		t.Fatal(sc.Err())
	}
	return list
}

// Messages calls f with every message file of the collection.
func Messages(t testing.TB, f func(name string, raw []byte)) {
	t.Helper()
	dir := Dir(t)
	for _, sub := range []string{"mime", "render", "security", "quoting"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !messageFile(path) {
				return err
			}
			raw, err := os.ReadFile(path)
			if err == nil {
				f(path, raw)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func messageFile(path string) bool {
	switch filepath.Ext(path) {
	case ".eml", ".msg", ".txt", "", ".email", ".mbox", ".m", ".lorien":
		return true
	}
	return false
}

// Files returns the names, within the collection, of the files that match a
// pattern of [filepath.Match]. It fails where there is none.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	dir := Dir(t)
	list, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(list) == 0 {
		t.Fatalf("%s: no file of the collection has such a name (%v)", pattern, err)
	}
	for i, path := range list {
		if list[i], err = filepath.Rel(dir, path); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// Read returns a file of the collection.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(Dir(t), name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
