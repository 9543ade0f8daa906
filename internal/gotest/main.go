// Gotest runs go test with the arguments it is given, prints what go test
// prints, and at the end which tests were left out and why. Tests that are held
// by knownfault are listed apart, by the ids of the faults. Its exit status is
// that of go test.
//
// Arguments behind a "--" are for another run of go test, which comes next
// whatever became of the first. There is one end of all runs, and the exit status
// is that of the first that failed.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
)

func main() {
	// An interrupt ends go test, and what it had done until then is told.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	code, err := runs(".", os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	os.Exit(code)
}

// runs runs go test in a folder and returns its exit status.
func runs(dir string, args []string, out, errs io.Writer) (code int, err error) {
	r := newReport(out)
	for more := true; more; {
		var these []string
		these, args, more = cut(args)
		c, e := run(dir, these, r, errs)
		if code == 0 {
			code = c
		}
		err = errors.Join(err, e)
	}
	r.end()
	return code, err
}

// cut returns the arguments before and behind the first "--".
func cut(args []string) (before, behind []string, found bool) {
	if i := slices.Index(args, "--"); i >= 0 {
		return args[:i], args[i+1:], true
	}
	return args, nil, false
}

func run(dir string, args []string, r *report, errs io.Writer) (int, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, errs
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	err = read(events, r)
	if err != nil {
		cmd.Process.Kill() // it must not wait for a reader that is gone
	}
	waited := cmd.Wait()
	r.rest()
	if exit := new(exec.ExitError); waited != nil && !errors.As(waited, &exit) {
		err = errors.Join(err, waited)
	}
	code := cmd.ProcessState.ExitCode()
	if code < 0 || code == 0 && err != nil { // killed, or not understood
		code = 1
	}
	return code, err
}

// read passes on the lines that go test prints. They may be long: a test may
// print what it likes.
func read(events io.Reader, r *report) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			r.line(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what go test prints: %w", err)
		}
	}
}
