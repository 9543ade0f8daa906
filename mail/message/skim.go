package message

import (
	"bytes"
	"errors"
	"io"
)

// A skim finds out what of a large message is to be kept: what stands around
// the lines that begin with two hyphens, as those of boundaries do.
type skim struct {
	size    int64
	kept    []stretch // in order, apart from each other
	octets  int64     // of them
	tight   bool
	begins  []stretch // stretches with lines that files may begin with
	heading bool      // in a header, or what may be one
	since   int64     // where it began
}

type stretch struct{ start, end int64 }

// keep adds a stretch, which must not begin before the last one.
func (s *skim) keep(start, end int64) {
	start, end = max(start, 0), min(end, s.size)
	last := stretch{}
	if n := len(s.kept); n > 0 {
		last = s.kept[n-1]
	}
	more := end - max(start, last.end)
	if more <= 0 {
		return
	}
	if s.octets+more > maxKept {
		s.tight = true
		return
	}
	s.octets += more
	if n := len(s.kept); n > 0 && start <= last.end {
		s.kept[n-1].end = end
		return
	}
	s.kept = append(s.kept, stretch{start, end})
}

// after returns where the stretch after one begins.
func (s *skim) after(i int) int64 {
	if i+1 < len(s.kept) {
		return s.kept[i+1].start
	}
	return s.size
}

// files reports whether a file may begin between two places.
func (s *skim) files(start, end int64) bool {
	for _, b := range s.begins {
		if b.start < end && b.end > start {
			return true
		}
	}
	return false
}

const (
	window = 256 << 10 // octets that are read at once
	ahead  = 16        // octets behind a line end that tell what follows it
)

// scan reads the message once.
func (s *skim) scan(r io.ReaderAt) error {
	s.heading = true
	s.keep(0, keptAfter)
	buf := make([]byte, window)
	for at := int64(0); at < s.size; {
		b := buf[:min(int64(len(buf)), s.size-at)]
		if n, err := r.ReadAt(b, at); n < len(b) {
			return errors.Join(err, io.ErrUnexpectedEOF)
		}
		usable := len(b)
		if at+int64(len(b)) < s.size {
			usable -= ahead
		}
		s.look(b, usable, at)
		at += int64(usable)
	}
	if s.heading {
		s.header(s.size)
	}
	s.keep(s.size-keptBefore, s.size)
	return nil
}

// look looks at the lines that follow the line ends before usable.
func (s *skim) look(b []byte, usable int, at int64) {
	for i := 0; i < usable; {
		var n int
		if s.heading {
			n = bytes.IndexByte(b[i:usable], '\n')
		} else {
			n = bytes.Index(b[i:min(usable+2, len(b))], []byte("\n--"))
		}
		if n < 0 {
			break
		}
		i += n + 1
		switch next, here := b[i:], at+int64(i); {
		case bytes.HasPrefix(next, []byte("--")):
			if s.heading {
				s.header(here)
			}
			s.keep(here-keptBefore, here+keptAfter)
			s.heading, s.since = true, here
		case s.heading && (bytes.HasPrefix(next, []byte("\n")) || bytes.HasPrefix(next, []byte("\r\n"))):
			s.header(here)
		}
	}
	for _, mark := range []string{"\nbegin ", "\n=ybegin "} {
		if bytes.Contains(b, []byte(mark)) {
			s.begin(at, at+int64(len(b)))
			return
		}
	}
}

// begin notes that a file may begin in a stretch.
func (s *skim) begin(start, end int64) {
	if n := len(s.begins); n > 0 && s.begins[n-1].end >= start {
		s.begins[n-1].end = end
		return
	}
	s.begins = append(s.begins, stretch{start, end})
}

// header keeps the header that ends here, if it is one, as far as it is read.
func (s *skim) header(end int64) {
	s.keep(s.since, min(end, s.since+maxHeader)+keptAfter)
	s.keep(end-keptBefore, end+keptAfter)
	s.heading = false
}
