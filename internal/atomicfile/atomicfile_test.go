package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

var steps = []string{stepCreate, stepWrite, stepSync, stepRename, stepSyncDir, stepDone}

// put makes a file and fails the test if it cannot.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// want fails the test unless the folder holds just the files given, as name=text.
func want(t *testing.T, dir string, files ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Name()+"="+string(b))
	}
	if !slices.Equal(got, files) {
		t.Errorf("the folder holds %q, want %q", got, files)
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, c := range []struct {
		text string
		perm fs.FileMode
	}{
		{"new", 0o600},
		{"longer than before", 0o644},
		{"", 0o600},
		{strings.Repeat("large ", 1<<18), 0o640},
	} {
		if err := Write(path, []byte(c.text), c.perm); err != nil {
			t.Fatal(err)
		}
		want(t, dir, "file="+c.text)
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != c.perm {
			t.Errorf("the file has the mode %v (%v), want %v", info.Mode(), err, c.perm)
		}
	}
}

// A failed step leaves the old file, and nothing beside it. Only the folder is
// synced after the new file has taken its place.
func TestFailure(t *testing.T) {
	broken := errors.New("broken")
	for i, step := range steps {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "file"), "old")
			err := write(filepath.Join(dir, "file"), []byte("new"), 0o600, func(s string) error {
				if s == step {
					return broken
				}
				return nil
			})
			if !errors.Is(err, broken) {
				t.Fatalf("write: %v", err)
			}
			if i <= slices.Index(steps, stepRename) {
				want(t, dir, "file=old")
			} else {
				want(t, dir, "file=new")
			}
		})
	}
}

// crashAt is set in a process that is to die before a step, to the step, a colon
// and the file.
const crashAt = "POSTHORN_ATOMICFILE_CRASH"

// A writer that dies at any step leaves the old file or the new one, and its
// temporary file under a name by which it is known.
func TestCrash(t *testing.T) {
	if step, path, ok := strings.Cut(os.Getenv(crashAt), ":"); ok {
		write(path, []byte("new"), 0o600, func(s string) error {
			if s == step {
				os.Exit(9)
			}
			return nil
		})
		return
	}
	for i, step := range steps {
		t.Run(step, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "file")
			put(t, path, "old")
			cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
			cmd.Env = append(os.Environ(), crashAt+"="+step+":"+path)
			if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 9 {
				t.Fatalf("the writer ended with %v", err)
			}
			left, err := filepath.Glob(filepath.Join(dir, Prefix+"*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range left {
				os.Remove(l)
			}
			if i <= slices.Index(steps, stepRename) {
				want(t, dir, "file=old")
			} else {
				want(t, dir, "file=new")
			}
			if err := Write(path, []byte("newer"), 0o600); err != nil {
				t.Fatal(err)
			}
			want(t, dir, "file=newer")
		})
	}
}

// What the system refuses is an error that names the file.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir string) (path string)
	}{
		{"no folder", func(t *testing.T, dir string) string { return filepath.Join(dir, "none", "file") }},
		{"a folder stands there", func(t *testing.T, dir string) string {
			path := filepath.Join(dir, "file")
			if err := os.MkdirAll(filepath.Join(path, "full"), 0o700); err != nil {
				t.Fatal(err)
			}
			return path
		}},
		{"the folder is read-only", func(t *testing.T, dir string) string {
			if os.Getuid() <= 0 {
				t.Skip("nothing is read-only for this user")
			}
			if err := os.Chmod(dir, 0o500); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.Chmod(dir, 0o700) })
			return filepath.Join(dir, "file")
		}},
		{"no files can be made there", func(t *testing.T, dir string) string {
			if runtime.GOOS != "linux" {
				t.Skip("no /proc here")
			}
			return "/proc/self/file"
		}},
		{"links in a circle", func(t *testing.T, dir string) string {
			link(t, "b", filepath.Join(dir, "a"))
			link(t, "a", filepath.Join(dir, "b"))
			return filepath.Join(dir, "a")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := c.make(t, dir)
			err := Write(path, []byte("new"), 0o600)
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("Write: %v, want an error that names %s", err, path)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, Prefix+"*")); len(left) > 0 {
				t.Errorf("%q is left", left)
			}
		})
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Skip("no symbolic links here:", err)
	}
}

// A configuration that is a link into another folder stays one.
func TestLink(t *testing.T) {
	for _, old := range []bool{true, false} {
		dir := t.TempDir()
		real, links := filepath.Join(dir, "real"), filepath.Join(dir, "links")
		for _, d := range []string{real, links} {
			if err := os.Mkdir(d, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		link(t, filepath.Join("..", "links", "second"), filepath.Join(links, "first"))
		link(t, filepath.Join(real, "file"), filepath.Join(links, "second"))
		if old {
			put(t, filepath.Join(real, "file"), "old")
		}
		if err := Write(filepath.Join(links, "first"), []byte("new"), 0o600); err != nil {
			t.Fatal(err)
		}
		want(t, real, "file=new")
		want(t, links, "first=new", "second=new")
		if to, err := os.Readlink(filepath.Join(links, "first")); err != nil {
			t.Errorf("the link is replaced: %q, %v", to, err)
		}
	}
}

// A file that another program has open is tried again, but not for ever.
func TestRetry(t *testing.T) {
	busy, other := errors.New("in use"), errors.New("other")
	for _, c := range []struct {
		name  string
		fails []error // in order; then it works
		want  error
		calls int
	}{
		{"free", nil, nil, 1},
		{"in use twice", []error{busy, busy}, nil, 3},
		{"in use for ever", slices.Repeat([]error{busy}, 100), busy, tries},
		{"another failure", []error{other}, other, 1},
		{"another failure later", []error{busy, other}, other, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			calls := 0
			err := retry(func() error {
				calls++
				if calls <= len(c.fails) {
					return c.fails[calls-1]
				}
				return nil
			}, func(err error) bool { return err == busy })
			if err != c.want || calls != c.calls {
				t.Errorf("%v after %d calls, want %v after %d", err, calls, c.want, c.calls)
			}
		})
	}
}

func TestSyncDir(t *testing.T) {
	if err := SyncDir(t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := SyncDir(filepath.Join(t.TempDir(), "none")); err == nil && runtime.GOOS != "windows" {
		t.Error("a folder that is not there is synced")
	}
}
