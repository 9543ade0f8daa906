package message

import (
	"bytes"
	"strconv"
	"strings"
)

// A block is a file that stands within text: uuencoded, or in yEnc.
type block struct {
	start, end int // in the text
	name       string
	data       []byte
	cut        bool // its end is missing, or its size is not what it says
}

// maxBlocks bounds the files in one text.
const maxBlocks = 200

// findBlocks finds the files in a text.
func findBlocks(text []byte) (list []block) {
	uu := starts{text: text, mark: "begin "}
	yenc := starts{text: text, mark: "=ybegin "}
	for pos := 0; len(list) < maxBlocks; {
		i, j := uu.from(pos), yenc.from(pos)
		if pos = min(i, j); pos == len(text) {
			break
		}
		var b block
		var ok bool
		if pos == i {
			b, ok = uuBlock(text[pos:])
		} else {
			b, ok = yencBlock(text[pos:])
		}
		if !ok {
			pos++
			continue
		}
		b.start, b.end = b.start+pos, b.end+pos
		list = append(list, b)
		pos = b.end
	}
	return list
}

// A starts finds the lines that begin with a mark, and looks at each octet once.
type starts struct {
	text  []byte
	mark  string
	known bool
	at    int
}

// from returns the first such line that begins at pos or later; the end of the text
// stands for none.
func (s *starts) from(pos int) int {
	if s.known && s.at >= pos {
		return s.at
	}
	s.known = true
	if pos == 0 && bytes.HasPrefix(s.text, []byte(s.mark)) {
		s.at = 0
		return 0
	}
	pos = max(pos-1, 0)
	if i := bytes.Index(s.text[pos:], []byte("\n"+s.mark)); i >= 0 {
		s.at = pos + i + 1
	} else {
		s.at = len(s.text)
	}
	return s.at
}

// hasBlock reports whether a file may begin in a text.
func hasBlock(text []byte) bool {
	uu, yenc := starts{text: text, mark: "begin "}, starts{text: text, mark: "=ybegin "}
	return uu.from(0) < len(text) || yenc.from(0) < len(text)
}

// uuBlock reads a uuencoded file: a mode in octal, a name, lines as long as they
// say, and an end. Text that only begins so is none.
func uuBlock(b []byte) (f block, ok bool) {
	head, rest := cutLine(b)
	mode, name, ok := strings.Cut(string(head[len("begin "):]), " ")
	if _, err := strconv.ParseUint(mode, 8, 16); err != nil || !ok || len(mode) < 3 || strings.TrimSpace(name) == "" {
		return f, false
	}
	f.name, f.cut = strings.TrimSpace(name), true
	for len(rest) > 0 {
		line, after := cutLine(rest)
		if string(bytes.TrimSpace(line)) == "end" {
			rest, f.cut = after, false
			break
		}
		blank := len(bytes.TrimSpace(line)) == 0
		if !blank && !uuLine(line) {
			break
		}
		if !blank {
			f.data = appendUULine(f.data, line)
		}
		rest = after
	}
	f.end = len(b) - len(rest)
	return f, len(f.data) > 0 || !f.cut
}

// uuLine reports whether a line has as many letters as it says, or as programs
// leave of them that drop blanks at the end or add a check.
func uuLine(line []byte) bool {
	for _, c := range line {
		if c < ' ' || c > '`' {
			return false
		}
	}
	n := int(line[0]-' ') & 63
	want := (n+2)/3*4 + 1
	return len(line) <= want+2 && len(line) >= want-4
}

// yencBlock reads a file in yEnc: attributes in its first line, octets, and a last
// line that says how many they are.
func yencBlock(b []byte) (f block, ok bool) {
	head, rest := cutLine(b)
	before, name, ok := strings.Cut(string(head), " name=")
	if !ok || !strings.Contains(before, " size=") {
		return f, false
	}
	f.name, f.cut = strings.TrimSpace(name), true
	part := false
	for len(rest) > 0 {
		line, after := cutLine(rest)
		rest = after
		switch {
		case bytes.HasPrefix(line, []byte("=ypart ")):
			part = true
			continue
		case bytes.HasPrefix(line, []byte("=yend")):
			f.cut = part || !strings.Contains(string(line)+" ", " size="+strconv.Itoa(len(f.data))+" ")
			f.end = len(b) - len(rest)
			return f, true
		}
		f.data = appendYEnc(f.data, line)
	}
	f.end = len(b)
	return f, len(f.data) > 0
}

// appendYEnc decodes a line: every octet has 42 added, and those that are escaped 64
// more.
func appendYEnc(out, line []byte) []byte {
	if bytes.HasPrefix(line, []byte("..")) { // as it was sent by NNTP or SMTP
		line = line[1:]
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		if c == '=' && i+1 < len(line) {
			i++
			c = line[i] - 64
		}
		out = append(out, c-42)
	}
	return out
}
