package seed

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tried is set in the process in which TestTried draws numbers and fails.
const tried = "POSTHORN_SEED_TRIED"

func TestTried(t *testing.T) {
	if os.Getenv(tried) == "" {
		return
	}
	t.Run("numbers", func(t *testing.T) {
		t.Errorf("drawn %d %d", Rand(t, 0).Uint64(), Rand(t, 1).Uint64())
	})
	t.Run("examples", func(t *testing.T) {
		var drawn []uint64
		Check(t, func(r *rapid.T) {
			drawn = append(drawn, rapid.Uint64().Draw(r, "n"))
		})
		t.Errorf("drawn %d", drawn)
	})
}

// run runs TestTried with a seed, and returns what it drew and the seeds it told.
func run(t *testing.T, seed string) (drawn, told []string, out string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestTried$")
	cmd.Env = append(os.Environ(), tried+"=1", variable+"="+seed)
	b, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatalf("it does not fail:\n%s", b)
	}
	for _, m := range regexp.MustCompile(variable+`=(\d+) repeats`).FindAllStringSubmatch(string(b), -1) {
		told = append(told, m[1])
	}
	return regexp.MustCompile(`drawn.*`).FindAllString(string(b), -1), told, string(b)
}

// Each run draws other numbers, and the seed that a failure tells draws the same
// ones again.
func TestRepeated(t *testing.T) {
	first, seeds, out := run(t, "")
	if len(first) != 2 || len(slices.Compact(seeds)) != 1 {
		t.Fatalf("drawn is %q with %q:\n%s", first, seeds, out)
	}
	if other, _, _ := run(t, ""); other[0] == first[0] || other[1] == first[1] {
		t.Errorf("two runs draw %q and %q", first, other)
	}
	if again, _, _ := run(t, seeds[0]); !slices.Equal(again, first) {
		t.Errorf("with %s drawn is %q, was %q", seeds[0], again, first)
	}
}

func TestWrong(t *testing.T) {
	for _, s := range []string{"0", "-1", "x"} {
		if _, _, out := run(t, s); !strings.Contains(out, variable+"="+s+" is not a number") {
			t.Errorf("%q gives\n%s", s, out)
		}
	}
}
