package cache

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"posthorn/internal/atomicfile"
	"posthorn/internal/disk"
)

// Slots returns a lasting number for each account, by which ids are told apart.
// They are kept in a small file; an account that is new to it gets the next.
func Slots(path string, names []string) (slots map[string]int, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("number the accounts: %w", disk.Explain(path, err))
		}
	}()
	slots, err = readSlots(path)
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
	return slots, atomicfile.Write(path, b, 0o600)
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
