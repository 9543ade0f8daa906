// Package disktest gives tests a disk that can be full.
package disktest

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// Small returns the folder of a file system of its own, of the size given in
// octets. It skips the test where none can be made, for which Linux and root are
// needed.
func Small(t *testing.T, size string) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root can make a small file system, on Linux")
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("no small file system can be made here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		// Lazily, for a test that failed may have left files open.
		if out, err := exec.Command("umount", "-l", dir).CombinedOutput(); err != nil {
			t.Errorf("unmount the small file system: %v: %s", err, out)
		}
	})
	return dir
}

// Fill leaves no space in a folder, and returns what frees it again.
func Fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// ReadOnly makes the file system of [Small] one that can only be read. No file in
// it may be open.
func ReadOnly(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
