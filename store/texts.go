package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"posthorn/internal/atomicfile"
)

// Texts that were written here lie in files of their own, which are durable
// before a row names them and go after the row did. A file that no row names is
// left by a process that died.

// strayTime is how old a file without a row must be to be removed: another
// process may be about to name a younger one.
const strayTime = 24 * time.Hour

func (s *Store) texts() string { return filepath.Join(s.dir, "texts") }

func (s *Store) textPath(name string) string { return filepath.Join(s.texts(), name) }

// keepText writes a text to a new file, and returns its name.
func (s *Store) keepText(raw []byte) (string, error) {
	if err := os.MkdirAll(s.texts(), 0o700); err != nil {
		return "", err
	}
	var b [12]byte
	rand.Read(b[:])
	name := hex.EncodeToString(b[:]) + ".eml"
	return name, atomicfile.Write(s.textPath(name), raw, 0o600)
}

func (s *Store) readText(name string) ([]byte, error) { return os.ReadFile(s.textPath(name)) }

// dropTexts removes files that no row names any more. One that stays is removed
// another time.
func (s *Store) dropTexts(names []string) {
	for _, n := range names {
		os.Remove(s.textPath(n))
	}
}

// sweepTexts removes what processes that died have left.
func (s *Store) sweepTexts(named map[string]bool, now time.Time) error {
	entries, err := os.ReadDir(s.texts())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && !named[e.Name()] && !strings.HasSuffix(e.Name(), found) && now.Sub(info.ModTime()) > strayTime {
			os.Remove(s.textPath(e.Name()))
		}
	}
	return nil
}
