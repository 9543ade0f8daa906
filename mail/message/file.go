package message

import (
	"errors"
	"fmt"
	"io"
	"sort"
)

// maxHeld is the size up to which Read holds a message in memory.
const maxHeld = 1 << 20

// Read reads a message that may be too large to be held, and which must stay
// readable as long as the Message is used: of its large parts only the beginnings
// and ends are in memory. What Read returns is otherwise what [Parse] does.
func Read(r io.ReaderAt, size int64) (*Message, error) {
	f := &file{r: r, size: size}
	if err := f.read(); err != nil {
		return nil, fmt.Errorf("read a message: %w", err)
	}
	return f.parse(), nil
}

// A file is a message that is read from elsewhere: a text that has its structure,
// with holes where large bodies were left out.
type file struct {
	r     io.ReaderAt
	size  int64
	text  []byte
	holes []hole
	tight bool // maxKept was reached
}

// A hole is where something was left out.
type hole struct {
	at     int   // in the text
	octets int64 // that are missing here and in the holes before
	files  bool  // a file may begin in it, as in [mayHoldFiles]
}

// Around each line that may be a boundary, some of the text is kept.
const (
	keptBefore = 4 << 10
	keptAfter  = 32 << 10
	maxKept    = 64 << 20 // octets in all
)

// read reads the text and notes its holes.
func (f *file) read() error {
	if f.size <= maxHeld {
		f.text = make([]byte, f.size)
		return f.fill(f.text, 0)
	}
	s := skim{size: f.size}
	if err := s.scan(f.r); err != nil {
		return err
	}
	f.tight = s.tight
	total := int64(0)
	for _, k := range s.kept {
		total += k.end - k.start
	}
	f.text = make([]byte, 0, total)
	missing := int64(0)
	for i, k := range s.kept {
		n := len(f.text)
		f.text = f.text[:n+int(k.end-k.start)]
		if err := f.fill(f.text[n:], k.start); err != nil {
			return err
		}
		if next := s.after(i); next > k.end {
			missing += next - k.end
			f.holes = append(f.holes, hole{len(f.text), missing, s.files(k.end, next)})
		}
	}
	return nil
}

func (f *file) fill(b []byte, at int64) error {
	n, err := f.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	return errors.Join(err, io.ErrUnexpectedEOF)
}

// body returns what a slice of the text stands for. A hole at its very end belongs
// to it, as text was kept before whatever could follow.
func (f *file) body(b []byte) body {
	at, ok := f.place(b)
	if !ok {
		return body{text: b}
	}
	first := sort.Search(len(f.holes), func(i int) bool { return f.holes[i].at > at })
	last := sort.Search(len(f.holes), func(i int) bool { return f.holes[i].at > at+len(b) })
	if first == last {
		return body{text: b}
	}
	before := f.missing(first)
	in := body{text: b, r: f.r, start: int64(at) + before, octets: int64(len(b)) + f.missing(last) - before}
	for _, h := range f.holes[first:last] {
		in.files = in.files || h.files
	}
	return in
}

// missing counts what is missing in the first n holes.
func (f *file) missing(n int) int64 {
	if n == 0 {
		return 0
	}
	return f.holes[n-1].octets
}

// place returns where a slice of the text lies in it, and whether it is one: both
// then end at the same capacity.
func (f *file) place(b []byte) (at int, ok bool) {
	if len(b) == 0 || cap(b) > cap(f.text) {
		return 0, false
	}
	at = cap(f.text) - cap(b)
	return at, at < len(f.text) && &f.text[at] == &b[0]
}

// parse parses the text.
func (f *file) parse() *Message {
	m := &Message{Size: f.size, bodies: map[string]body{}}
	p := parser{m: m, file: f}
	if f.tight {
		p.limits.note(Opened, "", int(f.size))
	}
	h, rest := p.header(f.text, "")
	m.Root = p.part(h, rest, "", "text/plain", 0)
	m.Header = h
	p.finish()
	return m
}
