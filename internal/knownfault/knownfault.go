// Package knownfault holds tests of faults that are known and not mended yet.
//
// Such a test says what is right, as any test does, and begins with
//
//	knownfault.Held(t, "T4", "the attachment is gone")
//
// Held runs the test in a process of its own. As long as it fails there, and
// for the reason given, it is passed over. Once it passes, or fails in another
// way, the suite fails: then the mark goes, or the reason is put right. A
// process of its own also holds faults that crash or never end.
package knownfault

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"
)

// variable is set, to the name of the test, in the process that runs it.
const variable = "POSTHORN_KNOWN_FAULT"

// limit is how long a held test may take before it counts as one that hangs.
const limit = 30 * time.Second

// hangs is what a test that never ends is said to print.
const hangs = "test timed out"

// Held marks t as the test of a fault that is known by id and not mended.
// Says is a regular expression for what the test prints when it fails; one
// that matches "test timed out" is for a test that hangs. Held returns
// only in the process that is to run the test.
func Held(t *testing.T, id, says string) {
	t.Helper()
	if os.Getenv(variable) == t.Name() {
		return
	}
	out, err := run(t.Name(), variable+"="+t.Name())
	switch {
	case err == nil && !strings.Contains(out, "--- PASS: "+t.Name()):
		t.Fatalf("%s did not run:\n%s", id, out)
	case err == nil:
		t.Fatalf("%s is mended: take its mark away", id)
	case !regexp.MustCompile(says).MatchString(out):
		t.Fatalf("%s fails in another way than %q:\n%s", id, says, out)
	}
	t.Skipf("known fault %s", id)
}

// run runs a test of this binary in a process of its own, with a variable added
// to its environment, and returns what it prints.
func run(name, env string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "-test.v", "-test.count=1", "-test.timeout="+limit.String(), "-test.run="+pattern(name))
	cmd.Env = append(os.Environ(), env)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		return string(out), err
	}
	if ctx.Err() != nil {
		return string(out) + "\n" + hangs, ctx.Err()
	}
	return string(out), err
}

// pattern returns the value of -test.run that selects just the test of a name.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}
