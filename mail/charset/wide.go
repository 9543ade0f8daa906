package charset

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decodeWide decodes UTF-16 and UTF-32. The mark at the beginning says in which
// order the octets are, or else where the zeros are; under these labels much text
// is sent that is none of them.
func decodeWide(b []byte, name string) string {
	size, order := 2, binary.ByteOrder(binary.BigEndian)
	if strings.HasPrefix(name, "utf-32") {
		size = 4
	}
	if utf8.Valid(b) && !strings.ContainsRune(string(b), 0) {
		return string(b)
	}
	switch {
	case littleMark(b, size):
		order = binary.LittleEndian
	case len(b) >= size && bigMark(b, size):
	case strings.HasSuffix(name, "le"), !strings.HasSuffix(name, "be") && little(b, size):
		order = binary.LittleEndian
	}
	if size == 4 {
		return decode32(b, order)
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

func littleMark(b []byte, size int) bool {
	return len(b) >= size && b[0] == 0xff && b[1] == 0xfe && (size == 2 || b[2] == 0 && b[3] == 0)
}

func bigMark(b []byte, size int) bool {
	return b[size-2] == 0xfe && b[size-1] == 0xff
}

// little reports whether the zeros are in the second octet of a unit.
func little(b []byte, size int) bool {
	first, last := 0, 0
	for i := 0; i+size <= len(b); i += size {
		if b[i] == 0 {
			first++
		}
		if b[i+size-1] == 0 {
			last++
		}
	}
	return last > first
}

func decode32(b []byte, order binary.ByteOrder) string {
	var out strings.Builder
	for ; len(b) >= 4; b = b[4:] {
		if r := order.Uint32(b); r <= utf8.MaxRune {
			out.WriteRune(rune(r))
		} else {
			out.WriteRune(utf8.RuneError)
		}
	}
	return out.String()
}
