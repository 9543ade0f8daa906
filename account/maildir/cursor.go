package maildir

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"posthorn/mail"
)

// A memory is what a cursor says: which messages its holder knows, eight bytes
// of each UID's SHA-256, and what the folder looked like when the holder knew
// all there was.
type memory struct {
	stamp stamp // zero: it did not know all, or may not have
	known map[uint64]bool
}

// cursorVersion begins a cursor.
const cursorVersion = "m1"

func newCursor(at stamp, sums iter.Seq[uint64]) mail.Cursor {
	b := make([]byte, 0, 1024)
	for _, s := range slices.Sorted(sums) {
		b = binary.BigEndian.AppendUint64(b, s)
	}
	return mail.Cursor(fmt.Sprintf("%s %d %d %s", cursorVersion, at.cur, at.new, base64.RawStdEncoding.EncodeToString(b)))
}

// cursorStamp reads the stamp alone.
func cursorStamp(c mail.Cursor) (at stamp) {
	var version string
	head, _, _ := cutLast(string(c))
	if n, err := fmt.Sscanf(head, "%s %d %d", &version, &at.cur, &at.new); n != 3 || err != nil || version != cursorVersion {
		return stamp{}
	}
	return at
}

func cutLast(s string) (head, tail string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// parseCursor reads a cursor. One that is not ours says that nothing is known.
func parseCursor(c mail.Cursor) memory {
	m := memory{stamp: cursorStamp(c), known: make(map[uint64]bool)}
	head, tail, ok := cutLast(string(c))
	if !ok || !strings.HasPrefix(head, cursorVersion+" ") {
		return m
	}
	b, err := base64.RawStdEncoding.DecodeString(tail)
	if err != nil {
		return memory{known: m.known}
	}
	for ; len(b) >= 8; b = b[8:] {
		m.known[binary.BigEndian.Uint64(b)] = true
	}
	return m
}

func sumsOf(list files) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for _, f := range list {
			if !yield(f.sum) {
				return
			}
		}
	}
}

func (m memory) sums() iter.Seq[uint64] { return maps.Keys(m.known) }
