package tnef

import (
	"encoding/binary"
	"strconv"
)

// A property is one of MAPI; of those with several values, the first.
type property struct {
	id    uint16
	kind  uint16
	name  *named // for ids from 0x8000 on
	value []byte
}

// A named property is known by a set and a number in it.
type named struct {
	set    [16]byte
	number uint32
}

// Kinds of values (MS-OXCDATA, section 2.11.1).
const (
	kindString  = 0x1e
	kindUnicode = 0x1f
	kindObject  = 0x0d
	kindBinary  = 0x102
	kindMany    = 0x1000
)

// maxProperties bounds the properties of a message or an attachment.
const maxProperties = 10000

// properties reads a list of properties, up to one that is not as it should be;
// cut is set then.
func properties(b []byte, cut *bool) (list []property) {
	c := cursor{b: b}
	n := c.number()
	for ; n > 0 && len(list) < maxProperties; n-- {
		p, ok := c.property()
		if !ok {
			break
		}
		list = append(list, p)
	}
	*cut = *cut || n > 0
	return list
}

// A cursor reads what is aligned to four octets.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n uint32) []byte {
	padded := (uint64(n) + 3) &^ 3
	if uint64(n) > uint64(len(c.b)) {
		c.bad, c.b = true, nil
		return nil
	}
	v := c.b[:n]
	c.b = c.b[min(padded, uint64(len(c.b))):]
	return v
}

func (c *cursor) number() uint32 {
	if v := c.take(4); len(v) == 4 {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}

func (c *cursor) property() (p property, ok bool) {
	head := c.take(4)
	if len(head) < 4 {
		return p, false
	}
	p.kind, p.id = binary.LittleEndian.Uint16(head), binary.LittleEndian.Uint16(head[2:])
	if p.id >= 0x8000 {
		p.name = c.named()
	}
	many := p.kind&kindMany != 0
	if p.kind &^= kindMany; many || variable(p.kind) {
		n := c.number()
		for i := uint32(0); i < n && !c.bad; i++ {
			v := []byte(nil)
			if variable(p.kind) {
				v = c.take(c.number())
			} else {
				v = c.take(fixed(p.kind))
			}
			if i == 0 {
				p.value = v
			}
		}
		return p, !c.bad
	}
	p.value = c.take(fixed(p.kind))
	return p, !c.bad && p.value != nil
}

func (c *cursor) named() *named {
	n := &named{}
	copy(n.set[:], c.take(16))
	if c.number() == 0 {
		n.number = c.number()
	} else {
		c.take(c.number())
	}
	return n
}

func variable(kind uint16) bool {
	return kind == kindString || kind == kindUnicode || kind == kindObject || kind == kindBinary
}

// fixed returns the octets of a value.
func fixed(kind uint16) uint32 {
	switch kind {
	case 0x05, 0x06, 0x07, 0x14, 0x40:
		return 8
	case 0x48:
		return 16
	}
	return 4
}

// codePageName returns the label of a charset that Windows has as a number.
func codePageName(n uint32) string {
	if n == 28591 {
		return "iso-8859-1"
	}
	return "cp" + strconv.FormatUint(uint64(n), 10)
}
