package safe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteNew(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a", "b")
	if err := os.Symlink("/dev/null", filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plan.pdf", "plan.pdf", "../../plan.pdf", "/etc/passwd", ".bashrc", "", "..", "a\x00b\x1b[2J", "con", strings.Repeat("x", 400) + ".txt"} {
		path, err := WriteNew(dir, name, strings.NewReader(name))
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if filepath.Dir(path) != dir || strings.HasPrefix(filepath.Base(path), ".") {
			t.Errorf("%q is written to %q", name, path)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != name {
			t.Errorf("%q holds %q, %v", path, b, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%q has the mode %v, %v", path, info.Mode(), err)
		}
	}
	if path, err := WriteNew(top, "link", strings.NewReader("x")); err != nil || filepath.Base(path) != "link-2" {
		t.Errorf("beside a link it is %q, %v", path, err)
	}
}
