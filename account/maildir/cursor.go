package maildir

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"iter"
	"slices"
	"strings"

	"posthorn/mail"
)

// A cursor says which messages its holder knows, by eight bytes of each UID's
// SHA-256, and what the folder looked like when the holder knew all there was. The
// stamp is zero where it did not, or may not have.

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

// parseCursor reads which messages are known. A cursor that is not ours says that
// none is.
func parseCursor(c mail.Cursor) map[uint64]bool {
	head, tail, _ := cutLast(string(c))
	b, err := base64.RawStdEncoding.DecodeString(tail)
	if !strings.HasPrefix(head, cursorVersion+" ") || err != nil {
		return nil
	}
	known := make(map[uint64]bool, len(b)/8)
	for ; len(b) >= 8; b = b[8:] {
		known[binary.BigEndian.Uint64(b)] = true
	}
	return known
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
