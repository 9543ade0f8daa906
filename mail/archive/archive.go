// Package archive lists what is in zip and tar files, without unpacking them or
// holding them: what it costs is bounded by the size of the file, whatever that
// would become.
package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
	"strings"
)

// An Entry is a file or a folder in an archive. Its name is as its writer made it
// up, not safe.
type Entry struct {
	Name      string
	Size      int64 // octets when unpacked, as the archive says
	Folder    bool
	Encrypted bool
}

// A Listing is what an archive holds.
type Listing struct {
	Entries []Entry
	More    bool // there are more, which bounds or damage hide
}

// The bounds of a listing.
const (
	maxEntries  = 10000
	maxUnpacked = 64 << 20 // octets of a compressed tar that are looked through
	maxName     = 4 << 10  // octets
)

// ErrFormat says that a file is none of the archives that are known.
var ErrFormat = errors.New("not a zip or tar file")

// List lists a zip, tar, tar.gz or tar.bz2 file. Open reads it from its beginning. A
// zip is read twice: its list stands at its end, and what tells where behind that.
func List(open func() io.Reader) (Listing, error) {
	r := bufio.NewReader(open())
	mark, _ := r.Peek(3) // a shorter file is none of these
	switch {
	case bytes.HasPrefix(mark, []byte("PK")):
		return listZip(r, open)
	case bytes.HasPrefix(mark, []byte("\x1f\x8b")):
		z, err := gzip.NewReader(r)
		if err != nil {
			return Listing{}, ErrFormat
		}
		return listTar(io.LimitReader(z, maxUnpacked))
	case bytes.HasPrefix(mark, []byte("BZh")):
		return listTar(io.LimitReader(bzip2.NewReader(r), maxUnpacked))
	}
	return listTar(r)
}

func listTar(r io.Reader) (l Listing, err error) {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return l, nil
		case err != nil && len(l.Entries) == 0:
			return l, ErrFormat
		case err != nil || len(l.Entries) >= maxEntries:
			l.More = true
			return l, nil
		}
		l.Entries = append(l.Entries, Entry{Name: bounded(h.Name), Size: h.Size, Folder: h.Typeflag == tar.TypeDir})
	}
}

// bounded cuts a name off that is too long to be one.
func bounded(name string) string { return strings.Clone(name[:min(len(name), maxName)]) }
