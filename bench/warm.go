package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"

	"posthorn/internal/lab"
)

const (
	warmMessages = 100000
	warmRuns     = 7
	keyPresses   = 200
)

// warmStart times the built program, with its cache full, from exec to a painted
// list, and from a key to the repainted screen.
func warmStart(ctx context.Context, s *lab.Servers, dir string) error {
	path, err := build(dir)
	if err != nil {
		return err
	}
	profile := filepath.Join(dir, "profile")
	if err := os.MkdirAll(profile, 0o700); err != nil {
		return err
	}
	config := fmt.Sprintf("[[account]]\nname = \"warm\"\naddress = \"warm@example.org\"\n[account.password]\ncommand = \"echo %s\"\n[account.imap]\nhost = \"127.0.0.1\"\nport = %d\ntls = \"none\"\n", lab.Password, s.IMAP)
	if err := os.WriteFile(filepath.Join(profile, "config.toml"), []byte(config), 0o600); err != nil {
		return err
	}
	sync := exec.CommandContext(ctx, path, "--profile", profile, "sync")
	start := time.Now()
	if out, err := sync.CombinedOutput(); err != nil {
		return fmt.Errorf("sync: %w: %s", err, out)
	}
	fmt.Printf("posthorn sync of %d messages, with its index: %s, peak memory %d MB\n", warmMessages, ms(time.Since(start)), peak(sync))
	var starts, keys []time.Duration
	memory := 0
	for range warmRuns {
		x, err := openTerminal(path, profile)
		if err != nil {
			return err
		}
		painted, err := x.waitFor(regexp.MustCompile(`(Ann Roe|Ben Okafor|Mira Castell|Build Robot).*[a-z]`))
		if err != nil {
			return err
		}
		starts = append(starts, painted)
		for range keyPresses / warmRuns {
			took, err := x.press("j")
			if err != nil {
				return err
			}
			keys = append(keys, took)
		}
		x.close()
		memory = max(memory, peak(x.cmd))
	}
	fmt.Printf("warm start with %d messages, from exec to a painted list: %s (must be at most 100 ms)\n", warmMessages, ms(median(starts)))
	fmt.Printf("  peak memory %d MB (must be below 80)\n", memory)
	fmt.Printf("key to repainted screen: median %s, p95 %s (must be below 16 ms)\n", ms(median(keys)), ms(percentile(keys, 95)))
	return nil
}

// peak returns the most memory that a process had, in MB.
func peak(cmd *exec.Cmd) int {
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		return int(u.Maxrss / 1024)
	}
	return 0
}

// terminal is the program in a pseudo-terminal, as far as its output is timed.
type terminal struct {
	cmd    *exec.Cmd
	f      *os.File
	start  time.Time
	chunks chan chunk
}

type chunk struct {
	at   time.Time
	data []byte
}

func openTerminal(path, profile string) (*terminal, error) {
	x := &terminal{cmd: exec.Command(path, "--profile", profile), chunks: make(chan chunk, 10000)}
	x.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor")
	x.start = time.Now()
	f, err := pty.StartWithSize(x.cmd, &pty.Winsize{Rows: 50, Cols: 160})
	if err != nil {
		return nil, err
	}
	x.f = f
	go func() {
		defer close(x.chunks)
		for {
			b := make([]byte, 32<<10)
			n, err := f.Read(b)
			if n > 0 {
				x.chunks <- chunk{time.Now(), b[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	return x, nil
}

// waitFor returns how long after the start a text was on the screen.
func (x *terminal) waitFor(text *regexp.Regexp) (time.Duration, error) {
	var all bytes.Buffer
	late := time.After(20 * time.Second)
	for {
		select {
		case c, ok := <-x.chunks:
			if !ok {
				return 0, fmt.Errorf("the program ended: %s", all.String())
			}
			all.Write(c.data)
			if text.Match(all.Bytes()) {
				return c.at.Sub(x.start), nil
			}
		case <-late:
			return 0, fmt.Errorf("the list was not painted: %q", all.String())
		}
	}
}

// press presses a key and returns how long it took to the first output that is an
// answer to it: the place of the cursor in the list's title.
func (x *terminal) press(key string) (time.Duration, error) {
	x.drain()
	start := time.Now()
	if _, err := x.f.WriteString(key); err != nil {
		return 0, err
	}
	for {
		select {
		case c, ok := <-x.chunks:
			if !ok {
				return 0, fmt.Errorf("the program ended")
			}
			if strings.ContainsAny(string(c.data), "0123456789") {
				return c.at.Sub(start), nil
			}
		case <-time.After(5 * time.Second):
			return 0, fmt.Errorf("no answer to %s", strconv.Quote(key))
		}
	}
}

// drain waits until nothing has been drawn for a while: what comes then is the
// answer to a key.
func (x *terminal) drain() {
	for {
		select {
		case <-x.chunks:
		case <-time.After(60 * time.Millisecond):
			return
		}
	}
}

func (x *terminal) close() {
	x.f.WriteString("\x03")
	done := make(chan struct{})
	go func() { x.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		x.cmd.Process.Kill()
		<-done
	}
	x.f.Close()
}
