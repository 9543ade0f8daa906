package tnef

import (
	"encoding/binary"
	"strconv"
	"strings"

	"posthorn/mail/charset"
)

// maxRTF bounds what compressed rich text may become.
const maxRTF = 16 << 20

// prefix is what the dictionary of compressed rich text begins with (MS-OXRTFCP,
// section 2.1.2.1).
const prefix = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// decompress undoes the compression of rich text, as far as it goes.
func decompress(b []byte) []byte {
	if len(b) < 16 {
		return nil
	}
	size, kind := binary.LittleEndian.Uint32(b[4:]), string(b[8:12])
	b = b[16:]
	if kind == "MELA" {
		return b[:min(int(size), len(b))]
	}
	if kind != "LZFu" {
		return nil
	}
	window := [4096]byte{}
	at := copy(window[:], prefix)
	out := make([]byte, 0, min(int(size), 8*len(b)))
	put := func(c byte) {
		window[at] = c
		at = (at + 1) % len(window)
		out = append(out, c)
	}
	for len(b) > 0 && len(out) < maxRTF {
		flags := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit++ {
			if flags>>bit&1 == 0 {
				put(b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out
			}
			ref := int(b[0])<<8 | int(b[1])
			b = b[2:]
			from := ref >> 4
			if from == at {
				return out
			}
			for range ref&15 + 2 {
				put(window[from])
				from = (from + 1) % len(window)
			}
		}
	}
	return out
}

// richText returns the text that rich text shows, and the HTML that it was made of
// where it says so (MS-OXRTFEX).
func richText(compressed []byte) (text, html string) {
	raw := decompress(compressed)
	if len(raw) == 0 {
		return "", ""
	}
	p := rtf{b: raw, label: "windows-1252", skip: 1, html: strings.Contains(string(raw[:min(len(raw), 1024)]), "\\fromhtml")}
	p.read()
	if p.html {
		return "", p.out.String()
	}
	return strings.TrimSpace(p.out.String()), ""
}

// An rtf reader turns rich text into plain text, or into the HTML within it.
type rtf struct {
	b       []byte
	i       int
	html    bool
	label   string
	octets  []byte // in the charset of the text
	stack   []state
	state   state
	skip    int // characters that stand for a letter of \u
	skipped int
	out     strings.Builder
}

// A state is what a group changes.
type state struct {
	hidden bool // a destination that is no text
	rtf    bool // text that is only for readers of rich text
}

// maxGroups bounds how deep groups nest.
const maxGroups = 500

func (p *rtf) read() {
	for p.i < len(p.b) {
		c := p.b[p.i]
		p.i++
		switch c {
		case '{':
			if len(p.stack) < maxGroups {
				p.stack = append(p.stack, p.state)
			}
		case '}':
			p.flush()
			if n := len(p.stack); n > 0 {
				p.state, p.stack = p.stack[n-1], p.stack[:n-1]
			}
		case '\\':
			p.control()
		case '\r', '\n':
		default:
			p.octet(c)
		}
	}
	p.flush()
}

// shown reports whether text goes out.
func (p *rtf) shown() bool { return !p.state.hidden && !(p.html && p.state.rtf) }

func (p *rtf) octet(c byte) {
	if p.skipped > 0 {
		p.skipped--
		return
	}
	if p.shown() {
		p.octets = append(p.octets, c)
	}
}

func (p *rtf) flush() {
	if len(p.octets) > 0 {
		s, _ := charset.Decode(p.octets, p.label)
		p.out.WriteString(s)
		p.octets = p.octets[:0]
	}
}

func (p *rtf) write(s string) {
	if p.flush(); p.shown() {
		p.out.WriteString(s)
	}
}

// control reads a control word or symbol.
func (p *rtf) control() {
	if p.i >= len(p.b) {
		return
	}
	c := p.b[p.i]
	if c|0x20 < 'a' || c|0x20 > 'z' {
		p.i++
		p.symbol(c)
		return
	}
	start := p.i
	for p.i < len(p.b) && p.b[p.i]|0x20 >= 'a' && p.b[p.i]|0x20 <= 'z' {
		p.i++
	}
	word, digits := string(p.b[start:p.i]), p.i
	if p.i < len(p.b) && p.b[p.i] == '-' {
		p.i++
	}
	for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
		p.i++
	}
	n, err := strconv.Atoi(string(p.b[digits:p.i]))
	if p.i < len(p.b) && p.b[p.i] == ' ' {
		p.i++
	}
	p.word(word, n, err == nil)
}

func (p *rtf) symbol(c byte) {
	switch c {
	case '\'':
		if p.i+2 <= len(p.b) {
			if n, err := strconv.ParseUint(string(p.b[p.i:p.i+2]), 16, 8); err == nil {
				p.octet(byte(n))
			}
			p.i += 2
		}
	case '*':
		p.state.hidden = true
	case '~':
		p.write("\u00a0")
	case '\\', '{', '}':
		p.octet(c)
	case '\r', '\n':
		p.word("par", 0, false)
	}
}

func (p *rtf) word(w string, n int, has bool) {
	switch w {
	case "par", "line", "sect", "page":
		p.write("\n")
	case "tab", "cell":
		p.write("\t")
	case "row":
		p.write("\n")
	case "u":
		if n < 0 {
			n += 65536
		}
		p.write(string(rune(n)))
		p.skipped = p.skip
	case "uc":
		p.skip = max(0, min(n, 16))
	case "ansicpg":
		if l := codePageName(uint32(n)); charset.Known(l) {
			p.label = l
		}
	case "htmlrtf":
		p.flush()
		p.state.rtf = !has || n != 0
	case "htmltag", "mhtmltag":
		p.state.hidden = !p.html || w == "mhtmltag"
	case "fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "footer", "object", "themedata", "datastore":
		p.state.hidden = true
	case "lquote", "rquote", "ldblquote", "rdblquote", "bullet", "endash", "emdash":
		p.write(map[string]string{"lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "endash": "–", "emdash": "—"}[w])
	}
}
