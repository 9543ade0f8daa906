// Package seed gives the random tests their start: another one in each run, so
// that they find more the more often they run.
//
// A test that fails, or that runs with -v, prints the start it had. To repeat
// it, set POSTHORN_SEED to that number. Nothing but tests imports this package.
package seed

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// variable repeats a run.
const variable = "POSTHORN_SEED"

// process is the seed of this process. All its tests share one, since rapid
// has only one flag for them, which must not change while tests run in parallel.
var process = sync.OnceValues(func() (uint64, error) {
	n := 1 + rand.Uint64N(1<<32) // 0 would have rapid draw another one
	if s := os.Getenv(variable); s != "" {
		var err error
		if n, err = strconv.ParseUint(s, 10, 64); err != nil || n == 0 {
			return 0, fmt.Errorf("%s=%s is not a number above 0", variable, s)
		}
	}
	return n, setFlags(n)
})

// setFlags sets those flags of rapid that were not given. A failure needs no
// file to be repeated, and is made small in a time that one waits for.
func setFlags(n uint64) error {
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	var errs []error
	for name, value := range map[string]string{"rapid.seed": strconv.FormatUint(n, 10), "rapid.nofailfile": "true", "rapid.shrinktime": "5s"} {
		if !given[name] {
			errs = append(errs, flag.Set(name, value))
		}
	}
	return errors.Join(errs...)
}

// of returns the seed, and has t say it where it says anything.
func of(t testing.TB) uint64 {
	t.Helper()
	n, err := process()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s=%d repeats this", variable, n)
	return n
}

// Rand returns random numbers for t. Tests that use several streams of them
// number these, so that each is another one.
func Rand(t testing.TB, stream uint64) *rand.Rand {
	t.Helper()
	return rand.New(rand.NewPCG(of(t), stream))
}

// Check is [rapid.Check] from the seed of this run. The seed that rapid prints
// is that of the example that failed; POSTHORN_SEED takes it, too.
func Check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	of(t)
	rapid.Check(t, property)
}
