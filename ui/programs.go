package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/internal/disk"
	"posthorn/mail"
	"posthorn/mail/mbox"
)

// This file gives messages to programs of the user's.

// The bounds of what a program gets, and of what it says.
const (
	maxInput  = 1 << 30 // octets
	maxOutput = 2000
	maxRun    = time.Minute
)

// pipe gives messages to a program and tells what it printed: one message as it
// is, unless it is always to be an mbox, as several are.
func (w world) pipe(ids []mail.ID, line string, always bool) tea.Cmd {
	return func() tea.Msg {
		input, err := os.CreateTemp("", "posthorn-*")
		if err != nil {
			return failed{fmt.Errorf("give %s to a program: %w", count(ids), disk.Explain(os.TempDir(), err))}
		}
		defer os.Remove(input.Name())
		defer input.Close()
		give := w.mbox
		if len(ids) == 1 && !always {
			give = func(ids []mail.ID, to io.Writer) error { return w.engine.Copy(w.ctx, ids[0], to) }
		}
		if err := give(ids, &bounded{input, maxInput}); err != nil {
			return failed{fmt.Errorf("give %s to a program: %w", count(ids), err)}
		}
		if _, err := input.Seek(0, io.SeekStart); err != nil {
			return failed{fmt.Errorf("give %s to a program: %w", count(ids), err)}
		}
		return w.run(line, input)
	}
}

// A bounded file takes a number of octets.
type bounded struct {
	file *os.File
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("they are larger than %d MB", maxInput>>20)
	}
	n, err := b.file.Write(p)
	return n, disk.Explain(os.TempDir(), err)
}

// mbox writes messages one after the other.
func (w world) mbox(ids []mail.ID, to io.Writer) error {
	rows, err := w.engine.Rows(w.ctx, ids)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("they are gone")
	}
	for _, s := range rows {
		sender := ""
		if len(s.From) > 0 {
			sender = s.From[0].Address
		}
		one := mbox.Start(to, sender, s.When())
		if err := w.engine.Copy(w.ctx, s.ID, one); err != nil {
			return err
		}
		if err := one.Close(); err != nil {
			return err
		}
	}
	return nil
}

// run runs a program with its input.
func (w world) run(line string, input io.Reader) tea.Msg {
	ctx, cancel := context.WithTimeout(w.ctx, maxRun)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Stdin = input
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return failed{fmt.Errorf("%s: %w: %s", line, err, out[:min(len(out), maxOutput)])}
	}
	return said{"done: " + string(out[:min(len(out), maxOutput)])}
}
