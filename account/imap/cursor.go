package imap

import (
	"fmt"

	"posthorn/mail"
)

// cursor is how far a mailbox has been read: of the UIDs from low up to, but
// without, next, every message and its flags are known as of modseq.
type cursor struct {
	validity uint32
	low      uint32 // 1 when nothing older is left
	next     uint32
	modseq   uint64
	count    int // how many messages these were
}

const cursorFormat = "1 %d %d %d %d %d"

func (c cursor) encode() mail.Cursor {
	return mail.Cursor(fmt.Sprintf(cursorFormat, c.validity, c.low, c.next, c.modseq, c.count))
}

// decode reads a cursor. One that it does not know is the beginning.
func decode(s mail.Cursor) (c cursor) {
	if n, err := fmt.Sscanf(string(s), cursorFormat, &c.validity, &c.low, &c.next, &c.modseq, &c.count); err != nil || n != 5 {
		return cursor{}
	}
	return c
}
