package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"posthorn/internal/atomicfile"
	"posthorn/internal/disk"
)

// File is a file that age encrypts with a passphrase.
type File struct {
	Path       string
	Passphrase func() (string, error) // asked for whenever the file is used
	WorkFactor int                    // of scrypt, as a power of two; zero: age's own
}

// Get returns a secret from the file.
func (f File) Get(_ context.Context, account, kind string) (string, error) {
	all, _, err := f.read()
	if err != nil {
		return "", err
	}
	s, ok := all[account+"/"+kind]
	if !ok {
		return "", hinted{fmt.Errorf("the encrypted file: %w", ErrNotFound), "posthorn account password stores it"}
	}
	return s, nil
}

// Set puts a secret into the file, which is made when it is not there.
func (f File) Set(_ context.Context, account, kind, secret string) error {
	return f.change(func(all map[string]string) { all[account+"/"+kind] = secret })
}

// Delete removes a secret from the file.
func (f File) Delete(_ context.Context, account, kind string) error {
	if _, err := os.Stat(f.Path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return f.change(func(all map[string]string) { delete(all, account+"/"+kind) })
}

// change reads the file, changes it and puts a new one in its place. A lock
// keeps two processes from losing each other's secrets.
func (f File) change(edit func(map[string]string)) error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
		return fmt.Errorf("make the encrypted file: %w", disk.Explain(f.Path, err))
	}
	lock := flock.New(f.Path + ".lock")
	if err := lock.Lock(); err != nil {
		return fmt.Errorf("lock the encrypted file: %w", disk.Explain(f.Path, err))
	}
	defer lock.Unlock()
	all, pass, err := f.read()
	if err != nil {
		return err
	}
	edit(all)
	return f.write(all, pass)
}

func (f File) read() (all map[string]string, pass string, err error) {
	pass, err = f.Passphrase()
	if err != nil {
		return nil, "", fmt.Errorf("open the encrypted file: %w", err)
	}
	if pass == "" {
		return nil, "", errors.New("open the encrypted file: the passphrase is empty")
	}
	file, err := os.Open(f.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, pass, nil
	}
	if err != nil {
		return nil, "", fmt.Errorf("open the encrypted file: %w", disk.Explain(f.Path, err))
	}
	defer file.Close()
	id, err := age.NewScryptIdentity(pass)
	if err != nil {
		return nil, "", fmt.Errorf("open the encrypted file: %w", err)
	}
	r, err := age.Decrypt(file, id)
	if err != nil {
		return nil, "", hinted{fmt.Errorf("open %s: the passphrase is wrong: %w", f.Path, err), "try again, or set POSTHORN_PASSPHRASE"}
	}
	if err := json.NewDecoder(io.LimitReader(r, 16<<20)).Decode(&all); err != nil {
		return nil, "", fmt.Errorf("read %s: %w", f.Path, err)
	}
	return all, pass, nil
}

// write puts a new file in the place of the old, which stays whole until then.
func (f File) write(all map[string]string, pass string) error {
	b, err := f.encrypted(all, pass)
	if err == nil {
		err = atomicfile.Write(f.Path, b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the encrypted file: %w", err)
	}
	return nil
}

func (f File) encrypted(all map[string]string, pass string) ([]byte, error) {
	to, err := age.NewScryptRecipient(pass)
	if err != nil {
		return nil, err
	}
	if f.WorkFactor > 0 {
		to.SetWorkFactor(f.WorkFactor)
	}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, to)
	if err != nil {
		return nil, err
	}
	err = errors.Join(json.NewEncoder(w).Encode(all), w.Close())
	return b.Bytes(), err
}
