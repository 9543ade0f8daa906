// Gotest runs go test with the arguments it is given, prints what go test
// prints, and at the end which tests were left out and why. Tests that are held
// by knownfault are listed apart, by the ids of the faults. Its exit status is
// that of go test.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
)

func main() {
	// An interrupt ends go test, and what it had done until then is told.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)
	code, err := run(".", os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gotest:", err)
	}
	os.Exit(code)
}

// run runs go test in a folder and returns its exit status.
func run(dir string, args []string, out, errs io.Writer) (int, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Dir, cmd.Stderr = dir, errs
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	r := newReport(out)
	err = read(events, r)
	if err != nil {
		cmd.Process.Kill() // it must not wait for a reader that is gone
	}
	waited := cmd.Wait()
	r.end()
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
