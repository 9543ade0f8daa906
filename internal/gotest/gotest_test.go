package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// tree is a module whose tests end in all ways that tests end.
const tree = `
-- go.mod --
module example
go 1.26
-- passes/x_test.go --
package x
import ("fmt"; "testing")
func TestX(t *testing.T) { t.Log("logged"); fmt.Println("printed") }
-- empty/x.go --
package x
-- skips/x_test.go --
package x
import "testing"
func TestHere(t *testing.T) { t.Log("one"); t.Skip("left out: no server", "\n", "here") }
func TestToo(t *testing.T) { t.Run("a part", func(t *testing.T) { t.Parallel(); t.Skip("left out: no server\nhere") }) }
func TestSilent(t *testing.T) { t.SkipNow() }
func TestHeld(t *testing.T) { t.Run("of two", func(t *testing.T) { t.Skip("known fault T4") }) }
func TestHeldToo(t *testing.T) { t.Skipf("known fault %s", "T4") }
func TestOther(t *testing.T) { t.Skip("known fault R10") }
-- fails/x_test.go --
package x
import ("fmt"; "os"; "testing")
func TestGood(t *testing.T) { t.Log("of no use") }
func TestBad(t *testing.T) {
	t.Log("before")
	fmt.Println("printed")
	fmt.Fprintln(os.Stderr, "to stderr")
	t.Run("good", func(t *testing.T) { t.Log("of no use") })
	t.Run("bad", func(t *testing.T) { t.Parallel(); t.Errorf("two\nlines") })
	t.Run("left out", func(t *testing.T) { t.Skip("left out: for another reason") })
}
-- builds/x_test.go --
package x
import "testing"
func TestX(t *testing.T) { undefined() }
-- vets/x_test.go --
package x
import "testing"
func TestX(t *testing.T) { t.Logf("%d", "x") }
-- panics/x_test.go --
package x
import "testing"
func TestGood(t *testing.T) { t.Log("of no use") }
func TestX(t *testing.T) { t.Run("sub", func(t *testing.T) { panic("lost") }) }
-- exits/x_test.go --
package x
import ("fmt"; "os"; "testing")
func TestX(t *testing.T) { fmt.Println("it says"); os.Exit(7) }
-- hangs/x_test.go --
package x
import "testing"
func TestGood(t *testing.T) { t.Log("all is shown") }
func TestX(t *testing.T) { t.Log("it begins"); select {} }
`

func module(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(tree)).Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRun(t *testing.T) {
	dir := module(t)
	for _, tt := range []struct {
		args string
		code int
		want []string
		not  []string
	}{
		{"./passes ./empty", 0, []string{"?   \texample/empty\t[no test files]\n", "ok  \texample/passes\t"}, []string{"TestX", "logged", "printed", "PASS", "left out", "known"}},
		{"./skips", 0, []string{"ok  \texample/skips\t", "\nleft out: 3 tests\n",
			"  no server here: 2 tests\n    example/skips: TestHere\n    example/skips: TestToo/a_part\n",
			"  no reason given: 1 test\n    example/skips: TestSilent\n",
			"\nheld as known faults: 3 tests\n", "  R10: 1 test\n    example/skips: TestOther\n",
			"  T4: 2 tests\n    example/skips: TestHeld/of_two\n    example/skips: TestHeldToo\n"}, []string{"SKIP", "x_test.go"}},
		{"./fails ./passes", 1, []string{"x_test.go:5: before\n", "printed\n", "to stderr\n", "x_test.go:9: two\n", "lines\n", "--- FAIL: TestBad", "--- FAIL: TestBad/bad", "FAIL\texample/fails\t",
			"ok  \texample/passes\t", "left out: 1 test\n  for another reason: 1 test\n    example/fails: TestBad/left_out\n"}, []string{"of no use", "=== ", "PASS"}},
		{"./builds ./passes", 1, []string{"builds/x_test.go:3:28: undefined: undefined\n", "FAIL\texample/builds [build failed]\n", "ok  \texample/passes\t"}, nil},
		{"./vets", 1, []string{"x_test.go:3", "wrong type string", "FAIL\texample/vets [build failed]\n"}, nil},
		{"./panics", 1, []string{"--- FAIL: TestX/sub", "panic: lost", "goroutine ", "FAIL\texample/panics\t"}, []string{"of no use"}},
		{"./exits", 1, []string{"it says\n", "FAIL\texample/exits\t"}, nil},
		{"-timeout 1s ./hangs", 1, []string{"all is shown", "it begins", "panic: test timed out after 1s", "goroutine ", "FAIL\texample/hangs\t"}, nil},
		{"./nowhere", 1, []string{"FAIL\t./nowhere [setup failed]\n"}, nil},
		{"-count=x", 2, nil, []string{"ok"}},
		{"./passes -- ./skips", 0, []string{"ok  \texample/passes\t", "ok  \texample/skips\t", "\nleft out: 3 tests\n"}, nil},
		{"./fails -- ./skips", 1, []string{"FAIL\texample/fails\t", "ok  \texample/skips\t", "\nleft out: 4 tests\n"}, nil},
		{"./passes -- ./fails", 1, []string{"FAIL\texample/fails\t"}, nil},
	} {
		t.Run(tt.args, func(t *testing.T) {
			t.Parallel()
			var out, errs bytes.Buffer
			code, err := runs(dir, strings.Fields(tt.args), &out, &errs)
			if err != nil || code != tt.code {
				t.Errorf("it ends with %d, %v; want %d", code, err, tt.code)
			}
			for _, s := range tt.want {
				if !strings.Contains(out.String(), s) {
					t.Errorf("%q is not there", s)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(out.String(), s) {
					t.Errorf("%q is there", s)
				}
			}
			if t.Failed() {
				t.Logf("it prints\n%son standard error\n%s", &out, &errs)
			}
		})
	}
}

// Of a package that failed, everything is shown that go test itself shows.
func TestAsGoTest(t *testing.T) {
	dir := module(t)
	var out, errs bytes.Buffer
	if _, err := runs(dir, []string{"./fails", "./passes", "./builds"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "./fails", "./passes", "./builds")
	cmd.Dir = dir
	plain, err := cmd.Output()
	if exit := new(exec.ExitError); !errors.As(err, &exit) {
		t.Fatal(err)
	}
	got := lines(out.String())
	for _, line := range lines(string(plain)) {
		if !slices.Contains(got, line) {
			t.Errorf("the line %q is missing in\n%s", line, &out)
		}
	}
}

// A stream that ends in the middle, and lines that are no events.
func TestCut(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out)
	for _, s := range []string{`not an event`, `{"Action":"run","Package":"p","Test":"T"}`, `{"Action":"output","Package":"p","Test":"T","Output":"it said\n"}`} {
		r.line([]byte(s + "\n"))
	}
	r.rest()
	r.end()
	if got, want := out.String(), "not an event\nit said\n"; got != want {
		t.Errorf("it prints %q, want %q", got, want)
	}
}

// lines returns what differs neither from run to run nor by the indentation.
func lines(s string) (list []string) {
	for line := range strings.Lines(regexp.MustCompile(`[0-9.]+s\b|\(cached\)`).ReplaceAllString(s, "")) {
		list = append(list, strings.TrimSpace(line))
	}
	return list
}
