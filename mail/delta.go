package mail

// UID is a source's own name for a message in a mailbox: the decimal digits of
// an IMAP UID, or a Maildir file's unique name.
type UID string

// A Cursor remembers how far a mailbox has been read. Its zero value means
// "from the beginning". Only the source that made it can read it.
type Cursor string

// A Delta is a part of what happened in a mailbox since a cursor. Deltas come
// newest message first, and each can be applied, and resumed from, on its own.
type Delta struct {
	Validity uint32   // the mailbox's UIDVALIDITY, 0 where the source has none
	Reset    bool     // the source renumbered: no UID known before is valid
	New      []Header // unknown before; or known, and then only the flags count
	Flags    []FlagChange
	Gone     []UID
	// Better are messages that were in New before with little but their UID,
	// because the source would not tell more.
	Better []Header
	// Unreadable counts those of New of which the source would tell little, and
	// Why is its reason, of the last of them. The Subject says it too.
	Unreadable int
	Why        string
	// Whole, when set, says that New and Flags together name every message of
	// the range: what is known in it and not named is gone.
	Whole  *Range
	Counts Counts // the source's, after this delta
	Cursor Cursor // where to go on from; stored with the delta in one transaction

	// Progress of the run that this delta is a part of.
	Done, Of int
}

// A FlagChange gives a message's flags as they are now.
type FlagChange struct {
	UID      UID
	Flags    Flags
	Keywords []string
}

// A Range is a range of numeric UIDs, both ends included. Its zero value is the
// whole mailbox.
type Range struct{ First, Last uint32 }

// A Place is where a message lies on its source. Validity is the mailbox's
// UIDVALIDITY, 0 where the source has none; a UID means nothing without it.
type Place struct {
	Mailbox  string
	Validity uint32
	UID      UID
}
