// Package secret keeps the passwords of accounts: in the keyring of the system,
// in a file that a passphrase encrypts, or not at all, where a command gives
// them. None ever stands in the configuration.
package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/zalando/go-keyring"
)

// The errors that someone decides by.
var (
	// ErrUnavailable says that there is no such store on this machine.
	ErrUnavailable = errors.New("no keyring answers")
	// ErrNotFound says that the store does not know the secret.
	ErrNotFound = errors.New("no password is stored")
)

// A Store keeps secrets by account and kind.
type Store interface {
	// Get returns a secret, or an error that wraps [ErrNotFound].
	Get(ctx context.Context, account, kind string) (string, error)
	Set(ctx context.Context, account, kind, secret string) error
	// Delete forgets a secret. One that is not there is no error.
	Delete(ctx context.Context, account, kind string) error
}

// A hinted error says what can be done about it.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }
func (h hinted) Hint() string  { return h.hint }

const service = "posthorn"

// Keyring is the system's keyring. A locked one asks its user, and is waited for
// no longer than Wait.
type Keyring struct {
	Wait time.Duration // zero: 30 seconds
}

// Get returns a secret from the keyring.
func (k Keyring) Get(ctx context.Context, account, kind string) (string, error) {
	var s string
	err := k.do(ctx, func() (err error) {
		s, err = keyring.Get(service, account+"/"+kind)
		return err
	})
	if err != nil {
		return "", err // s belongs to what may still be running
	}
	return s, nil
}

// Set puts a secret into the keyring.
func (k Keyring) Set(ctx context.Context, account, kind, secret string) error {
	return k.do(ctx, func() error { return keyring.Set(service, account+"/"+kind, secret) })
}

// Delete removes a secret from the keyring.
func (k Keyring) Delete(ctx context.Context, account, kind string) error {
	err := k.do(ctx, func() error { return keyring.Delete(service, account+"/"+kind) })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// do asks the keyring. The library knows no context, so a keyring that never
// answers keeps its goroutine; the program goes on without it.
func (k Keyring) do(ctx context.Context, ask func() error) error {
	if k.Wait == 0 {
		k.Wait = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, k.Wait)
	defer cancel()
	answer := make(chan error, 1)
	go func() { answer <- ask() }()
	select {
	case err := <-answer:
		return keyringError(err)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return ctx.Err()
		}
		return hinted{fmt.Errorf("%w: it did not answer in %v", ErrUnavailable, k.Wait), "unlock the keyring, or use --password-command"}
	}
}

func keyringError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return hinted{fmt.Errorf("the keyring: %w", ErrNotFound), "posthorn account password stores it"}
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return fmt.Errorf("the keyring: %w", err)
	}
	return hinted{fmt.Errorf("%w: %w", ErrUnavailable, err), "use --password-command, or an encrypted file"}
}

// Command is a command that prints the password on its first line, run by the
// shell. It cannot be written to.
type Command struct {
	Line string
	Wait time.Duration // zero: a minute
}

// Get runs the command.
func (c Command) Get(ctx context.Context, account, _ string) (string, error) {
	if c.Wait == 0 {
		c.Wait = time.Minute
	}
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", c.Line)
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("it did not end in %v", c.Wait)
		}
		if s := firstLine(said.String()); s != "" {
			err = fmt.Errorf("%w: %s", err, s)
		}
		return "", hinted{fmt.Errorf("run the password command of %s: %w", account, err), "run the command by hand to see what is wrong"}
	}
	s := firstLine(string(out))
	if s == "" {
		return "", fmt.Errorf("the password command of %s printed nothing: %w", account, ErrNotFound)
	}
	return s, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.TrimRight(line, "\r")
}

var errReadOnly = errors.New("a password command cannot store a password")

// Set fails.
func (Command) Set(context.Context, string, string, string) error { return errReadOnly }

// Delete does nothing: the password is not ours.
func (Command) Delete(context.Context, string, string) error { return nil }
