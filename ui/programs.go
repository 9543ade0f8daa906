package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/mail/mbox"
)

// This file gives messages to programs of the user's.

// The bounds of what a program gets, and of what it says.
const (
	maxInput  = 256 << 20 // octets
	maxOutput = 2000
	maxRun    = time.Minute
)

// pipe gives messages to a program and tells what it printed: one message as it
// is, unless it is always to be an mbox, as several are.
func (w world) pipe(ids []mail.ID, line string, always bool) tea.Cmd {
	return func() tea.Msg {
		var input []byte
		var err error
		if len(ids) == 1 && !always {
			input, err = w.engine.Raw(w.ctx, ids[0])
		} else {
			input, err = w.mbox(ids)
		}
		if err != nil {
			return failed{fmt.Errorf("give %s to a program: %w", count(ids), err)}
		}
		return w.run(line, input)
	}
}

// mbox returns messages one after the other.
func (w world) mbox(ids []mail.ID) ([]byte, error) {
	rows, err := w.engine.Rows(w.ctx, ids)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, errors.New("they are gone")
	}
	var b bytes.Buffer
	for _, s := range rows {
		raw, err := w.engine.Raw(w.ctx, s.ID)
		if err != nil {
			return nil, err
		}
		sender := ""
		if len(s.From) > 0 {
			sender = s.From[0].Address
		}
		if err := mbox.Write(&b, sender, s.When(), raw); err != nil {
			return nil, err
		}
		if b.Len() > maxInput {
			return nil, fmt.Errorf("they are larger than %d MB", maxInput>>20)
		}
	}
	return b.Bytes(), nil
}

// run runs a program with its input.
func (w world) run(line string, input []byte) tea.Msg {
	ctx, cancel := context.WithTimeout(w.ctx, maxRun)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Stdin = bytes.NewReader(input)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return failed{fmt.Errorf("%s: %w: %s", line, err, out[:min(len(out), maxOutput)])}
	}
	return said{"done: " + string(out[:min(len(out), maxOutput)])}
}
