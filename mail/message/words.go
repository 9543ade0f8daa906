package message

import (
	"iter"
	"strings"
	"unicode/utf8"

	"posthorn/mail/charset"
)

// DecodeWords decodes the encoded words in a header's value (RFC 2047), with
// the breakages that are common: characters split between words, spaces within
// words, words glued to text, and 8-bit bytes that are not encoded at all. Text
// that needs no decoding is returned as it is, without allocation.
func DecodeWords(s string) string {
	if !isRaw(s) && !strings.Contains(s, "=?") {
		return s
	}
	return new(decoder).words(s)
}

// A decoder decodes the texts of one message. Charsets are guessed for so many of
// them only, as a message may hold any number of texts whose labels are wrong.
type decoder struct{ wrong int }

const maxWrong = 200

// text decodes one text.
func (d *decoder) text(b []byte, label string) string {
	if d.wrong >= maxWrong && !charset.Known(label) {
		label = "windows-1252"
	}
	s, right := charset.Decode(b, label)
	if !right {
		d.wrong++
	}
	return s
}

// words decodes a value with encoded words.
func (d *decoder) words(s string) string {
	s = d.rawToUTF8(s, "")
	if !strings.Contains(s, "=?") {
		return s
	}
	var out strings.Builder
	run := wordRun{d: d}
	for text, word := range segments(s) {
		if word == nil {
			if strings.TrimSpace(text) != "" || !run.open {
				run.flush(&out)
				out.WriteString(text)
			}
			continue
		}
		run.add(word.charset, word.decode(), &out)
	}
	run.flush(&out)
	return out.String()
}

// rawToUTF8 turns the octets of a value that are no ASCII into UTF-8, by a label
// or by their looks. Encoded words stay as they are: they name their own charset.
func (d *decoder) rawToUTF8(s, label string) string {
	if !isRaw(s) {
		return s
	}
	if label == "" && d.wrong < maxWrong {
		label = charset.Guess(rawText(nil, s))
	}
	var out strings.Builder
	for text, word := range segments(s) {
		if word == nil && isRaw(text) {
			text = d.text([]byte(text), label)
		}
		out.WriteString(text)
	}
	return out.String()
}

// rawText appends the text of a value outside of its encoded words, if there is
// anything in it that is no UTF-8.
func rawText(b []byte, s string) []byte {
	for text, word := range segments(s) {
		if word == nil && isRaw(text) {
			b = append(append(b, text...), '\n')
		}
	}
	return b
}

// segments yields what a value is made of: encoded words, and the text between
// them, for which word is nil.
func segments(s string) iter.Seq2[string, *encodedWord] {
	return func(yield func(string, *encodedWord) bool) {
		start := 0
		for i := 0; ; {
			n := strings.Index(s[i:], "=?")
			if n < 0 {
				break
			}
			i += n
			w, ok := nextWord(s[i:])
			if !ok {
				i += 2
				continue
			}
			if i > start && !yield(s[start:i], nil) || !yield(s[i:i+w.length], &w) {
				return
			}
			i += w.length
			start = i
		}
		if start < len(s) {
			yield(s[start:], nil)
		}
	}
}

// isRaw reports whether text is neither ASCII nor UTF-8; escapes switch to the
// charsets of ISO 2022.
func isRaw(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 || s[i] == 0x1b {
			return s[i] == 0x1b || strings.IndexByte(s[i:], 0x1b) >= 0 || !utf8.ValidString(s)
		}
	}
	return false
}

// A wordRun is adjacent words of one charset: their bytes are joined before the
// charset is undone, as a character may be split between them.
type wordRun struct {
	d       *decoder
	open    bool
	charset string
	bytes   []byte
}

func (r *wordRun) add(charset string, b []byte, out *strings.Builder) {
	if r.open && !strings.EqualFold(r.charset, charset) {
		r.flush(out)
	}
	r.open, r.charset = true, charset
	r.bytes = append(r.bytes, b...)
}

func (r *wordRun) flush(out *strings.Builder) {
	if !r.open {
		return
	}
	out.WriteString(r.d.text(r.bytes, r.charset))
	*r = wordRun{d: r.d}
}

// maxCharset bounds the name of a charset.
const maxCharset = 64

// wordLength returns the length of the encoded word that s begins with, 0 where
// it begins with none.
func wordLength(s string) int {
	if !strings.HasPrefix(s, "=?") {
		return 0
	}
	w, _ := nextWord(s)
	return w.length
}

// An encodedWord is one of RFC 2047, section 2.
type encodedWord struct {
	charset string
	by      byte // 'q' or 'b'
	text    string
	length  int
}

func (w *encodedWord) decode() []byte {
	if w.by == 'q' {
		return decodeQWord(w.text)
	}
	return decodeBase64([]byte(w.text))
}

// nextWord reads the encoded word that s begins with.
func nextWord(s string) (w encodedWord, ok bool) {
	n := strings.IndexByte(s[2:min(len(s), maxCharset+3)], '?')
	if n < 0 || strings.ContainsAny(s[2:2+n], " \t\"") {
		return w, false
	}
	start := 2 + n + 3
	if len(s) < start || s[start-1] != '?' {
		return w, false
	}
	w.by = s[start-2] | 0x20
	if n = wordEnd(s[start:]); n < 0 || w.by != 'q' && w.by != 'b' {
		return w, false
	}
	w.charset, _, _ = strings.Cut(s[2:start-3], "*") // RFC 2231, section 5: a language
	w.text, w.length = s[start:start+n], start+n+2
	return w, true
}

// wordEnd returns where the text of an encoded word ends: at the first ?=, before
// the next =? that begins a word.
func wordEnd(s string) int {
	for i := 0; i+1 < len(s); i++ {
		switch {
		case s[i] == '?' && s[i+1] == '=':
			return i
		case s[i] == '=' && s[i+1] == '?' && (i+2 >= len(s) || s[i+2] != '='):
			return -1
		}
	}
	return -1
}

func decodeQWord(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			b = append(b, ' ')
		case s[i] == '=' && i+2 < len(s):
			if c, ok := unhex(s[i+1], s[i+2]); ok {
				b = append(b, c)
				i += 2
				continue
			}
			fallthrough
		default:
			b = append(b, s[i])
		}
	}
	return b
}
