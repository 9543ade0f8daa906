package charset

import "strings"

const (
	shiftOut = 0x0e
	shiftIn  = 0x0f
)

// A set is a character set that ISO 2022 switches to: the codec that has it in its
// upper half, what is before each of its letters there, and the octets of one.
type set struct {
	codec, before string
	octets        int
}

// escapes are the sequences that name a set for G0, G1 (SO) or G2 (SS2): those of
// RFC 1468, 1554, 1557, 1922 and 2237.
func escapes() map[string]struct {
	g   int
	set set
} {
	type to = struct {
		g   int
		set set
	}
	jis, jis2, gb, ks := set{"euc-jp", "", 2}, set{"euc-jp", "\x8f", 2}, set{"gb18030", "", 2}, set{"euc-kr", "", 2}
	return map[string]to{
		"(B": {}, "(J": {}, "(H": {}, "(I": {0, set{"euc-jp", "\x8e", 1}},
		"$@": {0, jis}, "$B": {0, jis}, "$(B": {0, jis}, "$(@": {0, jis}, "$(D": {0, jis2}, "$A": {0, gb}, "$(A": {0, gb}, "$(C": {0, ks},
		".A": {2, set{"windows-1252", "", 1}}, ".F": {2, set{"iso-8859-7", "", 1}},
		"$)C": {1, ks}, "$)A": {1, gb}, "$)E": {1, gb}, "$)G": {1, set{"euc-tw", "", 2}}, "$*H": {2, set{"euc-tw", "\x8e\xa2", 2}},
	}
}

// decode2022 decodes the charsets that switch by escapes. SO without a set before
// means that of the label.
func decode2022(b []byte, name string) string {
	d := decoder2022{all: escapes()}
	switch name {
	case "iso-2022-kr":
		d.g[1] = d.all["$)C"].set
	case "iso-2022-cn":
		d.g[1] = d.all["$)A"].set
	}
	for len(b) > 0 {
		b = b[d.take(b):]
	}
	d.flush()
	return d.out.String()
}

type decoder2022 struct {
	all map[string]struct {
		g   int
		set set
	}
	g   [3]set
	so  bool
	out strings.Builder
	run []byte // letters of one codec, which has them in its upper half
	of  string
}

// take decodes what stands at the beginning, and returns how long it is.
func (d *decoder2022) take(b []byte) int {
	switch c := b[0]; {
	case c == esc:
		return d.escape(b)
	case c == shiftOut:
		d.so = true
		return 1
	case c == shiftIn:
		d.so = false
		return 1
	case c == '\n':
		d.so = false
	case c > ' ' && c < 0x7f:
		in := d.g[0]
		if d.so {
			in = d.g[1]
		}
		return d.letter(b, in)
	}
	d.plain(b[0])
	return 1
}

// letter decodes a letter of a set; none is ASCII.
func (d *decoder2022) letter(b []byte, in set) int {
	if in.octets == 0 || len(b) < in.octets || in.octets == 2 && (b[1] <= ' ' || b[1] >= 0x7f) {
		d.plain(b[0])
		return 1
	}
	if d.of != in.codec {
		d.flush()
		d.of = in.codec
	}
	d.run = append(d.run, in.before...)
	for _, c := range b[:in.octets] {
		d.run = append(d.run, c|0x80)
	}
	return in.octets
}

func (d *decoder2022) plain(c byte) {
	d.flush()
	if c < 0x80 {
		d.out.WriteByte(c)
		return
	}
	d.out.WriteRune('\ufffd')
}

func (d *decoder2022) flush() {
	if len(d.run) > 0 {
		c, _ := find(d.of)
		d.out.WriteString(c.decode(d.run))
		d.run = d.run[:0]
	}
}

// escape follows an escape sequence; one that it does not know stands for itself.
func (d *decoder2022) escape(b []byte) int {
	if len(b) > 2 && b[1] == 'N' { // SS2: one letter of G2
		if n := d.g[2].octets; n > 0 && len(b) >= 2+n {
			return 2 + d.letter(b[2:], d.g[2])
		}
	}
	for n := 3; n <= 4 && n <= len(b); n++ {
		if to, ok := d.all[string(b[1:n])]; ok {
			d.g[to.g] = to.set
			return n
		}
	}
	d.plain(esc)
	return 1
}
