package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"posthorn/internal/ramdir"
	"posthorn/internal/seed"
)

// What this program does instead of testing, until it is killed or kills itself:
// open the store of the profile of this name, and die at a step; or write to it.
const (
	openerDir  = "POSTHORN_TEST_OPENER"
	openerStep = "POSTHORN_TEST_STEP"
	openerMore = "POSTHORN_TEST_MORE" // further steps of the schema: [later]
	writerDir  = "POSTHORN_TEST_WRITER"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(openerDir); dir != "" {
		if err := openAndDie(dir, os.Getenv(openerStep)); err != nil {
			fmt.Println("failed:", err)
			os.Exit(2)
		}
		os.Exit(0)
	}
	if dir := os.Getenv(writerDir); dir != "" {
		fmt.Println("failed:", write(dir))
		os.Exit(2) // it never ends by itself
	}
	os.Exit(m.Run())
}

// openAndDie opens a store and is killed at a step, named by its number.
func openAndDie(dir, step string) error {
	n, err := strconv.Atoi(step)
	if err != nil {
		return err
	}
	var more []string
	if os.Getenv(openerMore) != "" {
		more = later()
	}
	o, err := openerIn(dir, more...)
	if err != nil {
		return err
	}
	o.at = func(string) {
		if n--; n < 0 {
			die()
		}
	}
	return o.open(context.Background())
}

// die ends this process as kill -9 does.
func die() {
	p, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		panic(err)
	}
	select {}
}

// Whoever makes or mends a store is killed at each step. The next one comes to
// the same as if nothing had happened, and nothing is left lying about.
func TestKilledWhileItIsMade(t *testing.T) {
	for name, c := range map[string]struct {
		make func(testing.TB) string
		want []known
	}{
		"a profile without a store": {profile, taken()},
		"a damaged store": {func(t testing.TB) string {
			dir := profile(t)
			s := openIn(t, dir)
			account(t, s, "third")
			var page, size int64 // of the index of the names, which nothing is read by
			must(t, s.db.QueryRow("SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE tbl_name = 'accounts' AND type = 'index'").Scan(&page, &size))
			must(t, s.Close())
			must(t, os.RemoveAll(filepath.Join(dir, "state")))
			f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
			must(t, err)
			_, err = f.WriteAt(make([]byte, size), (page-1)*size)
			must(t, err)
			must(t, f.Close())
			return dir
		}, append(taken(), known{name: "third", number: 2})},
		"a new profile": {func(t testing.TB) string { return ramdir.New(t) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := 0
			for ; ; steps++ {
				dir := c.make(t)
				died := run(t, dir, steps)
				s := openIn(t, dir)
				if got := dump(t, s); !reflect.DeepEqual(got, c.want) {
					t.Errorf("killed at step %d, the store holds %+v, not %+v", steps, got, c.want)
				}
				for _, f := range list(t, s.dir) {
					if strings.HasSuffix(f, ".new") || strings.HasSuffix(f, ".ready") {
						t.Errorf("killed at step %d, %s is left", steps, f)
					}
				}
				must(t, s.Close())
				if !died {
					break
				}
			}
			if steps < 5 {
				t.Errorf("there were only %d steps", steps)
			}
		})
	}
}

// run opens the store in a process that dies at a step, and reports whether it
// came that far.
func run(t *testing.T, dir string, step int, env ...string) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), openerDir+"="+dir, openerStep+"="+strconv.Itoa(step)), env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.Exited() && err != nil {
		t.Fatalf("step %d: %v: %s", step, err, out)
	}
	return err != nil
}

// write takes ids and notes deliveries, and says so before and after.
func write(dir string) error {
	ctx := context.Background()
	s, err := Open(ctx, filepath.Join(dir, "data"), filepath.Join(dir, "state"))
	if err != nil {
		return err
	}
	list, err := s.Accounts(ctx, []string{"home"})
	if err != nil {
		return err
	}
	a := list[0]
	for {
		first, err := a.Messages(ctx, 3)
		if err != nil {
			return err
		}
		fmt.Println("took", first)
		if err := a.NoteDeliveries(ctx, delivered(fmt.Sprint(first))); err != nil {
			return err
		}
		fmt.Println("saw", first)
	}
}

// Writers are killed at any point, two at a time, again and again. No id is
// given twice, and what was noted is there.
func TestKilledWriters(t *testing.T) {
	dir, rng := ramdir.New(t), seed.Rand(t, 0)
	took, saw := map[string]bool{}, map[string]bool{}
	for range 6 {
		a, b := startWriter(t, dir), startWriter(t, dir)
		for _, w := range []*writer{a, b} {
			w.read(t, rng.IntN(30), took, saw)
		}
		for _, w := range []*writer{a, b} {
			must(t, w.cmd.Process.Kill())
			w.read(t, -1, took, saw)
			w.cmd.Wait()
		}
	}
	a := account(t, openIn(t, dir), "home")
	if len(took) == 0 || len(saw) == 0 {
		t.Error("the writers came to nothing")
	}
	noted, err := a.Deliveries(context.Background())
	must(t, err)
	for id := range saw {
		if !slices.Contains(noted, delivered(id)) {
			t.Errorf("%s was noted, and is not there", id)
		}
	}
	next, err := a.Messages(context.Background(), 1)
	must(t, err)
	for id := range took {
		if n, err := strconv.ParseInt(id, 10, 64); err != nil || n+2 >= next {
			t.Errorf("%s was given, and %d comes next", id, next)
		}
	}
}

type writer struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func startWriter(t *testing.T, dir string) *writer {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerDir+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return &writer{cmd, bufio.NewScanner(out)}
}

// read collects some lines of what a writer says, or all.
func (w *writer) read(t *testing.T, lines int, took, saw map[string]bool) {
	t.Helper()
	for n := 0; n != lines && w.out.Scan(); n++ {
		switch word, id, _ := strings.Cut(w.out.Text(), " "); {
		case word == "took" && !took[id]:
			took[id] = true
		case word == "saw":
			saw[id] = true
		default:
			t.Errorf("a writer said %q", w.out.Text())
		}
	}
}
