package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"posthorn/mail/safe"
)

// A keyboard is where somebody can be asked: a terminal. Nil is none.
type keyboard struct {
	in  *os.File
	out io.Writer
}

// keyboard returns the terminal that standard input is, or nil.
func (e *env) keyboard() *keyboard {
	f, ok := e.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return &keyboard{f, e.errs}
}

// maxAnswer bounds what is typed.
const maxAnswer = 64 << 10

var errNoAnswer = errors.New("nothing was answered")

// line asks for a line. A terminal gives one at a time, so nothing that is typed
// ahead of the next question is lost here.
func (k *keyboard) line(prompt string) (string, error) {
	return k.read(prompt, false, func() (string, error) {
		s, err := bufio.NewReader(io.LimitReader(k.in, maxAnswer)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			fmt.Fprintln(k.out)
			err = errNoAnswer
		}
		return strings.TrimSpace(s), err
	})
}

// secret asks for a line that is not shown.
func (k *keyboard) secret(prompt string) (string, error) {
	return k.read(prompt, true, func() (string, error) {
		b, err := term.ReadPassword(int(k.in.Fd()))
		fmt.Fprintln(k.out)
		if errors.Is(err, io.EOF) {
			err = errNoAnswer
		}
		return string(b), err
	})
}

// read asks and reads until somebody interrupts that, from the question on; the
// terminal then is as it was. What reads cannot be stopped and is left behind: the
// program ends.
func (k *keyboard) read(prompt string, hidden bool, f func() (string, error)) (string, error) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(interrupted)
	fmt.Fprint(k.out, safe.Line(prompt)+" ")
	before, err := term.GetState(int(k.in.Fd()))
	if err != nil {
		return "", fmt.Errorf("ask on the terminal: %w", err)
	}
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := f()
		answered <- answer{text, err}
	}()
	select {
	case a := <-answered:
		return a.text, a.err
	case <-interrupted:
		if hidden {
			k.awaitChange(before)
		}
		fmt.Fprintln(k.out)
		return "", errors.Join(context.Canceled, term.Restore(int(k.in.Fd()), before))
	}
}

// awaitChange waits until what reads has put the terminal into another state: done
// after that was put right, it would stay.
func (k *keyboard) awaitChange(before *term.State) {
	for range 1000 {
		now, err := term.GetState(int(k.in.Fd()))
		if err != nil || !reflect.DeepEqual(now, before) {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// flush throws away what was typed and not yet read.
func (k *keyboard) flush() {
	if k != nil {
		flushInput(k.in.Fd())
	}
}
