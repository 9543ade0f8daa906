// Command bench measures what the README says: how long a cold synchronisation
// takes beside a raw client that throws the same bytes away, how long a warm
// start takes to a painted list, how much memory that needs, and how long a key
// takes to a repainted screen. It needs Dovecot, and prints a table.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"posthorn/internal/lab"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if m := lab.Missing(lab.Options{}); len(m) > 0 {
		return fmt.Errorf("missing here: %s", strings.Join(m, ", "))
	}
	dir, err := os.MkdirTemp("", "posthorn-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := lab.Start(dir, lab.Options{})
	if err != nil {
		return err
	}
	defer s.Stop()
	fmt.Printf("%d cores, %s, %s/%s\n", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	for user, n := range map[string]int{"cold": coldMessages, "warm": warmMessages, "few": fewMessages} {
		if err := fill(s, user, n); err != nil {
			return err
		}
	}
	// A process begins with the peak memory of the one that starts it, so those
	// that are measured for it come first.
	for _, measure := range []func(context.Context, *lab.Servers, string) error{warmStart, coldSync, imapFigures, cacheFigures} {
		if err := measure(ctx, s, dir); err != nil {
			return err
		}
	}
	return nil
}

// build builds the program as it is shipped.
func build(dir string) (string, error) {
	path := filepath.Join(dir, "posthorn")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "posthorn")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w: %s", err, out)
	}
	return path, nil
}

// median returns the middle of some durations, and percentile another place.
func median(list []time.Duration) time.Duration { return percentile(list, 50) }

func percentile(list []time.Duration, p int) time.Duration {
	s := slices.Sorted(slices.Values(list))
	return s[min(len(s)*p/100, len(s)-1)]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
