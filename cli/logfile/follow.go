package logfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/fsnotify/fsnotify"
)

// Follow calls each with the lines that are written to the log from now on, of a
// level or graver, until ctx ends or each fails. Ready is called once it listens.
func Follow(ctx context.Context, path string, level slog.Level, ready func() error, each func(Line) error) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch the log: %w", err)
	}
	defer w.Close()
	if err := w.Add(dir); err != nil {
		return fmt.Errorf("watch the log: %w", err)
	}
	f := &follower{path: path, level: level, each: each}
	defer f.close()
	if err := f.begin(); err != nil {
		return err
	}
	if err := ready(); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) { // then there is something new
				return fmt.Errorf("watch the log: %w", err)
			}
		case <-w.Events:
		}
		if err := f.more(); err != nil {
			return err
		}
	}
}

// A follower reads on in the log.
type follower struct {
	path  string
	level slog.Level
	each  func(Line) error
	f     *os.File
	part  []byte // of a line whose end is not there yet
}

// begin stands at the end of the log as it is.
func (f *follower) begin() error {
	if err := f.open(); err != nil || f.f == nil {
		return err
	}
	_, err := f.f.Seek(0, io.SeekEnd)
	return err
}

// open opens the file of that name, if there is one.
func (f *follower) open() error {
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f.f = file
	return err
}

func (f *follower) close() {
	if f.f != nil {
		f.f.Close()
		f.f = nil
	}
}

// more reads what is new. Where the file was renamed meanwhile, that is the rest
// of the old one and all of the new one.
func (f *follower) more() error {
	rotated := f.rotated() // asked first: what is written afterwards is in the new file
	if err := f.rest(); err != nil || !rotated {
		return err
	}
	f.close()
	if err := f.open(); err != nil {
		return err
	}
	return f.rest()
}

// rotated reports whether the name stands for another file than the open one.
func (f *follower) rotated() bool {
	there, err := os.Stat(f.path)
	if err != nil {
		return false // it is about to be made
	}
	if f.f == nil {
		return true
	}
	info, err := f.f.Stat()
	return err != nil || !os.SameFile(info, there)
}

// rest reads the open file to its end.
func (f *follower) rest() error {
	if f.f == nil {
		return nil
	}
	b := make([]byte, 32<<10)
	for {
		n, err := f.f.Read(b)
		if err := f.take(b[:n]); err != nil {
			return err
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
	}
}

// take gives the lines on that are whole.
func (f *follower) take(b []byte) error {
	f.part = append(f.part, b...)
	for {
		line, rest, whole := bytes.Cut(f.part, []byte("\n"))
		if !whole {
			if len(f.part) > maxSize { // no line of ours is that long
				f.part = nil
			}
			return nil
		}
		l := parse(bytes.Clone(line))
		f.part = bytes.Clone(rest)
		if len(line) == 0 || l.Level < f.level {
			continue
		}
		if err := f.each(l); err != nil {
			return err
		}
	}
}
