// Package logfile is the program's log: lines of JSON in a file that is rotated,
// written through [log/slog] and read again by the command log, the doctor and
// the interface.
//
// It holds what one needs in order to understand what went wrong, and nothing
// that is not for others to read. Two things see to that, for every line
// whoever logs it: attributes are let through by their kind and cut by their
// name, and the passwords the program has handled are cut wherever they appear.
package logfile

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
)

// Path returns the log of a state folder.
func Path(state string) string { return filepath.Join(state, "posthorn.log") }

// Levels returns the names of the levels, the gravest first.
func Levels() []string { return []string{"error", "warn", "info", "debug"} }

// ParseLevel returns the level of a name.
func ParseLevel(name string) (slog.Level, error) {
	var l slog.Level
	if !slices.Contains(Levels(), name) {
		return l, fmt.Errorf("a level is one of %s, not %q", strings.Join(Levels(), ", "), name)
	}
	return l, l.UnmarshalText([]byte(name))
}

// A Log writes to the log.
type Log struct {
	*slog.Logger
	file *file
}

// New returns a log that writes what is of level or graver to the file at path.
// The file and its folder are made with the first line. That a line cannot be
// written is told once, and is no failure.
func New(path string, level slog.Leveler, secrets *Secrets, tell func(error)) *Log {
	f := &file{path: path, size: maxSize, older: older, tell: tell}
	h := slog.NewJSONHandler(f, &slog.HandlerOptions{Level: level, ReplaceAttr: cleaner{secrets}.attr})
	return &Log{slog.New(h), f}
}

// Close closes the file.
func (l *Log) Close() error { return l.file.Close() }
