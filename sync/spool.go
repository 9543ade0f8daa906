package sync

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"posthorn/internal/disk"
)

// inMemory is how much of a message a spool keeps in memory.
const inMemory = 1 << 20

// A spool holds a message that is on its way: in memory, and from some size on in
// a file that no one else can name.
// Its zero value is empty.
type spool struct {
	buf  bytes.Buffer
	file *os.File
	size int64
	gone bool // the file has no name any more
}

// Write adds to the message.
func (s *spool) Write(b []byte) (int, error) {
	s.size += int64(len(b))
	if s.file == nil && s.buf.Len()+len(b) <= inMemory {
		return s.buf.Write(b)
	}
	n, err := s.spill(b)
	if err != nil {
		return n, fmt.Errorf("keep a large message while it is fetched: %w", disk.Explain(os.TempDir(), err))
	}
	return n, nil
}

// spill adds to the message in a file.
func (s *spool) spill(b []byte) (int, error) {
	if s.file == nil {
		if err := s.create(); err != nil {
			return 0, err
		}
	}
	return s.file.Write(b)
}

func (s *spool) create() error {
	f, err := os.CreateTemp("", "posthorn-*")
	if err != nil {
		return err
	}
	s.file = f
	s.gone = os.Remove(f.Name()) == nil // some systems do not remove what is open
	return nil
}

// hold has the empty spool hold a message that is in memory already.
func (s *spool) hold(b []byte) { s.buf, s.size = *bytes.NewBuffer(b), int64(len(b)) }

// ReadAt reads what was written, while nothing more is.
func (s *spool) ReadAt(b []byte, at int64) (n int, err error) {
	if head := s.buf.Bytes(); at < int64(len(head)) {
		n = copy(b, head[at:])
	}
	switch {
	case n == len(b):
		return n, nil
	case s.file == nil:
		return n, io.EOF
	}
	more, err := s.file.ReadAt(b[n:], at+int64(n-s.buf.Len()))
	return n + more, err
}

// CopyTo writes the message to w.
func (s *spool) CopyTo(w io.Writer) error {
	if _, err := w.Write(s.buf.Bytes()); err != nil || s.file == nil {
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, s.file)
	return err
}

// Empty throws away what is there.
func (s *spool) Empty() error {
	err := s.Close()
	*s = spool{}
	return err
}

// Close gives back what the spool took.
func (s *spool) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if !s.gone {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return err
}
