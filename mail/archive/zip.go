package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"unicode/utf8"

	"posthorn/mail/charset"
)

// The records of zip (APPNOTE, sections 4.3.12 to 4.3.16), and their lengths.
const (
	centralMark, centralSize = "PK\x01\x02", 46
	endMark, endSize         = "PK\x05\x06", 22
	bigMark, bigSize         = "PK\x06\x06", 56 // zip64
	maxComment               = 1 << 16
)

// A directory is where the list of a zip stands, and how long it is said to be.
type directory struct {
	start, end int64
	entries    int // modulo 65536
}

// listZip reads the central directory: nothing of the files is looked at.
func listZip(r io.Reader, open func() io.Reader) (l Listing, err error) {
	tail, size, err := readTail(r, maxComment+endSize+4*bigSize)
	if err != nil {
		return l, ErrFormat
	}
	d, ok := findDirectory(tail, size)
	if !ok {
		return l, ErrFormat
	}
	again := open()
	if _, err := io.CopyN(io.Discard, again, d.start); err != nil {
		return l, ErrFormat
	}
	dir := bufio.NewReader(io.LimitReader(again, d.end-d.start))
	for {
		e, err := readEntry(dir)
		if err != nil {
			break
		}
		if len(l.Entries) >= maxEntries {
			l.More = true
			return l, nil
		}
		l.Entries = append(l.Entries, e)
	}
	l.More = len(l.Entries) < d.entries
	return l, nil
}

// readTail reads to the end, and returns what stands there and the size of all.
func readTail(r io.Reader, most int) (tail []byte, size int64, err error) {
	buf := make([]byte, 0, 4*most)
	for {
		if len(buf) == cap(buf) {
			buf = buf[:copy(buf, buf[len(buf)-most:])]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf, size = buf[:len(buf)+n], size+int64(n)
		switch {
		case err == io.EOF:
			return buf[max(0, len(buf)-most):], size, nil
		case err != nil:
			return nil, size, err
		}
	}
}

// findDirectory finds the list of a zip by the record at its end. The list ends
// where that begins, also behind a program that unpacks itself; where it is said to
// begin is not asked.
func findDirectory(tail []byte, size int64) (d directory, ok bool) {
	at := bytes.LastIndex(tail, []byte(endMark))
	if at < 0 || len(tail)-at < endSize {
		return d, false
	}
	end := tail[at:]
	d.entries = int(binary.LittleEndian.Uint16(end[10:]))
	length := uint64(binary.LittleEndian.Uint32(end[12:]))
	if big := bytes.LastIndex(tail[:at], []byte(bigMark)); length == 0xffffffff || binary.LittleEndian.Uint32(end[16:]) == 0xffffffff {
		if big < 0 || at-big < bigSize {
			return d, false
		}
		length, at = binary.LittleEndian.Uint64(tail[big+40:]), big
	}
	d.end = size - int64(len(tail)-at)
	if length > uint64(d.end) {
		return d, false
	}
	d.start = d.end - int64(length)
	return d, true
}

// readEntry reads a record of the list.
func readEntry(r io.Reader) (e Entry, err error) {
	var b [centralSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil || string(b[:4]) != centralMark {
		return e, ErrFormat
	}
	length := func(at int) int { return int(binary.LittleEndian.Uint16(b[at:])) }
	name, extra, comment := length(28), length(30), length(32)
	rest := make([]byte, name+extra+comment)
	if _, err := io.ReadFull(r, rest); err != nil {
		return e, ErrFormat
	}
	e.Name = bounded(string(rest[:name]))
	e.Folder = strings.HasSuffix(string(rest[:name]), "/")
	if !utf8.Valid(rest[:name]) {
		e.Name, _ = charset.Decode([]byte(e.Name), "ibm437")
	}
	e.Size = int64(binary.LittleEndian.Uint32(b[24:]))
	if e.Size == 0xffffffff {
		e.Size = zip64Size(rest[name : name+extra])
	}
	e.Encrypted = b[8]&1 != 0
	return e, nil
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
