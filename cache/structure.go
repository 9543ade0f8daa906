package cache

import (
	"encoding/binary"
	"errors"

	"posthorn/mail"
)

// A structure is stored as its parts in order, each with the number of parts
// below it; strings stand behind their length. Then follow the parts that were
// opened: their numbers in the order of the parts, and what they were. Structures
// that were stored before that was noted end without them.
func encodeStructure(b []byte, p *mail.Part) []byte {
	b = encodePart(b, p)
	n := uint64(0)
	p.Walk(func(p *mail.Part) bool {
		if p.Opened != "" {
			b = binary.AppendUvarint(b, n)
			b = binary.AppendUvarint(b, uint64(len(p.Opened)))
			b = append(b, p.Opened...)
		}
		n++
		return true
	})
	return b
}

// decodeStructure is the inverse of encodeStructure.
func decodeStructure(b []byte) (*mail.Part, error) {
	p, rest, err := decodePart(b, 0)
	if err != nil || len(rest) == 0 {
		return p, err
	}
	opened, r := map[uint64]string{}, partReader{b: rest}
	for len(r.b) > 0 {
		n, used := binary.Uvarint(r.b)
		if used <= 0 {
			return nil, errStructure
		}
		r.b = r.b[used:]
		opened[n] = r.text()
	}
	if r.bad {
		return nil, errStructure
	}
	n := uint64(0)
	p.Walk(func(p *mail.Part) bool {
		p.Opened = opened[n]
		n++
		return true
	})
	return p, nil
}

func encodePart(b []byte, p *mail.Part) []byte {
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	for _, s := range [...]string{p.Path, p.Type, p.Disposition, p.Name, p.ContentID, p.Description, p.Encoding} {
		text(s)
	}
	b = binary.AppendVarint(b, p.Size)
	b = binary.AppendUvarint(b, uint64(len(p.Params)))
	for k, v := range p.Params {
		text(k)
		text(v)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Parts)))
	for _, c := range p.Parts {
		b = encodePart(b, c)
	}
	return b
}

var errStructure = errors.New("the stored structure is damaged")

// decodePart is the inverse of encodePart. It returns what follows.
func decodePart(b []byte, depth int) (*mail.Part, []byte, error) {
	if depth > 200 {
		return nil, nil, errStructure
	}
	r := partReader{b: b}
	p := &mail.Part{}
	for _, s := range [...]*string{&p.Path, &p.Type, &p.Disposition, &p.Name, &p.ContentID, &p.Description, &p.Encoding} {
		*s = r.text()
	}
	n, used := binary.Varint(r.b)
	if used <= 0 {
		return nil, nil, errStructure
	}
	p.Size, r.b = n, r.b[used:]
	if count := r.count(); count > 0 {
		p.Params = make(map[string]string, count)
		for range count {
			k := r.text()
			p.Params[k] = r.text()
		}
	}
	for range r.count() {
		c, rest, err := decodePart(r.b, depth+1)
		if err != nil {
			return nil, nil, err
		}
		p.Parts, r.b = append(p.Parts, c), rest
	}
	if r.bad {
		return nil, nil, errStructure
	}
	return p, r.b, nil
}

type partReader struct {
	b   []byte
	bad bool
}

// count reads a number that cannot be larger than what is left.
func (r *partReader) count() int {
	n, used := binary.Uvarint(r.b)
	if used <= 0 || n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[used:]
	return int(n)
}

func (r *partReader) text() string {
	n := r.count()
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
