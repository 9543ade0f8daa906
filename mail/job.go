package mail

import "time"

// An Op is what a job does to its messages.
type Op string

// The operations of a job.
const (
	OpFlags   Op = "flags"
	OpMove    Op = "move"
	OpCopy    Op = "copy"
	OpExpunge Op = "expunge"
	OpAppend  Op = "append"
)

// A Job is what the user did to messages of one account and the source does not
// know yet.
type Job struct {
	Seq         int64 // jobs are played in this order
	Op          Op
	Items       []Item
	To          string    // the mailbox of a move, a copy or an append
	Add, Remove Flags     // of flags; Add also those of an append
	Date        time.Time // of an append
	Raw         []byte    // of an append
	Text        string    // the name under which Raw is kept
	Begun       bool      // it may have been played
	Floor       Floor     // of a move or a copy that was begun
	Attempts    int
	Why         string // it waits
	After       int64  // the job that is to be played before, 0 for none
	Leisurely   bool   // it has time: somebody still writes on what is appended
}

// A Floor is the highest UID that was known in a mailbox; zero: none was.
type Floor struct{ Validity, UID uint32 }

// An Item is a message of a job.
type Item struct {
	Located
	Made     ID  // of a copy: the message that it makes
	Position int // in the job
}

// A Deed is what was one thing for the user, perhaps to messages of several accounts.
type Deed struct {
	Number   int64  // the same for all accounts, higher than that of earlier ones; 0: it is not to be taken back
	What     string // a word for it
	Jobs     []Job
	Inverses []Inverse
}

// An Inverse takes back a job, or some of its items.
type Inverse struct {
	Of  int64 // the job: by its index in a new deed, by its number in one that is read
	Job Job   // does it once that was begun; without an operation, nothing does
}

// A Located message is named by what the source knows of it: that holds, whatever
// becomes of the cache.
type Located struct {
	ID        ID
	At        Place // where the source has it; without a UID where that is not known, zero for nowhere
	MessageID string
	Received  time.Time
	Size      int64 // in octets
	Flags     Flags // as the source has them
}

// A Touched message is one that a change of the journal was about.
type Touched struct {
	Located
	Settled int64 // the number of the last event by which the source said where it lies, 0 for none
}

// An Event is a change of a journal.
type Event struct {
	Store  string // which store it was in
	Number int64  // it grows by one with each change
}
