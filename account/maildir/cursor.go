package maildir

import (
	"crypto/rand"
	"fmt"
	"strings"

	"posthorn/mail"
)

// A cursor says what the folder looked like when its holder knew all there was. The
// stamp is zero where the holder did not, or may not have. Which messages the holder
// knows is not in it: it would be as long as the folder, and written anew with each
// change. The source asks, see [Source.Remind]. No two cursors are the same, so that
// one is taken for the last only by who has taken what came with it.

// Of these versions are the cursors that are read. Those of the first have the UIDs,
// hashed, in the place of the name.
const (
	cursorVersion = "m2"
	firstVersion  = "m1"
)

func newCursor(at stamp) mail.Cursor {
	return mail.Cursor(fmt.Sprintf("%s %d %d %s", cursorVersion, at.cur, at.new, rand.Text()))
}

// parseCursor reads the stamp. A cursor that is not ours says that nothing is known.
func parseCursor(c mail.Cursor) (at stamp, ok bool) {
	head := string(c)
	if i := strings.LastIndexByte(head, ' '); i >= 0 {
		head = head[:i]
	}
	var version string
	n, err := fmt.Sscanf(head, "%s %d %d", &version, &at.cur, &at.new)
	if n != 3 || err != nil || version != cursorVersion && version != firstVersion {
		return stamp{}, false
	}
	return at, true
}
