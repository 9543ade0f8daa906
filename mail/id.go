package mail

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// An ID names a message for as long as the cache knows it. It survives moves,
// renumbered mailboxes and time spent offline, so the interface may hold on to
// it. It is unique over all accounts: it carries the slot of its account and
// the row within it.
type ID int64

// ErrGone says that what an id names is not there any more: a message, a folder, or
// the account of either. Ids are never given again.
var ErrGone = errors.New("gone")

// A FolderID names a folder of one account in the same lasting way as [ID].
type FolderID int64

// A ThreadID names a conversation within one account. Zero means that the
// message has not been threaded yet, and so stands alone.
type ThreadID int64

const (
	slotShift = 40
	// MaxRow is the highest row.
	MaxRow = 1<<slotShift - 1
	// MaxSlot is the highest slot an account can have.
	MaxSlot = 1<<22 - 1
	// maxLetters is how many letters stand for it.
	maxLetters = 5
)

// NewID returns the id of a row in the cache of the account with a slot.
func NewID(slot int, row int64) ID { return ID(int64(slot)<<slotShift | row&MaxRow) }

// Slot returns the slot of the account that the message belongs to.
func (id ID) Slot() int { return int(id >> slotShift) }

// Row returns the message's row in the cache of its account.
func (id ID) Row() int64 { return int64(id) & MaxRow }

// String returns the form that the command line prints and takes: letters for
// the account's slot and digits for the row, as in "a412".
func (id ID) String() string {
	if id == 0 {
		return ""
	}
	return slotLetters(id.Slot()) + strconv.FormatInt(id.Row(), 10)
}

// ParseID reads the form that [ID.String] prints.
func ParseID(s string) (ID, error) {
	t := strings.ToLower(strings.TrimSpace(s))
	n := strings.IndexFunc(t, func(r rune) bool { return r < 'a' || r > 'z' })
	if n < 1 || n > maxLetters {
		return 0, fmt.Errorf("%q is not a message id: ids look like a412, as list prints them", s)
	}
	row, err := strconv.ParseUint(t[n:], 10, 64) // which takes no sign
	slot := lettersSlot(t[:n])
	if err != nil || row == 0 || row > MaxRow || slot > MaxSlot {
		return 0, fmt.Errorf("%q is not a message id: ids look like a412, as list prints them", s)
	}
	return NewID(slot, int64(row)), nil
}

// NewFolderID returns the id of a folder's row in the cache of the account with
// a slot.
func NewFolderID(slot int, row int64) FolderID { return FolderID(NewID(slot, row)) }

// Slot returns the slot of the account that the folder belongs to.
func (id FolderID) Slot() int { return ID(id).Slot() }

// Row returns the folder's row in the cache of its account.
func (id FolderID) Row() int64 { return ID(id).Row() }

// slotLetters counts a, b, …, z, aa, ab, ….
func slotLetters(slot int) string {
	var b []byte
	for n := slot; ; n = n/26 - 1 {
		b = append([]byte{byte('a' + n%26)}, b...)
		if n < 26 {
			return string(b)
		}
	}
}

func lettersSlot(s string) int {
	n := 0
	for _, c := range s {
		n = n*26 + int(c-'a') + 1
	}
	return n - 1
}
