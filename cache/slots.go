package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Slots returns a lasting number for each account, by which ids are told apart.
// They are kept in a small file; an account that is new to it gets the next.
func Slots(path string, names []string) (map[string]int, error) {
	slots, err := readSlots(path)
	if err != nil || !missing(slots, names) {
		return slots, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	lock := flock.New(path + ".lock")
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	defer lock.Unlock()
	if slots, err = readSlots(path); err != nil { // another process may have been faster
		return nil, err
	}
	next := 0
	for _, n := range slots {
		next = max(next, n+1)
	}
	for _, name := range names {
		if _, ok := slots[name]; !ok {
			slots[name] = next
			next++
		}
	}
	b, err := json.Marshal(slots)
	if err != nil {
		return nil, err
	}
	return slots, replaceFile(path, b)
}

func missing(slots map[string]int, names []string) bool {
	for _, n := range names {
		if _, ok := slots[n]; !ok {
			return true
		}
	}
	return false
}

func readSlots(path string) (map[string]int, error) {
	slots := map[string]int{}
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return slots, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &slots); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return slots, nil
}

// tmpPrefix begins the names of files that are being written.
const tmpPrefix = ".tmp-"

// replaceFile writes a file that is either the old or the new one, whenever the
// power goes.
func replaceFile(path string, b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), tmpPrefix)
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
