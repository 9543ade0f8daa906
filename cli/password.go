package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"posthorn/account/secret"
	"posthorn/config"
)

// secretStores hands out the places that passwords are kept in. Tests and the
// demo put their own in the place of the keyring.
type secretStores struct{ keyring secret.Store }

// fixedSecret is a store that holds one password for everybody.
type fixedSecret string

func (s fixedSecret) Get(context.Context, string, string) (string, error)  { return string(s), nil }
func (fixedSecret) Set(context.Context, string, string, string) error      { return nil }
func (fixedSecret) Delete(ctx context.Context, account, kind string) error { return nil }

// passwordKind is the kind of secret under which an account's password is kept.
const passwordKind = "password"

// password returns an account's password from wherever it is kept.
func (e *env) password(ctx context.Context, a config.Account) (string, error) {
	store := e.store(a)
	pass, err := store.Get(ctx, a.Name, passwordKind)
	if err != nil {
		return "", fmt.Errorf("get the password of %s: %w", a.Name, err)
	}
	e.logging().secrets.Keep(pass)
	return pass, nil
}

// store returns where an account's password is kept.
func (e *env) store(a config.Account) secret.Store {
	switch {
	case a.Password.Command != "":
		return secret.Command{Line: a.Password.Command}
	case a.Password.Store == "file":
		return e.fileStore()
	}
	return e.keyringStore()
}

func (e *env) keyringStore() secret.Store {
	if e.secrets.keyring != nil {
		return e.secrets.keyring
	}
	return secret.Keyring{}
}

func (e *env) fileStore() secret.Store {
	return secret.File{Path: e.secretsFile(), Passphrase: e.askPassphrase, WorkFactor: e.workFactor}
}

func (e *env) secretsFile() string { return filepath.Join(e.paths.Data, "secrets.age") }

// unlock asks for the passphrase of the encrypted file, when an account needs
// it, while there is a terminal to ask on: before the interface takes it.
func (e *env) unlock(ctx context.Context, accounts []config.Account) error {
	for _, a := range accounts {
		if a.Password.Command == "" && a.Password.Store == "file" {
			if _, err := e.password(ctx, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// askPassphrase returns the passphrase of the encrypted file: from the
// environment, or asked for once.
func (e *env) askPassphrase() (string, error) {
	if e.passphrase != "" {
		return e.passphrase, nil
	}
	if p := os.Getenv("POSTHORN_PASSPHRASE"); p != "" {
		return p, nil
	}
	p, err := e.askSecret("Passphrase of Posthorn's encrypted file:")
	if errors.Is(err, errNoTerminal) {
		return "", advisedError{err, "set POSTHORN_PASSPHRASE"}
	}
	if err != nil {
		return "", err
	}
	if _, missing := os.Stat(e.secretsFile()); missing != nil { // a new one: what was mistyped could never be opened
		again, err := e.askSecret("The passphrase once more:")
		if err != nil {
			return "", err
		}
		if again != p {
			return "", errors.New("the two passphrases are not the same")
		}
	}
	e.passphrase = p
	return p, nil
}

// An advisedError says what can be done about it.
type advisedError struct {
	error
	advice string
}

func (a advisedError) Unwrap() error { return a.error }
func (a advisedError) Hint() string  { return a.advice }

var errNoTerminal = errors.New("there is no terminal to ask on")

// askSecret asks on the terminal without showing what is typed.
func (e *env) askSecret(prompt string) (string, error) {
	k := e.keyboard()
	if k == nil {
		return "", errNoTerminal
	}
	return k.secret(prompt)
}
