// Package archive lists what is in zip and tar files, without unpacking them: what
// it costs is bounded by the size of the file, whatever that would become.
package archive

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"posthorn/mail/charset"
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
)

// ErrFormat says that a file is none of the archives that are known.
var ErrFormat = errors.New("not a zip or tar file")

// List lists a zip, tar, tar.gz or tar.bz2 file.
func List(b []byte) (Listing, error) {
	switch {
	case bytes.HasPrefix(b, []byte("PK")):
		return listZip(b)
	case bytes.HasPrefix(b, []byte("\x1f\x8b")):
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return Listing{}, ErrFormat
		}
		return listTar(io.LimitReader(r, maxUnpacked))
	case bytes.HasPrefix(b, []byte("BZh")):
		return listTar(io.LimitReader(bzip2.NewReader(bytes.NewReader(b)), maxUnpacked))
	}
	return listTar(bytes.NewReader(b))
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
		l.Entries = append(l.Entries, Entry{Name: h.Name, Size: h.Size, Folder: h.Typeflag == tar.TypeDir})
	}
}

// The records of zip (APPNOTE, sections 4.3.12 and 4.3.16), and their lengths.
const (
	centralMark, centralSize = "PK\x01\x02", 46
	endMark, endSize         = "PK\x05\x06", 22
	maxComment               = 1 << 16
)

// listZip reads the central directory: nothing of the files is looked at.
func listZip(b []byte) (l Listing, err error) {
	tail := b[max(0, len(b)-endSize-maxComment):]
	at := bytes.LastIndex(tail, []byte(endMark))
	if at < 0 || len(tail)-at < endSize {
		return l, ErrFormat
	}
	end := tail[at:]
	size, from := uint64(binary.LittleEndian.Uint32(end[12:])), uint64(binary.LittleEndian.Uint32(end[16:]))
	where := uint64(len(b) - len(tail) + at)
	if from == 0xffffffff || size == 0xffffffff || size > where { // zip64: the directory ends before its own records
		from = uint64(max(0, bytes.Index(b, []byte(centralMark))))
	} else {
		from = where - size // also behind a program that unpacks itself
	}
	dir := b[from:where]
	for len(dir) >= centralSize && string(dir[:4]) == centralMark {
		if len(l.Entries) >= maxEntries {
			l.More = true
			return l, nil
		}
		e, n := zipEntry(dir)
		if n > len(dir) {
			break
		}
		l.Entries = append(l.Entries, e)
		dir = dir[n:]
	}
	l.More = len(l.Entries) < int(binary.LittleEndian.Uint16(end[10:]))
	return l, nil
}

// zipEntry reads a record of the directory, and returns its length.
func zipEntry(b []byte) (e Entry, length int) {
	name, extra, comment := int(binary.LittleEndian.Uint16(b[28:])), int(binary.LittleEndian.Uint16(b[30:])), int(binary.LittleEndian.Uint16(b[32:]))
	length = centralSize + name + extra + comment
	if length > len(b) {
		return e, length
	}
	raw := b[centralSize : centralSize+name]
	if e.Name = string(raw); !utf8.Valid(raw) {
		e.Name, _ = charset.Decode(raw, "ibm437")
	}
	e.Size = int64(binary.LittleEndian.Uint32(b[24:]))
	if e.Size == 0xffffffff {
		e.Size = zip64Size(b[centralSize+name:][:extra])
	}
	e.Folder = strings.HasSuffix(e.Name, "/")
	e.Encrypted = b[8]&1 != 0
	return e, length
}

// zip64Size returns the size that stands in an extra field of zip64, -1 where it
// does not.
func zip64Size(extra []byte) int64 {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		if id == 1 && n >= 8 {
			return max(-1, int64(binary.LittleEndian.Uint64(extra)))
		}
		extra = extra[n:]
	}
	return -1
}
