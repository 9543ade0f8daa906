package store

import (
	"context"
	"crypto/rand"
	"database/sql"
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

// dropTexts removes files that rows named which are gone, unless another row names
// them. One that stays is removed another time.
func (s *Store) dropTexts(names []string) {
	for _, n := range names {
		var named bool
		err := s.db.QueryRow("SELECT EXISTS (SELECT 1 FROM ("+allTexts+") WHERE text = ?)", n).Scan(&named)
		if n != "" && err == nil && !named {
			os.Remove(s.textPath(n))
		}
	}
}

// allTexts selects the texts that are named.
const allTexts = "SELECT text FROM jobs WHERE text <> '' UNION ALL SELECT text FROM outbox WHERE text <> ''"

// sweep removes the texts that nothing names.
func (s *Store) sweep(ctx context.Context) error {
	named, err := namedTexts(ctx, s.db)
	if err != nil {
		return err
	}
	return s.sweepTexts(named, time.Now())
}

// namedTexts returns the texts that something names.
func namedTexts(ctx context.Context, db *sql.DB) (map[string]bool, error) {
	named := map[string]bool{}
	err := forEach(ctx, db, allTexts, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		named[name] = true
		return err
	})
	return named, err
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
