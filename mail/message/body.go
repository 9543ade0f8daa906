package message

import (
	"bytes"
	"io"
)

// A body is the content of a part, still encoded. Of a large one in a file, text is
// the beginning, and more that may be anything.
type body struct {
	text          []byte
	r             io.ReaderAt // nil where text is all of it
	start, octets int64       // in r
	files         bool
}

func (b body) size() int64 {
	if b.r == nil {
		return int64(len(b.text))
	}
	return b.octets
}

// all returns the whole body. What cannot be read is missing at its end.
func (b body) all() []byte {
	if b.r == nil {
		return b.text
	}
	out := make([]byte, b.octets)
	n, err := b.r.ReadAt(out, b.start)
	if err != nil {
		return out[:n]
	}
	return out
}

// cut returns the body without what follows after n octets.
func (b body) cut(n int64) body {
	if b.r == nil {
		b.text = b.text[:n]
		return b
	}
	b.octets = n
	return b
}

// tail returns the last octets of a body.
func (b body) tail(most int64) []byte {
	n := min(b.size(), most)
	if b.r == nil {
		return b.text[b.size()-n:]
	}
	return body{r: b.r, start: b.start + b.octets - n, octets: n}.all()
}

// reader reads the body.
func (b body) reader() io.Reader {
	if b.r == nil {
		return bytes.NewReader(b.text)
	}
	return io.NewSectionReader(b.r, b.start, b.octets)
}

// A feed hands out what is in a body, a stretch at a time.
type feed struct {
	in  []byte
	r   io.Reader // what follows; nil at the end
	buf []byte
	err error
}

func (b body) feed() feed {
	if b.r == nil {
		return feed{in: b.text}
	}
	return feed{r: b.reader()}
}

// need has at least n octets in, unless there are no more, and reports whether
// there are any. N is at most maxLine.
func (f *feed) need(n int) bool {
	if len(f.in) < n && f.r != nil {
		if f.buf == nil {
			f.buf = make([]byte, 2*maxLine)
		}
		have := copy(f.buf, f.in)
		more, err := io.ReadFull(f.r, f.buf[have:])
		if f.in = f.buf[:have+more]; err != nil {
			f.r = nil
			if err != io.EOF && err != io.ErrUnexpectedEOF {
				f.err = err
			}
		}
	}
	return len(f.in) > 0
}

// end returns the error that stands for the end of a body.
func (f *feed) end() error {
	if f.err != nil {
		return f.err
	}
	return io.EOF
}
