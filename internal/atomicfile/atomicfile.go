// Package atomicfile replaces files whole. After a crash or a power cut at any
// moment a file holds either what it held before or what was written, never a
// part of it.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"posthorn/internal/disk"
)

// Prefix begins the names of files that are being written. One that lies about
// was left by a writer that crashed; whoever owns the folder may remove it while
// nobody else writes there.
const Prefix = ".tmp-"

// The steps of a replacement, in order. Tests fail or die before each.
const (
	stepCreate  = "create"
	stepWrite   = "write"
	stepSync    = "sync"
	stepRename  = "rename"
	stepSyncDir = "sync the folder"
	stepDone    = "return"
)

// Write makes data the whole content of the file at path, with the permissions
// perm, whether the file is there or not. A symbolic link stays one: the file it
// points to is replaced. When Write returns nil, the new content survives a power
// cut, where the system can promise that.
//
// After an error the old content stands and no temporary file is left. There is
// one exception: when only the sync of the folder failed, the new content stands,
// but a power cut may bring the old one back.
func Write(path string, data []byte, perm fs.FileMode) error {
	if err := write(path, data, perm, func(string) error { return nil }); err != nil {
		return disk.Explain(path, fmt.Errorf("write %s: %w", path, err))
	}
	return nil
}

// write is Write; it calls at before each step and ends when at fails.
func write(path string, data []byte, perm fs.FileMode, at func(step string) error) error {
	path, err := target(path)
	if err != nil {
		return err
	}
	if err := at(stepCreate); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), Prefix)
	if err != nil {
		return err
	}
	if err := fill(tmp, data, perm, at); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	if err := at(stepRename); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	if err := retry(func() error { return os.Rename(tmp.Name(), path) }, inUse); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	if err := at(stepSyncDir); err != nil {
		return err
	}
	if err := SyncDir(filepath.Dir(path)); err != nil {
		return err
	}
	return at(stepDone)
}

// fill writes and syncs a file, and closes it in any case.
func fill(f *os.File, data []byte, perm fs.FileMode, at func(string) error) error {
	err := func() error {
		if err := at(stepWrite); err != nil {
			return err
		}
		if err := f.Chmod(perm); err != nil {
			return err
		}
		if _, err := f.Write(data); err != nil {
			return err
		}
		if err := at(stepSync); err != nil {
			return err
		}
		return f.Sync()
	}()
	return errors.Join(err, f.Close())
}

// maxLinks bounds how many symbolic links are followed, as Linux does.
const maxLinks = 40

// target follows symbolic links, also to a file that is not there yet.
func target(path string) (string, error) {
	for range maxLinks {
		next, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link: what else is wrong shows when the file is made
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(path), next)
		}
		path = next
	}
	return "", errors.New("too many symbolic links")
}

// How often a rename is tried, and the first of the pauses in between, each twice
// the one before: half a second in all.
const (
	tries      = 8
	firstPause = 4 * time.Millisecond
)

// retry calls f again while it fails because another program has the file open,
// which on Windows keeps it from being replaced.
func retry(f func() error, inUse func(error) bool) (err error) {
	pause := firstPause
	for range tries - 1 {
		if err = f(); err == nil || !inUse(err) {
			return err
		}
		time.Sleep(pause)
		pause *= 2
	}
	return f()
}
