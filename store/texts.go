package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"posthorn/internal/atomicfile"
)

// Texts that were written here lie in files of their own, which are durable before a
// row names them and go after the row did. A file that no row names is left by a
// process that died.
//
// A draft is saved all the time, and may have large attachments: what is long between
// two boundaries is a file of its own, which the versions share, and the text is a
// list of pieces then.

// strayTime is how old a file without a row must be to be removed: another process
// may be about to name a younger one.
const strayTime = 24 * time.Hour

// The endings of files: of a text, of one that is a list of pieces, and of a piece,
// which is named by its hash.
const (
	whole  = ".eml"
	listed = ".pieces.eml"
	shared = ".piece"
)

// longPiece is from what size on a piece is shared, in octets.
const longPiece = 32 << 10

// A piece of a text is here, or in a file.
type piece struct {
	Text []byte `json:",omitempty"`
	File string `json:",omitempty"`
}

func (s *Store) texts() string { return filepath.Join(s.dir, "texts") }

func (s *Store) textPath(name string) string { return filepath.Join(s.texts(), name) }

// keepText writes a text to a new file, and returns its name.
func (s *Store) keepText(raw []byte) (string, error) {
	if err := os.MkdirAll(s.texts(), 0o700); err != nil {
		return "", err
	}
	var b [12]byte
	rand.Read(b[:])
	name := hex.EncodeToString(b[:])
	pieces, err := s.share(raw)
	if err != nil {
		return "", err
	}
	if len(pieces) == 1 {
		return name + whole, atomicfile.Write(s.textPath(name+whole), raw, 0o600)
	}
	list, err := json.Marshal(pieces)
	if err != nil {
		return "", err
	}
	if err := atomicfile.Write(s.textPath(name+listed), list, 0o600); err != nil {
		return "", err
	}
	for _, p := range pieces {
		if p.File != "" && !exists(s.textPath(p.File)) { // it was swept away before it was named
			_, err = s.share(raw)
			break
		}
	}
	return name + listed, err
}

// share cuts a text into pieces and writes the long ones to files, unless they are
// there. A short text is one piece, and no file is written.
func (s *Store) share(raw []byte) (pieces []piece, err error) {
	if len(raw) < longPiece {
		return []piece{{Text: raw}}, nil
	}
	rest := raw
	for len(rest) > 0 {
		n := pieceEnd(rest)
		text := rest[:n]
		rest = rest[n:]
		if n < longPiece {
			pieces = append(pieces, piece{Text: text})
			continue
		}
		sum := sha256.Sum256(text)
		p := piece{File: hex.EncodeToString(sum[:]) + shared}
		path := s.textPath(p.File)
		now := time.Now()
		switch err := os.Chtimes(path, now, now); { // so that it is not taken for old
		case err == nil:
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		default:
			if err := atomicfile.Write(path, text, 0o600); err != nil {
				return nil, err
			}
		}
		pieces = append(pieces, p)
	}
	return pieces, nil
}

// pieceEnd returns where the first piece of a text ends: at the empty line before a
// body, or at a line that may be a boundary.
func pieceEnd(b []byte) int {
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '\n' || i == 0 {
			continue
		}
		switch rest := b[i+1:]; {
		case len(rest) > 1 && rest[0] == '-' && rest[1] == '-':
			return i + 1
		case rest[0] == '\n':
			return i + 2
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 3
		}
	}
	return len(b)
}

func (s *Store) readText(name string) ([]byte, error) {
	b, err := os.ReadFile(s.textPath(name))
	if err != nil || !strings.HasSuffix(name, listed) {
		return b, err
	}
	pieces, err := piecesOf(b)
	if err != nil {
		return nil, err
	}
	var raw []byte
	for _, p := range pieces {
		if p.File != "" {
			if p.Text, err = os.ReadFile(s.textPath(p.File)); err != nil {
				return nil, err
			}
		}
		raw = append(raw, p.Text...)
	}
	return raw, nil
}

// piecesOf reads a list of pieces.
func piecesOf(list []byte) (pieces []piece, err error) {
	if err := json.Unmarshal(list, &pieces); err != nil {
		return nil, fmt.Errorf("the list of a text's pieces is damaged: %w", err)
	}
	for _, p := range pieces {
		if p.File != filepath.Base(p.File) && p.File != "" {
			return nil, fmt.Errorf("a text names the piece %q", p.File)
		}
	}
	return pieces, nil
}

// dropTexts removes files that rows named which are gone, unless another row names
// them. One that stays is removed another time, and so are pieces, which other texts
// may share.
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

// sweepTexts removes what processes that died have left, and pieces of which there is
// no text any more.
func (s *Store) sweepTexts(named map[string]bool, now time.Time) error {
	entries, err := os.ReadDir(s.texts())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var old []string
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && !named[e.Name()] && now.Sub(info.ModTime()) > strayTime && !strings.HasSuffix(e.Name(), found) {
			old = append(old, e.Name())
			continue
		}
		if strings.HasSuffix(e.Name(), listed) {
			b, err := os.ReadFile(s.textPath(e.Name()))
			if err != nil {
				return err
			}
			pieces, err := piecesOf(b)
			if err != nil {
				return nil // nobody knows which pieces are its
			}
			for _, p := range pieces {
				named[p.File] = true
			}
		}
	}
	for _, name := range old {
		if info, err := os.Stat(s.textPath(name)); err == nil && !named[name] && now.Sub(info.ModTime()) > strayTime {
			os.Remove(s.textPath(name))
		}
	}
	return nil
}
